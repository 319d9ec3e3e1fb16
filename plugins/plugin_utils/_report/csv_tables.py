# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as tables for spreadsheets: matrix.csv and rules.csv. Pure: no Ansible, no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._article.tables import csv_table, listed
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import Group, ReportDocument

MATRIX_TITLES = (
    "from", "from segment", "to", "to segment", "port", "protocol", "state", "rows", "rule", "because", "tries",
    "failed",
)  # fmt: skip
RULE_TITLES = (
    "host", "group", "segment", "role", "rule", "name", "direction", "action", "protocol", "ports", "peers", "sources",
    "scope", "profiles", "rows", "services", "origin", "on the host",
)  # fmt: skip


def matrix_csv(report: ReportDocument) -> str:
    """A line for each cell of the matrix."""
    groups = {group["id"]: group for group in report["groups"]}
    return csv_table(MATRIX_TITLES, (
        [
            *_place(groups[cell["source"]]), *_place(groups[cell["to"]]), cell["port"], cell["protocol"], cell["state"],
            listed(cell["rows"]), cell["rule"] or "", cell["because"], cell["tries"], cell["failed"],
        ]
        for cell in report["matrix"]
    ))  # fmt: skip


def _place(group: Group) -> tuple[str, str]:
    return group["title"], group["segment"] or ""


def rules_csv(report: ReportDocument) -> str:
    """A line for each rule of each host, and of the machines that Ansible does not manage."""
    return csv_table(RULE_TITLES, _rule_lines(report))


def _rule_lines(report: ReportDocument) -> Iterator[list[object]]:
    groups = {group["id"]: group for group in report["groups"]}
    lines = {group["id"]: _rules(report, group) for group in report["groups"]}
    for host in report["hosts"]:
        group = groups[host["group"]]
        found = {(change["role"], change["id"]): f"to {change['action']}" for change in host["changes"]}
        otherwise = "as wanted" if host["status"] == "planned" else ""
        for role, rule, cells in lines[host["group"]]:
            yield [host["name"], *_place(group), *cells, found.get((role, rule), otherwise)]
    for group in report["groups"]:
        if not group["hosts"]:
            for _role, _rule, cells in lines[group["id"]]:
                yield [group["title"], *_place(group), *cells, ""]


def _rules(report: ReportDocument, group: Group) -> list[tuple[str, str, list[object]]]:
    """The role, the id and the cells of each rule, which alike hosts share."""
    return [
        (one["role"], rule["id"], _cells(one["title"], rule, report["rows"]))
        for one in (report["rule_sets"][number] for number in group["rule_sets"])
        for rule in one["rules"]
    ]


def _cells(title: str, rule: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]) -> list[object]:
    origins = {f"{row['title']}, {row['table']}, row {row['row']}" for row in map(rows.__getitem__, rule["rows"])}
    return [
        title, rule["id"], rule["name"], rule["direction"], rule["action"], rule["protocol"], listed(rule["ports"]),
        listed(rule["peers"]), listed(rule.get("sources", [])), rule["scope"], listed(rule["profiles"]),
        listed(rule["rows"]), listed(rows[row]["service"] for row in rule["rows"]), "; ".join(sorted(origins)),
    ]  # fmt: skip
