# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel says over netlink about this host's own addresses and about neighbours that do not answer."""

from __future__ import annotations

import ipaddress
import socket
import struct
import sys
from typing import Dict, FrozenSet, Iterator, NamedTuple, Optional, Tuple

# <linux/rtnetlink.h>, <linux/neighbour.h>, <linux/if_addr.h>
NETLINK_ROUTE = 0
RTM_NEWADDR, RTM_GETADDR = 20, 22
RTM_NEWROUTE, RTM_GETROUTE = 24, 26
RTM_NEWNEIGH, RTM_GETNEIGH = 28, 30
NLM_F_REQUEST, NLM_F_REQUEST_DUMP = 0x1, 0x301
NLMSG_ERROR, NLMSG_DONE = 2, 3
IFA_ADDRESS, IFA_LOCAL, NDA_DST = 1, 2, 1
RTA_DST, RTA_OIF, RTA_GATEWAY, RTA_PREFSRC = 1, 4, 5, 7
NUD_INCOMPLETE, NUD_FAILED = 0x01, 0x20
# RTN_UNICAST, RTN_LOCAL; the others lead nowhere
USABLE = (1, 2)
LENGTHS: Dict[int, int] = {socket.AF_INET: 4, socket.AF_INET6: 16}
ADDRESS_HEADER = struct.Struct("=BBBBi")
ROUTE_HEADER = struct.Struct("=BBBBBBBBI")
NEIGHBOUR_HEADER = struct.Struct("=BBHiHBB")
MESSAGE_HEADER = struct.Struct("=IHHII")
ATTRIBUTE_HEADER = struct.Struct("=HH")


def families() -> FrozenSet[int]:
    """The address families in which this host has an address that others can answer to."""
    return frozenset(family for family, address in _own() if not _only_local(address))


def addresses() -> FrozenSet[str]:
    """This host's own addresses."""
    return frozenset(address for _family, address in _own())


def _own() -> Iterator[Tuple[int, str]]:
    for kind, body in ask(RTM_GETADDR, bytes(ADDRESS_HEADER.size)):
        if kind == RTM_NEWADDR:
            family = ADDRESS_HEADER.unpack_from(body)[0]
            attributes = body[ADDRESS_HEADER.size :]
            # of a link between two hosts the other attribute is the other end
            address = _address(family, attributes, IFA_LOCAL) or _address(family, attributes, IFA_ADDRESS)
            if address:
                yield family, address


class Route(NamedTuple):
    """The way that this host takes to an address: through which gateway, if it needs one, interface, own address."""

    gateway: Optional[str]
    interface: Optional[str]
    source: Optional[str]


def gateway(address: str) -> Optional[str]:
    """The gateway that this host would take to an address, None where it needs none, or has no route."""
    found = route(address)
    return found.gateway if found else None


def route(address: str) -> Optional[Route]:
    """The way that this host would take to an address, None where it has none."""
    plain = address.partition("%")[0]
    family = socket.AF_INET6 if ":" in plain else socket.AF_INET
    packed = socket.inet_pton(family, plain)
    body = ROUTE_HEADER.pack(family, len(packed) * 8, 0, 0, 0, 0, 0, 0, 0)
    body += ATTRIBUTE_HEADER.pack(ATTRIBUTE_HEADER.size + len(packed), RTA_DST) + packed
    for kind, answer in ask(RTM_GETROUTE, body, NLM_F_REQUEST):
        if kind == RTM_NEWROUTE and ROUTE_HEADER.unpack_from(answer)[7] in USABLE:
            attributes = answer[ROUTE_HEADER.size :]
            return Route(
                _address(family, attributes, RTA_GATEWAY) or None,
                _interface(_attribute(attributes, RTA_OIF)),
                _address(family, attributes, RTA_PREFSRC) or None,
            )
    return None


def _interface(index: bytes) -> Optional[str]:
    try:
        return socket.if_indextoname(int.from_bytes(index, sys.byteorder))
    except OSError:
        return None


def silent_neighbours() -> FrozenSet[str]:
    """The addresses in this host's own networks that answer neither ARP nor neighbour discovery."""
    found = set()
    for kind, body in ask(RTM_GETNEIGH, bytes(NEIGHBOUR_HEADER.size)):
        if kind == RTM_NEWNEIGH:
            family, _pad, _pad, _index, state, _flags, _type = NEIGHBOUR_HEADER.unpack_from(body)
            if state & (NUD_INCOMPLETE | NUD_FAILED):
                found.add(_address(family, body[NEIGHBOUR_HEADER.size :], NDA_DST))
    return frozenset(found - {""})


def _only_local(text: str) -> bool:
    address = ipaddress.ip_address(text)
    return address.is_loopback or address.is_link_local


def ask(
    request: int, asked: bytes, flags: int = NLM_F_REQUEST_DUMP, kind: int = NETLINK_ROUTE
) -> Iterator[Tuple[int, bytes]]:
    """Type and body of each message that answers a request; none where the kernel refuses it."""
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, kind) as sock:
            sock.settimeout(2)
            sock.send(MESSAGE_HEADER.pack(MESSAGE_HEADER.size + len(asked), request, flags, 1, 0) + asked)
            while True:
                for answer, body in messages(sock.recv(1 << 18)):
                    if answer in (NLMSG_DONE, NLMSG_ERROR):
                        return
                    yield answer, body
                if flags == NLM_F_REQUEST:
                    return
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
    value = _attribute(attributes, wanted)
    return socket.inet_ntop(family, value) if value and len(value) == LENGTHS.get(family) else ""


def _attribute(attributes: bytes, wanted: int) -> bytes:
    """The attribute of this type, empty where there is none."""
    while len(attributes) >= ATTRIBUTE_HEADER.size:
        length, kind = ATTRIBUTE_HEADER.unpack_from(attributes)
        if kind == wanted:
            return attributes[ATTRIBUTE_HEADER.size : length]
        attributes = attributes[max((length + 3) & ~3, ATTRIBUTE_HEADER.size) :]
    return b""
