# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects that carry a named set of rules, built of its rules.

Pure: no D-Bus and no Ansible, so that a test can build every case by hand. The functions that need DNS take it as
an argument.
"""

from __future__ import annotations

import hashlib
import ipaddress
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._addresses import (
    AddressError,
    EveryAddressError,
    Network,
    canonical,
    is_host_name,
    networks,
)
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import (
    ANY,
    DESCRIPTION_SEPARATOR,
    IpSet,
    Policy,
    RulesetError,
    State,
    object_prefix,
    used,
)

Resolver = Callable[[str], Sequence[str]]

WANT_ANY = "write the peers ['any'] if that is what you want"
FAMILIES = {4: "ipv4", 6: "ipv6"}
IPSET_FAMILIES = {4: "inet", 6: "inet6"}

# Negative priorities run before every zone. Blocks come after the allows of all sets, so that one set's
# "everybody else" never refuses what another set allows.
ALLOW_PRIORITY = -100
BLOCK_PRIORITY = -50
# Late, so that a user's own outbound policy still works.
DENY_PRIORITY = 32000

# What a host needs whatever it serves: DNS, DHCP, NTP, and ICMP (without ICMPv6 all of IPv6 dies, ssh included).
DENY_KEEPS_PORTS = (("53", "tcp"), ("53", "udp"), ("67", "udp"), ("123", "udp"), ("547", "udp"))
# of what a rule refuses, so much is logged: who is refused shows, and nobody can fill the disk
LOG_LIMIT = "10/m"
DENY_KEEPS_PROTOCOLS = ("icmp", "igmp", "ipv6-icmp")


def build(
    set_name: str,
    rules: Sequence[Dict[str, Any]],
    egress: str,
    resolve: Resolver,
    kept: Sequence[Tuple[str, str]] = (),
    block_action: str = "reject",
    log: bool = False,
) -> State:
    """The firewalld objects that carry these (checked) rules. Raises RulesetError.

    C(kept) are ports and protocols that egress deny keeps on this host, beyond those that it always does.
    """
    prefix = object_prefix(set_name)
    refusal = _log(f"{prefix}block") + block_action if log else block_action
    peer_sets = _PeerSets(prefix, resolve)
    rich_rules: Dict[str, List[str]] = {}
    descriptions: Dict[str, List[str]] = {}
    for rule in sorted(rules, key=lambda one: one["id"]):
        suffix = _policy_suffix(rule)
        selectors = peer_sets.selectors(rule)
        rich_rules.setdefault(suffix, []).extend(_rich_rules(rule, selectors, refusal))
        descriptions.setdefault(suffix, []).append(describe(rule, selectors))
    policies = {
        prefix + suffix: Policy(
            # two rules may ask for the same flow, such as the two scopes of a row; firewalld keeps it once
            rich_rules=tuple(sorted(set(texts))),
            description=DESCRIPTION_SEPARATOR.join(descriptions[suffix]),
            **_SHAPES[suffix],
        )
        for suffix, texts in rich_rules.items()
    }
    if egress == "deny":
        policies[prefix + "deny"] = Policy(
            ports=tuple(sorted({*DENY_KEEPS_PORTS, *kept})), protocols=DENY_KEEPS_PROTOCOLS,
            # a target cannot log: a rule that comes last does
            rich_rules=(f'rule priority="32767" {_log(prefix + "deny").rstrip()}',) if log else (),
            description="Refuses all other outbound traffic", **_SHAPES["deny"],
        )  # fmt: skip
    return State(policies, used(policies, peer_sets.ipsets))


_SHAPES: Dict[str, Dict[str, Any]] = {
    "in": {"ingress": "ANY", "egress": "HOST", "priority": ALLOW_PRIORITY},
    "out": {"ingress": "HOST", "egress": "ANY", "priority": ALLOW_PRIORITY},
    "fwd": {"ingress": "ANY", "egress": "ANY", "priority": ALLOW_PRIORITY},
    "block": {"ingress": "ANY", "egress": "HOST", "priority": BLOCK_PRIORITY},
    "deny": {"ingress": "HOST", "egress": "ANY", "priority": DENY_PRIORITY, "target": "REJECT"},
}


def _policy_suffix(rule: Dict[str, Any]) -> str:
    if rule["action"] == "block":
        return "block"
    return {"in": "in", "out": "out", "forward": "fwd"}[rule["direction"]]


# A selector says which packets a rich rule takes: (IP version or None for both, source ipset, destination ipset).
Selector = Tuple[Optional[int], Optional[str], Optional[str]]


def _log(name: str) -> str:
    return f'log prefix="{name}: " level="info" limit value="{LOG_LIMIT}" '


def _rich_rules(rule: Dict[str, Any], selectors: Sequence[Selector], refusal: str) -> List[str]:
    action = "accept" if rule["action"] == "allow" else refusal
    texts = []
    for version, source, destination in selectors:
        head = "rule"
        if version:
            head += f' family="{FAMILIES[version]}"'
        if source:
            head += f' source ipset="{source}"'
        if destination:
            head += f' destination ipset="{destination}"'
        texts += [f'{head} port port="{port}" protocol="{rule["protocol"]}" {action}' for port in rule["ports"]]
    return texts


def describe(rule: Dict[str, Any], selectors: Sequence[Selector]) -> str:
    """One rule in a policy's description: tells a person, and the next run, which rule owns which rich rules."""
    ports = ",".join(str(port) for port in rule["ports"])
    sets = " ".join(">".join((source or ANY, destination or ANY)) for version, source, destination in selectors)
    return f"{rule['id']} [{','.join(rule['rows'])}] {rule['protocol']} {ports} {sets}"


