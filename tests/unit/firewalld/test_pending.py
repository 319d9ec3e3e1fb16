# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is stored and waits for a reload or cannot be read, and a disk to which nothing can be written."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import (
    nft,
    pending,
    rehearsal,
    stored,
    writable,
)

IN_FORCE = {"getDefaultZone": "public", "getLogDenied": "off", "queryLockdown": False}


class Running:
    """Stands for a firewalld that answers."""

    def ask(self, _interface: str, method: str) -> Any:
        return IN_FORCE[method]

    def __init__(self, conf: dict[str, str]) -> None:
        self.conf = conf

    def config_property(self, name: str) -> str:
        return self.conf.get(name, "no")

    def backend(self) -> str:
        return "nftables"

    def names(self, _kind: str) -> list[str]:
        return []


@pytest.mark.parametrize(
    ("conf", "lockdown", "refused"),
    [
        ({"DefaultZone": "public", "FirewallBackend": "NFTables", "LogDenied": "Off"}, True, []),
        ({}, True, []),
        ({"DefaultZone": "Public"}, True, ["default zone"]),
        ({"LogDenied": "all", "FirewallBackend": "iptables"}, True, ["firewall backend", "log denied"]),
        ({"IPv6_rpfilter": "no"}, True, ["IPv6 reverse path filter"]),
        ({"IPv6_rpfilter": "loose"}, True, []),
        ({"StrictForwardPorts": "yes"}, True, []),
        ({"StrictForwardPorts": "no"}, True, ["strict forward ports"]),
        ({"Lockdown": "yes"}, True, ["lockdown"]),
        ({"Lockdown": "yes"}, False, []),
    ],
)
def test_what_waits_for_a_reload(
    monkeypatch: pytest.MonkeyPatch, conf: dict[str, str], lockdown: bool, refused: list[str]
) -> None:
    monkeypatch.setattr(stored, "setting", conf.get)
    monkeypatch.setattr(stored, "has_lockdown", lambda: lockdown)
    fib = {"match": {"left": {"fib": {"flags": ["saddr", "iif"], "result": "oif"}}, "right": False}}
    # a chain for forwarded ports is there as well
    monkeypatch.setattr(nft, "listed", lambda _command, _terse: [{"chain": {}}, {"rule": {"expr": [fib]}}])
    firewalld: Any = Running(conf)
    assert sorted(one["object"] for one in pending.refusals(firewalld, [])) == refused


@pytest.mark.parametrize(
    ("access", "disk", "needs_room", "said"),
    [
        (True, (1, 9, 9), True, ""),
        (True, (1, 0, 0), True, ""),
        (True, (0, 9, 9), True, "is full"),
        (True, (1, 9, 0), True, "is full"),
        (True, (0, 9, 9), False, ""),
        (False, (1, 9, 9), False, "nothing can be written to"),
    ],
)
def test_what_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, access: bool, disk: tuple[int, ...], needs_room: bool, said: str
) -> None:
    found = SimpleNamespace(f_bfree=disk[0], f_files=disk[1], f_ffree=disk[2])
    monkeypatch.setattr(writable, "FOLDERS", (str(tmp_path), f"{tmp_path}/absent"))
    monkeypatch.setattr(os, "access", lambda _path, _mode: access)
    monkeypatch.setattr(os, "statvfs", lambda _path: found)
    messages = [one["message"] for one in writable.refusals(needs_room)]
    assert [said in message for message in messages] == ([True] if said else [])


def test_a_link_to_a_file_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Which firewalld cannot read either."""
    (tmp_path / "zones").mkdir()
    (tmp_path / "zones" / "work.xml").symlink_to(tmp_path / "nowhere")
    monkeypatch.setattr(rehearsal, "STORED", str(tmp_path))
    monkeypatch.setattr(rehearsal, "_code", lambda: ["there"])
    trouble = rehearsal.trouble()
    assert trouble is not None
    assert trouble.path == f"{tmp_path}/zones/work.xml"
    assert "No such file or directory" in trouble.said
