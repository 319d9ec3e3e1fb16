# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rows and which duties count for a host: what was asked for, without what its settings leave out.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypedDict

from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._article.catalogue import Duty, Row
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import Settings
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import nearest, plain, refuse


class LeftOut(TypedDict):
    """A row that the role would have, and the setting C(by) which it has not."""

    row: str
    by: str


def rows_that_count(given: Any, settings: Settings) -> list[Row]:
    """The rows that count, in the article's order, which decides whose id a shared flow carries."""
    if isinstance(given, str | Mapping) or not isinstance(given, Iterable):
        raise refuse("rows", given, "is no list; pass the rows that the lookup therefore.firewall.ports gives")
    ids = {_row_id(plain(row)) for row in given}
    documented = [row_id for row_id in catalogue.documented_ids() if row_id in ids]
    gone = _dropped_rows(settings)
    return [catalogue.row(row_id) for row_id in (*documented, *settings.supplements) if row_id not in gone]


def _row_id(row: Any) -> str:
    """The id of a row that is whole: of a part, such as an expanded entry, the rest would be missing in silence."""
    known = [*catalogue.documented_ids(), *catalogue.supplement_ids()]
    row_id = row.get("id") if isinstance(row, dict) else row
    if not isinstance(row, dict) or row_id not in known:
        raise refuse("rows", row_id, f"is no row of the lookup therefore.firewall.ports; {nearest(row_id, known)}")
    whole = catalogue.row(row_id)
    if (row.get("ports"), row.get("protocols")) != (whole["ports"], whole["protocols"]):
        remedy = "pass it as the lookup therefore.firewall.ports gives it without expand; port_overrides changes ports"
        raise refuse("rows", row_id, f"differs from the port data; {remedy}")
    return str(row_id)


def duties_of(row_id: str, settings: Settings) -> Iterator[Duty]:
    """What the role owes of a row, under these settings."""
    for duty in catalogue.duties(settings.role):
        if row_id in duty["rows"] and _holds(duty.get("when", {}), settings):
            yield duty


def _holds(when: Mapping[str, Any], settings: Settings) -> bool:
    conditions = dict(when)
    component, without = conditions.pop("component", None), conditions.pop("without", None)
    return (
        (component is None or component in settings.components)
        and (without is None or without not in settings.components)
        and all(getattr(settings, name) == value for name, value in conditions.items())
    )


def left_out(settings: Settings) -> list[LeftOut]:
    """The rows that the role would have, but for its settings."""
    offered = [*catalogue.documented_ids(), *settings.supplements]
    return [
        {"row": row_id, "by": by}
        for row_id, by in _dropped_rows(settings).items()
        if row_id in offered and any(duties_of(row_id, settings))
    ]


def _dropped_rows(settings: Settings) -> dict[str, str]:
    """Each row that a setting leaves out, and which setting."""
    transport = settings.transport or "both"
    by_transport = f"{settings.variable('transport')}: {transport}"
    return {
        **dict.fromkeys(settings.leave_out, settings.variable("leave_out")),
        **dict.fromkeys(catalogue.transport_drops(transport), by_transport),
    }
