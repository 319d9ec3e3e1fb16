# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of the host's own makes rules of ours void, outside the policies of firewalld. Reads, and changes nothing.

Ports that are forwarded before the input chain is asked (containers), containers under egress deny, other tables of
nftables that refuse, and firewalld 2 between interfaces that are in no zone.
"""

from __future__ import annotations

import os
from typing import Any, Dict, Iterator, List, Sequence, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import legacy, nft, routes, xtables
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.kernel import NFTABLES
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import PREFIX, State
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.traffic import Reader, Traffic, held, words

# by which of our policies packets go, and where others may refuse them
COMING, LEAVING = ("ingress", "prerouting"), ("postrouting", "egress")
HOOKS = {"in": (*COMING, "input"), "out": ("output", *LEAVING), "fwd": (*COMING, "forward", *LEAVING)}
# on output a chain that chooses a route anew may refuse as well
FILTERING = ("filter", "route")
CONTAINERS = "docs/containers.md of the collection says more"
PUBLISH = (
    "publish them on one address of the host only (docker run -p 127.0.0.1:8080:80), or, with firewalld 2.3.0 and "
    "newer, set StrictForwardPorts=yes in firewalld.conf"
)
INTERFACES = "/sys/class/net"

Finding = Dict[str, str]


def findings(firewalld: Firewalld, wanted: State) -> List[Finding]:
    """What makes the wanted rules void. Raises FirewalldError."""
    ways = {name.rpartition("-")[2]: policy for name, policy in wanted.policies.items()}
    if not ways:
        return []
    chains = nft.chains(firewalld.kernel_tables()) + legacy.chains()
    # among the rules of firewalld's iptables backend those of others are not told apart
    shared = xtables.TABLES if firewalld.config_property("FirewallBackend") == "iptables" else ()
    found = [
        _refusing(chain)
        for chain in chains
        if chain.table not in shared and _refuses(chain) and any(chain.hook in HOOKS.get(way, ()) for way in ways)
    ]
    if "in" in ways or "block" in ways:
        found += _published(firewalld, chains, _ports(wanted))
    if "deny" in ways:
        found += [_container(network) for network in container_networks(chains)]
    if "fwd" in ways:
        found += legs(firewalld, _flows(wanted, "fwd"))
    return found


def kept(firewalld: Firewalld) -> List[Finding]:
    """Rules of an earlier time that a change of ours left in force, when nothing else could be."""
    return [
        {
            "kind": "kept",
            "object": f"nft table {table}",
            "message": "has the rules that the host had before a change of ours, after which firewalld could load none "
            "and its own tables could not be restored. It decides beside firewalld. It goes with the next change that "
            "has firewalld load everything, or by hand when firewalld runs well again: nft delete table " + table,
        }
        for table in nft.kept(firewalld.kernel_tables())
    ]


# tables of others that refuse


def _refuses(chain: nft.Chain) -> bool:
    return chain.kind in FILTERING and (chain.policy == "drop" or _refusals(chain) > 0)


def _refusals(chain: nft.Chain) -> int:
    # what is queued, a program decides on, and nobody where none runs
    statements, targets = ("drop", "reject", "queue"), ("DROP", "REJECT", "NFQUEUE")
    return sum(nft.does(rule, statements, targets) for rule in chain.rules)


def _refusing(chain: nft.Chain) -> Finding:
    rules = _refusals(chain)
    refusing = f"{rules} rules that refuse, or ask a program (queue)," if rules else ""
    what = " and ".join(filter(None, ("the policy drop" if chain.policy == "drop" else "", refusing)))
    message = (
        f"has {what} for packets at {chain.hook}, beside firewalld: what the set's rules allow must pass there, too. "
        f"Where it does not, allow it there ({chain.listing()})."
    )
    return {"kind": "foreign", "object": chain.title(), "message": message}


# ports that are forwarded before the input chain is asked


def _published(firewalld: Firewalld, chains: Sequence[nft.Chain], meant: Sequence[nft.Span]) -> Iterator[Finding]:
    for chain in () if _holds_forwarded_ports(firewalld) else chains:
        if chain.kind == "nat" and chain.hook == "prerouting":
            sending = [rule for rule in chain.rules if nft.does(rule, ("dnat", "redirect"), ("DNAT", "REDIRECT"))]
            held_ports = _common(meant, [span for rule in sending for span in nft.ports(rule)])
            if held_ports:
                yield _forwarded(chain.title(), held_ports, PUBLISH)
            reached = _common(meant, [span for rule in _in_full(chain, sending) for span in nft.sent_to(rule)])
            if reached:
                yield _reached(chain.title(), reached, f"narrow that, or take it away ({chain.listing()})")
    for kind, name, settings in _deciding(firewalld):
        remedy = f"firewall-cmd --{kind}={name} --remove-forward-port=… or --remove-rich-rule=…"
        forwards = _forwards(settings)
        held_ports = _common(meant, [(*_span(port), protocol) for port, protocol, _to, _address in forwards])
        if held_ports:
            yield _forwarded(f"{kind} {name}", held_ports, remedy)
        own = [(*_span(to), protocol) for _port, protocol, to, address in forwards if to and nft.is_own(address)]
        reached = [port for port in _common(meant, own) if port not in held_ports]
        if reached:
            yield _reached(f"{kind} {name}", reached, remedy)


def _in_full(chain: nft.Chain, sending: List[List[Any]]) -> List[List[Any]]:
    """The rules of a chain, with the ports of iptables' redirections, which nftables does not tell."""
    command = {"ip": "iptables", "ip6": "ip6tables"}.get(chain.family)
    if not command or not any(nft.does(rule, (), ("REDIRECT",)) for rule in sending):
        return sending
    same = [one for one in legacy.of_command(command) if (one.table, one.name) == (chain.table, chain.name)]
    return [rule for one in same for rule in one.rules]


