# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings that somebody has looked at and accepts: they are shown as such, and no scheduled job fails for them.

What the host's state forbids (kind refused) cannot be accepted: a run would stop at it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.refusals import KIND as REFUSED
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import a_list, nearest, refuse

VARIABLE = "therefore_accepted_findings"
KEYS = ("name", "reason", "until")

Finding = dict[str, str]


class Accepted(NamedTuple):
    """One entry: a name or pattern of what is found, why that is well, and the last day on which it is."""

    name: str
    reason: str
    until: date | None

    def names(self, finding: Mapping[str, str]) -> bool:
        """Whether the finding's object has the name; C(*), C(?) and C([…]) stand for others, case does not count."""
        name, found = self.name.casefold(), finding["object"].strip().casefold()
        # rules have such characters in their names, too
        return name == found or fnmatchcase(found, name)

    def matches(self, finding: Mapping[str, str]) -> bool:
        """Whether it is a finding of that name that can be accepted."""
        return finding["kind"] != REFUSED and self.names(finding)


def check_accepted(given: Any) -> list[Accepted]:
    """The entries of the variable. Raises InputError."""
    return [_checked(one) for one in a_list(VARIABLE, given)]


def _checked(one: Any) -> Accepted:
    if not isinstance(one, Mapping):
        raise refuse(VARIABLE, one, "is no entry; write {name: what is found, reason: why that is well}")
    for key in one:
        if key not in KEYS:
            raise refuse(VARIABLE, key, f"is no part of an entry; {nearest(str(key), KEYS)}")
    for key in ("name", "reason"):
        if not isinstance(one.get(key), str) or not one[key].strip():
            raise refuse(VARIABLE, dict(one), f"has no {key}; write {{name: what is found, reason: why that is well}}")
    return Accepted(one["name"].strip(), one["reason"].strip(), _day(one.get("until")))


def _day(value: Any) -> date | None:
    if value is None:
        return None
    try:
        # YAML has made a date of what is written without quotes
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise refuse(f"{VARIABLE}: until", value, "is no day; write one such as 2027-03-31") from error


def accept(findings: Iterable[Finding], accepted: Iterable[Accepted], today: date) -> list[Finding]:
    """The findings, those that are accepted today with the reason."""
    valid = [one for one in accepted if one.until is None or one.until >= today]
    marked = []
    for finding in findings:
        entry = next((one for one in valid if one.matches(finding)), None)
        marked.append({**finding, "accepted": _why(entry)} if entry else finding)
    return marked


def _why(entry: Accepted) -> str:
    return f"{entry.reason} (until {entry.until.isoformat()})" if entry.until else entry.reason


def of_entries(
    accepted: Iterable[Accepted], findings: Iterable[Mapping[str, str]], today: date, whole: bool
) -> list[Finding]:
    """Findings about the entries themselves; whole tells whether every host of the inventory was planned."""
    found, told = list(findings), []
    for entry in accepted:
        if entry.until and entry.until < today:
            message = (
                f"{VARIABLE} accepts this until {entry.until.isoformat()} only, which is past: settle what is found, "
                "give another day, or remove the entry."
            )
            told.append({"kind": "accepted_expired", "object": entry.name, "message": message})
        elif whole and not any(entry.matches(one) for one in found):
            what = "it is found on no host any longer: remove the entry"
            if any(map(entry.names, found)):
                what = "a run stops at it (refused), which nobody can accept: settle it, and remove the entry"
            message = f"{VARIABLE} accepts this, and {what}."
            told.append({"kind": "accepted_unused", "object": entry.name, "message": message})
    return told
