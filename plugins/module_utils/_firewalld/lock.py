# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time on a host, whatever its rule set: two would each put back what the other has just changed."""

from __future__ import annotations

import fcntl
import os
import stat
import time
from contextlib import contextmanager
from typing import Iterator

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.session import FirewalldError

FILE_NAME = "therefore-firewall.lock"
FOLDERS = ("/run/lock", "/run")
WAIT_SECONDS = 60.0
POLL_SECONDS = 0.1


def require_root() -> None:
    """Raises FirewalldError for another user, to whom firewalld shows half of what there is and lets change nothing."""
    if os.geteuid() != 0:
        raise FirewalldError(
            f"reading and changing firewalld needs root on the host, and this is user {os.geteuid()}; set become: true "
            "(for all Linux hosts in the inventory: ansible_become: true)"
        )


def default_path() -> str:
    """Where all runs on this host look for each other. Raises FirewalldError where this one may change nothing."""
    require_root()
    return os.path.join(next((folder for folder in FOLDERS if os.path.isdir(folder)), FOLDERS[-1]), FILE_NAME)


@contextmanager
def held(path: str, seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Nobody else holds the lock meanwhile; waits for whoever does. Raises FirewalldError.

    The kernel lets go of it when the process ends, however it ends; the file stays, and says nothing by itself.
    """
    descriptor = _open(path)
    try:
        _wait(descriptor, path, time.monotonic() + seconds, seconds)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _open(path: str) -> int:
    try:
        # the folder may be everybody's to write to: what lies there must be a file of our own
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise FirewalldError(f"the lock file cannot be opened ({error}); correct that, then run again") from error
    found = os.fstat(descriptor)
    if found.st_uid != os.geteuid() or not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise FirewalldError(
            f"{path} is not a file of root's (owner {found.st_uid}), so it cannot serve as lock; remove it, then run "
            "again"
        )
    return descriptor


def _wait(descriptor: int, path: str, deadline: float, seconds: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise FirewalldError(_busy(descriptor, path, seconds)) from None
            time.sleep(POLL_SECONDS)
        else:
            return


def _busy(descriptor: int, path: str, seconds: float) -> str:
    holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
    return (
        f"another run is changing firewalld on this host (process {holder} holds {path}) and has not ended within "
        f"{seconds:g} seconds; nothing was changed: wait for it, or end it if it hangs, then run again"
    )
