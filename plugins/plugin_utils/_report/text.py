# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report in a few lines, for the person who had it made. Pure: no Ansible, no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import LEVELS, ReportDocument

SHOWN = 10


def text(report: ReportDocument, folder: str) -> str:
    """Totals, the gravest findings, and the file to open."""
    totals = report["totals"]
    states = ", ".join(f"{count} {state}" for state, count in totals["states"].items())
    planned = report["inputs"]["plan"] is not None
    changes = f"{totals['changes']} changes to make" if planned else "changes not looked at (no therefore_plan_file)"
    lines = [
        f"{totals['hosts']} hosts, {totals['rules']} rules, {changes}",
        f"{totals['flows']} cells in the matrix: {states or 'none'}",
        *_findings(report),
        f"Open {folder}/report.html",
    ]
    return "\n".join(lines)


def _findings(report: ReportDocument) -> Iterator[str]:
    levels = [one["level"] for one in report["findings"]]
    counted = (f"{levels.count(level)} {level}{'' if levels.count(level) == 1 else 's'}" for level in LEVELS)
    yield f"Findings: {', '.join(counted)}"
    grave = [one for one in report["findings"] if one["level"] != LEVELS[-1]]
    for one in grave[:SHOWN]:
        host = f"{one['host']}: " if one["host"] else ""
        yield f"  {one['level'].upper()} {host}{one['text']}{' ' + one['remedy'] if one['remedy'] else ''}"
    if len(grave) > SHOWN:
        yield f"  and {len(grave) - SHOWN} more in the report"
