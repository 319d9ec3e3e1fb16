# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for a socket, with a time limit. What runs out of time raises asyncio.TimeoutError, on any Python."""

from __future__ import annotations

import asyncio
import socket
from typing import Awaitable, Callable, TypeVar

T = TypeVar("T")


async def within(seconds: float, awaitable: Awaitable[T]) -> T:
    """The result of something that must be there in time."""
    return await asyncio.wait_for(awaitable, seconds)


async def writable(sock: socket.socket, seconds: float) -> None:
    """Wait until the socket can be written to: a TCP connection is there, or has failed."""
    loop = asyncio.get_running_loop()
    await _event(loop.add_writer, loop.remove_writer, sock, seconds)


async def readable(sock: socket.socket, seconds: float) -> None:
    """Wait until the socket has something to read: data, the end, or an error."""
    loop = asyncio.get_running_loop()
    await _event(loop.add_reader, loop.remove_reader, sock, seconds)


async def _event(
    add: Callable[..., object], remove: Callable[..., object], sock: socket.socket, seconds: float
) -> None:
    happened = asyncio.get_running_loop().create_future()
    add(sock, lambda: None if happened.done() else happened.set_result(None))
    try:
        await asyncio.wait_for(happened, seconds)
    finally:
        remove(sock)
