# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries flows from this host: JSON list of [address, port, protocol] on stdin, JSON list of states on stdout.

The one argument says how often to try what does not answer.

open: answered. refused: TCP reset or ICMP port unreachable: nobody listens, or a firewall says so. filtered: any other
ICMP error, which only a firewall sends, or nobody said anything.
"""

from __future__ import annotations

import asyncio
import errno
import json
import socket
import sys

# Linux tells a program of an ICMPv6 error only at the second SYN, which follows the first after a second.
TIMEOUT_SECONDS = 1.5
# firewalld stalls new connections for up to a second while it reloads
ATTEMPTS = int(sys.argv[1]) if len(sys.argv) > 1 else 2


async def tcp(address: str, port: int) -> str:
    """State of a TCP port."""
    try:
        _reader, writer = await asyncio.wait_for(asyncio.open_connection(address, port), TIMEOUT_SECONDS)
    except ConnectionRefusedError:
        return "refused"
    except OSError:  # a timeout is one, too
        return "filtered"
    writer.close()
    return "open"


async def udp(address: str, port: int) -> str:
    """State of a UDP port with a service that echoes."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        nonce = f"{address} {port}".encode()
        try:
            await loop.sock_connect(sock, (address, port))
            sock.send(nonce)
            answer = await asyncio.wait_for(loop.sock_recv(sock, 100), TIMEOUT_SECONDS)
        except OSError as error:  # a timeout is one, too
            return "refused" if error.errno == errno.ECONNREFUSED else "filtered"
    return "open" if answer == nonce else "filtered"


async def state(limit: asyncio.Semaphore, address: str, port: int, protocol: str) -> str:
    """State of one flow: the best of the attempts."""
    found = "filtered"
    for _attempt in range(ATTEMPTS):
        async with limit:
            found = await (tcp if protocol == "tcp" else udp)(address, port)
        if found != "filtered":
            break
    return found


async def main() -> None:
    """Probe all at once, a few hundred at a time."""
    limit = asyncio.Semaphore(300)
    print(json.dumps(await asyncio.gather(*(state(limit, *flow) for flow in json.load(sys.stdin)))))


if __name__ == "__main__":
    asyncio.run(main())