def _holds_forwarded_ports(firewalld: Firewalld) -> bool:
    """Whether it does now; what firewalld.conf says may wait for a reload."""
    says = firewalld.config_property("StrictForwardPorts")
    return nft.holds_forwarded_ports() if says and firewalld.backend() == NFTABLES else says == "yes"


def _deciding(firewalld: Firewalld) -> Iterator[Tuple[str, str, Dict[str, Any]]]:
    """The zones, and the policies of others, to which packets come: kind, name and settings."""
    for zone in sorted({firewalld.ask("", "getDefaultZone"), *firewalld.ask(".zone", "getActiveZones")}):
        yield "zone", zone, firewalld.zone_settings(zone)
    for policy in sorted(firewalld.ask(".policy", "getActivePolicies")):
        if not policy.startswith(PREFIX):
            yield "policy", policy, firewalld.policy_settings(policy)


def _forwards(settings: Dict[str, Any]) -> List[Tuple[str, str, str, str]]:
    """What a zone or policy forwards, of itself or by rich rules: port, protocol, and to which port and address."""
    given = [(one[0], one[1], one[2], one[3]) for one in settings.get("forward_ports", [])]
    texts = [*settings.get("rules_str", []), *settings.get("rich_rules", [])]
    found = [one for one in (words(text).get("forward-port") for text in texts) if one]
    return given + [(one["port"], one["protocol"], one.get("to-port", ""), one.get("to-addr", "")) for one in found]


def _reached(where: str, ports: List[str], remedy: str) -> Finding:
    message = (
        f"sends what comes to another port to {', '.join(ports)} of this host (DNAT, redirect) before its inbound "
        f"rules are asked, so whoever asks there goes round the set's peers and its block: {remedy}. {CONTAINERS}."
    )
    return {"kind": "published", "object": where, "message": message}


def _forwarded(where: str, ports: List[str], remedy: str) -> Finding:
    message = (
        f"sends {', '.join(ports)} elsewhere (DNAT, as for published ports of containers) before this host's inbound "
        f"rules are asked, so neither the set's peers nor its block hold there: {remedy}. {CONTAINERS}."
    )
    return {"kind": "published", "object": where, "message": message}


def _ports(wanted: State) -> List[nft.Span]:
    """The ports of inbound rules that are not for everybody, and of blocks."""
    meant = [flow for flow in _flows(wanted, "in") if not _everybody(flow)] + _flows(wanted, "block")
    return [(*_span(flow.ports), flow.protocol) for flow in meant]


def _everybody(flow: Traffic) -> bool:
    return any(network.prefixlen == 0 for network in flow.source.networks)


def _flows(wanted: State, way: str) -> List[Traffic]:
    reader = Reader(lambda name: wanted.ipsets[name].entries, lambda _name: [])
    return [
        flow
        for name, policy in wanted.policies.items()
        if name.endswith(f"-{way}")
        for text in policy.rich_rules
        for flow in reader.flows(text)
    ]


