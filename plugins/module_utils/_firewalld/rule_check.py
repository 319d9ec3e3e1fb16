# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks on the rules of a rule set, before anything is touched: every refusal names the rule, the value, a remedy."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Any, Dict, List, Sequence, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import ANY, RulesetError

RULE_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
PORT_RANGE = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")


def check_rules(rules: Sequence[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """The rules with ports as sorted strings. Raises RulesetError."""
    checked = [_check_rule(rule) for rule in rules]
    ids = [rule["id"] for rule in checked]
    for one in ids:
        if ids.count(one) > 1:
            raise RulesetError(f"rules: the id {one!r} is used twice; give every rule an id of its own")
    alike: Dict[Any, List[Dict[str, Any]]] = {}
    for rule in checked:
        alike.setdefault((rule["direction"], rule["protocol"], *rule["peers"]), []).append(rule)
    for group in alike.values():
        for one, other in combinations(group, 2):
            _refuse_contradiction(one, other)
    return checked


def derive_blocks(rules: Sequence[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """The rules, and a block of every other source for each inbound domain rule that has none yet.

    Ports that an inbound internet rule opens are left out: they are meant to be reached from anywhere.
    """
    internal = set(internal_ports(rules))
    known = {rule["id"] for rule in rules}
    blocks = []
    for rule in rules:
        block_id = f"{rule['id']}-block"
        ports = [port for port in rule["ports"] if f"{port}/{rule['protocol']}" in internal]
        if rule["direction"] == "in" and rule["action"] == "allow" and ports and block_id not in known:
            blocks.append(
                {**rule, "id": block_id, "action": "block", "ports": ports, "peers": [ANY], "profiles": ["public"]}
            )
    return [*rules, *blocks]


def internal_ports(rules: Sequence[Dict[str, Any]]) -> List[str]:
    """The inbound ports that are for named peers only, as C(port/protocol)."""
    inbound = [rule for rule in rules if rule["direction"] == "in" and rule["action"] == "allow"]
    open_to_internet, domain = (
        {f"{port}/{rule['protocol']}" for rule in inbound if rule["scope"] == scope for port in rule["ports"]}
        for scope in ("internet", "domain")
    )
    return sorted(domain - open_to_internet)


def _check_rule(rule: Dict[str, Any]) -> Dict[str, Any]:
    if not RULE_ID.fullmatch(rule["id"]):
        raise RulesetError(
            f"rules: {rule['id']!r} is not an id; use up to 64 letters, digits, dots, hyphens and underscores"
        )
    where = f"rules: {rule['id']}"
    for row in rule["rows"]:
        if not RULE_ID.fullmatch(row):
            raise RulesetError(f"{where}: rows has {row!r}; write row ids, as the lookup therefore.firewall.ports has")
    peers = _check_peers(where, "peers", rule["peers"])
    forward = rule["direction"] == "forward"
    if forward != bool(rule["sources"]):
        remedy = "give the hosts that may send" if forward else "remove them, or use direction forward"
        raise RulesetError(f"{where}: sources is {rule['sources']!r} with direction {rule['direction']}; {remedy}")
    sources = _check_peers(where, "sources", rule["sources"]) if forward else []
    if rule["action"] == "block" and rule["direction"] != "in":
        raise RulesetError(
            f"{where}: action block with direction {rule['direction']}; only inbound traffic can be blocked by a rule, "
            "for outbound traffic use egress: deny"
        )
    return {**rule, "ports": _check_ports(where, rule["ports"]), "peers": peers, "sources": sources}


def _check_list(where: str, option: str, value: Any) -> List[Any]:
    if isinstance(value, str):
        parts = [part.strip() for part in value.split(",")]
        raise RulesetError(f"{where}: {option} is the string {value!r}; write a list: {parts}")
    if not isinstance(value, (list, tuple)):
        raise RulesetError(f"{where}: {option} is {value!r}; write a list")
    if not value:
        raise RulesetError(f"{where}: {option} is empty; name at least one")
    return list(value)


def _check_peers(where: str, option: str, value: Any) -> List[str]:
    peers = _check_list(where, option, value)
    for peer in peers:
        if not isinstance(peer, str) or not peer.strip():
            raise RulesetError(f"{where}: {option} has {peer!r}; write an address, network, range or host name")
    if ANY in peers and peers != [ANY]:
        raise RulesetError(f"{where}: {option} mixes 'any' with addresses: {peers}; write either")
    return sorted(set(peers))


def _check_ports(where: str, value: Any) -> List[str]:
    spans = sorted({_port_span(where, port) for port in _check_list(where, "ports", value)})
    for (_low, high), (low, _high) in zip(spans, spans[1:]):
        if low <= high:
            raise RulesetError(f"{where}: ports {value} overlap at {low}; write each port once")
    return [str(low) if low == high else f"{low}-{high}" for low, high in spans]


def _port_span(where: str, port: Any) -> Tuple[int, int]:
    found = PORT_RANGE.fullmatch(str(port))
    span = (int(found.group(1)), int(found.group(2) or found.group(1))) if found else None
    if span is None or not 1 <= span[0] <= span[1] <= 65535:
        raise RulesetError(f"{where}: ports has {port!r}; write a whole number from 1 to 65535, or a range 'low-high'")
    return span


def _overlap(one: str, other: str) -> bool:
    (low, high), (other_low, other_high) = _port_span("", one), _port_span("", other)
    return low <= other_high and other_low <= high


def _refuse_contradiction(one: Dict[str, Any], other: Dict[str, Any]) -> None:
    shared = [port for port in one["ports"] if any(_overlap(port, another) for another in other["ports"])]
    if one["action"] == other["action"] or not shared:
        return
    if one["profiles"] and other["profiles"] and not set(one["profiles"]) & set(other["profiles"]):
        return
    raise RulesetError(
        f"rules: {one['id']} and {other['id']} contradict each other: {one['action']} and {other['action']} for "
        f"{one['protocol']} {shared} with the peers {one['peers']}; remove one of them"
    )
