# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The change request as a table for tools: change-request.csv, with all hosts. Pure: no Ansible, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._article.tables import csv_table, listed
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.last_request import (
    GONE,
    Comparison,
    Line,
    compare,
    status_of,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.perimeter import (
    Numbered,
    Request,
    numbered,
    titles_of,
    warnings,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.crossings import exposed_networks
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import ReportDocument

TITLES = (
    "number", "from network", "to network", "sources", "destinations", "destinations are names", "protocol", "ports",
    "opened by", "from", "to", "rows", "services", "notes", "origin", "expires", "owner", "reference", "attention",
    "status", "source hosts", "destination hosts",
)  # fmt: skip


def change_request_csv(report: ReportDocument, request: Request, last: Sequence[Line] | None = None) -> str:
    """A line for each crossing, and for each line of the last request that is no longer needed."""
    comparison = None if last is None else compare(report, last)
    return csv_table(TITLES, _lines(report, request, comparison))


def _lines(report: ReportDocument, request: Request, comparison: Comparison | None) -> Iterator[list[object]]:
    exposed = exposed_networks(report["crossings"])
    for one in numbered(report):
        yield [*_line(report, request, one), listed(warnings(one.crossing, exposed)), status_of(comparison, one),
               *(listed(_hosts(report, one.crossing[end])) for end in ("source_groups", "to_groups"))]  # fmt: skip
    for gone in comparison.gone if comparison else ():
        cells: dict[str, object] = {
            "from network": gone.source, "to network": gone.to, "sources": listed(sorted(gone.sources)),
            "destinations": listed(sorted(gone.destinations)), "protocol": gone.protocol,
            "ports": listed(sorted(gone.ports)), "rows": listed(sorted(gone.rows)),
            "status": f"{GONE}: {gone.number} of the last request",
        }  # fmt: skip
        yield [cells.get(title, "") for title in TITLES]


def _line(report: ReportDocument, request: Request, one: Numbered) -> list[object]:
    crossing, titles = one.crossing, titles_of(report)
    rows = [report["rows"][row] for row in crossing["rows"]]
    return [
        one.number, crossing["source"], crossing["to"], listed(crossing["sources"]), listed(crossing["destinations"]),
        "yes" if crossing["names"] else "no", crossing["protocol"], listed(crossing["ports"]), crossing["source"],
        listed(titles[group] for group in crossing["source_groups"]),
        listed(titles[group] for group in crossing["to_groups"]), listed(crossing["rows"]),
        listed(row["service"] for row in rows), " ".join(row["notes"] for row in rows),
        "; ".join(map(_origin, rows)), request["expires"], request["owner"], request["reference"],
    ]  # fmt: skip


def _hosts(report: ReportDocument, groups: Iterable[str]) -> list[str]:
    """The names of all hosts, where the tables have the first and the last."""
    wanted = {*groups}
    return [name for group in report["groups"] if group["id"] in wanted for name in group["hosts"] or [group["title"]]]


def _origin(row: dict[str, Any]) -> str:
    dated = f" (modified {row['modified']})" if row["modified"] else ""
    where = f", {row['url']}" if row.get("url") else ""
    return f"{row['title']}{dated}, {row['table']}, row {row['row']}{where}"
