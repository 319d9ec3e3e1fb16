# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which addresses are behind an interface of this host, as its routes say."""

from __future__ import annotations

import ipaddress
import socket
import struct
from typing import Any, List, Optional, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.traffic import End

IPV4, IPV6 = "/proc/net/route", "/proc/net/ipv6_route"


def behind(interface: str, version: int) -> Optional[End]:
    """The networks to which this host sends through the interface; none where there are none."""
    found = tuple(network for name, network in networks(version) if name == interface)
    return End(found) if found else None


def networks(version: int) -> List[Tuple[str, Any]]:
    """Interface and network of each route but those to multicast and link-local addresses."""
    routes = [_ipv4(line) if version == 4 else _ipv6(line) for line in _lines(IPV4 if version == 4 else IPV6)]
    return [
        (name, network)
        for name, network in routes
        if not network.is_multicast and not network.is_link_local and name != "lo"
    ]


def _lines(path: str) -> List[List[str]]:
    try:
        with open(path, encoding="ascii") as table:
            return [line.split() for line in table if not line.startswith("Iface")]
    except OSError:  # a kernel without this IP version
        return []


def _ipv4(fields: List[str]) -> Tuple[str, Any]:
    # numbers of four bytes in the order of this machine
    address, mask = (socket.inet_ntoa(struct.pack("=L", int(fields[at], 16))) for at in (1, 7))
    return fields[0], ipaddress.ip_network(f"{address}/{mask}")


def _ipv6(fields: List[str]) -> Tuple[str, Any]:
    return fields[9], ipaddress.IPv6Network((int(fields[0], 16), int(fields[1], 16)))
