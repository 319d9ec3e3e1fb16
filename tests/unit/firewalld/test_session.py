# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of firewalld: each question once, until something changes; stored objects from their files."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import firewalld as module
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import libnftables, nft, session, stored
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import IpSet, State

NAMES = ["thf-one-4abcd", "theirs"]
IPSET = ["", "", "", "hash:net", {"family": "inet"}, ["192.0.2.0/24"]]


class Recorded(module.Firewalld):
    """Stands for a firewalld that answers, and remembers what it was asked."""

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}
        self.asked: list[tuple[Any, ...]] = []
        self.ahead: list[tuple[str, ...]] = []

    def read_ahead(self, questions: Iterable[tuple[str, ...]]) -> None:
        self.ahead = [question[2:] for question in questions] or self.ahead

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
    assert firewalld.ahead == [("getIPSetSettings", "thf-one-4abcd")]
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


def listed_set(name: str, *elements: Any, **more: Any) -> dict[str, Any]:
    """A set as libnftables lists it."""
    plain = {"name": name, "type": "ipv4_addr", "flags": ["interval"], "elem": list(elements)}
    return {"set": {**plain, **more}}


PREFIX_24 = {"prefix": {"addr": "192.0.2.0", "len": 24}}
SAME = IpSet("inet", ("192.0.2.0/24", "203.0.113.9"))


def many_sets(monkeypatch: pytest.MonkeyPatch, odd: dict[str, Any]) -> tuple[Recorded, State]:
    """A firewalld with many ipsets that are stored and in the kernel, one of them in some other way there."""
    names = [f"thf-many-{number}" for number in range(module.MANY)]
    monkeypatch.setitem(globals(), "NAMES", names)
    sets = [listed_set(name, "203.0.113.9", PREFIX_24) for name in names[1:]]
    monkeypatch.setattr(nft, "listed", lambda _command, _terse: [odd, *sets])
    return Recorded(), State({}, dict.fromkeys(names, SAME))


@pytest.mark.parametrize(
    "odd",
    [
        listed_set("thf-many-0", PREFIX_24),
        listed_set("thf-many-0", "203.0.113.9", PREFIX_24, {"range": ["198.51.100.1", "198.51.100.5"]}),
        listed_set("thf-many-0", "203.0.113.9", PREFIX_24, type="ipv6_addr"),
        listed_set("thf-many-0", "203.0.113.9", PREFIX_24, flags=["interval", "timeout"]),
        listed_set("thf-many-0", "203.0.113.9", PREFIX_24, size=65536),
        listed_set("thf-other-0", "203.0.113.9", PREFIX_24),
    ],
)
def test_of_many_ipsets_firewalld_is_asked_only_about_those_that_the_kernel_has_in_another_way(
    monkeypatch: pytest.MonkeyPatch, odd: dict[str, Any]
) -> None:
    firewalld, kept = many_sets(monkeypatch, odd)
    found = firewalld.runtime("thf-many-", kept).ipsets
    assert [asked[1] for asked in firewalld.asked if asked[0] == "getIPSetSettings"] == ["thf-many-0"]
    assert found == {**kept.ipsets, "thf-many-0": IpSet("inet", ("192.0.2.0/24",))}


def test_what_is_not_stored_is_asked_for_whatever_the_kernel_has(monkeypatch: pytest.MonkeyPatch) -> None:
    firewalld, kept = many_sets(monkeypatch, listed_set("thf-many-0", "203.0.113.9", PREFIX_24))
    firewalld.runtime("thf-many-", State({}, {**kept.ipsets, "thf-many-1": IpSet("inet6", SAME.entries)}))
    firewalld.forget()
    firewalld.runtime("thf-many-")
    asked = [asked[1] for asked in firewalld.asked if asked[0] == "getIPSetSettings"]
    assert asked == ["thf-many-1", *kept.ipsets]


def test_the_tables_of_the_kernel_are_listed_once_until_something_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[str] = []
    table = {"table": {"family": "inet", "name": "firewalld"}}
    monkeypatch.setattr(libnftables, "listed", lambda command: commands.append(command) or [table])
    firewalld = Recorded()
    assert [firewalld.backend() for _each in range(3)] == ["nftables"] * 3
    assert not nft.kept(firewalld.kernel_tables())
    assert commands == ["list tables"]
    firewalld.set_entries("theirs", ())
    firewalld.backend()
    assert commands == ["list tables"] * 2


@pytest.mark.parametrize(
    ("outputs", "found"),
    [
        (['{"nftables": [{"table": 1}, \n', '{"nftables": []}'], []),
        (['{"nftables": [{"table": 1}, \n'] * 3, None),
        ([""], None),
    ],
)
def test_a_listing_that_comes_damaged_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch, outputs: list[str], found: Any
) -> None:
    answers = iter(outputs)
    engine = SimpleNamespace(cmd=lambda _command: (0, next(answers), ""))
    monkeypatch.setattr(libnftables, "session", lambda **_options: engine)
    assert libnftables.listed("list tables") == found
    assert list(answers) == []
