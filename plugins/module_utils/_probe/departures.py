# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether this host's packets left it: what its own firewall drops is silence, too, and proves nothing about others.

A packet socket shows what goes out behind all of the host's own rules. It needs CAP_NET_RAW.
"""

from __future__ import annotations

import ctypes
import errno
import socket
import struct
from typing import List, Optional, Set, Tuple

ETH_P_ALL = 0x0003
PACKET_OUTGOING = 4
SO_ATTACH_FILTER = 26
SO_RCVBUFFORCE = 33
ROOM = 1 << 23
SNAP = 128
INSTRUCTION = struct.Struct("=HBBI")

# Classic BPF: outgoing packets only, and of those the TCP segments that ask for a connection, and the datagrams whose
# payload begins like our question. A busy host sends much else. (code, jump if true, jump if false, operand)
LOAD_TYPE = (0x28, 0, 0, 0xFFFFF004)
FILTER = [
    LOAD_TYPE,
    (0x15, 0, 19, PACKET_OUTGOING),
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
    (0x50, 0, 0, 13),  # flags of TCP: SYN, and not ACK
    (0x54, 0, 0, 0x12),
    (0x15, 0, 1, 0x02),
    (0x06, 0, 0, SNAP),
    (0x06, 0, 0, 0),
]

# protocol, own port, address, port
Packet = Tuple[str, int, str, int]
PROTOCOLS = {6: "tcp", 17: "udp"}


class Departures:
    """The probes that were seen leaving since this was made."""

    def __init__(self) -> None:
        """Begin to look. Raises OSError where this user may not."""
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        self._seen: Set[Packet] = set()
        try:
            self._attach()
            self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
            self.sock.setblocking(False)
        except OSError:
            self.sock.close()
            raise

    def _attach(self) -> None:
        code = b"".join(INSTRUCTION.pack(*one) for one in FILTER)
        held = ctypes.create_string_buffer(code, len(code))
        program = struct.pack("HP", len(FILTER), ctypes.addressof(held))
        self.sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)

    def saw(self, protocol: str, ports: List[int], address: str, port: int) -> bool:
        """Whether a packet left from one of these own ports."""
        self._read()
        plain = address.partition("%")[0]
        return any((protocol, own, plain, port) in self._seen for own in ports)

    def _read(self) -> None:
        while True:
            try:
                packet = parse(self.sock.recv(SNAP))
            except OSError as error:
                if error.errno in (errno.ENETDOWN, errno.EINTR):
                    # an interface went down; the others are still looked at
                    continue
                return
            if packet:
                self._seen.add(packet)

    def close(self) -> None:
        """Look no longer."""
        self.sock.close()


def watch() -> Optional[Departures]:
    """The departures from now on, None where this user may not look."""
    try:
        return Departures()
    except (AttributeError, OSError):
        return None


def parse(packet: bytes) -> Optional[Packet]:
    """What an IP packet is, None where it is too short or neither TCP nor UDP."""
    if len(packet) < 28:
        return None
    if packet[0] >> 4 == 4:
        start, protocol, to = (packet[0] & 15) * 4, packet[9], socket.inet_ntop(socket.AF_INET, packet[16:20])
    elif len(packet) >= 48:
        start, protocol, to = 40, packet[6], socket.inet_ntop(socket.AF_INET6, packet[24:40])
    else:
        return None
    if protocol not in PROTOCOLS or len(packet) < start + 4:
        return None
    own, port = struct.unpack_from("!HH", packet, start)
    return PROTOCOLS[protocol], own, to, port
