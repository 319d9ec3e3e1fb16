# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that outlives the one that it was forked from, and holds nothing of it open."""

from __future__ import annotations

import os
import signal
from typing import Set


def leave(kept: Set[int]) -> None:
    """In a child: become a process that nobody waits for, with these descriptors only. Raises OSError."""
    os.setsid()
    if os.fork():
        os._exit(0)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.chdir("/")
    _close_inherited(kept)


def _close_inherited(kept: Set[int]) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        if descriptor > 2 and descriptor not in kept:
            try:
                os.close(descriptor)
            except OSError:
                # that of the listing itself
                continue
