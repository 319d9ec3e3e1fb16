# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of this host that keep a prober from sending, and the words for them: they are never the network's fault."""

from __future__ import annotations

import errno
import os
import resource
from typing import Optional

# for whatever the standard library opens in between, such as the file that a certificate is read from
SPARE_FILES = 8
CONNTRACK = "/proc/sys/net/netfilter/nf_conntrack_"

NO_NEIGHBOUR = "nobody in the network has this address (no answer to ARP or neighbour discovery)"
OWN_FIREWALL = "this host's own firewall does not let it out"
NOT_SEEN = "nothing of it was seen leaving this host: its own firewall, or a tunnel that wraps it"
FULL_TABLE = "this host's table of connections is full (nf_conntrack_max)"
NO_PORT = "this host has no local port left for it, or no address to send from"
OWN_ROUTE = "a route of this host's own"
# the kind of route that a packet meets which the kernel keeps back with this error
ROUTES = {errno.EINVAL: "blackhole", errno.EHOSTUNREACH: "unreachable", errno.EACCES: "prohibit"}
REASONS = {
    errno.EMFILE: "this process may open no more files (limit of open files, ulimit -n)",
    errno.ENFILE: "this host may open no more files (fs.file-max)",
    errno.EADDRNOTAVAIL: NO_PORT,
    errno.EADDRINUSE: NO_PORT,
    errno.EAGAIN: NO_PORT,
    errno.ENOBUFS: "this host has no room in its queues just now",
    errno.EINVAL: "this host cannot send to such an address; a link-local one needs its interface, as in fe80::1%eth0",
    errno.ENOMEM: "this host has no memory for it",
}


def reason(code: int) -> Optional[str]:
    """The limit that an error number of this host means, None where it is none."""
    return REASONS.get(code)


def refusal() -> str:
    """Why this host does not let a packet out: its firewall, which also refuses what a full table has no room for."""
    return FULL_TABLE if table_is_full() else OWN_FIREWALL


def table_is_full() -> bool:
    """Whether the kernel tracks as many connections as it may."""
    try:
        count, most = (_number(CONNTRACK + name) for name in ("count", "max"))
    except (OSError, ValueError):
        return False
    return 0 < most <= count


def _number(path: str) -> int:
    with open(path, encoding="ascii") as file:
        return int(file.read())


def allowed_files() -> int:
    """How many sockets this process may open; raises the limit as far as anybody may."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard == resource.RLIM_INFINITY:
        return 1 << 20
    # the loop's own are not open yet: a selector and two ends of a pipe
    return max(1, hard - len(os.listdir("/proc/self/fd")) - 3 - SPARE_FILES)
