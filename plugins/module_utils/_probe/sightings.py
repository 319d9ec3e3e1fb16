# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What arrived at this host, before its firewall had a say, and whether this host's answer left: it tells the way here
and the way back from this host's own rules."""

from __future__ import annotations

import socket
from typing import Any, Dict, List, Mapping, Optional, Sequence, Set

from ansible_collections.therefore.firewall.plugins.module_utils._probe import packets

# beyond that somebody else is at it
MOST = 50000


class Sightings:
    """The packets for some ports that were seen coming since this was made, and the connections that were granted."""

    def __init__(
        self, sock: socket.socket, ports: Sequence[Mapping[str, Any]], leaving: Optional[socket.socket] = None
    ) -> None:
        self.sock = sock
        self._leaving = leaving
        self._granted: Set[packets.Packet] = set()
        self._ports = {(one["protocol"], one["port"]) for one in ports}
        self._seen: Dict[packets.Packet, None] = {}

    def look(self) -> None:
        """Keep what has come, each once."""
        for one in packets.read(self.sock):
            if (one.protocol, one.port) in self._ports and len(self._seen) < MOST:
                self._seen[one] = None
        for one in packets.read(self._leaving) if self._leaving else ():
            if len(self._granted) < MOST:
                self._granted.add(packets.Packet(one.protocol, one.to, one.port, one.source, one.source_port))

    def descriptors(self) -> List[int]:
        """What has to stay open in the process that goes on with it."""
        return [one.fileno() for one in (self.sock, self._leaving) if one]

    def close(self) -> None:
        """Let go of it."""
        for one in filter(None, (self.sock, self._leaving)):
            one.close()

    def as_list(self) -> List[Dict[str, Any]]:
        """All of them."""
        self.look()
        return [{**one._asdict(), "granted": one in self._granted} for one in self._seen]


def watch(ports: Sequence[Mapping[str, Any]]) -> Optional[Sightings]:
    """What arrives for these ports (port, protocol) from now on, None where this user may not look."""
    sock = packets.open_socket(packets.PACKET_HOST)
    return Sightings(sock, ports, packets.open_socket(packets.PACKET_OUTGOING, packets.GRANTS)) if sock else None
