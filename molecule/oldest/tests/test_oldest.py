# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""firewalld 0.9: inbound rules hold, outbound rules are left out and said, and what cannot be held is refused."""

from __future__ import annotations

from pathlib import Path

from conftest import FRIEND, FRIENDS, SCENARIO, STRANGER, rule, told
from engine_host import Host
from lab_hosts import play

RULES = [rule("web", 8000), rule("out", 443, direction="out")]


def test_a_server_has_its_inbound_rules(host: Host) -> None:
    before = host.stored(), host.runtime()
    report = play(Path("therefore.firewall.site"), [SCENARIO / "inventory"])
    assert report["stats"][host.name]["failures"] == 0
    assert host.seen_from(FRIEND, 8000, 1433) == ["open", "open"]
    assert host.seen_from(STRANGER, 8000, 1433) == ["refused", "refused"]
    again = play(Path("therefore.firewall.site"), [SCENARIO / "inventory"])
    assert again["stats"][host.name]["changed"] == 0
    play(Path("therefore.firewall.remove"), [SCENARIO / "inventory"])
    assert (host.stored(), host.runtime()) == before


def test_a_change_that_needs_no_reload_and_one_that_does(host: Host) -> None:
    host.applied(rules=RULES)
    assert host.seen_from(FRIEND, 8000, 1433) == ["open", "filtered"]
    assert host.applied(rules=[rule("web", 8000, 1433)])["reloaded"] is False
    assert host.seen_from(FRIEND, 8000, 1433) == ["open", "open"]
    assert host.applied(state="absent")["reloaded"] is True
    assert host.seen_from(FRIEND, 8000, 1433) == ["filtered", "filtered"]


def test_outbound_rules_are_left_out_and_said(host: Host) -> None:
    checked, applied = (host.applied(rules=RULES, check=check) for check in (True, False))
    assert told(checked, "left_out") == told(applied, "left_out") != {}
    assert [change["id"] for change in applied["changes"]] == ["web"]
    assert "thf-one-out" not in host.runtime()


def test_outbound_rules_under_egress_deny_are_refused(host: Host) -> None:
    def refused(name: str, egress: str) -> None:
        checked = host.applied(name, rules=RULES, egress=egress, check=True)
        message = host.refused(name, rules=RULES, egress=egress)
        assert told(checked, "refused") == {"outbound rules": message}
        assert "leave those rules and egress deny out on this host, or update firewalld" in message

    refused("one", "deny")
    assert host.reaches(FRIENDS, 8000) == ["open"]
    # without outbound rules it holds, and then other sets can have none either
    host.applied("one", rules=RULES[:1], egress="deny")
    assert host.reaches(FRIENDS, 8000) == ["filtered"]
    refused("two", "allow")


def test_without_the_program_ipset_it_is_said_what_to_install(host: Host) -> None:
    host.run("mv /usr/sbin/ipset /root/ipset; systemctl restart firewalld")
    try:
        checked = host.applied(rules=RULES, check=True)
        assert told(checked, "refused") == {"ipset": host.refused(rules=RULES)}
        assert "install the package ipset" in told(checked, "refused")["ipset"]
    finally:
        host.run("mv /root/ipset /usr/sbin/ipset; systemctl restart firewalld")
    host.applied(rules=RULES)
