# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for any rules on the way to firewalld and back: never wider than asked, nothing lost, nothing renamed."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.build import build
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.explain import explain
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.rule_check import check_rules, derive_blocks
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import RulesetError, State
from hypothesis import given
from hypothesis import strategies as st
from rulesets import ADDRESSES, PREFIX, rule

Rules = list[dict[str, Any]]
Networks = set[ipaddress.IPv4Network | ipaddress.IPv6Network]

RICH_RULE = re.compile(
    r'rule(?: family="(ipv4|ipv6)")?(?: source ipset="(\S+)")?(?: destination ipset="(\S+)")? '
    r'port port="(\S+)" protocol="(tcp|udp)" (accept|reject)'
)
POLICIES = {"in": ("in", "allow"), "out": ("out", "allow"), "fwd": ("forward", "allow"), "block": ("in", "block")}

PEERS = st.one_of(
    st.integers(0, 31).map(lambda number: f"10.0.{number}.0/24"),
    st.integers(0, 15).map(lambda number: f"10.0.{number * 2}.0/23"),
    st.tuples(st.integers(0, 99), st.integers(100, 200)).map(lambda ends: f"10.0.7.{ends[0]}-10.0.7.{ends[1]}"),
    st.integers(0, 255).map(lambda number: f"10.0.7.{number}"),
    st.integers(1, 15).map(lambda number: f"2001:db8:{number:x}::/64"),
    st.integers(0, 15).map(lambda number: f"2001:db8:1::{number:x}"),
    st.sampled_from(sorted(ADDRESSES)),
)
# some often, so that rules share them
ENDS = st.one_of(st.sampled_from([["any"], ["10.0.1.0/24"]]), st.lists(PEERS, min_size=1, max_size=4))
# 20 numbers apart, so that ranges of at most 10 do not overlap
SPANS = st.dictionaries(st.integers(1, 5), st.integers(0, 10), min_size=1, max_size=3).map(
    lambda spans: [f"{low * 20}-{low * 20 + more}" if more else low * 20 for low, more in spans.items()]
)
PORTS = st.one_of(st.sampled_from([[20], [20, 40]]), SPANS)


@st.composite
def one_rule(draw: st.DrawFn) -> dict[str, Any]:
    direction = draw(st.sampled_from(["in", "out", "forward"]))
    return rule(
        draw(st.sampled_from("abcdefgh")),
        rows=draw(st.lists(st.sampled_from(["smb", "ldap", "https"]), unique=True)),
        direction=direction,
        protocol=draw(st.sampled_from(["tcp", "udp"])),
        ports=draw(PORTS),
        peers=draw(ENDS),
        sources=draw(ENDS) if direction == "forward" else [],
        scope=draw(st.sampled_from(["domain", "internet"])),
        action=draw(st.sampled_from(["allow", "allow", "block"])) if direction == "in" else "allow",
    )


def accepted(rules: Rules) -> bool:
    try:
        built(check_rules(rules))
    except RulesetError:
        return False
    return True


RULES = (
    st.lists(one_rule().filter(lambda one: accepted([one])), max_size=4, unique_by=lambda one: one["id"])
    .filter(accepted)
    .map(check_rules)
)
EGRESS = st.sampled_from(["allow", "deny"])


def built(rules: Rules, egress: str = "allow") -> State:
    return build("web", rules, egress, ADDRESSES.__getitem__)


def networks(peers: list[str]) -> Networks | None:
    """Peers or ipset entries as the fewest networks; none for everybody."""
    if peers == ["any"]:
        return None
    parts: Networks = set()
    for peer in (address for one in peers for address in ADDRESSES.get(one, [one])):
        low, _dash, high = peer.partition("-")
        if high:
            parts.update(ipaddress.summarize_address_range(*map(ipaddress.ip_address, (low, high))))
        else:
            parts.add(ipaddress.ip_network(peer))
    return collapsed(parts, 4) | collapsed(parts, 6)


def collapsed(parts: Networks, version: int) -> Networks:
    return set(ipaddress.collapse_addresses(part for part in parts if part.version == version))  # type: ignore[type-var]


def of_family(parts: Networks | None, family: str | None) -> Networks | None:
    return parts if parts is None or family is None else {part for part in parts if part.version == int(family[-1])}


def in_common(near: Networks | None, far: Networks | None) -> Networks | None:
    """What is left of one end where the other end lacks a family."""
    if near is None or far is None:
        return near
    return {part for part in near if part.version in {other.version for other in far}}


def ends(one: dict[str, Any]) -> tuple[Networks | None, Networks | None]:
    """Who a rule lets in and where to, as far as the two ends share a family."""
    peers = networks(one["peers"])
    if one["direction"] == "forward":
        sources = networks(one["sources"])
        return in_common(sources, peers), in_common(peers, sources)
    return (peers, None) if one["direction"] == "in" else (None, peers)


@given(RULES, EGRESS)
def test_every_rich_rule_is_exactly_one_port_of_a_rule_that_was_asked(rules: Rules, egress: str) -> None:
    state = built(rules, egress)
    for name, policy in state.policies.items():
        for text in policy.rich_rules:
            found = RICH_RULE.fullmatch(text)
            assert found, text
            family, source, destination, port, protocol, verdict = found.groups()
            near, far = (networks(list(state.ipsets[one].entries)) if one else None for one in (source, destination))
            assert verdict == ("reject" if name.endswith("-block") else "accept")
            assert [
                one
                for one in rules
                if (one["direction"], one["action"]) == POLICIES[name.removeprefix(PREFIX)]
                and one["protocol"] == protocol
                and port in one["ports"]
                and tuple(of_family(end, family) for end in ends(one)) == (near, far)
            ], text