class _PeerSets:
    """Gives every distinct list of peers its ipsets, one per IP family.

    A name comes from the first rule (by id) that uses the list, not from the addresses: a changed address list
    keeps its ipset, which can then be edited without a reload.
    """

    def __init__(self, prefix: str, resolve: Resolver) -> None:
        self.ipsets: Dict[str, IpSet] = {}
        self._prefix = prefix
        self._resolve = resolve
        self._known: Dict[Tuple[str, ...], Dict[Optional[int], Optional[str]]] = {}

    def selectors(self, rule: Dict[str, Any]) -> List[Selector]:
        """How this rule's peers are matched. Raises RulesetError where the two ends share no IP family."""
        peers = self._sets(rule, "peers")
        if rule["direction"] == "in":
            return [(version, name, None) for version, name in peers.items()]
        if rule["direction"] == "out":
            return [(version, None, name) for version, name in peers.items()]
        sources = self._sets(rule, "sources")
        found = [
            (source_version or version, source, name)
            for source_version, source in sources.items()
            for version, name in peers.items()
            if not source_version or not version or source_version == version
        ]
        if not found:
            raise RulesetError(
                f"rules: {rule['id']}: sources {rule['sources']} and peers {rule['peers']} have no IP family in "
                "common; give both ends IPv4 addresses or both IPv6 addresses"
            )
        return found

    def _sets(self, rule: Dict[str, Any], end: str) -> Dict[Optional[int], Optional[str]]:
        peers = rule[end]
        if peers == [ANY]:
            return {None: None}
        # one policy's rules share sets; two policies do not, so that a change in one stays out of the other
        key = (_policy_suffix(rule), end, *peers)
        if key not in self._known:
            self._known[key] = self._make(peers, f"{rule['id']} {end}")
        return self._known[key]

    def _make(self, peers: Sequence[str], purpose: str) -> Dict[Optional[int], Optional[str]]:
        names: Dict[Optional[int], Optional[str]] = {}
        for version, parts in families(peers, self._resolve).items():
            name = self._free_name(version, purpose)
            self.ipsets[name] = IpSet(IPSET_FAMILIES[version], tuple(sorted(map(_entry, parts))))
            names[version] = name
        return names

    def _free_name(self, version: int, purpose: str) -> str:
        digest = hashlib.sha256(purpose.encode()).hexdigest()
        candidates = (f"{self._prefix}{version}{digest[at : at + 4]}" for at in range(0, len(digest), 4))
        return next(name for name in candidates if name not in self.ipsets)


def families(peers: Sequence[str], resolve: Resolver) -> Dict[int, List[Network]]:
    """Peers as disjoint networks by IP version: what an interval set can hold, which refuses overlaps."""
    found: Dict[int, List[Any]] = {}  # one list holds one version only, which its type cannot say
    for peer in peers:
        for network in _networks(peer, resolve):
            found.setdefault(network.version, []).append(network)
    disjoint = {version: list(ipaddress.collapse_addresses(same)) for version, same in sorted(found.items())}
    if any(network.prefixlen == 0 for same in disjoint.values() for network in same):
        raise RulesetError(f"rules: {list(peers)} together mean every address; {WANT_ANY}")
    return disjoint


def _networks(peer: str, resolve: Resolver) -> List[Network]:
    if is_host_name(peer):
        return [network for address in resolve(peer) for network in networks(address)]
    try:
        return networks(canonical(peer))
    except EveryAddressError as error:
        raise RulesetError(f"rules: {peer!r} {error}; {WANT_ANY}") from error
    except AddressError as error:
        raise RulesetError(f"rules: {peer!r} {error}") from error


def _entry(network: Network) -> str:
    # firewalld stores a single address without its prefix length
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)
