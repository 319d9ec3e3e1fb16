# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of others our rules beat: whom they let in and a block of ours refuses, whom they refuse and ours let in.

The reverse of what shadows us. Ours come before every zone, and before every policy with a later priority, so what an
administrator says there stays where it is and has no effect on the packets of our rules. And whom a policy that comes
before ours lets in, though a block of ours refuses them. Reads, and changes nothing.
"""

from __future__ import annotations

import ipaddress
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import routes
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import PREFIX, Policy, State
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.shadows import (
    LAST,
    Policies,
    Verdict,
    comes_first,
    is_whole,
)
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.traffic import (
    EVERY_PORT,
    MAC,
    End,
    Reader,
    Share,
    Traffic,
    by_mac,
    everybody,
    held,
    some,
)

# the IP version and addresses of some senders, and who of them, where addresses do not tell that
Source = Tuple[int, End, Optional[Share]]


class Place(NamedTuple):
    """A zone or policy of others that packets come to, and its verdicts on them."""

    name: str
    verdicts: List[Verdict]
    # whether packets of everybody come there, and not of some whom its owner has chosen
    is_for_all: bool


class Beaten(NamedTuple):
    """A rule of others, and the packets for which one of ours decides instead."""

    place: str
    text: str
    flows: List[Traffic]
    share: Optional[Share]


def findings(firewalld: Firewalld, wanted: State) -> List[Dict[str, str]]:
    """Each rule of others that the wanted rules beat, with the setting that spares it. Raises FirewalldError."""
    theirs = Theirs(firewalld, wanted)
    entries = {name: ipset.entries for name, ipset in wanted.ipsets.items()}
    read = Reader(lambda name: entries[name], lambda _name: [])
    found = []
    for own, policy in sorted(wanted.policies.items()):
        actions = {read.action(text) for text in policy.rich_rules}
        flows = [flow for text in policy.rich_rules if read.action(text) for flow in read.flows(text)]
        if not flows:
            continue
        if "accept" in actions:
            found += [_opened(one) for one in beaten(theirs.places(own, policy), flows, accepted=False, spared=[])]
        else:
            spared = allowed(firewalld, wanted, read)
            found += [_refused(one) for one in beaten(theirs.places(own, policy), flows, accepted=True, spared=spared)]
            earlier = theirs.policies(own, policy, earlier=True)
            found += [_let_in(one) for one in beaten(earlier, flows, accepted=True, spared=spared)]
    # firewalld tells its rich rules in any order
    return sorted(found, key=lambda one: (one["object"], one["message"]))


def allowed(firewalld: Firewalld, wanted: State, read: Reader) -> List[Traffic]:
    """What the inbound rules of all sets allow, which no block refuses."""
    others = firewalld.runtime(PREFIX, firewalld.permanent(PREFIX))
    theirs = Reader(lambda name: others.ipsets[name].entries, lambda _name: [])
    prefixes = {name.rpartition("-")[0] for name in wanted.policies}
    found = []
    for reader, state in ((read, wanted), (theirs, others)):
        for name, policy in state.policies.items():
            if name.endswith("-in") and (state is wanted or name.rpartition("-")[0] not in prefixes):
                found += [
                    flow for text in policy.rich_rules if read.action(text) == "accept" for flow in reader.flows(text)
                ]
    return found


class Theirs:
    """The zones and policies of others."""

    def __init__(self, firewalld: Firewalld, wanted: State) -> None:
        self._firewalld = firewalld
        self._policies = Policies(firewalld, wanted)
        self._zones: Optional[List[Place]] = None

    def places(self, own: str, policy: Policy) -> List[Place]:
        """Those to which packets of a policy of ours would come later."""
        found = self.policies(own, policy, earlier=False)
        if policy.ingress == "ANY":
            found += [_forwarding(zone) if policy.egress == "ANY" else zone for zone in self._zones_in_use()]
        return found

    def policies(self, own: str, policy: Policy, *, earlier: bool) -> List[Place]:
        """Those to which packets of a policy of ours come earlier, or would come later."""
        found = []
        for name in self._policies.names():
            settings = self._firewalld.policy_settings(name)
            first = self._policies.comes_before(name, settings, own, policy)
            if first is earlier and self._policies.meets(settings, policy):
                verdicts = self._of_zones(settings["ingress_zones"], self._policies.verdicts(settings))
                found.append(Place(f"policy {name}", list(verdicts), is_for_all=True))
        return found

    def _of_zones(self, names: Sequence[str], verdicts: Iterable[Verdict]) -> Iterable[Verdict]:
        """The verdicts, on packets of these zones only."""
        if {"ANY", "HOST"} & {*names}:
            return verdicts
        default = self._firewalld.ask("", "getDefaultZone")
        active = self._firewalld.ask(".zone", "getActiveZones")
        ends = [(active.get(name, {}), name == default) for name in names]
        return _narrowed(verdicts, [one for end in ends for one in self._sources(*end)])

    def _zones_in_use(self) -> List[Place]:
        if self._zones is None:
            default = self._firewalld.ask("", "getDefaultZone")
            active = {default: {}, **self._firewalld.ask(".zone", "getActiveZones")}
            self._zones = [self._zone(name, active[name], name == default) for name in sorted(active)]
        return self._zones

    def _zone(self, name: str, ends: Dict[str, List[str]], is_default: bool) -> Place:
        settings = self._firewalld.zone_settings(name)
        verdicts = self._policies.verdicts({**settings, "rich_rules": settings.get("rules_str", [])})
        narrowed = _narrowed(verdicts, self._sources(ends, is_default))
        return Place(f"zone {name}", narrowed, is_default)

    def _sources(self, ends: Dict[str, List[str]], is_default: bool) -> List[Source]:
        """Whose packets come to a zone."""
        if is_default:
            return [(version, everybody(version), None) for version in (4, 6)]
        given = ends.get("sources", [])
        macs = [text for text in given if MAC.fullmatch(text)]
        found: List[Source] = [(version, everybody(version), by_mac(macs)) for version in (4, 6) if macs]
        for version in (4, 6):
            sources: List[Tuple[Optional[End], Optional[Share]]] = [
                (self._policies.reader.end(text, version), self._policies.reader.senders(text))
                for text in given
                if text not in macs
            ]
            sources += [(routes.behind(interface, version), None) for interface in ends.get("interfaces", [])]
            found += [(version, end, share) for end, share in sources if end is not None]
        return found


def _is_default_deny(verdict: Verdict) -> bool:
    """Whether it refuses everything to everybody: our rules are made to come before that."""
    return not (verdict.accepts or verdict.share) and all(
        flow.ports == EVERY_PORT and any(net.prefixlen == 0 for net in flow.source.networks) for flow in verdict.flows
    )


def _narrowed(verdicts: Iterable[Verdict], sources: Sequence[Source]) -> List[Verdict]:
    """The verdicts, on packets of these senders only."""
    every = list(verdicts)
    found = []
    for share in dict.fromkeys([None, *(source[2] for source in sources)]):
        same = [source for source in sources if source[2] == share]
        narrow = [one._replace(flows=[flow for whole in one.flows for flow in _from(whole, same)]) for one in every]
        found += [one._replace(share=share) if share else one for one in narrow]
    return found


def _from(flow: Traffic, sources: Sequence[Source]) -> Iterator[Traffic]:
    """A flow, of those only that come to the zone."""
    for version, end, _share in sources:
        if version == flow.version and end.meets(flow.source):
            yield Traffic(flow.version, flow.protocol, flow.ports, end.common(flow.source), flow.destination)


def _forwarding(zone: Place) -> Place:
    """A zone for what only passes through the host: none of its rules is about that, its target is."""
    return zone._replace(verdicts=[one for one in zone.verdicts if one.priority == LAST])


def beaten(
    places: Sequence[Place], ours: Sequence[Traffic], *, accepted: bool, spared: Sequence[Traffic]
) -> Iterator[Beaten]:
    """The verdicts of this kind that ours come before, each with the packets that are meant."""
    for place in places:
        for verdict in place.verdicts:
            if verdict.accepts is not accepted or (place.is_for_all and _is_default_deny(verdict)):
                continue
            earlier = [
                flow
                for other in place.verdicts
                if other.accepts is not accepted
                and is_whole(other, verdict)
                and (comes_first(other, verdict) if other.accepts else not comes_first(verdict, other))
                for flow in other.flows
            ]
            flows = [
                left
                for own in ours
                for one in verdict.flows
                for common in [own.common(one)]
                if common is not None and not any(common.within(before) for before in earlier)
                for left in _left(common, spared)
            ]
            if flows:
                yield Beaten(place.name, verdict.text, flows, verdict.share)


def _left(flow: Traffic, spared: Sequence[Traffic]) -> Iterator[Traffic]:
    """What of a flow is not spared."""
    whole = flow.source
    nets = [
        net
        for one in spared
        if Traffic(flow.version, flow.protocol, flow.ports, one.source, flow.destination).within(one)
        for net in one.source.networks
    ]
    together = list(ipaddress.collapse_addresses(nets))
    left: Tuple[Any, ...] = tuple(net for net in whole.networks if not held(net, together))
    if left:
        yield Traffic(flow.version, flow.protocol, flow.ports, End(left), flow.destination)


def _refused(beaten: Beaten) -> Dict[str, str]:
    message = (
        f"allows {ports(beaten)} to {peers(beaten)} ({beaten.text}), whom a block rule of the set refuses, unless a "
        "rule allows them. To spare them, give their addresses to the rule (of a role: trusted_subnets or "
        "admin_addresses), or set block_public: false."
    )
    return {"kind": "override", "object": beaten.place, "message": message}


def _let_in(beaten: Beaten) -> Dict[str, str]:
    name = beaten.place.rpartition(" ")[2]
    message = (
        f"comes before the set's rules and allows {ports(beaten)} to {peers(beaten)} ({beaten.text}), whom a block "
        "rule of the set refuses. Narrow it, or have it come later (firewall-cmd --permanent "
        f"--policy={name} --set-priority=-1, then firewall-cmd --reload)."
    )
    return {"kind": "shadow", "object": beaten.place, "message": message}


def _opened(beaten: Beaten) -> Dict[str, str]:
    unless = "take their addresses out of the rule's peers (of a role: trusted_subnets, admin_addresses, …), or "
    where = " if their address is among its peers" if _senders(beaten) else ""
    message = (
        f"refuses {peers(beaten)} ({beaten.text}), to whom a rule of the set opens {ports(beaten)}{where}. To keep "
        f"them out, {'' if where else unless}refuse them in a policy with a priority below -100."
    )
    return {"kind": "override", "object": beaten.place, "message": message}


def _senders(beaten: Beaten) -> str:
    """Whose packets are meant, where that is not told by addresses."""
    return beaten.share.senders if beaten.share else ""


def ports(beaten: Beaten) -> str:
    """The ports that are meant, as a message names them."""
    return ", ".join(sorted({f"{flow.ports}/{flow.protocol}" for flow in beaten.flows}))


def peers(beaten: Beaten) -> str:
    """Whose packets are meant, as a message names them."""
    networks = {net for flow in beaten.flows for net in flow.source.networks}
    if _senders(beaten):
        return _senders(beaten)
    if any(net.prefixlen == 0 for net in networks):
        return "everybody"
    others = {net: [one for one in networks if one != net and one.version == net.version] for net in networks}
    wide = [net for net in networks if not held(net, others[net])]
    same = sorted(wide, key=lambda net: (net.version, net))
    texts = [str(net.network_address) if net.prefixlen == net.max_prefixlen else str(net) for net in same]
    return some(texts)
