# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the playbooks themselves are told, checked before they contact a host. Pure.

An empty value is one that is not given: so surveys and command lines leave a question open.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.denied import check_denied
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.accepted import check_accepted
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.variables import SWITCHES, switch
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import Check, InputError, plain, refuse

BATCH = re.compile(r"[0-9]+|(?:100|[0-9]{1,2})%")


def _number(low: float, high: float, what: str, kind: type[int] | type[float] = int) -> Check:
    """A number, also as the digits that the command line brings."""
    remedy = f"is no {what}; write {'a whole number' if kind is int else 'one'} from {low} to {high}"

    def check(name: str, value: Any) -> float:
        try:
            number = kind(str(value))
        except ValueError as error:
            raise refuse(name, value, remedy) from error
        if isinstance(value, bool) or not low <= number <= high:
            raise refuse(name, value, remedy)
        return number

    return check


def _percentage(name: str, value: Any) -> float:
    """A number from 0 to 100; Ansible takes it with its sign as well."""
    return _number(0, 100, "percentage", float)(name, value.removesuffix("%") if isinstance(value, str) else value)


def _batches(name: str, value: Any) -> list[Any]:
    """As Ansible's serial: one number or percentage, or a list of them; as text with commas between."""
    batches = value if isinstance(value, list) else str(value).split(",") if isinstance(value, str) else [value]
    for one in batches:
        if isinstance(one, bool) or not BATCH.fullmatch(str(one).strip()):
            raise refuse(name, one, "is no number of hosts; write 10, '10%', or a list such as [1, '10%', '100%']")
    return batches


CHECKS: dict[str, Check] = {
    **dict.fromkeys(SWITCHES, switch),
    "therefore_accepted_findings": lambda _name, value: check_accepted(value),
    "therefore_max_fail_percentage": _percentage,
    "therefore_serial": _batches,
    "therefore_verify_attempts": _number(1, 10, "number of attempts"),
    "therefore_verify_denied": lambda _name, value: check_denied(value),
    "therefore_verify_listen_seconds": _number(1, 86400, "time in seconds"),
    "therefore_verify_samples": _number(0, 1_000_000, "number of hosts, 0 for all"),
    "therefore_verify_seed": _number(0, 1_000_000_000, "seed"),
    "therefore_verify_timeout": _number(0.05, 300, "time in seconds", float),
}


def check_run(variables: Mapping[str, Any]) -> None:
    """Raises InputError with all that is wrong."""
    wrong: list[str] = []
    for name, check in CHECKS.items():
        value = plain(variables[name]) if name in variables else None
        if value in (None, ""):
            continue
        try:
            check(name, value)
        except InputError as error:
            wrong += error.messages
    if wrong:
        raise InputError(*wrong)
