# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a service takes the connections that have come for it, as the kernel counts them (sock_diag)."""

from __future__ import annotations

import socket
import struct
from typing import List, Optional

from ansible_collections.therefore.firewall.plugins.module_utils._probe import netlink

# <linux/sock_diag.h>, <linux/inet_diag.h>
NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
LISTENING = 1 << 10
REQUEST = struct.Struct("=BBBBI48x")
# family, state, timer, retransmits; ports; addresses, interface, cookie, expires; waiting, most
ANSWER = struct.Struct("=4x2s2x48x2I")


def is_full(port: int) -> Optional[bool]:
    """Whether connections wait for this TCP port that nobody takes, as many as may: Linux drops those that come then.

    None where nobody listens, or the kernel does not tell.
    """
    found: List[bool] = []
    for family in (socket.AF_INET, socket.AF_INET6):
        asked = REQUEST.pack(family, socket.IPPROTO_TCP, 0, 0, LISTENING)
        for kind, body in netlink.ask(SOCK_DIAG_BY_FAMILY, asked, kind=NETLINK_SOCK_DIAG):
            if kind == SOCK_DIAG_BY_FAMILY and len(body) >= ANSWER.size:
                own, waiting, most = ANSWER.unpack_from(body)
                if int.from_bytes(own, "big") == port:
                    found.append(waiting > most)
    return any(found) if found else None
