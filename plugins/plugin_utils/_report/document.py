# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the report document of an inventory, and of a plan and a verification where there are some.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.inventory import HOST, Inventory
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.segments import Segments
from ansible_collections.therefore.firewall.plugins.plugin_utils._report import findings, outside
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.crossings import crossings
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.groups import Folded, fold
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.matrix import add_drift, add_proofs, cells
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.parties import Fold
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import (
    FORMAT,
    STATES,
    VERSION,
    ReportDocument,
    ReportHost,
    Segment,
)

ROW_KEYS = ("service", "port_text", "protocols", "direction", "scope", "notes")
# a host that no plan tells of
UNREAD: Mapping[str, Any] = {"platform": None, "status": "listed", "message": None, "sets": []}

Given = Mapping[str, Any] | None


def document(inventory: Inventory, plan: Given, verification: Given, created: str) -> ReportDocument:
    """The report.

    Args:
        inventory: What the inventory says.
        plan: The document of the playbook plan, checked, if there is one.
        verification: The document of the playbook verify, checked, if there is one.
        created: When the report is made, ISO 8601.
    """
    folded = fold(inventory)
    folds = folded.folds
    matrix = cells(folds)
    crossing = crossings(folds, inventory.segments)
    remarks = [*findings.of_inventory(folds, bool(inventory.segments.networks)), *outside.of_outside(inventory)]
    remarks += findings.of_crossings(crossing)
    if plan:
        add_drift(matrix, folds, plan)
        remarks += findings.of_plan(plan, folds)
    if verification:
        add_proofs(matrix, folds, verification)
        remarks += findings.of_verification(verification, folds)
    found, of_host = findings.findings(remarks)
    hosts = [host for one in folds for host in _hosts(one, plan, of_host)]
    report: ReportDocument = {
        "format": FORMAT,
        "version": VERSION,
        "created": created,
        "article": catalogue.article(),
        "inputs": {"plan": _origin(plan), "verify": _origin(verification)},
        "totals": {},
        "segments": _segments(folds, inventory.segments),
        "groups": [one.group for one in folds],
        "hosts": hosts,
        "rule_sets": folded.rule_sets,
        "rows": _rows(folded),
        "matrix": list(matrix.values()),
        "crossings": crossing,
        "findings": found,
        "files": [],
    }
    report["totals"] = _totals(report)
    return report


def _origin(given: Given) -> dict[str, str] | None:
    return {"created": given["created"]} if given else None


def _hosts(one: Fold, plan: Given, of_host: Mapping[str, list[int]]) -> list[ReportHost]:
    planned = {host["host"]: host for host in plan["hosts"]} if plan else {}
    result: list[ReportHost] = []
    for member in one.members if one.group["kind"] == HOST else ():
        found: Mapping[str, Any] = planned.get(member.name, UNREAD)
        result.append({
            "name": member.name,
            "group": one.group["id"],
            "addresses": member.addresses.texts(),
            "platform": found["platform"],
            "status": "failed" if member.problem else found["status"],
            "message": member.problem or found["message"],
            "changes": [{"role": each["role"], **change} for each in found["sets"] for change in each["changes"]],
            "findings": of_host.get(member.name, []),
        })  # fmt: skip
    return result


def _segments(folds: Sequence[Fold], segments: Segments) -> list[Segment]:
    """The networks of the inventory, and what lies outside where a group is there."""
    networks = dict(segments.networks)
    for one in folds:
        if one.group["segment"] is not None:
            networks.setdefault(one.group["segment"], [])
    return [
        {
            "name": name,
            "networks": list(texts),
            "groups": [one.group["id"] for one in folds if one.group["segment"] == name],
        }
        for name, texts in networks.items()
    ]


def _rows(folded: Folded) -> dict[str, dict[str, Any]]:
    """The origin of each row that a rule names, or that is left out."""
    ids = sorted({row for one in folded.rule_sets for rule in one["rules"] for row in rule["rows"]})
    ids += sorted({left["row"] for one in folded.rule_sets for left in one["left_out"]} - {*ids})
    found = {}
    for row_id in ids:
        row: Mapping[str, Any] = catalogue.row(row_id)
        found[row_id] = {**{key: row[key] for key in ROW_KEYS}, **row["source"]}
    return found


def _totals(report: ReportDocument) -> dict[str, Any]:
    sizes = [len(one["rules"]) for one in report["rule_sets"]]
    sets_of = {group["id"]: group["rule_sets"] for group in report["groups"]}
    states = Counter(cell["state"] for cell in report["matrix"])
    return {
        "hosts": len(report["hosts"]),
        "groups": len(report["groups"]),
        "segments": len(report["segments"]),
        "rules": sum(sizes[number] for host in report["hosts"] for number in sets_of[host["group"]]),
        "flows": len(report["matrix"]),
        "changes": sum(len(host["changes"]) for host in report["hosts"]),
        "findings": len(report["findings"]),
        "states": {state: states[state] for state in STATES if states[state]},
    }
