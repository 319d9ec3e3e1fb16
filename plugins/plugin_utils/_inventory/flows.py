# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which flows must pass between the hosts of an inventory, and which must not: the same rules, read from both ends.

Pure: no Ansible, no I/O. A flow is one port of one host, asked from one other host.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypedDict

from ansible_collections.therefore.firewall.plugins.module_utils._addresses import is_host_name
from ansible_collections.therefore.firewall.plugins.module_utils._probe.options import is_address
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.alike import Alike, alike, sample
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.denied import VARIABLE, Denied, check_denied
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.estate import (
    ALLOW,
    ANY,
    DEVICE_ROWS,
    Host,
    address_set,
    disagreements,
    host_of,
    own_set,
    ports_of,
    words,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.jobs import (
    LARGE,
    Held,
    Job,
    Listening,
    jobs,
    listening,
    shared,
    spread,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.pairs import (
    DENY,
    Flow,
    Pattern,
    between,
    flow_of,
    to_endpoints,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.address_sets import AddressSet
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import refuse

# in a large estate so many of those that are alike stand for the others in what must not pass
SAMPLES = 3


class Unproved(TypedDict):
    """Flows of devices, which no program of ours can start. C(instead) names the proved flows of a gateway."""

    source: str
    to: str
    ports: list[str]
    rows: list[str]
    instead: list[str]


class Flows(TypedDict):
    """All that is to be tried, by whom, what cannot be tried, and settings of two hosts that contradict each other."""

    flows: list[Flow]
    # the names of alike hosts, and of those of them who stand for the others in what must not pass
    groups: dict[str, list[str]]
    samples: int
    # what each host has for the others to try: where it may listen, and of which ranges it says who listens there
    listen: dict[str, Listening]
    # hosts that share an address, each with the one that stands for them
    shared: dict[str, str]
    # where hosts said that they listen, and where that is a listener of ours: known later
    held: list[Held]
    # what each host has to do, but in a large estate
    jobs: dict[str, Job]
    unproved: list[Unproved]
    disagreements: list[str]
    # hosts that say wrongly how to reach them, with the message
    refused: dict[str, str]
    seed: int


def flows(
    estate: Iterable[Mapping[str, Any]],
    denied: Any = None,
    tls: bool = True,
    seed: int = 0,
    samples: int | None = None,
) -> Flows:
    """What must pass and what must not. Raises InputError.

    Args:
        estate: For each host its C(host) name, C(targets) (what to ask to reach it: each name or address, with the
            addresses that it stands for), C(wanted), by role the C(rules) as C(rules_for) gives them and C(egress), and
            C(server_name), the name in its certificate.
        denied: More flows that must not pass, each with C(from), C(to), C(port) and C(protocol).
        tls: Whether to ask for a TLS handshake on 443.
        seed: Chooses the ports of wide ranges, and who stands for alike hosts in what must not pass.
        samples: So many of alike hosts stand for the others there, 0 for all. None is C(SAMPLES) in a large estate.
    """
    given, more = list(estate), check_denied(denied or [])
    everybody = [host_of(one) for one in given]
    refused = {one["host"]: one["refused"] for one in given if one.get("refused")}
    hosts = [host for host in everybody if host.addresses]
    if samples is None:
        samples = SAMPLES if len(everybody) >= LARGE else 0
    groups = alike(hosts, apart={one.source for one in more})
    found = _Found(groups, seed, samples)
    for target in groups:
        for source in groups if target.members[0].allows("in") else []:
            found.between(source, target)
    for source in groups:
        found.to_endpoints(source)
    for flow in _denied(more, {host.name: host for host in hosts}):
        found.denied(flow)
    contradictions = [
        f"{host.name} was left out: no address of {', '.join(host.targets)} is known here; set its therefore_addresses."
        for host in everybody
        if not host.addresses and host.name not in refused
    ]
    ordered = sorted(found.flows, key=lambda flow: (flow["source"], flow["to"], flow["protocol"], flow["port"]))
    for flow in ordered:
        flow["tls"] = flow["tls"] and tls
        flow["ports"] = spread(flow["range"], seed) if flow["range"] else flow["ports"]
    together = shared(hosts)
    result: Flows = {
        "flows": ordered, "groups": found.groups, "samples": samples, "listen": listening(ordered),
        "shared": together, "held": [], "jobs": {}, "unproved": _unproved(hosts, ordered),
        "disagreements": contradictions + _disagreements(groups),
        "refused": refused, "seed": seed,
    }  # fmt: skip
    return {**result, "jobs": jobs(result, (host.name for host in everybody))}


class _Found:
    """The flows that were found, each once."""

    def __init__(self, groups: Iterable[Alike], seed: int, samples: int) -> None:
        self.groups: dict[str, list[str]] = {group.id: group.names for group in groups}
        self._of = {group.names[0]: group.id for group in groups if len(group.members) == 1}
        self._known: dict[tuple[str, str, str, int], Flow] = {}
        self._seed, self._samples = seed, samples

    @property
    def flows(self) -> list[Flow]:
        return list(self._known.values())

    def between(self, source: Alike, target: Alike) -> None:
        """What hosts that are alike must find at others that are alike, which may be they themselves."""
        if source is target and len(source.members) < 2:
            return
        for pattern in between(source.members[0], target.members[-1]):
            asking, asked = source.id, {*target.names}
            if pattern.expect == DENY and self._samples:
                asking, asked = self._sampled(source), {*sample(target.names, self._samples, self._seed)[1]}
            for member in target.members:
                if member.name in asked:
                    self._add(_at(pattern, member, asking))

    def _sampled(self, group: Alike) -> str:
        if len(group.members) <= self._samples:
            return group.id
        name = f"{group.id} sample"
        self.groups[name] = sample(group.names, self._samples, self._seed)[0]
        return name

    def to_endpoints(self, source: Alike) -> None:
        """What they must find at endpoints of Therefore Online."""
        for flow in to_endpoints(source.members[0]):
            self._add({**flow, "group": source.id})

    def denied(self, flow: Flow) -> None:
        """A flow that somebody forbids, whatever the rules say."""
        flow["group"] = self._of[flow["source"]]
        self._known.pop(_key(flow), None)
        self._add(flow)

    def _add(self, flow: Flow) -> None:
        asking = next((name for name in self.groups[flow["group"]] if name != flow["to"]), None)
        if asking is not None:
            text = f"{asking} {flow['target']} {flow['port']}/{flow['protocol']}"
            self._known.setdefault(_key(flow), {**flow, "id": text, "source": asking})


def _key(flow: Flow) -> tuple[str, str, str, int]:
    return flow["group"], flow["target"], flow["protocol"], flow["port"]


def asking(found: Flows, flow: Flow) -> list[str]:
    """The hosts of which each is to try a flow."""
    return [name for name in found["groups"][flow["group"]] if name != flow["to"]]


def _at(pattern: Pattern, host: Host, group: str) -> Flow:
    asked = [*host.targets][pattern.target]
    name = host.certificate_name(asked)
    flow = flow_of("", host.name, asked, pattern.port, pattern.rule, pattern.expect, pattern.because, name)
    return {**flow, "group": group, "refuses": pattern.refuses}


def _disagreements(groups: Iterable[Alike]) -> list[str]:
    """Settings of alike hosts that contradict those of others, or of one another."""
    sources = [(group, group.as_one()) for group in groups]
    found: set[str] = set()
    for target, asked in sources:
        if asked.allows("in"):
            others = [one for group, one in sources if group is not target]
            # hosts that are alike may contradict one another, and a host not itself
            others += [asked._replace()] if len(target.members) > 1 else []
            found.update(disagreements(others, asked))
    return sorted(found)


def _denied(given: Iterable[Denied], hosts: Mapping[str, Host]) -> Iterator[Flow]:
    for one in given:
        if one.source not in hosts:
            remedy = "is no host of this run; write the name of one in the inventory"
            raise refuse(f"{one.where}.from", one.source, remedy)
        if one.to not in hosts and not is_address(one.to) and not is_host_name(one.to):
            remedy = "is no host of this run, no address and no host name; write one of them"
            raise refuse(f"{one.where}.to", one.to, remedy)
        for target in hosts[one.to].targets if one.to in hosts else [one.to]:
            yield flow_of(one.source, one.to, target, one.port, None, DENY, VARIABLE)


def _unproved(hosts: list[Host], known: list[Flow]) -> list[Unproved]:
    """Peers of the devices' rows that are no host of this run."""
    everybody = AddressSet(span for host in hosts for span in own_set(host.addresses).spans)
    result: list[Unproved] = []
    for host in hosts:
        for rule in host.rules:
            senders = rule["peers"] if rule["direction"] == "in" else rule.get("sources", [])
            if rule["action"] != "allow" or rule["direction"] == "out" or not DEVICE_ROWS & {*rule["rows"]}:
                continue
            devices = [peer for peer in senders if not _holds_one(peer, everybody)]
            if not devices:
                continue
            instead = [flow["id"] for flow in known if flow["expect"] == ALLOW and {*flow["rows"]} & {*rule["rows"]}]
            to = host.name if rule["direction"] == "in" else f"{words(rule['peers'])} through {host.name}"
            ports = [f"{port.port}/{port.protocol}" for port in ports_of(rule)]
            result.append({
                "source": words(devices), "to": to, "ports": ports, "rows": list(rule["rows"]), "instead": instead,
            })  # fmt: skip
    return result


def _holds_one(peer: str, addresses: AddressSet) -> bool:
    return peer != ANY and address_set((peer,)).meets(addresses)
