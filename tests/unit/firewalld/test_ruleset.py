# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules as firewalld objects: which policies and ipsets a rule set becomes, and what they are called."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.build import build, families
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import (
    IpSet,
    RulesetError,
    State,
    object_prefix,
)
from rulesets import ADDRESSES, BLOCK, DENY, DEVICES, FORWARD, IN, OFFICE, OUT, built, forward, rich_rules, rule

OTHERS = ["203.0.113.7", "2001:db8:7::7"]


@pytest.mark.parametrize("name", ["a", "web", "server7", "mfp"])
def test_objects_of_a_set_begin_with_its_name(name: str) -> None:
    assert object_prefix(name) == f"thf-{name}-"


@pytest.mark.parametrize("name", ["", "toolongs", "Web", "7web", "we-b", "we b", "wéb", "-", "web/", "web\n"])
def test_a_set_name_that_firewalld_cannot_carry_is_refused(name: str) -> None:
    with pytest.raises(RulesetError) as refused:
        object_prefix(name)
    assert str(refused.value).startswith(f"name: {name!r} is not the name of a rule set; use 1 to 7 lower-case")
    with pytest.raises(RulesetError, match="is not the name of a rule set"):
        build(name, [], "allow", ADDRESSES.__getitem__)


def test_no_name_is_longer_than_the_17_characters_of_firewalld_before_2_4() -> None:
    found = built(
        rule("a"), rule("b", direction="out"), forward("c"), rule("d", action="block", peers=OTHERS), name="server7",
        egress="deny",
    )  # fmt: skip
    names = [*found.policies, *found.ipsets]
    assert len(found.policies) == 5
    assert len(found.ipsets) == 10
    assert max(map(len, names)) == 17
    assert all(name.startswith("thf-server7-") for name in names)


def test_an_empty_set_has_no_objects() -> None:
    assert built() == State()


@pytest.mark.parametrize(
    ("wanted", "policy", "shape"),
    [
        (rule(), IN, ("ANY", "HOST", -100, "CONTINUE")),
        (rule(direction="out"), OUT, ("HOST", "ANY", -100, "CONTINUE")),
        (forward(), FORWARD, ("ANY", "ANY", -100, "CONTINUE")),
        # after the allows of every set, before every zone
        (rule(action="block"), BLOCK, ("ANY", "HOST", -50, "CONTINUE")),
    ],
)
def test_each_direction_has_a_policy(wanted: dict[str, Any], policy: str, shape: tuple[Any, ...]) -> None:
    found = built(wanted).policies
    assert list(found) == [policy]
    assert found[policy].shape() == (*shape, ())


@pytest.mark.parametrize(
    ("wanted", "policy", "expected"),
    [
        (
            rule(),
            IN,
            [
                'rule family="ipv4" source 192.0.2.0/24 port port="443" protocol="tcp" accept',
                'rule family="ipv6" source 2001:db8::/64 port port="443" protocol="tcp" accept',
            ],
        ),
        (
            rule(direction="out", protocol="udp", peers=["192.0.2.7"], ports=["5000-5010", 53]),
            OUT,
            [
                'rule family="ipv4" destination 192.0.2.7 port port="5000-5010" protocol="udp" accept',
                'rule family="ipv4" destination 192.0.2.7 port port="53" protocol="udp" accept',
            ],
        ),
        (rule(peers=["any"]), IN, ['rule port port="443" protocol="tcp" accept']),
        (rule(peers=["any"], direction="out"), OUT, ['rule port port="443" protocol="tcp" accept']),
        (rule(peers=["any"], action="block"), BLOCK, ['rule port port="443" protocol="tcp" reject']),
        (
            forward(),
            FORWARD,
            [
                'rule family="ipv4" source 198.51.100.0/24 destination 192.0.2.0/24 port port="443" protocol="tcp" '
                "accept",
                'rule family="ipv6" source 2001:db8:51::/64 destination 2001:db8::/64 port port="443" protocol="tcp" '
                "accept",
            ],
        ),
        (
            forward(sources=["any"], peers=["192.0.2.5"]),
            FORWARD,
            ['rule family="ipv4" destination 192.0.2.5 port port="443" protocol="tcp" accept'],
        ),
        (
            forward(sources=["198.51.100.7"], peers=["any"]),
            FORWARD,
            ['rule family="ipv4" source 198.51.100.7 port port="443" protocol="tcp" accept'],
        ),
        (forward(sources=["any"], peers=["any"]), FORWARD, ['rule port port="443" protocol="tcp" accept']),
    ],
)
def test_a_rule_is_a_rich_rule_for_each_port_and_family(
    wanted: dict[str, Any], policy: str, expected: list[str]
) -> None:
    assert rich_rules(built(wanted), policy) == expected


