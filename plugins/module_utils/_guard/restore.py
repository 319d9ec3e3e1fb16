# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the former state back: the program that the guard's timer runs (C(restore)), and a boot (C(boot)).

What it prints stands in the journal. An exit code other than 0 makes systemd try again.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager, suppress
from typing import Iterator, List

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import (
    adopted,
    apply,
    lock,
    rehearsal,
    reloading,
)
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.files import put_files_back
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import object_prefix
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.session import FirewalldError
from ansible_collections.therefore.firewall.plugins.module_utils._guard import guard, units
from ansible_collections.therefore.firewall.plugins.module_utils._guard.files import watched
from ansible_collections.therefore.firewall.plugins.module_utils._guard.record import Record

# a run that has not ended by then hangs, and shall not keep the host cut off
LOCK_SECONDS = 30


def restore(booting: bool) -> None:
    """End the guard by going back. Raises OSError, UnitError or FirewalldError where that did not succeed."""
    record = guard.claim()
    if record:
        if booting:
            why = "the host was restarted before the change was confirmed"
            _at_boot(record)
        else:
            why = f"nobody confirmed the change within {record.seconds} seconds"
            with _alone():
                (_running if record.firewalld_ran else _stopped)(record)
        # a full disk is no reason to do all of it again
        with suppress(OSError):
            guard.went_back(record)
        _say(f"Put the former rules of the set {record.set_name!r} back: {why} (armed {record.armed_by})")
    guard.remove()


@contextmanager
def _alone() -> Iterator[None]:
    """While no run changes anything, as far as that can be waited for."""
    with ExitStack() as stack:
        try:
            stack.enter_context(lock.held(lock.default_path(), LOCK_SECONDS))
        except FirewalldError as error:
            _say(f"{error}; going on without waiting")
        yield


def _running(record: Record) -> None:
    """firewalld ran: take it back without losing what others have at runtime, and if need be with that."""
    prefix = object_prefix(record.set_name)
    try:
        firewalld = Firewalld()
        # nothing is closed before what replaces it is there
        adopted.put_back(firewalld, record.adopted)
        apply.restore(firewalld, prefix, record.permanent, record.runtime)
    except FirewalldError as error:
        _say(f"firewalld did not take the former rules ({error})")
        _files(record)
        _load(record)
        if record.adopted:
            adopted.put_back(Firewalld(), record.adopted)
    _files(record)


def _load(record: Record) -> None:
    """Have firewalld load what is stored, or, where it cannot, the kernel the rules that it had before the change."""
    firewalld = Firewalld(alive=False)
    trouble = rehearsal.trouble()
    if trouble:
        error = FirewalldError(f"{trouble.sentence()}, then start it anew (systemctl restart firewalld)")
    else:
        try:
            reloading.start_anew(firewalld)
        except FirewalldError as failure:
            error = failure
        else:
            _say("firewalld was started anew with the former rules")
            return
    try:
        reloading.put_in_force(firewalld, record.tables, error)
    except FirewalldError as now:
        _say(str(now))


def _stopped(record: Record) -> None:
    """firewalld did not run: it shall not, and shall not at the next boot."""
    units.systemctl("stop", "firewalld.service")
    _files(record)
    _enable(record)


def _at_boot(record: Record) -> None:
    """Before firewalld starts: it will load what is stored."""
    _files(record)
    adopted.put_back_stored(record.adopted)
    # its program leaves a backup
    _files(record)
    if not record.firewalld_ran:
        _enable(record)
        # its start waits for this program to end, so nobody may wait here for its stop
        units.systemctl("--no-block", "stop", "firewalld.service")


def _files(record: Record) -> None:
    put_files_back(record.files, watched(record.set_name, record.firewalld_ran, record.adopted))


def _enable(record: Record) -> None:
    """As before: started at boot, not started, or kept from starting."""
    verbs = {"masked": ["mask"], "enabled": ["unmask", "enable"], "disabled": ["unmask", "disable"]}
    for verb in verbs.get(record.firewalld_enabled, ["disable"]):
        units.systemctl("--quiet", verb, "firewalld.service")


def _say(text: str) -> None:
    """A line for the journal."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(arguments: List[str]) -> int:
    """Program entry point."""
    try:
        restore(booting=arguments == ["boot"])
    except (OSError, units.UnitError, FirewalldError) as error:
        _say(f"Could not put the former rules back: {error}; trying again")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
