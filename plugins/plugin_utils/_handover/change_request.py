# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The change request for the team of the perimeter: change-request.md and change-request.csv.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._article.tables import (
    csv_table,
    listed,
    markdown,
    table,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.aerleon_targets import TARGETS, lacks
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.perimeter import (
    ANYBODY,
    MEANINGS,
    Boundary,
    Numbered,
    Request,
    boundaries,
    expired,
    numbered,
    warnings,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import Crossing, ReportDocument

TO_FILL_IN = "________________"
TITLES = ("no.", "sources", "destinations", "protocol", "ports", "opened by", "expires", "owner", "attention")
CSV_TITLES = (
    "number", "from network", "to network", "sources", "destinations", "destinations are names", "protocol", "ports",
    "opened by", "from", "to", "rows", "services", "notes", "origin", "expires", "owner", "reference", "attention",
)  # fmt: skip


def change_request_markdown(report: ReportDocument, request: Request) -> str:
    """The request for people: a chapter for each two networks, with what to let pass and why."""
    parts = [_head(report, request), *_remarks(report, request)]
    for boundary in boundaries(report):
        parts += [_title(boundary), _networks(report, boundary), _lines(report, boundary, request)]
        parts += ["Why:", "\n".join(_reasons(report, boundary))]
    if not report["crossings"]:
        parts.append("Nothing crosses networks, as far as the inventory knows them: there is nothing to change.")
    else:
        parts += ["## Files for Aerleon", "\n".join(_aerleon(report))]
    return "\n\n".join(parts) + "\n"


def change_request_csv(report: ReportDocument, request: Request) -> str:
    """A line for each crossing."""
    titles = _titles(report)
    return csv_table(CSV_TITLES, (_csv_line(report, titles, request, one) for one in numbered(report)))


def _head(report: ReportDocument, request: Request) -> str:
    article = report["article"]
    return "\n".join([
        "# Change request: Therefore across networks", "",
        f"- Reference: {_or_blank(request['reference'])}",
        f"- Owner: {_or_blank(request['owner'])}",
        f"- Expires: {_or_blank(request['expires'])}",
        f"- Made: {report['created']}",
        f"- Ports from: {markdown(article['title'])} (modified {markdown(article['modified'])})",
    ])  # fmt: skip


def _or_blank(text: str) -> str:
    return markdown(text) if text else TO_FILL_IN


def _remarks(report: ReportDocument, request: Request) -> Iterator[str]:
    """What holds for all lines, said once."""
    crossings = report["crossings"]
    if expired(report, request):
        yield f"**The last day, {request['expires']}, is over:** Aerleon leaves out what has expired."
    if not crossings:
        return
    yield (
        "Please let pass what the tables list, and nothing else: each source may open connections to each of its "
        "destinations on each of the ports. The source opens the connection; the firewall keeps state, so that the "
        "answers of TCP and UDP pass without rules of their own."
    )
    if any(ANYBODY in (one["sources"], one["destinations"]) for one in crossings):
        yield "**Wide:** lines marked WIDE have every address at one end. Narrow them in the inventory where you can."
    if any(one["names"] for one in crossings):
        yield (
            "**Host names:** some destinations are official as names only. The addresses behind them may change at any "
            "time: use rules by name where the firewall has them, otherwise look the names up anew and often."
        )
    if any("xml_service" in one["rows"] and not one["tls"] for one in crossings):
        yield (
            "**Clear text:** the XML Service (8000 unless changed) may be without encryption. Keep it on networks that "
            "you trust."
        )


def _title(boundary: Boundary) -> str:
    return f"## {boundary.number} {markdown(boundary.source)} to {markdown(boundary.to)}"


def _networks(report: ReportDocument, boundary: Boundary) -> str:
    known = {one["name"]: ", ".join(one["networks"]) for one in report["segments"]}
    names = dict.fromkeys((boundary.source, boundary.to))
    return "\n".join(f"- {markdown(name)}: {markdown(known.get(name) or MEANINGS.get(name, ''))}" for name in names)


def _lines(report: ReportDocument, boundary: Boundary, request: Request) -> str:
    titles = _titles(report)
    return table(TITLES, [
        [
            one.number,
            _end(titles, one.crossing["source_groups"], one.crossing["sources"]),
            _end(titles, one.crossing["to_groups"], one.crossing["destinations"]),
            one.crossing["protocol"], listed(one.crossing["ports"]), boundary.source, request["expires"],
            request["owner"], listed(warnings(one.crossing)),
        ]
        for one in boundary.crossings
    ], "markdown")  # fmt: skip


def _end(titles: Mapping[str, str], groups: Iterable[str], addresses: Iterable[str]) -> str:
    who, where = listed(titles[one] for one in groups), listed(addresses)
    return f"{who}: {where}" if who else where


def _reasons(report: ReportDocument, boundary: Boundary) -> Iterator[str]:
    """The rows behind the lines, each once."""
    found: dict[str, list[str]] = {}
    for one in boundary.crossings:
        for row_id in one.crossing["rows"]:
            found.setdefault(row_id, []).append(one.number)
    for row_id, numbers in found.items():
        row = report["rows"][row_id]
        yield f"- {listed(numbers)}: {markdown(row['service'])} ({markdown(row_id)}): {markdown(row['notes'])}"
        yield f"  {markdown(_origin(row))}"


def _aerleon(report: ReportDocument) -> Iterator[str]:
    """Where the files for Aerleon hold less than the tables."""
    yield "The folder aerleon has the same as input for Aerleon. What it lacks is to be entered by hand:"
    yield ""
    for target in TARGETS:
        missing = [(one.number, why) for one in numbered(report) for why in lacks(target, one.crossing)]
        reasons = dict.fromkeys(why for _number, why in missing)
        told = (f"{', '.join(n for n, because in missing if because == why)} ({why})" for why in reasons)
        yield f"- {target.title}: {markdown('all but ' + '; '.join(told) if missing else 'all')}"


def _csv_line(report: ReportDocument, titles: Mapping[str, str], request: Request, one: Numbered) -> list[object]:
    crossing, rows = one.crossing, _rows(report, one.crossing)
    return [
        one.number, crossing["source"], crossing["to"], listed(crossing["sources"]), listed(crossing["destinations"]),
        "yes" if crossing["names"] else "no", crossing["protocol"], listed(crossing["ports"]), crossing["source"],
        listed(titles[group] for group in crossing["source_groups"]),
        listed(titles[group] for group in crossing["to_groups"]), listed(crossing["rows"]),
        listed(row["service"] for row in rows), " ".join(row["notes"] for row in rows),
        "; ".join(map(_origin, rows)), request["expires"], request["owner"], request["reference"],
        listed(warnings(crossing)),
    ]  # fmt: skip


def _rows(report: ReportDocument, crossing: Crossing) -> list[dict[str, Any]]:
    return [report["rows"][row] for row in crossing["rows"]]


def _origin(row: dict[str, Any]) -> str:
    dated = f" (modified {row['modified']})" if row["modified"] else ""
    where = f", {row['url']}" if row.get("url") else ""
    return f"{row['title']}{dated}, {row['table']}, row {row['row']}{where}"


def _titles(report: ReportDocument) -> dict[str, str]:
    return {group["id"]: group["title"] for group in report["groups"]}