def test_a_family_that_only_one_end_has_is_left_out_with_its_ipset() -> None:
    found = built(forward(sources=DEVICES, peers=["192.0.2.5"]))
    assert [text.split(" port ")[0] for text in rich_rules(found, FORWARD)] == [
        'rule family="ipv4" source 198.51.100.0/24 destination 192.0.2.5'
    ]
    assert sorted(ipset.entries for ipset in found.ipsets.values()) == [("192.0.2.5",), ("198.51.100.0/24",)]


def test_ends_without_a_family_in_common_are_refused() -> None:
    with pytest.raises(RulesetError) as refused:
        built(forward(sources=["198.51.100.7"], peers=["2001:db8::5"]))
    assert str(refused.value) == (
        "rules: mfp: sources ['198.51.100.7'] and peers ['2001:db8::5'] have no IP family in common; give both ends "
        "IPv4 addresses or both IPv6 addresses"
    )


def test_egress_deny_keeps_what_a_host_needs_whatever_it_serves() -> None:
    found = built(rule(direction="out"), egress="deny")
    policy = found.policies[DENY]
    assert policy.shape() == ("HOST", "ANY", 32000, "REJECT", ())
    assert set(policy.ports) == {("53", "tcp"), ("53", "udp"), ("67", "udp"), ("123", "udp"), ("547", "udp")}
    # without ICMPv6 no host finds its neighbours, and inbound ssh over IPv6 dies as well
    assert set(policy.protocols) == {"icmp", "igmp", "ipv6-icmp"}
    assert policy.rich_rules == ()
    assert policy.ports == tuple(sorted(policy.ports))
    assert set(found.policies) == {OUT, DENY}


@pytest.mark.parametrize(("refusal", "end"), [({}, " reject"), ({"block_action": "drop"}, " drop")])
def test_a_block_rejects_or_drops_and_an_allow_does_neither(refusal: dict[str, str], end: str) -> None:
    state = built(rule(), rule("blocked", action="block", peers=["any"]), **refusal)
    assert [text.endswith(end) for text in state.policies[BLOCK].rich_rules] == [True]
    assert all(text.endswith(" accept") for text in state.policies[IN].rich_rules)


def test_what_is_refused_is_logged_with_the_name_of_the_set_and_at_most_so_often() -> None:
    state = built(rule(), rule("blocked", action="block", peers=["any"]), egress="deny", log=True)
    log = 'log prefix="thf-web-{}: " level="info" limit value="10/m"'
    assert state.policies[BLOCK].rich_rules == (f'rule port port="443" protocol="tcp" {log.format("block")} reject',)
    assert state.policies[DENY].rich_rules == (f'rule priority="32767" {log.format("deny")}',)
    assert "log" not in str(state.policies[IN].rich_rules)


def test_egress_allow_denies_nothing() -> None:
    assert DENY not in built(rule(), rule("out", direction="out"), egress="allow").policies


def test_the_description_says_which_rule_owns_what() -> None:
    found = built(rule("b", rows=["https", "mobile_manager"]), rule("a", protocol="udp", peers=["any"], ports=[53, 80]))
    v4, v6 = sorted(found.ipsets)
    assert found.policies[IN].description == (
        f"a [] udp 53,80 any>any; b [https,mobile_manager] tcp 443 {v4}>any {v6}>any"
    )


@pytest.mark.parametrize(
    ("peers", "expected"),
    [
        (["192.0.2.7"], {4: ["192.0.2.7/32"]}),
        (["192.0.2.10-192.0.2.19"], {4: ["192.0.2.10/31", "192.0.2.12/30", "192.0.2.16/30"]}),
        (["192.0.2.0/24", "192.0.2.7", "192.0.2.200-192.0.2.201"], {4: ["192.0.2.0/24"]}),
        (["192.0.2.0/25", "192.0.2.128/25"], {4: ["192.0.2.0/24"]}),
        (["2001:db8::/64", "192.0.2.0/24"], {4: ["192.0.2.0/24"], 6: ["2001:db8::/64"]}),
        (["2001:db8::1", "2001:db8::/64"], {6: ["2001:db8::/64"]}),
        (["archive.example.com"], {4: ["203.0.113.80/32"], 6: ["2001:db8::80/128"]}),
        (["old.example.com", "203.0.113.80", "203.0.113.81"], {4: ["203.0.113.80/31"]}),
    ],
)
def test_peers_are_disjoint_networks_by_family(peers: list[str], expected: dict[int, list[str]]) -> None:
    found = families(peers, ADDRESSES.__getitem__)
    assert {version: [str(network) for network in same] for version, same in found.items()} == expected


