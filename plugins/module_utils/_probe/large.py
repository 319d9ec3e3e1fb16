# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether large packets pass between prober and listener where small ones do, over TCP.

A tunnel on the way takes smaller packets than its ends believe. Where the ICMP that would tell them is filtered, the
handshake and short words pass, and what a service sends does not. The listener says that it will send much, then sends
it; one that does not say so is an older one or another platform's, and then nothing is known.
"""

from __future__ import annotations

import asyncio
import fcntl
import socket
import struct
import termios
import time
from typing import Optional

from ansible_collections.therefore.firewall.plugins.module_utils._probe import waiting, words

ANNOUNCED = b"therefore-probe-large\n"
# more than a segment, so that full ones go
MUCH = b"." * 4095 + b"\n"
POLL_SECONDS = 0.02


def send(connection: socket.socket) -> None:
    """What a listener sends to whoever has asked. Raises OSError."""
    # else the second would wait for an answer to the first
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for part in (ANNOUNCED, MUCH):
        connection.send(part)


async def lost(sock: socket.socket, question: bytes, seconds: float) -> Optional[str]:
    """Ask the listener, and say what does not pass; none where all does, or where nothing is known."""
    try:
        sock.send(question)
        heard = await _hear(sock, ANNOUNCED, seconds)
        if heard != ANNOUNCED:
            return None
        sock.send(MUCH)
        if len(await _hear(sock, MUCH, seconds)) < len(MUCH):
            return words.LOST_COMING
        return words.LOST_GOING if await _stays(sock, seconds) else None
    except OSError:  # it has ended the connection
        return None


async def _hear(sock: socket.socket, wanted: bytes, seconds: float) -> bytes:
    """As much of it as comes in time. Raises OSError where the connection ends."""
    heard, until = b"", time.monotonic() + seconds
    while len(heard) < len(wanted):
        try:
            await waiting.readable(sock, until - time.monotonic())
        except asyncio.TimeoutError:
            break
        more = sock.recv(len(wanted) - len(heard))
        if not more:
            raise ConnectionResetError
        heard += more
    return heard


async def _stays(sock: socket.socket, seconds: float) -> bool:
    """Whether something of what was sent is still not confirmed by the other host's kernel."""
    until = time.monotonic() + seconds
    while _unconfirmed(sock):
        if time.monotonic() > until:
            return True
        await asyncio.sleep(POLL_SECONDS)
    return False


def _unconfirmed(sock: socket.socket) -> int:
    return int(struct.unpack("i", fcntl.ioctl(sock, termios.TIOCOUTQ, bytes(4)))[0])
