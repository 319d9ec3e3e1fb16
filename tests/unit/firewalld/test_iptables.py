# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rules in the tables of iptables a reload of firewalld flushes, and what is said where they are lost."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import iptables, xtables
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.session import FirewalldError

BAN = "-A INPUT -p tcp -m tcp --dport 22 -j f2b-sshd"
# of firewalld's iptables backend
OWN = """\
[0:0] -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT
[0:0] -A INPUT -i lo -j ACCEPT
[0:0] -A INPUT -j INPUT_direct
[0:0] -A INPUT -j INPUT_ZONES
[0:0] -A INPUT -m conntrack --ctstate INVALID -j DROP
[0:0] -A INPUT -j REJECT --reject-with icmp-host-prohibited
[0:0] -A INPUT_ZONES -i eth0 -g IN_public
[0:0] -A IN_public_allow -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW,UNTRACKED -j ACCEPT
[0:0] -A OUTPUT -o lo -j ACCEPT
[0:0] -A FORWARD -j RFC3964_IPv4
[0:0] -A RFC3964_IPv4 -d 2002::/16 -j REJECT --reject-with icmp6-addr-unreachable
[0:0] -A BROUTING -j BROUTING_direct
[0:0] -A BROUTING_direct -j RETURN
"""


def text(*rules: str) -> str:
    lines = "".join(f"[7:420] {one}\n" for one in rules)
    return f"# Generated\n*filter\n:INPUT ACCEPT [12:34]\n:f2b-sshd - [0:0]\n{lines}COMMIT\n"


class Host(Firewalld):
    """Stands for a firewalld on a host whose iptables has some rules, and whose ip6tables and ebtables have none."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, *saved: str, version: str = "1.3.3", backend: str = "nftables"
    ) -> None:
        self.version, self.backend = version, backend
        self.saved, self.restored = list(saved), []
        self.answer = (0, "", "")
        self.directs: list[Any] = []
        monkeypatch.setattr(xtables, "run", self.ran)

    def ran(self, command: str, arguments: list[str], given: str = "") -> tuple[int, str, str]:
        if command == "iptables-save":
            return 0, self.saved[0] if len(self.saved) == 1 else self.saved.pop(0), ""
        if command == "iptables-restore":
            self.restored.append((arguments, given))
            return self.answer
        return 0, "", ""

    def config_property(self, name: str) -> Any:
        return {"FirewallBackend": self.backend}[name]

    def direct(self, what: str) -> list[Any]:
        return self.directs


def test_what_is_flushed_is_put_back_with_its_counters(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(monkeypatch, text(BAN), text())
    tables = iptables.Tables(host)
    assert tables.refusals == []
    assert [(one["kind"], one["object"]) for one in tables.notices] == [("flushed", "iptables")]
    tables.put_back()
    (tested, kept), (restored, given) = host.restored
    assert ("--test" in tested, "--test" in restored) == (True, False)
    assert kept == given == text(BAN)


def test_what_is_still_there_is_not_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(monkeypatch, text(BAN), text(BAN).replace("7:420", "8:480"))
    iptables.Tables(host).put_back()
    assert len(host.restored) == 1


@pytest.mark.parametrize(
    ("version", "backend", "directs", "said"),
    [
        ("1.3.3", "nftables", [], 1),
        ("2.3.1", "nftables", [], 0),
        ("2.3.1", "nftables", [["ipv4", "filter", "one"]], 1),
    ],
)
def test_which_firewalld_flushes(
    monkeypatch: pytest.MonkeyPatch, version: str, backend: str, directs: list[Any], said: int
) -> None:
    host = Host(monkeypatch, text(BAN), version=version, backend=backend)
    host.directs = directs
    assert len(iptables.Tables(host).notices) == said


def test_empty_tables_are_nobody_s(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = iptables.Tables(Host(monkeypatch, text()))
    assert (tables.notices, tables.refusals) == ([], [])


@pytest.mark.parametrize("version", ["1.3.3", "2.3.1"])
def test_among_the_rules_of_the_iptables_backend_theirs_are_refused(
    monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    (one,) = iptables.Tables(Host(monkeypatch, text() + OWN + BAN, version=version, backend="iptables")).refusals
    assert one["kind"] == "refused"
    assert f"1 rule of others in iptables ({BAN})" in one["message"]
    own = iptables.Tables(Host(monkeypatch, text() + OWN, version=version, backend="iptables"))
    assert (own.notices, own.refusals) == ([], [])


@pytest.mark.parametrize(
    ("saved", "answer", "why"),
    [
        (text(BAN), (2, "", "iptables-restore: line 5\nfailed"), "(iptables-restore: line 5 failed)"),
        (
            "# Table `nat' is incompatible, use 'nft' tool.\n" + text(BAN),
            (0, "", ""),
            "(a table that only nft can save)",
        ),
    ],
)
def test_what_could_not_be_put_back_is_refused_before(
    monkeypatch: pytest.MonkeyPatch, saved: str, answer: tuple[int, str, str], why: str
) -> None:
    host = Host(monkeypatch, saved)
    host.answer = answer
    (one,) = iptables.Tables(host).refusals
    assert why in one["message"]


def test_what_was_not_put_back_all_the_same_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(monkeypatch, text(BAN), text())
    tables = iptables.Tables(host)
    host.answer = (1, "", "no")
    with pytest.raises(FirewalldError, match=r"of others in iptables could not be put back after the reload \(no\)"):
        tables.put_back()


@pytest.mark.parametrize(("version", "saved", "refused"), [
    ("1.3.3", text(BAN), ["iptables"]), ("1.3.3", text(), []), ("2.3.1", text(BAN), []),
    # to be installed: nobody knows which
    ("", text(BAN), ["iptables"]),
])  # fmt: skip
def test_a_start_that_would_flush_is_refused(
    version: str, saved: str, refused: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Host(monkeypatch, saved)
    monkeypatch.setitem(sys.modules, "firewall", ModuleType("firewall"))
    monkeypatch.setitem(sys.modules, "firewall.config", SimpleNamespace(VERSION=version) if version else None)
    found = iptables.before_start()
    assert [one["object"] for one in found if one["kind"] == "refused"] == refused
    assert all(BAN in one["message"] for one in found)


def test_what_the_backend_of_firewalld_has_in_the_kernel_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    sets = "create one hash:net family inet\nadd one 192.0.2.0/24\n"
    rules = text().replace("*filter\n", "*filter\n:INPUT_direct - [0:0]\n")
    kernel = {"iptables-save": rules, "ip6tables-save": text(), "ebtables-save": "", "ipset": sets}
    given: list[tuple[str, str]] = []

    def ran(command: str, _arguments: list[str], text: str = "") -> tuple[int, str, str]:
        given.append((command, text))
        return 0, kernel.get(command, ""), ""

    monkeypatch.setattr(xtables, "run", ran)
    former = xtables.of_firewalld()
    assert former == {"iptables": rules, "ipset": sets}
    given.clear()
    assert xtables.put_in_force(former)
    # the sets come first, and hold nothing that came since
    assert given == [
        ("ipset", "create one hash:net family inet\nflush one\nadd one 192.0.2.0/24\n"), ("iptables-restore", rules),
    ]  # fmt: skip
    # with its nftables backend nothing there is its own
    kernel["iptables-save"] = text(BAN)
    assert xtables.of_firewalld() == {}
