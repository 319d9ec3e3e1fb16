# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for a socket, with a time limit. What runs out of time raises asyncio.TimeoutError, on any Python.

What is there when the time is over counts, however late this program comes to look: asyncio.wait_for drops it.
"""

from __future__ import annotations

import asyncio
import select
import socket
from typing import Awaitable, Callable, TypeVar

T = TypeVar("T")


async def within(seconds: float, awaitable: Awaitable[T]) -> T:
    """The result of something that must be there in time."""
    task = asyncio.ensure_future(awaitable)
    await asyncio.wait({task}, timeout=seconds)
    if not task.done():
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise asyncio.TimeoutError
    return task.result()


async def writable(sock: socket.socket, seconds: float) -> None:
    """Wait until the socket can be written to: a TCP connection is there, or has failed."""
    loop = asyncio.get_running_loop()
    await _event(loop.add_writer, loop.remove_writer, sock, seconds, select.POLLOUT)


async def readable(sock: socket.socket, seconds: float) -> None:
    """Wait until the socket has something to read: data, the end, or an error."""
    loop = asyncio.get_running_loop()
    await _event(loop.add_reader, loop.remove_reader, sock, seconds, select.POLLIN)


async def _event(
    add: Callable[..., object], remove: Callable[..., object], sock: socket.socket, seconds: float, kind: int
) -> None:
    happened = asyncio.get_running_loop().create_future()
    add(sock, lambda: None if happened.done() else happened.set_result(None))
    try:
        await asyncio.wait({happened}, timeout=max(0.0, seconds))
    finally:
        remove(sock)
    if not happened.done() and not _is_ready(sock, kind):
        raise asyncio.TimeoutError


def _is_ready(sock: socket.socket, kind: int) -> bool:
    now = select.poll()
    now.register(sock, kind)
    return bool(now.poll(0))
