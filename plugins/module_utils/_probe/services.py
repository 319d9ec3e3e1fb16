# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which ports programs of this host hold, and on which addresses, as the kernel lists them."""

from __future__ import annotations

import ipaddress
import os
import socket
import struct
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Sequence, Set, Tuple

# <net/tcp_states.h>; a UDP socket that waits for anybody is "closed"
SYN_RECEIVED, CLOSED, LISTEN = 0x03, 0x07, 0x0A
TABLES = {"tcp": ("tcp", "tcp6"), "udp": ("udp", "udp6")}
WAITING = {"tcp": LISTEN, "udp": CLOSED}
# of a range: so many services are enough to try
MOST_SERVICES = 16


class Line(NamedTuple):
    """A socket of the kernel's table: its own end, the other, the state, and the number by which a process holds it."""

    address: str
    port: int
    other_address: str
    other_port: int
    state: int
    inode: str


def sockets(protocol: str) -> Iterator[Line]:
    """All sockets of a protocol; none where the table cannot be read."""
    for table in TABLES[protocol]:
        try:
            with open(f"/proc/net/{table}", encoding="ascii") as file:
                next(file)
                for text in file:
                    words = text.split()
                    yield Line(*_end(words[1]), *_end(words[2]), int(words[3], 16), words[9])
        except (OSError, StopIteration):
            continue


def _end(text: str) -> Tuple[str, int]:
    address, _colon, port = text.partition(":")
    # numbers of 32 bits in the order of this machine
    packed = b"".join(struct.pack("=I", int(address[at : at + 8], 16)) for at in range(0, len(address), 8))
    return socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed), int(port, 16)


def holders() -> Dict[Tuple[str, int], List[str]]:
    """The addresses on which programs wait, by protocol and port."""
    found: Dict[Tuple[str, int], Set[str]] = {}
    for protocol, state in WAITING.items():
        for line in sockets(protocol):
            if line.state == state:
                found.setdefault((protocol, line.port), set()).add(line.address)
    return {key: sorted(addresses) for key, addresses in found.items()}


def programs(protocol: str, port: int) -> List[str]:
    """The names of the programs that wait there, as far as this user may see them."""
    waiting = {
        f"socket:[{line.inode}]" for line in sockets(protocol) if (line.port, line.state) == (port, WAITING[protocol])
    }
    found = set()
    for process in filter(str.isdigit, os.listdir("/proc") if waiting else ()):
        try:
            folder = f"/proc/{process}/fd"
            if any(os.readlink(f"{folder}/{one}") in waiting for one in os.listdir(folder)):
                with open(f"/proc/{process}/comm", encoding="utf-8", errors="replace") as file:
                    found.add(file.read().strip())
        except OSError:
            # it has ended meanwhile, or is another user's
            continue
    return sorted(found)


def half_open(ports: Set[int]) -> Iterator[Line]:
    """The connections to these ports that were asked for and never confirmed: the answer to them does not arrive."""
    for line in sockets("tcp"):
        if line.state == SYN_RECEIVED and line.port in ports:
            yield line


def in_ranges(ranges: Sequence[Mapping[str, Any]]) -> List[Dict[str, object]]:
    """The services in these ranges (first, last, protocol) that others can reach, spread over each range."""
    known = holders()
    found: List[Dict[str, object]] = []
    for one in ranges:
        held = [
            {"port": port, "protocol": protocol, "addresses": addresses}
            for (protocol, port), addresses in sorted(known.items())
            if protocol == one["protocol"] and one["first"] <= port <= one["last"] and not only_loopback(addresses)
        ]
        step = -(-len(held) // MOST_SERVICES) or 1
        found += held[::step]
    return found


def only_loopback(addresses: Sequence[str]) -> bool:
    """Whether nobody but the host itself can reach any of these addresses."""
    return all(ipaddress.ip_address(address).is_loopback for address in addresses)
