# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether this host's packets left it: what its own firewall drops is silence, too, and proves nothing about others."""

from __future__ import annotations

import socket
from typing import List, Optional, Set, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._probe import packets


class Departures:
    """The probes that were seen leaving since this was made."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        # protocol, own port, address, port
        self._seen: Set[Tuple[str, int, str, int]] = set()

    def saw(self, protocol: str, ports: List[int], address: str, port: int) -> bool:
        """Whether a packet left from one of these own ports."""
        for one in packets.read(self._sock):
            self._seen.add((one.protocol, one.source_port, one.to, one.port))
        plain = address.partition("%")[0]
        return any((protocol, own, plain, port) in self._seen for own in ports)

    def close(self) -> None:
        """Look no longer."""
        self._sock.close()


def watch() -> Optional[Departures]:
    """The departures from now on, None where this user may not look."""
    sock = packets.open_socket(packets.PACKET_OUTGOING)
    return Departures(sock) if sock else None
