# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routers on the way, as far as they say so: each packet may pass one more of them than the one before."""

from __future__ import annotations

import contextlib
import selectors
import socket
import time
from typing import List, Optional

from ansible_collections.therefore.firewall.plugins.module_utils._probe import icmp, limits

MOST = 12
SECONDS = 1.0


def hops(address: str, port: int) -> List[str]:
    """The addresses of the routers that answered when a TCP connection to there was tried, the nearest first."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with contextlib.ExitStack() as held, selectors.DefaultSelector() as selector:
        found: List[Optional[str]] = [None] * MOST
        sockets: List[socket.socket] = []
        for number in range(MOST if limits.allowed_files() > MOST else 0):
            sock = held.enter_context(socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK))
            _limit(sock, number + 1)
            icmp.watch(sock)
            sock.connect_ex((address, port))
            selector.register(sock, selectors.EVENT_WRITE, number)
            sockets.append(sock)
        until = time.monotonic() + SECONDS
        while selector.get_map() and time.monotonic() < until:
            for key, _events in selector.select(until - time.monotonic()):
                selector.unregister(key.fileobj)
                error = icmp.received(sockets[key.data])
                if error and error.name == "time-exceeded":
                    found[key.data] = error.sender
    return list(dict.fromkeys(one for one in found if one))


def _limit(sock: socket.socket, routers: int) -> None:
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, routers)
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, routers)
