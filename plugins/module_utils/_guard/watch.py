# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guard around one change: armed before it, where it can cut the management connection or somebody wants it."""

from __future__ import annotations

import os
import secrets
import time
from contextlib import contextmanager
from typing import Any, Dict, Iterator, List, Sequence

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import apply
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.adopted import Adoption, Duplicate
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.can_cut import can_cut
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.files import read_files
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.kernel import Kernel
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.refusals import Finding
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import (
    PREFIX,
    RulesetError,
    State,
    object_prefix,
)
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.session import FirewalldError
from ansible_collections.therefore.firewall.plugins.module_utils._guard import connection, guard, restore, units
from ansible_collections.therefore.firewall.plugins.module_utils._guard.files import watched
from ansible_collections.therefore.firewall.plugins.module_utils._guard.record import Record

SHORTEST, LONGEST = 10, 3600


def check_seconds(option: str, seconds: int) -> None:
    """Raises RulesetError for a time that is too short for a new connection, or too long to be cut off."""
    if not SHORTEST <= seconds <= LONGEST:
        raise RulesetError(f"{option}: {seconds} is not within {SHORTEST} to {LONGEST} seconds; give one of those")


def new_record(
    set_name: str, seconds: int, permanent: State, runtime: State, adopted: Sequence[Duplicate] = ()
) -> Record:
    """What the host is now, as the guard would put it back. Raises GuardError."""
    try:
        ran, enabled = units.firewalld_service()
        files = read_files(watched(set_name, ran, adopted))
    except (OSError, units.UnitError) as error:
        raise guard.GuardError(f"the guard cannot save the former state: {error}; nothing was changed") from error
    return Record(
        set_name, secrets.token_hex(8), seconds, time.time(), guard.here(), ran, enabled, permanent, runtime, files,
        connection.of_process(os.getpid()), Kernel().tables() if ran else {}, tuple(adopted),
    )  # fmt: skip


def answer(record: Record) -> Dict[str, Any]:
    """What a module says of an armed guard."""
    return {
        "armed": True, "needed": True, "token": record.token, "seconds": record.seconds, "until": record.until,
    }  # fmt: skip


class Watch:
    """The guard around one change of firewalld_ruleset, as its parameters ask for."""

    def __init__(self, parameters: Dict[str, Any], firewalld: Firewalld, wanted: State) -> None:
        self._mode = parameters["guard"]
        self._seconds = parameters["guard_seconds"]
        self._port = parameters["management_port"]
        self._token = parameters["guard_token"]
        self._name = parameters["name"]
        self._firewalld = firewalld
        self._wanted = wanted

    def answer(self, changed: bool) -> Dict[str, Any]:
        """What is to be said before anything is changed. Raises GuardError where the caller's own guard is gone."""
        if self._token:
            return answer(guard.owned(self._token))
        return {"armed": False, "needed": changed and self._needed(), "seconds": self._seconds}

    def refusals(self) -> List[Finding]:
        """What forbids a run, also one with nothing to change: somebody else's change that nobody has confirmed."""
        return [] if self._token else guard.refusals()

    def _needed(self) -> bool:
        if self._mode == "auto":
            prefix = object_prefix(self._name)
            permanent = self._firewalld.permanent(PREFIX)
            configurations = (permanent, self._firewalld.runtime(PREFIX, permanent))
            # an ssh configuration of the controller's may know another port than Ansible
            ports = {self._port, *connection.server_port(connection.of_process(os.getpid()))}
            return any(can_cut(before, self._wanted, prefix, port) for before in configurations for port in ports)
        return bool(self._mode == "always")

    @contextmanager
    def change(self, result: Dict[str, Any], permanent: State, runtime: State, adoption: Adoption) -> Iterator[None]:
        """Around the change: armed before, where needed; disarmed where it failed and nothing is left to put back."""
        if self._token:
            yield
            return
        if not result["guard"]["needed"]:
            guard.refuse_while_armed()
            yield
            return
        record = new_record(self._name, self._seconds, permanent, runtime, adoption.gone)
        guard.arm(record, restore.__name__)
        result["guard"] = answer(record)
        try:
            yield
        except FirewalldError as error:
            prefix = object_prefix(self._name)
            if self._is_former(prefix, permanent, runtime, adoption):
                guard.confirm(record.token)
                result["guard"].update(armed=False)
                raise
            raise FirewalldError(
                f"{error}; the guard tries that again at {record.until}", error.state, error.changed
            ) from error

    def _is_former(self, prefix: str, permanent: State, runtime: State, adoption: Adoption) -> bool:
        try:
            return apply.is_so(self._firewalld, prefix, permanent, runtime) and adoption.is_back()
        except FirewalldError:
            return False
