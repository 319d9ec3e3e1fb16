# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The traffic that crosses networks: what the firewalls between them, which are not ours, have to let pass.

Exact: each source of a crossing may reach each of its destinations on each of its ports, and nothing else is wanted
across networks. Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ansible_collections.therefore.firewall.plugins.module_utils._addresses import is_host_name
from ansible_collections.therefore.firewall.plugins.plugin_utils._article.catalogue import DOMAIN, span
from ansible_collections.therefore.firewall.plugins.plugin_utils._article.catalogue import INTERNET as INTERNET_SCOPE
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.estate import ANY, address_set
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.segments import (
    ELSEWHERE,
    INTERNET,
    ONLINE,
    Segments,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.parties import (
    ADMINISTRATORS,
    CONTROLLERS,
    DEVICES,
    ENDPOINTS,
    EVERYBODY,
    Fold,
    Rule,
    device_sources,
    device_targets,
    is_directory,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import Crossing
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.address_sets import AddressSet

EVERY = AddressSet.every()
WINDOWS_ROWS = frozenset({"smb", "dcom", "rpc_dynamic", "netbios_datagram"})
Ports = frozenset[tuple[int, int]]
Places = list[tuple[str, AddressSet]]
# the group of those who are in a network
GroupOf = Callable[[str], str]


class _Atom(NamedTuple):
    """A crossing in the making. C(names) are destinations without an address."""

    source: str
    to: str
    sources: AddressSet
    destinations: AddressSet
    names: frozenset[str]
    protocol: str
    ports: Ports
    rows: frozenset[str]
    tls: bool
    source_groups: frozenset[str]
    to_groups: frozenset[str]


def crossings(folds: Sequence[Fold], segments: Segments) -> list[Crossing]:
    """The crossings between the networks, merged, in the order of the networks."""
    maker = _Maker(folds, segments)
    atoms = [atom for target in folds for rule in target.allows("in") for atom in maker.inbound(target, rule)]
    for one in folds:
        for rule in (*one.allows("out"), *one.allows("forward")):
            if rule["scope"] == INTERNET_SCOPE:
                atoms += maker.outbound(one, rule)
            elif device_targets(rule):
                atoms += maker.to_devices(one, rule)
            elif is_directory(rule):
                atoms += maker.to_controllers(one, rule)
    order = [*segments.networks, ELSEWHERE, ONLINE, INTERNET]
    found = [_crossing(atom) for atom in _merged(filter(_possible, atoms))]
    return sorted(found, key=lambda one: (
        order.index(one["source"]), order.index(one["to"]), one["protocol"], [span(port) for port in one["ports"]],
        one["rows"], one["sources"], one["destinations"],
    ))  # fmt: skip


def exposed_networks(found: Iterable[Crossing]) -> set[str]:
    """The networks between the internet and others: demilitarized zones, whatever they are called."""
    pairs = {(one["source"], one["to"]) for one in found}
    reached = {to for source, to in pairs if source == INTERNET}
    return {source for source, to in pairs if source in reached and to not in (INTERNET, ONLINE)}


def crosses_exposed(one: Crossing, exposed: Container[str]) -> bool:
    """Whether SMB or RPC cross the edge of such a network, which no network team likes to let pass."""
    inside = INTERNET not in (one["source"], one["to"])
    return inside and bool(WINDOWS_ROWS & {*one["rows"]}) and (one["source"] in exposed or one["to"] in exposed)


def ports_between(found: Iterable[Crossing]) -> dict[tuple[str, str], list[str]]:
    """The ports that cross from one network to another, a text for each protocol: what a diagram writes on an arrow."""
    ports: dict[tuple[str, str], dict[str, dict[str, None]]] = {}
    for one in found:
        protocols = ports.setdefault((one["source"], one["to"]), {})
        protocols.setdefault(one["protocol"], {}).update((str(port), None) for port in one["ports"])
    return {
        pair: [f"{protocol} {', '.join(sorted(texts, key=span))}" for protocol, texts in sorted(protocols.items())]
        for pair, protocols in ports.items()
    }


class _Maker:
    """Makes atoms of rules."""

    def __init__(self, folds: Sequence[Fold], segments: Segments) -> None:
        self._segments = segments
        # those without rules of ours, by kind and network
        self._ids = {_where(one): one.group["id"] for one in folds if not one.members}
        self._controllers = AddressSet(
            span for one in folds if one.group["kind"] == CONTROLLERS for span in one.addresses.spans
        )
        self._sent = [
            (sender, rule, frozenset(rule["rows"]), _ports(rule)) for sender in folds for rule in sender.allows("out")
        ]
        # a group meets the same few lists of peers again and again
        self._met: dict[tuple[str, tuple[str, ...]], Places] = {}

    def inbound(self, target: Fold, rule: Rule) -> Iterator[_Atom]:
        """What must reach a host: from hosts whose rules send it, from devices, from the internet."""
        peers = _peers(rule)
        ports, rows, to = _ports(rule), frozenset(rule["rows"]), target.group["id"]
        own = self._split(target.addresses)
        # devices first: their rows of Therefore Online have the scope internet, and yet they are in our networks
        if device_sources(rule):
            yield from _across(self._split(peers), own, rule, ports, rows, self._those(DEVICES), _always(to))
        elif rule["scope"] == INTERNET_SCOPE:
            yield from _across([(INTERNET, peers)], own, rule, ports, rows, self._those(EVERYBODY), _always(to))
        if rule["scope"] == DOMAIN:
            admins = self._split(target.admins & peers)
            yield from _across(admins, own, rule, ports, rows, self._those(ADMINISTRATORS), _always(to))
        for sender, sent, sent_rows, sent_ports in self._sent:
            common = rows & sent_rows
            if common and sent["protocol"] == rule["protocol"] and (both := _common(ports, sent_ports)):
                sources, reached = self._among(sender, rule), self._among(target, sent)
                yield from _across(sources, reached, rule, both, common, _always(sender.group["id"]), _always(to))

    def outbound(self, sender: Fold, rule: Rule) -> Iterator[_Atom]:
        """What must reach Therefore Online or the internet: from a host, or from the devices through a router."""
        forwards = rule["direction"] == "forward"
        sources = _set(rule["sources"]) if forwards else sender.addresses
        group_of = self._those(DEVICES) if forwards else _always(sender.group["id"])
        names = frozenset(peer for peer in rule["peers"] if peer != ANY and is_host_name(peer))
        kind, to = (EVERYBODY, INTERNET) if ANY in rule["peers"] else (ENDPOINTS, ONLINE)
        for source, part in self._split(sources):
            for destinations, named in ((_peers(rule), frozenset[str]()), (AddressSet(), names)):
                if destinations or named:
                    yield _Atom(
                        source, to, part, destinations, named, rule["protocol"], _ports(rule), frozenset(rule["rows"]),
                        bool(rule.get("tls")), frozenset({group_of(source)} - {""}), frozenset({self._those(kind)(to)}),
                    )  # fmt: skip

    def to_devices(self, sender: Fold, rule: Rule) -> Iterator[_Atom]:
        """What must reach the devices, which have no rules of ours: from a host, and from the administrators."""
        ports, rows, to = _ports(rule), frozenset(rule["rows"]), self._those(DEVICES)
        devices = self._split(_peers(rule))
        if rule["direction"] == "out":
            own = self._split(sender.addresses)
            yield from _across(own, devices, rule, ports, rows, _always(sender.group["id"]), to)
        yield from _across(self._split(sender.admins), devices, rule, ports, rows, self._those(ADMINISTRATORS), to)

    def to_controllers(self, sender: Fold, rule: Rule) -> Iterator[_Atom]:
        """What must reach domain controllers that have no rules of ours."""
        places = self._split(sender.addresses), self._split(_peers(rule) & self._controllers)
        groups = _always(sender.group["id"]), self._those(CONTROLLERS)
        yield from _across(*places, rule, _ports(rule), frozenset(rule["rows"]), *groups)

    def _those(self, kind: str) -> GroupOf:
        """The group of that kind in a network; none where nobody of them is there."""
        return lambda network: self._ids.get((kind, network), "")

    def _among(self, one: Fold, rule: Rule) -> Places:
        """The addresses of a group that are among the peers of a rule, by network."""
        key = (one.group["id"], tuple(rule["peers"]))
        if key not in self._met:
            self._met[key] = self._split(one.addresses & _peers(rule))
        return self._met[key]

    def _split(self, some: AddressSet) -> Places:
        """Addresses by network; every address is no network's."""
        return [(INTERNET, some)] if some == EVERY else list(self._segments.split(some))


def _where(one: Fold) -> tuple[str, str]:
    return one.group["kind"], one.group["segment"] or ELSEWHERE


def _always(group: str) -> GroupOf:
    """One group, whatever the network."""
    return lambda _network: group


def _across(
    sources: Places,
    targets: Places,
    rule: Rule,
    ports: Ports,
    rows: frozenset[str],
    group_of: GroupOf,
    to_group_of: GroupOf,
) -> Iterator[_Atom]:
    """One atom for each pair of different networks."""
    for source, part in sources:
        for to, destinations in targets:
            if source != to:
                yield _Atom(
                    source, to, part, destinations, frozenset(), rule["protocol"], ports, rows,
                    bool(rule.get("tls")), frozenset({group_of(source)} - {""}), frozenset({to_group_of(to)} - {""}),
                )  # fmt: skip


def _peers(rule: Rule) -> AddressSet:
    return _set(rule["peers"])


def _set(texts: Sequence[str]) -> AddressSet:
    return EVERY if ANY in texts else address_set(tuple(texts))


def _ports(rule: Rule) -> Ports:
    return frozenset(map(span, rule["ports"]))


def _common(some: Ports, others: Ports) -> Ports:
    pairs = ((max(one[0], other[0]), min(one[1], other[1])) for one in some for other in others)
    return frozenset(pair for pair in pairs if pair[0] <= pair[1])


def _possible(atom: _Atom) -> bool:
    """Whether both ends have addresses of one IP version; of a name it is not known."""
    versions = {one.version for one in atom.sources.spans}
    return bool(atom.names) or any(one.version in versions for one in atom.destinations.spans)


def _merged(atoms: Iterable[_Atom]) -> list[_Atom]:
    """Atoms that differ in one respect only are one: that adds nothing that one of them does not have."""
    merged = list(atoms)
    count = 0
    while len(merged) != count:
        count = len(merged)
        for field in ("rows", "ports", "sources", "destinations", "names"):
            merged = _merged_by(field, merged)
    return merged


def _merged_by(field: str, atoms: Iterable[_Atom]) -> list[_Atom]:
    blank: Any = {field: None, "source_groups": None, "to_groups": None}
    found: dict[object, _Atom] = {}
    for atom in atoms:
        # a name is no address, so that the two stay apart
        key = (atom._replace(**blank), bool(atom.names))
        known = found.get(key)
        found[key] = _union(known, atom, (field, "source_groups", "to_groups")) if known else atom
    return list(found.values())


def _union(one: _Atom, other: _Atom, fields: Iterable[str]) -> _Atom:
    return one._replace(**{field: getattr(one, field) | getattr(other, field) for field in fields})


def _crossing(atom: _Atom) -> Crossing:
    every = ["any"] if atom.destinations == EVERY else atom.destinations.texts()
    return {
        "source": atom.source,
        "to": atom.to,
        "sources": ["any"] if atom.sources == EVERY else atom.sources.texts(),
        "destinations": sorted(atom.names) or every,
        "protocol": atom.protocol,
        "ports": [low if low == high else f"{low}-{high}" for low, high in sorted(atom.ports)],
        "rows": sorted(atom.rows),
        "names": bool(atom.names),
        "tls": atom.tls,
        "source_groups": sorted(atom.source_groups),
        "to_groups": sorted(atom.to_groups),
    }
