# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packets as they pass this host's interfaces, outside all of its own rules. It needs CAP_NET_RAW.

What leaves is seen behind the host's firewall, and what comes before it.
"""

from __future__ import annotations

import ctypes
import errno
import socket
import struct
from typing import Iterator, List, NamedTuple, Optional, Tuple

ETH_P_ALL = 0x0003
PACKET_HOST, PACKET_OUTGOING = 0, 4
# of SYN and ACK, what a TCP segment has that asks for a connection, and one that grants it
ASKS, GRANTS = 0x02, 0x12
SO_ATTACH_FILTER = 26
SO_RCVBUFFORCE = 33
ROOM = 1 << 23
SNAP = 128
INSTRUCTION = struct.Struct("=HBBI")
PROTOCOLS = {6: "tcp", 17: "udp"}
LOAD_TYPE = (0x28, 0, 0, 0xFFFFF004)


class Packet(NamedTuple):
    """A TCP segment or a datagram: from where, and to where."""

    protocol: str
    source: str
    source_port: int
    to: str
    port: int


def program(kind: int, flags: int) -> List[Tuple[int, int, int, int]]:
    """Classic BPF: packets of this kind only, and of those the TCP segments that ask for a connection, or grant it, and
    the datagrams whose payload begins like our question. A busy host has much else. (code, jump if true, if false,
    operand)
    """
    return [
        LOAD_TYPE,
        (0x15, 0, 19, kind),
        (0x30, 0, 0, 0),  # version
        (0x74, 0, 0, 4),
        (0x15, 0, 6, 4),
        (0xB1, 0, 0, 0),  # X = length of the IPv4 header
        (0x30, 0, 0, 9),  # protocol
        (0x15, 9, 0, 6),
        (0x15, 0, 12, 17),
        (0x40, 0, 0, 8),  # the first word of the payload
        (0x15, 9, 10, 0x74686572),
        (0x15, 0, 9, 6),  # IPv6
        (0x01, 0, 0, 40),  # X = length of its header
        (0x30, 0, 0, 6),
        (0x15, 0, 2, 17),
        (0x40, 0, 0, 8),
        (0x15, 3, 4, 0x74686572),
        (0x50, 0, 0, 13),  # flags of TCP
        (0x54, 0, 0, 0x12),
        (0x15, 0, 1, flags),
        (0x06, 0, 0, SNAP),
        (0x06, 0, 0, 0),
    ]


def open_socket(kind: int, flags: int = ASKS) -> Optional[socket.socket]:
    """A socket that keeps such packets from now on, None where this user may not look."""
    try:
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
    except (AttributeError, OSError):
        return None
    try:
        filters = program(kind, flags)
        code = b"".join(INSTRUCTION.pack(*one) for one in filters)
        held = ctypes.create_string_buffer(code, len(code))
        attached = struct.pack("HP", len(filters), ctypes.addressof(held))
        sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, attached)
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
        sock.setblocking(False)
    except OSError:
        sock.close()
        return None
    return sock


def read(sock: socket.socket) -> Iterator[Packet]:
    """What has passed since this was asked last."""
    while True:
        try:
            packet = parse(sock.recv(SNAP))
        except OSError as error:
            if error.errno in (errno.ENETDOWN, errno.EINTR):
                # an interface went down; the others are still looked at
                continue
            return
        if packet:
            yield packet


def parse(packet: bytes) -> Optional[Packet]:
    """What an IP packet is, None where it is too short or neither TCP nor UDP."""
    if len(packet) < 28:
        return None
    if packet[0] >> 4 == 4:
        family, start, protocol, addresses = socket.AF_INET, (packet[0] & 15) * 4, packet[9], packet[12:20]
    elif len(packet) >= 48:
        family, start, protocol, addresses = socket.AF_INET6, 40, packet[6], packet[8:40]
    else:
        return None
    if protocol not in PROTOCOLS or len(packet) < start + 4:
        return None
    half = len(addresses) // 2
    source, to = (socket.inet_ntop(family, one) for one in (addresses[:half], addresses[half:]))
    own, port = struct.unpack_from("!HH", packet, start)
    return Packet(PROTOCOLS[protocol], source, own, to, port)
