# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers on every documented port, on every address of this host: the software of the lab, as far as packets go."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess

TCP_PORTS = [80, 135, 137, 139, 389, 443, 445, 1433, 8000, 8091, 8372, 8373]
UDP_PORTS = [135, 137, 139, 389]


class Echo(asyncio.DatagramProtocol):
    """Sends every datagram back."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple) -> None:
        """Answer from the address that was asked."""
        self.transport.sendto(data, addr)


def addresses() -> list[str]:
    """The host's addresses; a datagram's answer must come from the one that was asked, so each has its socket."""
    links = json.loads(subprocess.run(["ip", "-j", "address"], check=True, capture_output=True).stdout)
    return [one["local"] for link in links for one in link["addr_info"] if one["scope"] == "global"]


async def main() -> None:
    """Listen for ever."""
    loop = asyncio.get_running_loop()
    for port in TCP_PORTS:
        await asyncio.start_server(lambda _reader, writer: writer.close(), None, port)
    for address in addresses():
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        for port in UDP_PORTS:
            await loop.create_datagram_endpoint(Echo, local_addr=(address, port), family=family)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
