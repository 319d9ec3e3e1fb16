# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks on rules before anything is touched: what is refused, how ports are written, which blocks follow."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.rule_check import (
    check_rules,
    derive_blocks,
    internal_ports,
)
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import RulesetError
from rulesets import OFFICE, forward, rule

Case = tuple[dict[str, Any], str, str]

WHOLE_PORT = "write a whole number from 1 to 65535, or a range 'low-high'"
PEER = "write an address, network, range or host name"
AN_ID = "use up to 64 letters, digits, dots, hyphens and underscores"


def bad_port(port: Any) -> Case:
    return (rule(ports=[port]), f"rules: https: ports has {port!r}", WHOLE_PORT)


def bad_id(rule_id: str) -> Case:
    return (rule(rule_id), f"rules: {rule_id!r} is not an id", AN_ID)


IDS: list[Case] = [
    *map(bad_id, ["", "a b", "a;b", "a[b]", "ü", "x" * 65, "a,b", "a/b", "a\n"]),
    (rule(rows=["a b"]), "rules: https: rows has 'a b'", "as the lookup therefore.firewall.ports"),
    (rule(rows=["smb", "a,b"]), "rules: https: rows has 'a,b'", "write row ids"),
    (rule(rows=["a]"]), "rules: https: rows has 'a]'", "write row ids"),
]

PORTS: list[Case] = [
    *map(bad_port, [0, -1, 65536, "0", "65536", "abc", 80.0, "80.0", True, False, None, "", " ", "1 0", [80], {}]),
    *map(
        bad_port,
        ["9000-8000", "0-10", "65530-65536", "80-", "-80", "80-90-100", "80:90", "80,443", "1e3", "0x50", "80\n", "９"],
    ),
    # more digits than Python makes a number of
    bad_port("9" * 5000),
    (rule(ports=[]), "rules: https: ports is empty", "name at least one"),
    (rule(ports="80,443"), "rules: https: ports is the string '80,443'", "write a list: ['80', '443']"),
    (rule(ports="80"), "rules: https: ports is the string '80'", "write a list: ['80']"),
    (rule(ports=80), "rules: https: ports is 80", "write a list"),
    (rule(ports={"tcp": 80}), "rules: https: ports is {'tcp': 80}", "write a list"),
    (rule(ports=None), "rules: https: ports is None", "write a list"),
    (rule(ports=["80-90", 85]), "rules: https: ports ['80-90', 85] overlap at 85", "write each port once"),
    (rule(ports=["80-90", "90-99"]), "rules: https: ports ['80-90', '90-99'] overlap at 90", "write each port once"),
    (rule(ports=[80, "70-90"]), "rules: https: ports [80, '70-90'] overlap at 80", "write each port once"),
]

PEERS: list[Case] = [
    (rule(peers=[]), "rules: https: peers is empty", "name at least one"),
    (rule(peers="any"), "rules: https: peers is the string 'any'", "write a list: ['any']"),
    (
        rule(peers="192.0.2.7, 192.0.2.8"),
        "rules: https: peers is the string '192.0.2.7, 192.0.2.8'",
        "write a list: ['192.0.2.7', '192.0.2.8']",
    ),
    (rule(peers=None), "rules: https: peers is None", "write a list"),
    (rule(peers={"net": "192.0.2.0/24"}), "rules: https: peers is {'net': '192.0.2.0/24'}", "write a list"),
    (rule(peers=[""]), "rules: https: peers has ''", PEER),
    (rule(peers=["  "]), "rules: https: peers has '  '", PEER),
    (rule(peers=[None]), "rules: https: peers has None", PEER),
    (rule(peers=[10]), "rules: https: peers has 10", PEER),
    (rule(peers=[OFFICE]), f"rules: https: peers has {OFFICE!r}", PEER),
    (rule(peers=["any", "192.0.2.7"]), "rules: https: peers mixes 'any' with addresses", "write either"),
    (forward(sources=["192.0.2.7", "any"]), "rules: mfp: sources mixes 'any' with addresses", "write either"),
    (forward(sources=[""]), "rules: mfp: sources has ''", PEER),
    (forward(sources="192.0.2.7,192.0.2.8"), "rules: mfp: sources is the string", "['192.0.2.7', '192.0.2.8']"),
]

DIRECTIONS: list[Case] = [
    (rule(sources=["192.0.2.7"]), "rules: https: sources is ['192.0.2.7'] with direction in", "use direction forward"),
    (rule(direction="out", sources=["any"]), "rules: https: sources is ['any'] with direction out", "remove them"),
    (forward(sources=[]), "rules: mfp: sources is [] with direction forward", "give the hosts that may send"),
    (forward(sources=None), "rules: mfp: sources is None with direction forward", "give the hosts that may send"),
    (rule(direction="out", action="block"), "rules: https: action block with direction out", "use egress: deny"),
    (forward(action="block"), "rules: mfp: action block with direction forward", "only inbound traffic can be blocked"),
]


def refusal(*rules: dict[str, Any]) -> str:
    with pytest.raises(RulesetError) as refused:
        check_rules(rules)
    return str(refused.value)


@pytest.mark.parametrize(("wanted", "beginning", "remedy"), [*IDS, *PORTS, *PEERS, *DIRECTIONS])
def test_bad_rule(wanted: dict[str, Any], beginning: str, remedy: str) -> None:
    message = refusal(rule("other", ports=[1]), wanted)
    assert message.startswith(beginning)
    assert remedy in message
    assert "\n" not in message


