# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ICMP errors that answer a socket's packets, as Linux queues them beside the socket."""

from __future__ import annotations

import ipaddress
import socket
import struct
from typing import NamedTuple, Optional

# <linux/in.h>, <linux/in6.h>, <linux/errqueue.h>; the module socket knows MSG_ERRQUEUE only
IP_RECVERR = 11
IPV6_RECVERR = 25
ORIGINS = {2: 4, 3: 6}
EXTENDED_ERROR = struct.Struct("=IBBBBII")
DESTINATION_UNREACHABLE = {4: 3, 6: 1}
TIME_EXCEEDED = {4: 11, 6: 3}

NAMES = {
    4: {
        0: "net-unreachable",
        1: "host-unreachable",
        2: "protocol-unreachable",
        3: "port-unreachable",
        9: "net-prohibited",
        10: "host-prohibited",
        13: "admin-prohibited",
    },
    6: {
        0: "net-unreachable",
        1: "admin-prohibited",
        3: "host-unreachable",
        4: "port-unreachable",
        5: "policy-failed",
        6: "reject-route",
    },
}


class IcmpError(NamedTuple):
    """An ICMP error: its name, and who sent it."""

    name: str
    sender: str


def watch(sock: socket.socket) -> None:
    """Have Linux keep the ICMP errors of this socket, and act on each at once."""
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)


def received(sock: socket.socket) -> Optional[IcmpError]:
    """The first ICMP error that the socket has got, if any. A TCP reset is none."""
    try:
        ancillary = sock.recvmsg(1, 512, socket.MSG_ERRQUEUE)[1]
    except OSError:  # the queue is empty
        return None
    for level, kind, data in ancillary:
        if (level, kind) in ((socket.IPPROTO_IP, IP_RECVERR), (socket.IPPROTO_IPV6, IPV6_RECVERR)):
            return parse(data)
    return None


def parse(data: bytes) -> Optional[IcmpError]:
    """What a struct sock_extended_err, with the sender's address behind it, says. None unless it is about ICMP."""
    _error, origin, kind, code, *_rest = EXTENDED_ERROR.unpack_from(data)
    version = ORIGINS.get(origin)
    if version is None:
        return None
    if kind == TIME_EXCEEDED[version]:
        return IcmpError("time-exceeded", _address(version, data[EXTENDED_ERROR.size :]))
    known = NAMES[version] if kind == DESTINATION_UNREACHABLE[version] else {}
    return IcmpError(known.get(code, "other"), _address(version, data[EXTENDED_ERROR.size :]))


def _address(version: int, sockaddr: bytes) -> str:
    start, length, family = (4, 4, socket.AF_INET) if version == 4 else (8, 16, socket.AF_INET6)
    packed = sockaddr[start : start + length]
    return socket.inet_ntop(family, packed) if len(packed) == length else ""


def source(sock: socket.socket) -> Optional[str]:
    """The socket's own address, None while it has none."""
    address = str(sock.getsockname()[0])
    return None if ipaddress.ip_address(address.partition("%")[0]).is_unspecified else address
