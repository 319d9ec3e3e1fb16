# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What arrived at this host, before its firewall had a say: it tells the way here from this host's own rules."""

from __future__ import annotations

import socket
from typing import Any, Dict, List, Mapping, Optional, Sequence

from ansible_collections.therefore.firewall.plugins.module_utils._probe import packets

# beyond that somebody else is at it
MOST = 50000


class Sightings:
    """The packets for some ports that were seen coming since this was made."""

    def __init__(self, sock: socket.socket, ports: Sequence[Mapping[str, Any]]) -> None:
        self.sock = sock
        self._ports = {(one["protocol"], one["port"]) for one in ports}
        self._seen: Dict[packets.Packet, None] = {}

    def look(self) -> None:
        """Keep what has come, each once."""
        for one in packets.read(self.sock):
            if (one.protocol, one.port) in self._ports and len(self._seen) < MOST:
                self._seen[one] = None

    def as_list(self) -> List[Dict[str, Any]]:
        """All of them."""
        self.look()
        return [one._asdict() for one in self._seen]


def watch(ports: Sequence[Mapping[str, Any]]) -> Optional[Sightings]:
    """What arrives for these ports (port, protocol) from now on, None where this user may not look."""
    sock = packets.open_socket(packets.PACKET_HOST)
    return Sightings(sock, ports) if sock else None