def test_an_id_is_used_once() -> None:
    message = refusal(rule("a"), rule("b", ports=[1]), rule("a", ports=[2]))
    assert message == "rules: the id 'a' is used twice; give every rule an id of its own"


@pytest.mark.parametrize(
    ("ports", "expected"),
    [
        ([443], ["443"]),
        (["443"], ["443"]),
        (["0443"], ["443"]),
        ([8000, 80, "443"], ["80", "443", "8000"]),
        (["8000-8010", 80], ["80", "8000-8010"]),
        (["80-80"], ["80"]),
        ([80, "80", "80-80"], ["80"]),
        (["80-89", "90-99"], ["80-89", "90-99"]),
        ([1, 65535], ["1", "65535"]),
        (["1-65535"], ["1-65535"]),
        ((80, 81), ["80", "81"]),
    ],
)
def test_ports_come_out_as_sorted_text(ports: Any, expected: list[str]) -> None:
    assert check_rules([rule(ports=ports)])[0]["ports"] == expected


def test_peers_and_sources_come_out_sorted_and_once() -> None:
    found = check_rules([forward(peers=["b.example", "192.0.2.7", "b.example"], sources=["192.0.2.9", "192.0.2.8"])])
    assert found[0]["peers"] == ["192.0.2.7", "b.example"]
    assert found[0]["sources"] == ["192.0.2.8", "192.0.2.9"]


def test_the_rest_of_a_rule_stays_as_it_is_and_the_input_too() -> None:
    given = rule("x" * 64, rows=["xml_service", "A.b-1"], profiles=["domain"], scope="internet")
    before = {**given}
    found = check_rules([given])[0]
    assert found == {**before, "ports": ["443"], "peers": sorted(OFFICE)}
    assert given == before


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (rule("a"), rule("b", action="block")),
        (rule("a", ports=[80, 443]), rule("b", ports=[443, 8443], action="block")),
        (rule("a", ports=["400-450"]), rule("b", action="block")),
        (rule("a", ports=[80, "400-450"]), rule("b", ports=["450-460"], action="block")),
        (rule("a", profiles=["domain", "public"]), rule("b", profiles=["public"], action="block")),
        (rule("a", profiles=[]), rule("b", profiles=["public"], action="block")),
        (rule("a", peers=["any"]), rule("b", peers=["any"], action="block")),
        (rule("a", peers=OFFICE), rule("b", peers=OFFICE[::-1], action="block")),
    ],
)
def test_contradicting_rules_are_refused(one: dict[str, Any], other: dict[str, Any]) -> None:
    for rules in ((one, other), (other, one)):
        message = refusal(*rules)
        assert message.startswith(f"rules: {rules[0]['id']} and {rules[1]['id']} contradict each other: ")
        assert message.endswith("remove one of them")


@pytest.mark.parametrize(
    "other",
    [
        rule("b", ports=[8443], action="block"),
        rule("b", ports=["400-442", "444-450"], action="block"),
        rule("b", protocol="udp", action="block"),
        rule("b", peers=["any"], action="block"),
        rule("b", profiles=["public"], action="block"),
        rule("b"),
        rule("b", direction="out"),
    ],
)
def test_rules_that_go_together(other: dict[str, Any]) -> None:
    assert [found["id"] for found in check_rules([rule("a", profiles=["domain"]), other])] == ["a", "b"]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([rule(ports=[443, 80])], ["443/tcp", "80/tcp"]),
        ([rule(protocol="udp")], ["443/udp"]),
        ([rule("a", ports=["8000-8010"])], ["8000-8010/tcp"]),
        ([rule("a"), rule("b", scope="internet", peers=["any"])], []),
        ([rule("a"), rule("b", scope="internet", protocol="udp", peers=["any"])], ["443/tcp"]),
        ([rule("a"), rule("b", scope="internet", direction="out")], ["443/tcp"]),
        ([rule(direction="out"), forward(), rule("b", action="block")], []),
        ([], []),
    ],
)
def test_internal_ports_are_for_named_peers_only(rules: list[dict[str, Any]], expected: list[str]) -> None:
    assert internal_ports(check_rules(rules)) == expected


def blocks(*rules: dict[str, Any]) -> list[dict[str, Any]]:
    checked = check_rules(rules)
    found = derive_blocks(checked)
    assert found[: len(checked)] == checked
    return found[len(checked) :]


def test_a_block_of_every_other_source_follows_each_inbound_domain_rule() -> None:
    found = blocks(rule("a", rows=["smb"], ports=[445, 139]), rule("b", protocol="udp"))
    assert found == check_rules(
        [
            rule("a-block", rows=["smb"], ports=[445, 139], peers=["any"], profiles=["public"], action="block"),
            rule("b-block", protocol="udp", peers=["any"], profiles=["public"], action="block"),
        ]
    )


def test_ports_that_reach_the_internet_are_left_out_of_the_block() -> None:
    found = blocks(rule("a", ports=[443, 8000]), rule("b", ports=[443], scope="internet", peers=["any"]))
    assert [(one["id"], one["ports"]) for one in found] == [("a-block", ["8000"])]


@pytest.mark.parametrize(
    "rules",
    [
        [rule("a"), rule("a-block", peers=["any"], action="block")],
        [rule("a"), rule("b", scope="internet", peers=["any"])],
        [rule(scope="internet")],
        [rule(direction="out")],
        [forward()],
        [rule(action="block")],
        [],
    ],
)
def test_no_block_follows(rules: list[dict[str, Any]]) -> None:
    assert blocks(*rules) == []
