# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of nftables that are not firewalld's: those of docker, podman, fail2ban, iptables and of administrators.

Read with the library that firewalld itself uses for its nftables backend, and only the chains in which packets begin.
"""

from __future__ import annotations

import socket
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.kernel import CLOSED, COPY, TABLE, Listed
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.libnftables import listed
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import IpSet

# in panic mode, and while firewalld reloads, the second one drops every packet; the third is ours (kernel.py)
OWN_TABLES = (TABLE, CLOSED, COPY)
EVERY_PORT = (1, 65535)
JUMPS = ("jump", "goto")
# a set's type, and what firewalld calls that family
FAMILY = {"ipv4_addr": "inet", "ipv6_addr": "inet6"}
# of a set, what makes it another one than its entries say
EXTRA = {"timeout", "size"}

# low, high and protocol
Span = Tuple[int, int, str]


class Chain(NamedTuple):
    """A chain in which packets begin, with all the rules that they may come to in its table."""

    family: str
    table: str
    name: str
    kind: str
    hook: str
    policy: str
    rules: List[List[Any]]

    def title(self) -> str:
        """What a message calls it."""
        kind = f"{self.family} table" if self.is_legacy() else f"nft table {self.family}"
        return f"{kind} {self.table}, chain {self.name}"

    def is_legacy(self) -> bool:
        """Whether it is one of iptables-legacy (legacy.py)."""
        return self.family.endswith("-legacy")

    def listing(self) -> str:
        """The command that shows it."""
        if self.is_legacy():
            return f"{self.family} -t {self.table} -S"
        return f"nft list table {self.family} {self.table}"


def chains(tables: Listed) -> List[Chain]:
    """The chains of others in which packets begin; none where they cannot be read."""
    return [
        chain
        for table in tables or []
        if table["name"] not in OWN_TABLES
        for chain in begun(_with_verdicts(_listed(f"list table {table['family']} {table['name']}", terse=True)))
    ]


def _with_verdicts(table: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """A table's listing, in which the rules that look a verdict up in a map by its name have the map's verdicts."""
    maps = [one["map"] for one in table if one.get("map", {}).get("map") == "verdict"]
    verdicts = {
        f"@{one['name']}": [
            found["map"].get("elem", [])
            for found in _listed(f"list map {one['family']} {one['table']} {one['name']}")
            if "map" in found
        ]
        for one in maps
    }
    for rule in (one["rule"] for one in table if "rule" in one):
        named = [one["data"] for one in values(rule.get("expr", []), "vmap") if isinstance(one["data"], str)]
        rule["expr"] = [*rule.get("expr", []), *(verdicts[name] for name in named if name in verdicts)]
    return table


def kept(tables: Listed) -> List[str]:
    """Family and name of each copy of firewalld's tables that was left in force; one of a run has an owner."""
    return [
        f"{table['family']} {table['name']}"
        for table in tables or []
        if table["name"] == COPY and "owner" not in table.get("flags", ())
    ]


def has_elements(name: str) -> bool:
    """Whether a set of firewalld's has any."""
    return any(one["set"].get("elem") for one in _listed(f"list set inet {TABLE} {name}") if "set" in one)


def filters_reverse_path() -> bool:
    """Whether a rule of firewalld's drops what comes in by another interface than its answer would leave by."""
    return any(
        "saddr" in looked_up.get("flags", ())
        for one in _listed(f"list table inet {TABLE}", terse=True)
        for looked_up in values(one.get("rule", {}).get("expr", []), "fib")
    )


def holds_forwarded_ports() -> bool:
    """Whether firewalld's rules refuse forwarded ports of others (StrictForwardPorts): then it has this chain."""
    return bool(_listed(f"list chain inet {TABLE} filter_INPUT_dnat"))


def networks() -> Dict[str, IpSet]:
    """Those of firewalld's sets that are plain lists of networks, as it writes them."""
    sets = [one["set"] for one in _listed(f"list sets table inet {TABLE}") if "set" in one]
    return {
        one["name"]: IpSet(FAMILY[one["type"]], tuple(sorted(map(_entry, one.get("elem", [])))))
        for one in sets
        if one["type"] in FAMILY and one.get("flags") == ["interval"] and not EXTRA & one.keys()
    }


def _entry(element: Any) -> str:
    prefix = element.get("prefix") if isinstance(element, dict) else None
    return f"{prefix['addr']}/{prefix['len']}" if prefix else str(element)


