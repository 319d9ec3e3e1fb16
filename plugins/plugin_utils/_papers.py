# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that a report consists of, by the name of its file. Pure: no Ansible, no I/O."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.aerleon import aerleon_files
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.change_request import change_request_markdown
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.change_request_csv import change_request_csv
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.files import handover_files
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.last_request import Line
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.perimeter import Request
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.inventory import POPULATION
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.csv_tables import matrix_csv, rules_csv
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.markdown import report_markdown
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.page.page import html
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import INDEX, ReportDocument, RuleSet


def files_of(
    report: ReportDocument, request: Request, last: Sequence[Line] | None = None, installation: str = ""
) -> dict[str, str]:
    """The files of a report, and in it their list.

    Args:
        report: What it says.
        request: The head of the change request.
        last: The lines of the last change request.
        installation: A part of the names of rules for machines that Ansible does not manage.
    """
    files = {
        "report.html": html(report),
        "report.md": report_markdown(report),
        "matrix.csv": matrix_csv(report),
        "rules.csv": rules_csv(report),
        "change-request.md": change_request_markdown(report, request, last),
        "change-request.csv": change_request_csv(report, request, last),
        **aerleon_files(report, request),
    }
    for one in _outside(report):
        files |= handover_files(one["role"], one["rules"], report["created"], installation)
    index = {**report, "files": sorted([INDEX, *files])}
    # one item a line would be a hundred thousand lines
    return {**files, INDEX: json.dumps(index, ensure_ascii=False, separators=(",", ":")) + "\n"}


def _outside(report: ReportDocument) -> list[RuleSet]:
    """The rules of machines that Ansible does not manage, once for each role."""
    numbers = {number for group in report["groups"] if group["kind"] == POPULATION for number in group["rule_sets"]}
    return [report["rule_sets"][number] for number in sorted(numbers)]
