# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of firewalld: each question once, until something changes; stored objects from their files."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import firewalld as module
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import session, stored

NAMES = ["thf-one-4abcd", "theirs"]
IPSET = ["", "", "", "hash:net", {"family": "inet"}, ["192.0.2.0/24"]]


class Recorded(module.Firewalld):
    """Stands for a firewalld that answers, and remembers what it was asked."""

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}
        self.asked: list[tuple[Any, ...]] = []

    def read_ahead(self, path: str, interface: str, method: str, names: Sequence[str]) -> None:
        self.ahead = (method, *names)

    def call(self, path: str, interface: str, method: str, *arguments: Any) -> Any:
        self.asked.append((method, *arguments))
        return {"getIPSetByName": "/ipset/1", "getSettings": IPSET, "getIPSetSettings": IPSET}.get(
            method, NAMES if "IPSet" in method else []
        )


@pytest.fixture(autouse=True)
def as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """D-Bus types are not the matter here."""
    monkeypatch.setattr(session, "plain", lambda value: value)
    monkeypatch.setattr(module, "strings", list)


def test_each_question_is_asked_once_until_something_changes() -> None:
    firewalld = Recorded()
    assert firewalld.runtime("thf-") == firewalld.runtime("thf-one-")
    assert firewalld.ipset_settings("thf-one-4abcd") == IPSET
    assert firewalld.asked.count(("getIPSetSettings", "thf-one-4abcd")) == 1
    assert firewalld.ahead == ("getIPSetSettings", "thf-one-4abcd")
    firewalld.set_entries("thf-one-4abcd", ())
    firewalld.runtime("thf-")
    assert firewalld.asked.count(("getIPSetSettings", "thf-one-4abcd")) == 2


def reader(name: str, folder: str) -> Any:
    """Stands for firewalld's own."""
    if "damaged" in name:
        raise ValueError(f"{folder}/{name}")
    return SimpleNamespace(export_config=lambda: ("", "", "", "hash:net", {}, [f"{folder}/{name}"]))


def test_what_is_stored_is_read_by_the_code_of_firewalld(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("firewall", "firewall.core", "firewall.core.io"):
        monkeypatch.setitem(sys.modules, name, SimpleNamespace())
    monkeypatch.setitem(sys.modules, "firewall.core.io.ipset", SimpleNamespace(ipset_reader=reader))
    found = stored.settings("ipset", ["one", "damaged"])
    assert found == {"one": ["", "", "", "hash:net", {}, ["/etc/firewalld/ipsets/one.xml"]]}
    # and where that is not there, or says nothing of it, firewalld is asked
    monkeypatch.setitem(sys.modules, "firewall.core.io.ipset", None)
    assert stored.settings("ipset", ["one"]) == {}
    firewalld = Recorded()
    firewalld.permanent("thf-")
    assert ("getIPSetByName", "thf-one-4abcd") in firewalld.asked
