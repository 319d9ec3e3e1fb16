# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the guard keeps while it is armed: the former state of a set and of firewalld's service, as JSON and back."""

from __future__ import annotations

import base64
import dataclasses
import json
import time
from typing import Any, Dict, Iterable, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.adopted import Duplicate
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.files import StoredFile
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import IpSet, Policy, State


@dataclasses.dataclass(frozen=True)
class Record:
    """An armed guard: whose it is, until when it waits, and what it puts back."""

    set_name: str
    token: str
    seconds: int
    armed_at: float
    armed_by: str
    # as systemd says: whether firewalld ran, and C(enabled), C(disabled) or C(masked)
    firewalld_ran: bool
    firewalld_enabled: str
    permanent: State
    runtime: State
    files: Dict[str, StoredFile]
    # the ssh connection over which it was armed, empty where there was none
    connection: str = ""
    # the kernel's rules of firewalld, for when it can load what is stored no more
    tables: Dict[str, str] = dataclasses.field(default_factory=dict)
    # the rules of others that the change takes away
    adopted: Tuple[Duplicate, ...] = ()

    @property
    def until(self) -> str:
        """When the guard puts the former state back."""
        return moment(self.armed_at + self.seconds)


def moment(seconds: float) -> str:
    """A moment for people and for comparing: UTC, to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def to_json(record: Record) -> str:
    """The record as text."""
    plain = dataclasses.asdict(record)
    plain["files"] = {
        path: {"content": base64.b64encode(file.content).decode(), "mode": file.mode}
        for path, file in record.files.items()
    }
    return json.dumps(plain, indent=1)


def from_json(text: str) -> Record:
    """The record that to_json() gave."""
    plain = json.loads(text)
    for configuration in ("permanent", "runtime"):
        plain[configuration] = _state(plain[configuration])
    plain["files"] = {
        path: StoredFile(base64.b64decode(file["content"]), file["mode"]) for path, file in plain["files"].items()
    }
    plain["adopted"] = tuple(Duplicate(*one) for one in plain.get("adopted", []))
    return Record(**plain)


def _state(plain: Dict[str, Any]) -> State:
    return State(
        {name: Policy(**_with_tuples(policy)) for name, policy in plain["policies"].items()},
        {name: IpSet(**_with_tuples(ipset)) for name, ipset in plain["ipsets"].items()},
    )


def _with_tuples(fields: Dict[str, Any]) -> Dict[str, Any]:
    return {key: _tuple(value) if isinstance(value, list) else value for key, value in fields.items()}


def _tuple(values: Iterable[Any]) -> Any:
    return tuple(_tuple(one) if isinstance(one, list) else one for one in values)
