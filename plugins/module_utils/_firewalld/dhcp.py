# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether this host answers DHCP: a server asks nobody first, so that its answers are connections of its own."""

from __future__ import annotations

from contextlib import suppress
from typing import List, Set, Tuple

# the port of servers (and relays), and that of the clients to whom they answer
ANSWERS = ((67, "68"), (547, "546"))


def answers(proc: str = "/proc") -> List[Tuple[str, str]]:
    """The ports and protocols to which DHCP servers on this host answer."""
    listening = _udp_ports(proc)
    return [(client, "udp") for server, client in ANSWERS if server in listening]


def _udp_ports(proc: str) -> Set[int]:
    """The local UDP ports of this host, of all processes."""
    found = set()
    for name in ("udp", "udp6"):
        with suppress(OSError), open(f"{proc}/net/{name}", encoding="ascii") as table:
            # the second word of each line below the heading is address:port, in hexadecimal
            found |= {int(line.split()[1].rpartition(":")[2], 16) for line in table.readlines()[1:]}
    return found