def test_an_ipset_has_one_family_and_no_prefix_length_for_a_single_address() -> None:
    found = built(rule(peers=["192.0.2.7", "192.0.2.64/26", "2001:db8::7"]))
    assert sorted(found.ipsets.values(), key=lambda ipset: ipset.family) == [
        IpSet("inet", ("192.0.2.64/26", "192.0.2.7")),
        IpSet("inet6", ("2001:db8::7",)),
    ]


@pytest.mark.parametrize(
    ("peer", "remedy"),
    [
        ("10.0.0.0/33", "0 to 32 for IPv4"),
        ("10.0.0.1/8", "write 10.0.0.0/8 for the network, or 10.0.0.1 for the one host"),
        ("10.0.0.9-10.0.0.1", "is reversed; write 10.0.0.1-10.0.0.9"),
        ("300.1.1.1", "such as 192.0.2.7"),
        ("*", "such as 192.0.2.7"),
        ("fe80::1%eth0", "without it"),
        ("0.0.0.0/0", "means every address; write the peers ['any'] if that is what you want"),
        ("::/0", "means every address; write the peers ['any'] if that is what you want"),
        ("0.0.0.0-255.255.255.255", "write the peers ['any']"),
    ],
)
def test_bad_peers_are_refused(peer: str, remedy: str) -> None:
    with pytest.raises(RulesetError) as refused:
        built(rule(peers=[peer]))
    assert str(refused.value).startswith(f"rules: {peer!r} ")
    assert remedy in str(refused.value)


@pytest.mark.parametrize("peers", [["0.0.0.0/1", "128.0.0.0/1"], ["192.0.2.7", "8000::/1", "::/1"]])
def test_networks_that_together_mean_every_address_are_refused(peers: list[str]) -> None:
    with pytest.raises(RulesetError) as refused:
        built(rule(peers=peers))
    message = f"rules: {sorted(peers)} together mean every address; write the peers ['any'] if that is what you want"
    assert str(refused.value) == message


def test_rules_with_the_same_peers_share_their_ipsets() -> None:
    found = built(rule("a"), rule("b", ports=[8000]))
    assert len(found.ipsets) == 2
    assert len(found.policies[IN].rich_rules) == 4


def test_a_flow_that_two_rules_ask_for_is_one_rich_rule() -> None:
    found = built(rule("a", peers=["any"]), rule("b", peers=["any"], ports=[443, 80], scope="internet"))
    assert rich_rules(found) == [
        'rule port port="443" protocol="tcp" accept',
        'rule port port="80" protocol="tcp" accept',
    ]


def test_policies_do_not_share_ipsets() -> None:
    assert len(built(rule("a"), rule("b", direction="out")).ipsets) == 4


@pytest.mark.parametrize("unrelated", ["0-first", "zz-last"])
@pytest.mark.parametrize("direction", ["in", "out"])
def test_an_unrelated_rule_does_not_rename_an_ipset(unrelated: str, direction: str) -> None:
    before = built(rule()).ipsets
    after = built(rule(), rule(unrelated, ports=[8000], peers=OTHERS, direction=direction)).ipsets
    assert len(after) == 4
    assert {name: after.get(name) for name in before} == before


@pytest.mark.parametrize("changed", [{"ports": [8443]}, {"protocol": "udp"}, {"rows": ["https"]}])
def test_a_changed_rule_keeps_its_ipsets(changed: dict[str, Any]) -> None:
    assert built(rule(**changed)).ipsets == built(rule()).ipsets


def test_an_edited_address_list_keeps_the_name_of_its_ipset() -> None:
    before = built(rule("a"), rule("b", ports=[8000]))
    peers = [*OFFICE, "203.0.113.7"]
    after = built(rule("a", peers=peers), rule("b", ports=[8000], peers=peers))
    assert list(after.ipsets) == list(before.ipsets)
    assert after.policies == before.policies
    assert after.ipsets != before.ipsets


def test_order_and_repetition_of_peers_do_not_matter() -> None:
    assert built(rule(peers=[*reversed(OFFICE), *OFFICE])) == built(rule(peers=OFFICE))


def test_order_of_rules_does_not_matter() -> None:
    some = [rule("a"), rule("b", ports=[8000]), rule("c", direction="out")]
    assert built(*reversed(some)) == built(*some)
