# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an administrator has allowed and a block of ours refuses, or has refused and ours allow, is said."""

from __future__ import annotations

from conftest import FRIEND, FRIENDS, STRANGER, STRANGERS, Shared, found, rule

ALLOWED = """
p="firewall-cmd -q --permanent"
$p --new-policy=monitor; $p --policy=monitor --add-ingress-zone=ANY; $p --policy=monitor --add-egress-zone=HOST
for family in ipv4,10.85.1.30 ipv6,fd85:1::30; do
    from="rule family=${family%,*} source address=${family#*,}"
    $p --policy=monitor --add-rich-rule="$from port port=1433 protocol=tcp accept"
    $p --zone=public --add-rich-rule="$from port port=8000 protocol=tcp accept"
    $p --zone=trusted --add-source=${family#*,}
done
"""
REFUSED = """
p="firewall-cmd -q --permanent"
for family in ipv4,10.85.1.20 ipv6,fd85:1::20; do
    $p --zone=drop --add-source=${family#*,}
    $p --zone=public --add-rich-rule="rule family=${family%,*} source address=${family#*,} drop"
done
"""
ALL = ["10.85.1.0/24", "fd85:1::/64"]


def test_whom_others_allow_and_a_block_refuses(host: Shared) -> None:
    host.run(f"{ALLOWED} firewall-cmd -q --reload")
    assert host.seen_from(STRANGER, 1433, 8000, 8091) == ["open"] * 3
    rules = [rule("sql", 1433), rule("xml", 8000), rule("relay", 8091)]
    overridden = found(host.told(rules=rules, block_public=True), "override")
    assert host.seen_from(STRANGER, 1433, 8000, 8091) == ["refused"] * 3
    assert sorted(overridden) == ["policy monitor", "zone public", "zone trusted"]
    assert 'allows 8000/tcp to fd85:1::30 (rule family="ipv6" ' in overridden["zone public"]
    assert "allows 1433/tcp, 8000/tcp, 8091/tcp to 10.85.1.30, fd85:1::30 (target ACCEPT)" in overridden["zone trusted"]
    # the setting that the message names spares them, and then there is nothing to say
    wider = [one | {"peers": FRIENDS + STRANGERS} for one in rules]
    assert found(host.applied(rules=wider, block_public=True), "override") == {}
    assert host.seen_from(STRANGER, 1433, 8000, 8091) == ["open"] * 3


def test_whom_others_refuse_and_a_rule_lets_in(host: Shared) -> None:
    host.run(f"{REFUSED} firewall-cmd -q --reload")
    assert host.seen_from(FRIEND, 22, 443) == ["filtered"] * 2
    overridden = found(host.told(rules=[rule("web", 443, peers=ALL)]), "override")
    assert host.seen_from(FRIEND, 22, 443) == ["filtered", "open"]
    assert sorted(overridden) == ["zone drop", "zone public"]
    assert (
        "refuses 10.85.1.20, fd85:1::20 (target DROP), to whom a rule of the set opens 443/tcp"
        in overridden["zone drop"]
    )
    assert found(host.applied(rules=[rule("web", 443, peers=STRANGERS)]), "override") == {}
    assert host.seen_from(FRIEND, 443) == ["filtered"]
    assert host.seen_from(STRANGER, 443) == ["open"]


def test_the_other_remedy_keeps_them_out(host: Shared) -> None:
    host.run(f"{REFUSED} firewall-cmd -q --reload")
    first = """p="firewall-cmd -q --permanent"; $p --new-policy=first; $p --policy=first --set-priority=-101
        $p --policy=first --add-ingress-zone=ANY; $p --policy=first --add-egress-zone=HOST
        $p --policy=first --add-rich-rule='rule family=ipv4 source address=10.85.1.20 drop'
        $p --policy=first --add-rich-rule='rule family=ipv6 source address=fd85:1::20 drop'; firewall-cmd -q --reload"""
    host.run(first)
    host.applied(rules=[rule("web", 443, peers=ALL)])
    assert host.seen_from(FRIEND, 443) == ["filtered"]


FIRST = """p="firewall-cmd -q --permanent"; $p --new-policy=first; $p --policy=first --set-priority=-200
    $p --policy=first --add-ingress-zone=ANY; $p --policy=first --add-egress-zone=HOST
    $p --policy=first --add-port=8000/tcp; $p --zone=drop --add-source=02:00:5e:00:00:01; firewall-cmd -q --reload"""


def test_a_policy_that_comes_first_and_lets_everybody_in(host: Shared) -> None:
    host.run(FIRST)
    applied = host.told(rules=[rule("xml", 8000)], block_public=True)
    assert host.seen_from(STRANGER, 8000) == ["open"]
    message = found(applied, "shadow")["policy first"]
    assert "allows 8000/tcp to everybody (port 8000/tcp), whom a block rule of the set refuses" in message
    assert "02:00:5e:00:00:01" in found(applied, "override")["zone drop"]
    # as the message says
    host.run("firewall-cmd -q --permanent --policy=first --set-priority=-1; firewall-cmd -q --reload")
    assert host.seen_from(STRANGER, 8000) == ["refused"]


def test_nothing_is_said_where_nothing_is_overridden(host: Shared) -> None:
    rules = [rule("web", 443), rule("xml", 8000, peers=["any"], scope="internet")]
    assert host.told(rules=rules, block_public=True)["findings"] == []
