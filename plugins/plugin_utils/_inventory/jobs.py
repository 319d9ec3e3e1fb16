# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each host has to do so that flows are proved: what it sends, and where it listens for the others.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, TypedDict

from ansible_collections.therefore.firewall.plugins.plugin_utils._article.catalogue import span
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.estate import Host

# of a wide range: the first port, the last, and so many between
BETWEEN = 4
# a listener waits at least so long; the longest that port_probe takes
LEAST_SECONDS, MOST_SECONDS = 300, 86400
# what a host takes beside its packets, and how many of them go at once where few files may be open
HOST_SECONDS = 60
AT_ONCE = 250
# for one flow: the attempts, then a listener's words and up to three handshakes
MORE_WAITS = 4

# an estate of so many hosts is a large one
LARGE = 1000
# who has a port: a host, the protocol, the port, and whether it is a listener of ours
Held = tuple[str, str, int, bool]


class Listening(TypedDict):
    """The ports on which a host may C(listen) for the others, and the C(ranges) of which it says where its own services
    listen."""

    listen: list[dict[str, Any]]
    ranges: list[dict[str, Any]]


class Job(Listening):
    """What one host has to do: C(targets) for port_probe, and where it listens."""

    targets: list[dict[str, Any]]


def spread(ports: str, seed: int) -> list[int]:
    """Ports all over a range: the first, the last, and some between."""
    low, high = span(ports)
    # not a secret: the same seed gives the same ports again
    between = random.Random(f"{seed} {ports}").sample(range(low + 1, high), min(BETWEEN, high - low - 1))  # noqa: S311
    return sorted({low, high, *between})


def shared(hosts: Iterable[Host]) -> dict[str, str]:
    """Hosts that share an address, as those of a cluster do, each with the one that stands for them: which of them
    answers there is not known before."""
    at: dict[str, list[str]] = {}
    for host in hosts:
        for place in {*host.targets, *chain.from_iterable(host.targets.values())}:
            at.setdefault(place, []).append(host.name)
    together: dict[str, set[str]] = {}
    for names in at.values():
        if len(names) > 1:
            one = {*names}.union(*(together[name] for name in names if name in together))
            together.update(dict.fromkeys(one, one))
    return {name: min(one) for name, one in sorted(together.items())}


def listening(flows: Iterable[Mapping[str, Any]]) -> dict[str, Listening]:
    """Where each host that is asked may listen for the others. The ports of endpoints are there as well."""
    result: dict[str, Listening] = {}
    for flow in flows:
        _add(result.setdefault(flow["to"], {"listen": [], "ranges": []}), flow)
    for job in result.values():
        for part in (job["listen"], job["ranges"]):
            part.sort(key=lambda one: (one["protocol"], one.get("port", one.get("first"))))
    return result


def held_by(hosts: Iterable[Mapping[str, Any]]) -> list[Held]:
    """Who has which port, of hosts that said where they are C(listening), and which C(services) they have in ranges."""
    found = {
        (host["host"], one["protocol"], one["port"], ours)
        for host in hosts
        for key, ours in (("listening", True), ("services", False))
        for one in host.get(key) or []
    }
    return sorted(found)


def job_of(found: Mapping[str, Any], host: str) -> Job:
    """What a host has to do.

    Where hosts said on what they listen, our listener is waited for there, and of ranges those ports are tried on which
    somebody listens.
    """
    ours = {(name, protocol, port) for name, protocol, port, own in found["held"] if own}
    held = {(name, protocol, port) for name, protocol, port, _own in found["held"]}
    groups = {group for group, names in found["groups"].items() if host in names}
    targets = [
        _target(flow, port, ours, found["shared"])
        for flow in found["flows"]
        if flow["group"] in groups and flow["to"] != host
        for port in _ports(flow, held)
    ]
    nothing: Listening = {"listen": [], "ranges": []}
    where = found["listen"].get(host, nothing)
    return {"targets": targets, "listen": where["listen"], "ranges": where["ranges"]}


def jobs(found: Mapping[str, Any], hosts: Iterable[str]) -> dict[str, Job]:
    """What each host has to do. None in a large estate, where that is asked for host by host."""
    names = [*hosts]
    return {name: job_of(found, name) for name in names} if len(names) < LARGE else {}


def _ports(flow: Mapping[str, Any], held: set[tuple[str, str, int]]) -> list[int]:
    if not flow["range"]:
        return [flow["port"]]
    low, high = span(flow["range"])
    there = {port for host, protocol, port in held if (host, protocol) == (flow["to"], flow["protocol"])}
    return sorted(port for port in there if low <= port <= high) or flow["ports"]


def _target(
    flow: Mapping[str, Any], port: int, ours: set[tuple[str, str, int]], together: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "id": flow["id"], "host": flow["target"], "port": port, "protocol": flow["protocol"], "tls": flow["tls"],
        "listener": (flow["to"], flow["protocol"], port) in ours,
        "name": together.get(flow["to"], flow["to"]),
        **({"server_name": flow["server_name"]} if flow["tls"] and flow["server_name"] else {}),
    }  # fmt: skip


def _add(job: Listening, flow: Mapping[str, Any]) -> None:
    """What the asked host of a flow has to do, once."""
    job["listen"] += [
        one
        for one in ({"port": port, "protocol": flow["protocol"]} for port in flow["ports"])
        if one not in job["listen"]
    ]
    if flow["range"]:
        low, high = span(flow["range"])
        one = {"first": low, "last": high, "protocol": flow["protocol"]}
        job["ranges"] += [one] if one not in job["ranges"] else []


def listen_seconds(found: Mapping[str, Any], forks: int, timeout: float, attempts: int) -> int:
    """How long it takes at most until all hosts have sent: so long a listener has to wait for its last question."""
    tries: Counter[str] = Counter()
    for flow in found["flows"]:
        tries[flow["group"]] += len(flow["ports"])
    senders = {name for group in tries for name in found["groups"][group]}
    # a host may be in a group, and among those who stand for it
    most = max((sum(tries[group] for group in found["groups"] if group.split()[0] == one) for one in found["groups"]),
               default=0)  # fmt: skip
    batch = HOST_SECONDS + math.ceil(most / AT_ONCE) * timeout * (attempts + MORE_WAITS)
    return min(MOST_SECONDS, LEAST_SECONDS + math.ceil(math.ceil(len(senders) / max(1, forks)) * batch))
