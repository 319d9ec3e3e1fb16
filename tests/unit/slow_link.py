# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A slow line between the router and the archive: each packet is carried from one tun device to another, late."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import struct
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence

from spaces import ARCHIVE, ROUTER, Spaces

NAME = "slow"
TUNSETIFF = 0x400454CA
# IFF_TUN and IFF_NO_PI: whole packets, and nothing before them
TUN = 0x1001


@contextlib.contextmanager
def slow(lab: Spaces, seconds: float) -> Iterator[None]:
    """Have each packet take so long, there and back again."""
    stop = threading.Event()
    files = [lab.within(host, _device) for host in ("router", "archive")]
    carrier = threading.Thread(target=_carry, args=(files, seconds, stop))
    carrier.start()
    try:
        for host, route in (("router", ARCHIVE), ("archive", f"{ROUTER.rpartition('.')[0]}.0/24")):
            lab.at(host, "ip", "link", "set", NAME, "up")
            lab.at(host, "ip", "route", "add", route, "dev", NAME)
        yield
    finally:
        stop.set()
        carrier.join()
        # the devices and their routes go with their files
        for file in files:
            os.close(file)


def _device() -> int:
    file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH22x", NAME.encode(), TUN))
    return file


def _carry(files: Sequence[int], seconds: float, stop: threading.Event) -> None:
    waiting: deque[tuple[float, int, bytes]] = deque()
    while not stop.is_set():
        until = waiting[0][0] - time.monotonic() if waiting else 0.05
        for file in select.select(files, [], [], max(0.0, min(until, 0.05)))[0]:
            with contextlib.suppress(BlockingIOError):
                waiting.append((time.monotonic() + seconds, files[1 - files.index(file)], os.read(file, 65536)))
        while waiting and waiting[0][0] <= time.monotonic():
            _moment, to, packet = waiting.popleft()
            with contextlib.suppress(OSError):
                os.write(to, packet)
