# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel says over netlink about this host's own addresses and about neighbours that do not answer."""

from __future__ import annotations

import ipaddress
import socket
import struct
from typing import Dict, FrozenSet, Iterator, Tuple

# <linux/rtnetlink.h>, <linux/neighbour.h>, <linux/if_addr.h>
RTM_NEWADDR, RTM_GETADDR = 20, 22
RTM_NEWNEIGH, RTM_GETNEIGH = 28, 30
NLM_F_REQUEST_DUMP = 0x301
NLMSG_ERROR, NLMSG_DONE = 2, 3
IFA_ADDRESS, NDA_DST = 1, 1
NUD_INCOMPLETE, NUD_FAILED = 0x01, 0x20
LENGTHS: Dict[int, int] = {socket.AF_INET: 4, socket.AF_INET6: 16}
ADDRESS_HEADER = struct.Struct("=BBBBi")
NEIGHBOUR_HEADER = struct.Struct("=BBHiHBB")
MESSAGE_HEADER = struct.Struct("=IHHII")
ATTRIBUTE_HEADER = struct.Struct("=HH")


def families() -> FrozenSet[int]:
    """The address families in which this host has an address that others can answer to."""
    found = set()
    for kind, body in _dump(RTM_GETADDR, ADDRESS_HEADER.size):
        if kind == RTM_NEWADDR:
            family = ADDRESS_HEADER.unpack_from(body)[0]
            address = _address(family, body[ADDRESS_HEADER.size :], IFA_ADDRESS)
            if address and not _only_local(address):
                found.add(family)
    return frozenset(found)


def silent_neighbours() -> FrozenSet[str]:
    """The addresses in this host's own networks that answer neither ARP nor neighbour discovery."""
    found = set()
    for kind, body in _dump(RTM_GETNEIGH, NEIGHBOUR_HEADER.size):
        if kind == RTM_NEWNEIGH:
            family, _pad, _pad, _index, state, _flags, _type = NEIGHBOUR_HEADER.unpack_from(body)
            if state & (NUD_INCOMPLETE | NUD_FAILED):
                found.add(_address(family, body[NEIGHBOUR_HEADER.size :], NDA_DST))
    return frozenset(found - {""})


def _only_local(text: str) -> bool:
    address = ipaddress.ip_address(text)
    return address.is_loopback or address.is_link_local


def _dump(request: int, header_size: int) -> Iterator[Tuple[int, bytes]]:
    """Type and body of each message that answers a request; none where the kernel refuses it."""
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as sock:
            sock.settimeout(2)
            size = MESSAGE_HEADER.size + header_size
            sock.send(MESSAGE_HEADER.pack(size, request, NLM_F_REQUEST_DUMP, 1, 0) + bytes(header_size))
            while True:
                for kind, body in messages(sock.recv(1 << 18)):
                    if kind in (NLMSG_DONE, NLMSG_ERROR):
                        return
                    yield kind, body
    except OSError:
        return


def messages(data: bytes) -> Iterator[Tuple[int, bytes]]:
    """Type and body of each netlink message in what one read gave."""
    while len(data) >= MESSAGE_HEADER.size:
        length, kind = MESSAGE_HEADER.unpack_from(data)[:2]
        if length < MESSAGE_HEADER.size:
            return
        yield kind, data[MESSAGE_HEADER.size : length]
        data = data[(length + 3) & ~3 :]


def _address(family: int, attributes: bytes, wanted: int) -> str:
    """The attribute of this type as an address, empty where there is none."""
    while len(attributes) >= ATTRIBUTE_HEADER.size:
        length, kind = ATTRIBUTE_HEADER.unpack_from(attributes)
        value = attributes[ATTRIBUTE_HEADER.size : length]
        if kind == wanted and len(value) == LENGTHS.get(family):
            return socket.inet_ntop(family, value)
        attributes = attributes[max((length + 3) & ~3, ATTRIBUTE_HEADER.size) :]
    return ""
