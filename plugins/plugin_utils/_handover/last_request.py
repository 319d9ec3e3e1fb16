# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change request against the last one: which lines are new, changed, unchanged, and which are no longer needed.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ansible_collections.therefore.firewall.plugins.plugin_utils._article.tables import FORMULA
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.perimeter import Numbered, numbered
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import FORMAT, ReportDocument
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError

VARIABLE = "therefore_report_last_request"
NEW, CHANGED, UNCHANGED, GONE = "new", "changed", "unchanged", "no longer needed"
COLUMNS = ("number", "from network", "to network", "sources", "destinations", "protocol", "ports", "rows")
PARTS = ("sources", "destinations", "ports")


class Line(NamedTuple):
    """A line of the last request."""

    number: str
    source: str
    to: str
    protocol: str
    sources: frozenset[str]
    destinations: frozenset[str]
    ports: frozenset[str]
    rows: frozenset[str]


class Comparison(NamedTuple):
    """By number of each line its status, and what it was before; and the lines that are no longer needed."""

    status: Mapping[str, str]
    was: Mapping[str, str]
    gone: list[Line]


def last_lines(text: str, where: str) -> list[Line]:
    """The lines of a change-request.csv, or of a report.json. Raises InputError."""
    try:
        return [*_of_json(text)] if text.lstrip().startswith("{") else [*_of_csv(text)]
    except (ValueError, KeyError, TypeError) as error:
        remedy = "give the change-request.csv or the report.json of the last report"
        raise InputError(f"{where} is no change request ({error}); {remedy}") from error


def _of_json(text: str) -> Iterator[Line]:
    report = json.loads(text)
    if report["format"] != FORMAT:
        raise ValueError("its format is another one")
    for one in numbered(report):
        yield _line(one)


def _of_csv(text: str) -> Iterator[Line]:
    plain = text.removeprefix("\ufeff")
    head = plain.partition("\n")[0]
    # a spreadsheet in some languages writes semicolons
    delimiter = ";" if head.count(";") > head.count(",") else ","
    reader = csv.DictReader(io.StringIO(plain), delimiter=delimiter)
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
    if missing:
        raise ValueError(f"it has no column {missing[0]!r}")
    for given in reader:
        cells = {name: _cell(given[name] or "") for name in COLUMNS}
        # what a request says is gone is in none of the next
        if cells["number"]:
            yield Line(
                cells["number"], cells["from network"], cells["to network"], cells["protocol"],
                *(frozenset(filter(None, cells[name].split(", "))) for name in (*PARTS, "rows")),
            )  # fmt: skip


def _cell(text: str) -> str:
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA) else text


def _line(one: Numbered) -> Line:
    crossing: Mapping[str, Any] = one.crossing
    parts = (frozenset(map(str, crossing[name])) for name in (*PARTS, "rows"))
    return Line(one.number, crossing["source"], crossing["to"], crossing["protocol"], *parts)


def compare(report: ReportDocument, last: Iterable[Line]) -> Comparison:
    """The lines of a report against the last ones."""
    left = list(last)
    status, was = {}, {}
    lines = [_line(one) for one in numbered(report)]
    for line in lines:
        same = next((one for one in left if one[1:7] == line[1:7]), None)
        if same:
            status[line.number] = UNCHANGED
            left.remove(same)
    for line in lines:
        if line.number not in status:
            former = next((one for one in left if one[1:4] == line[1:4] and one.rows & line.rows), None)
            status[line.number] = CHANGED if former else NEW
            if former:
                was[line.number] = _difference(former, line)
                left.remove(former)
    return Comparison(status, was, left)


def _difference(former: Line, line: Line) -> str:
    """What the line was, in the parts that differ."""
    differing = (name for name in PARTS if getattr(former, name) != getattr(line, name))
    return "; ".join(f"{name} were {', '.join(sorted(getattr(former, name)))}" for name in differing)


def status_of(comparison: Comparison | None, crossing: Numbered) -> str:
    """One cell: the status, and what a changed line was."""
    if not comparison:
        return ""
    was = comparison.was.get(crossing.number)
    return comparison.status[crossing.number] + (f": {was}" if was else "")
