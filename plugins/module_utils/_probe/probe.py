# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All flows of a call: names to addresses, as many at once as the host allows, results in the order of the targets."""

from __future__ import annotations

import asyncio
import collections
import ipaddress
import os
import resource
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Dict, FrozenSet, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

from ansible_collections.therefore.firewall.plugins.module_utils._probe import flow as _flow
from ansible_collections.therefore.firewall.plugins.module_utils._probe import netlink
from ansible_collections.therefore.firewall.plugins.module_utils._probe.options import is_address

# for whatever the standard library opens in between, such as the file that a certificate is read from
SPARE_FILES = 8
RESOLVERS = 16

# family and socket address
Address = Tuple[int, Any]
# the addresses of a name, or why there are none
Answer = Union[List[Address], str]


def probe(targets: Sequence[Dict[str, Any]], settings: _flow.Settings, concurrency: int) -> List[Dict[str, Any]]:
    """The results of all targets."""
    return asyncio.run(_probe(targets, settings, min(concurrency, allowed_files())))


def counts(results: Sequence[Mapping[str, Any]]) -> Dict[str, int]:
    """How often each state occurs."""
    return dict(collections.Counter(result["state"] for result in results))


def allowed_files() -> int:
    """How many sockets this process may open; raises the limit as far as anybody may."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard == resource.RLIM_INFINITY:
        return 1 << 20
    # the loop's own are not open yet: a selector and two ends of a pipe
    return max(1, hard - len(os.listdir("/proc/self/fd")) - 3 - SPARE_FILES)


async def _probe(targets: Sequence[Dict[str, Any]], settings: _flow.Settings, concurrency: int) -> List[Dict[str, Any]]:
    answers = await resolve_all(sorted({target["host"] for target in targets}))
    families = netlink.families()
    limit = asyncio.Semaphore(concurrency)
    tasks, results = [], []
    for target in targets:
        answer = answers[target["host"]]
        if isinstance(answer, str):
            results.append(_result(target, None, state="name-not-resolved", error=answer))
            continue
        for family, sockaddr in answer:
            result = _result(target, sockaddr[0])
            results.append(result)
            if _can_send(family, sockaddr[0], families):
                tasks.append(_run(limit, _flow_to(target, family, sockaddr), settings, result))
            else:
                name = "IPv6" if family == socket.AF_INET6 else "IPv4"
                result.update(state="skipped", error=f"this host has no {name} address that others can answer to")
    await asyncio.gather(*tasks)
    _name_silent_neighbours(results)
    return results


async def _run(limit: asyncio.Semaphore, flow: _flow.Flow, settings: _flow.Settings, result: Dict[str, Any]) -> None:
    async with limit:
        result.update(await _flow.attempt_all(flow, settings))


def _result(target: Mapping[str, Any], address: Optional[str], **more: Any) -> Dict[str, Any]:
    kept = {key: target[key] for key in ("id", "host", "port", "protocol")}
    unknown = dict.fromkeys(("state", "icmp", "latency_ms", "source", "error", "tls"))
    return {**kept, "address": address, **unknown, "listener": False, **more}


def _flow_to(target: Mapping[str, Any], family: int, sockaddr: Any) -> _flow.Flow:
    name = (target["server_name"] or target["host"]).rstrip(".").partition("%")[0] if target["tls"] else None
    return _flow.Flow(family, (sockaddr[0], target["port"], *sockaddr[2:]), target["protocol"], name)


def _can_send(family: int, address: str, families: FrozenSet[int]) -> bool:
    return family in families or ipaddress.ip_address(address.partition("%")[0]).is_loopback


def _name_silent_neighbours(results: Sequence[Dict[str, Any]]) -> None:
    """Silence has a known reason where nobody has the address: Linux says so itself only after three seconds."""
    unanswered = [one for one in results if one["state"] in _flow.SILENCE.values() and one["error"] is None]
    silent = netlink.silent_neighbours() if unanswered else frozenset()
    for one in unanswered:
        if one["address"] in silent:
            one.update(state="unreachable", error=_flow.NO_NEIGHBOUR)


async def resolve_all(hosts: Iterable[str]) -> Dict[str, Answer]:
    """What each host name or address stands for."""
    names = [host for host in hosts if not is_address(host)]
    found: Dict[str, Answer] = {host: resolve(host) for host in hosts if is_address(host)}
    if names:
        with ThreadPoolExecutor(RESOLVERS) as pool:
            loop = asyncio.get_running_loop()
            answers = await asyncio.gather(*(loop.run_in_executor(pool, resolve, name) for name in names))
        found.update(zip(names, answers))
    return found


def resolve(host: str) -> Answer:
    """All addresses of a host, IPv4 first, each in the order of numbers."""
    flags = socket.AI_NUMERICHOST if is_address(host) else 0
    try:
        answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=flags)
    except socket.gaierror as error:
        return str(error.strerror)
    except UnicodeError as error:
        return str(error)
    found = {(family, sockaddr) for family, _kind, _protocol, _name, sockaddr in answers}
    return sorted(
        found, key=lambda one: (one[0] != socket.AF_INET, socket.inet_pton(one[0], one[1][0].partition("%")[0]))
    )