@given(RULES, EGRESS)
def test_a_rich_rule_has_the_family_of_its_ipsets(rules: Rules, egress: str) -> None:
    state = built(rules, egress)
    for policy in state.policies.values():
        for text in policy.rich_rules:
            family, source, destination, *_rest = RICH_RULE.fullmatch(text).groups()  # type: ignore[union-attr]
            used = {state.ipsets[name].family for name in (source, destination) if name}
            assert used == ({{"ipv4": "inet", "ipv6": "inet6"}[family]} if family else set())


@given(RULES, EGRESS)
def test_an_ipset_is_used_disjoint_and_of_one_family(rules: Rules, egress: str) -> None:
    state = built(rules, egress)
    texts = " ".join(text for policy in state.policies.values() for text in policy.rich_rules)
    for name, ipset in state.ipsets.items():
        parts = [ipaddress.ip_network(entry) for entry in ipset.entries]
        assert f'ipset="{name}"' in texts
        assert {part.version for part in parts} == {{"inet": 4, "inet6": 6}[ipset.family]}
        assert not any(one.overlaps(other) for one in parts for other in parts if one is not other)


@given(RULES, EGRESS)
def test_names_fit_firewalld(rules: Rules, egress: str) -> None:
    state = build("server7", rules, egress, ADDRESSES.__getitem__)
    assert all(len(name) <= 17 for name in (*state.policies, *state.ipsets))


@given(RULES, EGRESS)
def test_no_object_holds_anything_twice(rules: Rules, egress: str) -> None:
    state = built(rules, egress)
    for held in (policy.rich_rules for policy in state.policies.values()):
        assert len(set(held)) == len(held)


@given(RULES, EGRESS)
def test_what_is_as_wanted_does_not_change(rules: Rules, egress: str) -> None:
    state = built(rules, egress)
    found = explain(PREFIX, state, state, state)
    assert found.changes == []
    assert found.unchanged == len(rules) + (egress == "deny")
    assert found.before == found.after


@given(RULES, EGRESS)
def test_on_a_fresh_host_exactly_the_rules_are_created_as_asked(rules: Rules, egress: str) -> None:
    found = explain(PREFIX, State(), State(), built(rules, egress))
    assert {change["action"] for change in found.changes} <= {"create"}
    after = {change["id"]: change["after"] for change in found.changes}
    assert (after.pop("egress-deny", None) is not None) == (egress == "deny")
    assert set(after) == {one["id"] for one in rules}
    for one in rules:
        view = after[one["id"]]
        assert {key: view[key] for key in ("direction", "protocol", "action", "rows")} == {
            key: one[key] for key in ("direction", "protocol", "action", "rows")
        }
        assert set(view["ports"]) == set(one["ports"])
        near, far = ends(one)
        assert networks(view["peers"]) == (near if one["direction"] == "in" else far)
        if one["direction"] == "forward":
            assert networks(view["sources"]) == near
        else:
            assert view["sources"] == []


@given(RULES, RULES, EGRESS, EGRESS)
def test_the_way_back_mirrors_the_way_there(one: Rules, other: Rules, egress: str, other_egress: str) -> None:
    first, second = built(one, egress), built(other, other_egress)
    there, back = explain(PREFIX, first, first, second), explain(PREFIX, second, second, first)
    mirrored = {"create": "delete", "delete": "create", "update": "update"}
    assert [
        (mirrored[change["action"]], change["id"], change["after"], change["before"]) for change in there.changes
    ] == [(change["action"], change["id"], change["before"], change["after"]) for change in back.changes]
    assert (there.before, there.after) == (back.after, back.before)


@given(RULES, RULES)
def test_nothing_changes_exactly_where_the_objects_are_the_same(one: Rules, other: Rules) -> None:
    first, second = built(one), built(other)
    assert (explain(PREFIX, first, first, second).changes == []) == (first == second)


@given(RULES, st.permutations(range(4)))
def test_order_does_not_matter(rules: Rules, order: list[int]) -> None:
    assert built([rules[at] for at in order if at < len(rules)]) == built(rules)


@given(RULES, ENDS)
def test_a_rule_that_comes_last_renames_nothing(rules: Rules, peers: list[str]) -> None:
    before = built(rules).ipsets
    last = check_rules([rule("zz", ports=[9999], peers=peers)])
    assert built([*rules, *last]).ipsets.items() >= before.items()


@given(RULES)
def test_blocks_that_follow_close_internal_ports_and_take_nothing_away(rules: Rules) -> None:
    found = derive_blocks(rules)
    assert found[: len(rules)] == rules
    internet = {
        (port, one["protocol"])
        for one in rules
        for port in one["ports"]
        if (one["direction"], one["action"], one["scope"]) == ("in", "allow", "internet")
    }
    for block in found[len(rules) :]:
        assert (block["direction"], block["action"], block["peers"]) == ("in", "block", ["any"])
        assert not internet & {(port, block["protocol"]) for port in block["ports"]}
    assert derive_blocks(found) == found
