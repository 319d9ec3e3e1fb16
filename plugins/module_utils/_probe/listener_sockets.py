# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sockets of the listener: on ports that nobody uses, on all addresses, TCP and UDP."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._probe import accept_queue, limits, services, words

# <linux/in.h>, <linux/in6.h>; the module socket of older Pythons has not all of them
IP_PKTINFO = 8
IPV6_RECVPKTINFO = 49
IPV6_PKTINFO = 50
NO_IPV6 = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)
# Linux makes it what the host allows (net.core.somaxconn)
BACKLOG = 65535
# of the files that may be open, a part is for connections
PART_FOR_PORTS = 0.75
RESET = struct.pack("ii", 1, 0)


def open_ports(
    wanted: Sequence[Mapping[str, Any]],
) -> Tuple[List[socket.socket], List[Dict[str, Any]], List[Dict[str, Any]]]:
    """Sockets, the ports that they are on, and the ports that cannot be had, with the reason."""
    sockets: List[socket.socket] = []
    listening, in_use = [], []
    holders = services.holders()
    most = int(limits.allowed_files() * PART_FOR_PORTS)
    for entry in wanted:
        pair = {"port": entry["port"], "protocol": entry["protocol"]}
        try:
            if len(sockets) + 2 > most:
                raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
            sockets += _both_families(entry["port"], entry["protocol"])
        except OSError as error:
            addresses = holders.get((entry["protocol"], entry["port"]), [])
            code = error.errno or errno.EIO
            full = accept_queue.is_full(entry["port"]) if entry["protocol"] == "tcp" else None
            said = {"error": os.strerror(code), "addresses": addresses, "full": full, "programs": None}
            in_use.append({**pair, **said})
        else:
            listening.append(pair)
    return sockets, listening, in_use


def _both_families(port: int, protocol: str) -> List[socket.socket]:
    """Raises OSError where one of the two is taken, on whatever address."""
    found: List[socket.socket] = []
    try:
        for family in (socket.AF_INET, socket.AF_INET6):
            try:
                found.append(_bound(family, port, protocol))
            except OSError as error:
                if family == socket.AF_INET or error.errno not in NO_IPV6:
                    raise
    except OSError:
        close(found)
        raise
    return found


def _bound(family: int, port: int, protocol: str) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        # without SO_REUSEADDR Linux refuses a port that any address of this host uses
        sock.bind(("", port))
        if protocol == "tcp":
            sock.listen(BACKLOG)
        elif family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
        else:
            sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    except OSError:
        sock.close()
        raise
    return sock


def close(sockets: Sequence[socket.socket]) -> None:
    """Close all of them."""
    for sock in sockets:
        sock.close()


def reset(sock: socket.socket) -> None:
    """End a TCP connection so that its port is free at once, and not a minute later."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    finally:
        sock.close()


class Question(NamedTuple):
    """A question that came with the nonce."""

    source: str
    source_port: int
    tag: str


def answer_datagram(sock: socket.socket, nonce: str, name: Optional[str]) -> Optional[Question]:
    """Read one datagram; answer a question for this listener from the address that was asked, and nothing else."""
    try:
        data, ancillary, _flags, sender = sock.recvmsg(words.LONGEST, 256)
    except OSError:
        return None
    port = sock.getsockname()[1]
    tag = words.tag_of(data, nonce, name, "udp", port)
    if tag is None:
        return None
    # whoever asked in few words gets few
    own = words.own(nonce, name, "udp", port)
    said = words.answer(own, sender[0]) if tag else words.short_answer(own)
    # where there is no way back, that it came is known all the same
    with contextlib.suppress(OSError):
        sock.sendmsg([said[: len(data)]], [one for one in map(_way_back, ancillary) if one[2]], 0, sender)
    return Question(sender[0], sender[1], tag)


def _way_back(ancillary: Tuple[int, int, bytes]) -> Tuple[int, int, bytes]:
    level, kind, data = ancillary
    if (level, kind) == (socket.IPPROTO_IP, IP_PKTINFO):
        _interface, local, _to = struct.unpack("=i4s4s", data[:12])
        return level, kind, struct.pack("=i4s4s", 0, local, bytes(4))
    return level, kind, data if (level, kind) == (socket.IPPROTO_IPV6, IPV6_PKTINFO) else b""