def _span(ports: str) -> Tuple[int, int]:
    low, _dash, high = ports.partition("-")
    return int(low), int(high or low)


def _common(meant: Sequence[nft.Span], spans: Sequence[nft.Span]) -> List[str]:
    found = {
        (max(low, other_low), min(high, other_high), protocol)
        for low, high, protocol in meant
        for other_low, other_high, other_protocol in spans
        if protocol == other_protocol and low <= other_high and other_low <= high
    }
    return [f"{low}/{protocol}" if low == high else f"{low}-{high}/{protocol}" for low, high, protocol in sorted(found)]


# containers under egress deny


def container_networks(chains: Sequence[nft.Chain]) -> List[str]:
    """Networks of this host's own: what it masquerades for, and bridges without a port of the machine's."""
    masqueraded = [
        nft.source(rule)
        for chain in chains
        if chain.kind == "nat" and chain.hook == "postrouting"
        for rule in chain.rules
        if nft.does(rule, ("masquerade", "snat"), ("MASQUERADE", "SNAT"))
    ]
    known = [(name, network) for version in (4, 6) for name, network in routes.networks(version)]
    found = {
        network
        for name, network in known
        if network.prefixlen and (str(network) in masqueraded or _is_inner_bridge(name))
    }
    return [str(network) for network in sorted(found, key=lambda one: (one.version, one))]


def _is_inner_bridge(interface: str) -> bool:
    ports = f"{INTERFACES}/{interface}/brif"
    return os.path.isdir(ports) and not any(os.path.exists(f"{INTERFACES}/{port}/device") for port in os.listdir(ports))


def _container(network: str) -> Finding:
    message = (
        "egress deny does not hold what containers there send, which passes through this host and is not sent by it; "
        "and it refuses this host's own connections to them, unless an outbound rule allows them (peers: "
        f"[{network}]). {CONTAINERS}."
    )
    return {"kind": "container", "object": f"network {network}", "message": message}


# forward rules of firewalld 2


def legs(firewalld: Firewalld, flows: Sequence[Traffic]) -> List[Finding]:
    """Pairs of interfaces, neither in a zone, between which firewalld 2 asks no policy for packets of the rules."""
    if not firewalld.version_at_least(2):
        return []
    active = firewalld.ask(".zone", "getActiveZones")
    zoned = {name for ends in active.values() for name in ends.get("interfaces", [])}
    reader = Reader(lambda name: firewalld.ipset_settings(name)[5], firewalld.service_ports)
    sources = [text for ends in active.values() for text in ends.get("sources", [])]
    texts = [text for text in sources if not reader.senders(text)]
    ends = {version: [end for end in (reader.end(text, version) for text in texts) if end] for version in (4, 6)}
    pairs = set()
    for flow in flows:
        bound = [network for end in ends[flow.version] for network in end.networks]
        ways = [_way(side.networks, flow.version) for side in (flow.source, flow.destination)]
        known = any(held(network, bound) for side in (flow.source, flow.destination) for network in side.networks)
        # what stays on one link never comes to this host
        if not known and all(ways) and ways[0] != ways[1] and not zoned & {*ways[0], *ways[1]}:
            pairs.add((ways[0][0], ways[1][0]))
    return [_leg(firewalld, *pair) for pair in sorted(pairs)]


def _way(networks: Sequence[Any], version: int) -> List[str]:
    """The interfaces to these networks, as far as the routes of this host say."""
    table = sorted(routes.networks(version), key=lambda one: -one[1].prefixlen)
    found = []
    for network in networks:
        name = next((name for name, route in table if network.subnet_of(route)), None)
        if name and name not in found:
            found.append(name)
    return found


def _leg(firewalld: Firewalld, one: str, other: str) -> Finding:
    zone = firewalld.ask("", "getDefaultZone")
    message = (
        f"firewalld {firewalld.version} asks no policy about packets from {one} to {other}, because neither is in a "
        "zone, so the forward rules do nothing there. Put one of them into the zone in which it is by default, and "
        f"keep that zone from forwarding: firewall-cmd --permanent --zone={zone} --add-interface={other}, firewall-cmd "
        f"--permanent --zone={zone} --remove-forward, then firewall-cmd --reload (with NetworkManager nmcli connection "
        f"modify … connection.zone {zone} in place of the first)."
    )
    return {"kind": "forwarding", "object": f"interfaces {one} and {other}", "message": message}
