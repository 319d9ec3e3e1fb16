# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others have in firewalld: a reload of ours neither loses nor starts it, and what we could not keep stops us."""

from __future__ import annotations

import pytest
from conftest import FRIEND, STRANGER, rule
from engine_host import Host

XML = rule("xml", 8000)

AT_RUNTIME_ONLY = """
firewall-cmd -q --zone=work --change-interface=rulesets
firewall-cmd -q --zone=work --add-port=80/tcp
firewall-cmd -q --zone=work --remove-service=dhcpv6-client
firewall-cmd -q --zone=work --add-rich-rule='rule family=ipv4 source ipset=theirs port port=443 protocol=tcp accept'
firewall-cmd -q --zone=trusted --add-source=10.79.1.77
firewall-cmd -q --ipset=theirs --add-entry=10.79.1.30
firewall-cmd -q --policy=theirs --add-service=imap
"""

# a stranger's new zone of its own would close ssh to it, and the new policy would open 389
PERMANENTLY_ONLY = """
firewall-cmd -q --permanent --zone=public --add-port=445/tcp
firewall-cmd -q --permanent --zone=public --remove-service=dhcpv6-client
firewall-cmd -q --permanent --new-zone=later
firewall-cmd -q --permanent --zone=later --add-source=10.79.1.30
firewall-cmd -q --permanent --zone=later --add-source=fd79:1::30
firewall-cmd -q --permanent --new-policy=evenlater
firewall-cmd -q --permanent --policy=evenlater --add-ingress-zone=ANY
firewall-cmd -q --permanent --policy=evenlater --add-egress-zone=HOST
firewall-cmd -q --permanent --policy=evenlater --add-port=389/tcp
"""


def test_what_is_set_at_runtime_only_outlives_our_reloads(host: Host) -> None:
    host.run(AT_RUNTIME_ONLY)
    before, stored = host.of_others(), host.stored()
    applied = host.applied(rules=[XML])
    assert applied["reloaded"] is True
    objects = ["ipset theirs", "policy theirs", "zone trusted", "zone work"]
    assert [one["object"] for one in applied["findings"] if one["kind"] == "runtime_only"] == objects
    assert host.of_others() == before
    assert host.seen_from(STRANGER, 22, 80, addresses=host.addresses[:1]) == ["open", "open"]
    assert host.seen_from(FRIEND, 443, addresses=host.addresses[:1]) == ["filtered"]
    assert host.seen_from(STRANGER, 443, addresses=host.addresses[:1]) == ["open"]
    host.applied(state="absent")
    assert (host.of_others(), host.stored()) == (before, stored)


def test_what_is_written_for_later_stays_for_later(host: Host) -> None:
    before = host.of_others()
    host.run(PERMANENTLY_ONLY)
    stored = host.stored()
    applied = host.applied(rules=[XML])
    objects = ["policy evenlater", "zone later", "zone public"]
    assert [one["object"] for one in applied["findings"] if one["kind"] == "runtime_only"] == objects
    # new zones and policies are there, without what would bring packets to them
    assert [line for line in host.of_others() if "later" not in line] == before
    assert "later" not in host.run("firewall-cmd --get-active-zones; firewall-cmd --get-active-policies")
    assert host.seen_from(STRANGER, 22) == ["open"]
    assert host.seen_from(STRANGER, 389, 445, addresses=host.addresses[:1]) == ["filtered", "filtered"]
    host.applied(state="absent")
    assert host.stored() == stored
    host.run("firewall-cmd -q --reload")
    assert host.seen_from(STRANGER, 22, 389, addresses=host.addresses[:1]) == ["filtered", "open"]


@pytest.mark.parametrize(
    ("command", "named"),
    [
        # their owner has removed it and not reloaded: it goes when he says so
        ("firewall-cmd -q --permanent --delete-policy=theirs", ["policy theirs", "--runtime-to-permanent"]),
        ("firewall-cmd -q --permanent --delete-ipset=theirs", ["ipset theirs"]),
        ("firewall-cmd -q --permanent --zone=work --set-target=DROP", ["zone work", "target DROP", "--reload"]),
        ("firewall-cmd -q --permanent --policy=theirs --set-priority=-7", ["policy theirs", "priority -7"]),
    ],
)
def test_what_a_reload_would_lose_or_start_is_refused(host: Host, command: str, named: list[str]) -> None:
    host.run(command)
    message = host.refused(rules=[XML])
    assert [text for text in named if text not in message] == []
    host.run("firewall-cmd -q --reload")
    host.applied(rules=[XML])


def test_without_a_reload_nobody_minds_what_is_pending(host: Host) -> None:
    host.applied(rules=[XML])
    host.run("firewall-cmd -q --permanent --zone=work --set-target=DROP")
    assert host.applied(rules=[XML | {"peers": ["10.79.1.30"]}, rule("z", 80)], check=True)["reloaded"] is True
    assert host.applied(rules=[XML | {"ports": [8091]}])["reloaded"] is False
    assert "default" in host.firewall_cmd("--info-zone=work")


def test_panic_mode_is_named_and_nothing_done(host: Host) -> None:
    host.applied("two", rules=[XML])
    host.firewall_cmd("--panic-on")
    try:
        assert "--panic-off" in host.refused(rules=[XML])
        # without a reload it takes no change either
        more = [XML | {"ports": [8000, 8001]}]
        predicted = host.applied("two", check=True, rules=more)
        assert [one["kind"] for one in predicted["findings"]] == ["panic", "refused"]
        assert predicted["reloaded"] is False
        assert host.refused("two", rules=more) == predicted["findings"][1]["message"]
        seen = host.applied("two", rules=[XML])
    finally:
        host.firewall_cmd("--panic-off")
    assert (seen["changed"], [one["kind"] for one in seen["findings"]]) == (False, ["panic"])
