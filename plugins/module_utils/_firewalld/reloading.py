# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Has firewalld load what is stored, and never leaves the host without the rules that it had."""

from __future__ import annotations

import time
from typing import NoReturn

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import flushed, rehearsal
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.kernel import COPY, Tables, is_owned
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.session import FirewalldError

# firewalld's state after a reload that failed, whether it lives or had to be ended
FAILED = "failed"
# what firewalld calls itself when all is well
RUNNING = "RUNNING"
START_SECONDS = 30.0
POLL_SECONDS = 0.2


class UnloadableError(FirewalldError):
    """What is stored cannot be loaded; nothing was tried. C(path) is the file that is to blame, where one alone is."""

    def __init__(self, trouble: rehearsal.Trouble) -> None:
        super().__init__(trouble.refusal()["message"])
        self.path = trouble.path


def reload(firewalld: Firewalld) -> None:
    """Load the permanent configuration into the runtime one. What is only in the runtime is lost.

    Raises UnloadableError before anything happens where firewalld could not load it. Where it fails all the same, or
    ends, the kernel has the former rules again when the FirewalldError is raised.
    """
    trouble = rehearsal.trouble(direct=firewalld.direct_differs())
    if trouble:
        raise UnloadableError(trouble)
    if flushed.is_so(firewalld):
        # it would fail, and leave the host shut
        start_anew(firewalld)
        return
    with firewalld.kernel.holding():
        try:
            firewalld.reload()
        except FirewalldError as error:
            if firewalld.alive() and firewalld.state() == RUNNING:
                raise
            put_in_force(firewalld, firewalld.kernel.former, error)


def start_anew(firewalld: Firewalld) -> None:
    """Have a firewalld that could not load what is stored do so now that it can: it wants to be started anew for that.

    Raises FirewalldError; then the kernel has the rules that it had.
    """
    with firewalld.kernel.holding():
        firewalld.stop()
        firewalld.start_stopped()
        deadline = time.monotonic() + START_SECONDS
        while not firewalld.alive() and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        if not firewalld.alive() or firewalld.state() != RUNNING:
            error = FirewalldError("firewalld was started anew and could not load what is stored")
            put_in_force(firewalld, firewalld.kernel.former, error)


def put_in_force(firewalld: Firewalld, tables: Tables, error: FirewalldError) -> NoReturn:
    """Load these tables into the kernel, which firewalld has left without rules. Raises the error, with what is now."""
    failed = running = firewalld.alive()
    if running and is_owned(tables):
        # what it owns, nobody else may change: its rules outlive it, it does not outlive its failure
        firewalld.stop()
        running = False
    if firewalld.kernel.load(tables):
        now = "the host filters as before, by the rules that were loaded into the kernel again"
    elif firewalld.kernel.keep():
        now = f"the host filters as before, by a table of its own (then: nft delete table inet {COPY})"
    else:
        now = "the host filters nothing, for its former rules could not be loaded into the kernel again"
    whose = f"firewalld is in the state {firewalld.state()}" if running else "firewalld has ended"
    raise FirewalldError(f"{error}; {whose}; {now}", FAILED if failed else "stopped", True) from error