def _listed(command: str, terse: bool = False) -> List[Dict[str, Any]]:
    # terse: what is counted, and the elements of sets, may be long; a table may have gone meanwhile
    return listed(command, terse) or []


def begun(table: List[Dict[str, Any]]) -> Iterator[Chain]:
    """The chains of a table, as it is listed, in which packets begin."""
    rules: Dict[str, List[List[Any]]] = {}
    for rule in (one["rule"] for one in table if "rule" in one):
        rules.setdefault(rule["chain"], []).append(rule.get("expr", []))
    for chain in (one["chain"] for one in table if "chain" in one):
        if "hook" in chain:
            within = [rule for name in sorted(_reached(chain["name"], rules, set())) for rule in rules.get(name, [])]
            yield Chain(
                chain["family"], chain["table"], chain["name"], chain["type"], chain["hook"],
                chain.get("policy", "accept"), within,
            )  # fmt: skip


def _reached(name: str, rules: Dict[str, List[List[Any]]], seen: Set[str]) -> Set[str]:
    if name not in seen:
        seen.add(name)
        for rule in rules.get(name, []):
            for jump in (found for word in JUMPS for found in values(rule, word)):
                _reached(jump["target"], rules, seen)
    return seen


def values(expression: Any, word: str) -> Iterator[Any]:
    """What each such word anywhere in an expression says."""
    if isinstance(expression, dict):
        for key, value in expression.items():
            if key == word:
                yield value
            yield from values(value, word)
    elif isinstance(expression, list):
        for one in expression:
            yield from values(one, word)


def does(rule: List[Any], words: Tuple[str, ...], targets: Tuple[str, ...]) -> bool:
    """Whether a rule has one of these statements, or one of these targets of iptables."""
    found = any(True for word in words for _value in values(rule, word))
    return found or any((one or {}).get("name") in targets for one in values(rule, "xt"))


def ports(rule: List[Any]) -> List[Span]:
    """The destination ports that a rule is about; all where it names none in a way that is known here."""
    spans = []
    for match in values(rule, "match"):
        payload = match["left"].get("payload", {}) if isinstance(match["left"], dict) else {}
        if isinstance(payload, dict) and payload.get("field") == "dport" and match["op"] in ("==", "in"):
            protocols = [payload["protocol"]] if payload["protocol"] in ("tcp", "udp") else ["tcp", "udp"]
            spans += [(*span, protocol) for span in _spans(match["right"]) for protocol in protocols]
    return spans or [(*EVERY_PORT, protocol) for protocol in ("tcp", "udp")]


def sent_to(rule: List[Any]) -> List[Span]:
    """The ports of this host to which a rule sends packets; none where it sends them elsewhere, or does not tell."""
    found = [one for word in ("redirect", "dnat") for one in values(rule, word) if isinstance(one, dict)]
    spans = [span for one in found if is_own(one.get("addr")) for span in _spans(one.get("port"))]
    protocols = sorted({protocol for _low, _high, protocol in ports(rule)})
    return [(*span, protocol) for span in spans if span != EVERY_PORT for protocol in protocols]


def is_own(address: Any) -> bool:
    """Whether an address is one of this host's; no address means the one that was asked."""
    if not address:
        return True
    try:
        with socket.socket(socket.AF_INET6 if ":" in str(address) else socket.AF_INET) as one:
            one.bind((str(address), 0))
    except OSError:
        return False
    return True


def _spans(right: Any) -> List[Tuple[int, int]]:
    if isinstance(right, int):
        return [(right, right)]
    if isinstance(right, dict) and "range" in right:
        low, high = right["range"]
        return [(low, high)] if isinstance(low, int) and isinstance(high, int) else [EVERY_PORT]
    if isinstance(right, dict) and isinstance(right.get("set"), list):
        return [span for one in right["set"] for span in _spans(one)]
    return [EVERY_PORT]


def source(rule: List[Any]) -> Optional[str]:
    """The network of senders that a rule is about, where it names just one."""
    for match in values(rule, "match"):
        payload = match["left"].get("payload") if isinstance(match["left"], dict) else None
        if isinstance(payload, dict) and payload.get("field") == "saddr" and match["op"] == "==":
            right = match["right"]
            if isinstance(right, dict) and "prefix" in right:
                return f"{right['prefix']['addr']}/{right['prefix']['len']}"
            return right if isinstance(right, str) else None
    return None
