# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names to addresses, each name once, all at the same time, and none for longer than anything else may take."""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
import time
from typing import Any, Dict, Iterable, List, Sequence, Tuple, Union

from ansible_collections.therefore.firewall.plugins.module_utils._probe.options import is_address

# a thread for each name, so that dead names do not stand in the way of others
MOST_THREADS = 250

# family and socket address
Address = Tuple[int, Any]
# the addresses of a name, or why there are none
Answer = Union[List[Address], str]


def resolve_all(hosts: Iterable[str], seconds: float) -> Dict[str, Answer]:
    """What each host name or address stands for."""
    names, found = [], {}
    for host in dict.fromkeys(hosts):
        if is_address(host):
            found[host] = resolve(host)
        else:
            names.append(host)
    for start in range(0, len(names), MOST_THREADS):
        found.update(_resolve_names(names[start : start + MOST_THREADS], seconds))
    return found


def _resolve_names(names: Sequence[str], seconds: float) -> Dict[str, Answer]:
    answers: "queue.Queue[Tuple[str, Answer]]" = queue.Queue()
    for name in names:
        # nothing ends a look-up: a thread that is still at it when the time is over is left behind
        threading.Thread(target=lambda one: answers.put((one, resolve(one))), args=(name,), daemon=True).start()
    until = time.monotonic() + seconds
    found: Dict[str, Answer] = {}
    while len(found) < len(names):
        try:
            name, answer = answers.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            break
        found[name] = answer
    late = f"no answer from this host's resolver in {seconds:g} s"
    return {name: found.get(name, late) for name in names}


def resolve(host: str) -> Answer:
    """All addresses of a host, IPv4 first, each in the order of numbers."""
    flags = socket.AI_NUMERICHOST if is_address(host) else 0
    try:
        answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=flags)
    except socket.gaierror as error:
        zone = host.partition("%")[2]
        return f"this host has no interface {zone}" if zone else str(error.strerror)
    except UnicodeError as error:
        return str(error)
    found = {_plain(family, sockaddr) for family, _kind, _protocol, _name, sockaddr in answers}
    return sorted(
        found, key=lambda one: (one[0] != socket.AF_INET, socket.inet_pton(one[0], one[1][0].partition("%")[0]))
    )


def _plain(family: int, sockaddr: Any) -> Address:
    """An IPv4 address in the clothes of IPv6 is one of IPv4: packets and errors are IPv4's."""
    if family == socket.AF_INET6:
        mapped = ipaddress.IPv6Address(sockaddr[0].partition("%")[0]).ipv4_mapped
        if mapped:
            return socket.AF_INET, (str(mapped), 0)
    return family, sockaddr
