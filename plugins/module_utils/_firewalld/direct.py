# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of others that firewalld's iptables backend asks before ours: direct rules, and what others put in front.

With its nftables backend they lie in tables of their own, where only what they refuse counts (bypass.py). With this one
what they accept is accepted, whatever a block of ours says. Reads, and changes nothing.
"""

from __future__ import annotations

import ipaddress
import shlex
from typing import Any, Dict, Iterator, List, Optional, Set

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import overrides, xtables
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.kernel import IPTABLES
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.overrides import Beaten, Place
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import State
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.shadows import Verdict
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.traffic import (
    EVERY_PORT,
    End,
    Reader,
    Share,
    Traffic,
    everybody,
)

COMMANDS = {"iptables": 4, "ip6tables": 6}
# the kernel's chain to which packets of each of our policies come
CHAINS = {"in": "INPUT", "block": "INPUT", "out": "OUTPUT", "fwd": "FORWARD"}
DECIDING = {"ACCEPT": True, "DROP": False, "REJECT": False}
PROTOCOLS = ("tcp", "udp")
PORT_OPTIONS = ("--dport", "--dports")
# the options that decide about new packets in no way, or are read
READ = {"-p", "-s", "-d", "-j", "-g", "-m", "--dport", "--dports", "--comment", "--reject-with", "--ctstate", "--state"}
REMEDY = (
    "Narrow it or take it away (a direct rule with firewall-cmd --permanent --direct --remove-rule …), or give "
    "firewalld its nftables backend, with which what such a rule accepts is not let in (FirewallBackend in "
    "firewalld.conf)"
)

# the rules of each chain, as their words
Table = Dict[str, List[List[str]]]


def findings(firewalld: Firewalld, wanted: State) -> List[Dict[str, str]]:
    """What others accept or refuse there before ours are asked. Raises FirewalldError."""
    ways = {name.rpartition("-")[2] for name in wanted.policies} & CHAINS.keys()
    if not ways or firewalld.backend() != IPTABLES:
        return []
    reader = Reader(lambda name: wanted.ipsets[name].entries, lambda _name: [])
    spared = overrides.allowed(firewalld, wanted, reader)
    tables = {command: _filter_table(command) for command in COMMANDS}
    found = []
    for name, policy in sorted(wanted.policies.items()):
        way = name.rpartition("-")[2]
        if way not in ways:
            continue
        flows = [flow for text in policy.rich_rules if reader.action(text) for flow in reader.flows(text)]
        places = [
            Place(f"{command}, chain {CHAINS[way]}", list(_verdicts(table, CHAINS[way], COMMANDS[command])), False)
            for command, table in tables.items()
        ]
        blocks = way == "block"
        beaten = overrides.beaten(places, flows, accepted=blocks, spared=spared if blocks else [])
        found += [_finding(one, blocks) for one in beaten]
    return sorted(found, key=lambda one: (one["object"], one["message"]))


def _finding(one: Beaten, blocks: bool) -> Dict[str, str]:
    ports, peers = overrides.ports(one), overrides.peers(one)
    does = f"allows {ports} to {peers}" if blocks else f"refuses {ports} of {peers}"
    but = "whom a block rule of the set refuses" if blocks else "which a rule of the set allows"
    message = f"has {one.text} before the set's rules, which {does}, {but}. {REMEDY}."
    return {"kind": "shadow", "object": one.place, "message": message}


def _filter_table(command: str) -> Table:
    saved = xtables.save(command)
    text = saved.plain() if saved else ""
    table: Table = {}
    for line in text.partition("*filter\n")[2].partition("COMMIT")[0].splitlines():
        if line.startswith("-A "):
            words = shlex.split(line)
            table.setdefault(words[1], []).append(words[2:])
    return table


def _verdicts(table: Table, chain: str, version: int) -> Iterator[Verdict]:
    """What is decided there before firewalld's own rules are asked, in its order."""
    every = [Traffic(version, protocol, EVERY_PORT, everybody(version), everybody(version)) for protocol in PROTOCOLS]
    yield from _of_chain(table, chain, every, {chain}, 1, chain)


def _of_chain(
    table: Table, chain: str, flows: List[Traffic], seen: Set[str], first: int, start: str, partly: bool = False
) -> Iterator[Verdict]:
    order = first
    for words in table.get(chain, []):
        if chain == start and _is_firewalld_s(words):
            if _target(words).startswith(f"{start}_ZONES") or _target(words).startswith(f"{start}_POLICIES"):
                return
            if _target(words) != f"{start}_direct":
                continue
        rule, target = Rule(words), _target(words)
        meant = rule.common(flows)
        some = partly or rule.is_partly
        if target in DECIDING and meant:
            share = Share("those who meet its other conditions", limited=True, chosen=True) if some else None
            yield Verdict(order, DECIDING[target], meant, f"-A {chain} {' '.join(words)}", share)
            order += 1
        elif target in table and target not in seen and meant:
            for verdict in _of_chain(table, target, meant, {*seen, target}, order, start, some):
                yield verdict
                order = verdict.priority + 1


def _is_firewalld_s(words: List[str]) -> bool:
    return bool(xtables.OWN_RULE.fullmatch(" ".join(words)))


def _target(words: List[str]) -> str:
    return next((value for word, value in zip(words, words[1:]) if word in ("-j", "-g")), "")


class Rule:
    """The packets that a rule of iptables is about; C(is_partly): some of them, by conditions that are not read."""

    def __init__(self, words: List[str]) -> None:
        self._protocols: Any = PROTOCOLS
        self._ports: List[str] = [EVERY_PORT]
        self._ends: Dict[str, Any] = {}
        self.is_partly = False
        self._is_about_new = True
        for before, word, value in zip(["", *words], words, [*words[1:], ""]):
            if before == "!" or (word.startswith("-") and word not in READ):
                self.is_partly = True
            elif word == "-p":
                self._protocols = [value] if value != "all" else PROTOCOLS
            elif word in PORT_OPTIONS:
                self._ports = [one.replace(":", "-") for one in value.split(",")]
            elif word in ("-s", "-d"):
                self._ends[word] = ipaddress.ip_network(value, strict=False)
            elif word in ("--ctstate", "--state"):
                self._is_about_new = "NEW" in value.split(",")

    def common(self, flows: List[Traffic]) -> List[Traffic]:
        """What of these flows it is about."""
        found: List[Optional[Traffic]] = []
        for flow in flows if self._is_about_new else []:
            if flow.protocol in self._protocols:
                given = (self._ends.get(side) for side in ("-s", "-d"))
                ends = [End((one,)) if one else everybody(flow.version) for one in given]
                found += [flow.common(Traffic(flow.version, flow.protocol, ports, *ends)) for ports in self._ports]
        return [one for one in found if one is not None]
