# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All flows of a call: names to addresses, as many at once as the host allows, results in the order of the targets."""

from __future__ import annotations

import asyncio
import collections
import ipaddress
import socket
from typing import Any, Dict, FrozenSet, List, Mapping, Optional, Sequence

from ansible_collections.therefore.firewall.plugins.module_utils._probe import departures, hops, names, netlink, trace
from ansible_collections.therefore.firewall.plugins.module_utils._probe import flow as _flow
from ansible_collections.therefore.firewall.plugins.module_utils._probe.limits import NOT_SEEN, allowed_files

NOTHING = (
    "state", "icmp", "icmp_from", "icmp_by", "latency_ms", "source", "sent", "seen_as", "tag", "error", "tls", "route",
    "decided", "hops",
)  # fmt: skip


def probe(targets: Sequence[Dict[str, Any]], settings: _flow.Settings, concurrency: int) -> List[Dict[str, Any]]:
    """The results of all targets."""
    answers = names.resolve_all([target["host"] for target in targets], settings.timeout * settings.attempts)
    seen = departures.watch()
    try:
        settings = settings._replace(own=netlink.addresses(), departures=seen)
        return asyncio.run(_probe(targets, answers, settings, min(concurrency, allowed_files())))
    finally:
        if seen:
            seen.close()


def explained(targets: Sequence[Dict[str, Any]], settings: _flow.Settings, concurrency: int) -> List[Dict[str, Any]]:
    """The results of all targets, with the way that each takes, and what this host's own firewall decided."""
    asked = {(one["protocol"], one["port"]) for one in targets}
    told = trace.start(trace.OUT, [{"protocol": protocol, "port": port} for protocol, port in sorted(asked)])
    results = probe(targets, settings, concurrency)
    decided = told.finish() if told else []
    silent = {one["address"]: one["port"] for one in results if one["state"] in _flow.SILENCE.values() and one["sent"]}
    ways = {address: hops.hops(address, port) for address, port in silent.items()}
    for one in results:
        found = netlink.route(one["address"]) if one["address"] else None
        one["route"] = found._asdict() if found else None
        one["hops"] = ways.get(one["address"])
        one["decided"] = next((decision for decision in decided if _is_of(decision, one)), None)
    return results


def _is_of(decision: Mapping[str, Any], result: Mapping[str, Any]) -> bool:
    same = all(decision[key] == result[key] for key in ("protocol", "port"))
    return same and decision["to"] == result["address"] and decision["source_port"] in result["source_ports"]


def counts(results: Sequence[Mapping[str, Any]]) -> Dict[str, int]:
    """How often each state occurs."""
    return dict(collections.Counter(result["state"] for result in results))


async def _probe(
    targets: Sequence[Dict[str, Any]], answers: Mapping[str, names.Answer], settings: _flow.Settings, concurrency: int
) -> List[Dict[str, Any]]:
    families = netlink.families()
    limit = asyncio.Semaphore(concurrency)
    tasks, results = [], []
    for target in targets:
        answer = answers[target["host"]]
        if isinstance(answer, str):
            results.append(_result(target, None, state="name-not-resolved", sent=False, error=answer))
            continue
        for family, sockaddr in answer:
            result = _result(target, sockaddr[0])
            results.append(result)
            if _can_send(family, sockaddr[0], families):
                tasks.append(_run(limit, _flow_to(target, family, sockaddr), settings, result))
            else:
                name = "IPv6" if family == socket.AF_INET6 else "IPv4"
                text = f"this host has no {name} address that others can answer to"
                result.update(state="skipped", sent=False, error=text)
    await asyncio.gather(*tasks)
    _name_silent_neighbours(results)
    return results


async def _run(limit: asyncio.Semaphore, flow: _flow.Flow, settings: _flow.Settings, result: Dict[str, Any]) -> None:
    async with limit:
        result.update(await _flow.attempt_all(flow, settings))


def _result(target: Mapping[str, Any], address: Optional[str], **more: Any) -> Dict[str, Any]:
    kept = {key: target[key] for key in ("id", "host", "port", "protocol")}
    nothing: Dict[str, Any] = {**dict.fromkeys(NOTHING), "listener": False, "closed": False, "source_ports": []}
    return {**kept, "address": address, **nothing, **more}


def _flow_to(target: Mapping[str, Any], family: int, sockaddr: Any) -> _flow.Flow:
    name = (target["server_name"] or target["host"]).rstrip(".").partition("%")[0] if target["tls"] else None
    address = (sockaddr[0], target["port"], *sockaddr[2:])
    return _flow.Flow(family, address, target["protocol"], name, bool(target.get("listener")), target.get("name"))


def _can_send(family: int, address: str, families: FrozenSet[int]) -> bool:
    plain = ipaddress.ip_address(address.partition("%")[0])
    # every interface has a link-local address of IPv6
    return family in families or plain.is_loopback or (plain.is_link_local and family == socket.AF_INET6)


def _name_silent_neighbours(results: Sequence[Dict[str, Any]]) -> None:
    """Silence has a known reason where nobody has the address: Linux says so itself only after three seconds."""
    unanswered = [one for one in results if one["state"] in _flow.SILENCE.values() and one["error"] in (None, NOT_SEEN)]
    silent = netlink.silent_neighbours() if unanswered else frozenset()
    gateways = {one["address"]: netlink.gateway(one["address"]) for one in unanswered if silent}
    for one in unanswered:
        if one["address"] in silent or gateways.get(one["address"]) in silent:
            text = _flow.neighbour_text(one["address"])
            one.update(state="unreachable", sent=False, error=text)
