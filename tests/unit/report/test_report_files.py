# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""report.md, matrix.csv and rules.csv."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.perimeter import request_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._papers import files_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.csv_tables import matrix_csv, rules_csv
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.markdown import report_markdown
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import ReportDocument
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.text import text
from inventories import ARCHIVE, CREATED, SHARED, desks, inventory, report_on

REQUEST = request_of("", "", "")
HOSTILE = "=cmd|'/c calc'!A1 <img src=x onerror=alert(1)> [x](javascript:y) `z` | \"]; click n0 \n# head"


def sample(plan: dict[str, Any] | None = None, name: str = "archive", **shared: Any) -> ReportDocument:
    return report_on(inventory(shared, therefore_server={name: ARCHIVE}, therefore_client=desks(3)), plan)


def plan(host: str) -> dict[str, Any]:
    after = {
        "direction": "in",
        "protocol": "tcp",
        "ports": ["445"],
        "peers": ["any"],
        "sources": [],
        "action": "allow",
        "rows": ["smb"],
    }
    change = {"action": "create", "id": "smb-in-tcp", "rows": ["smb"], "before": None, "after": after}
    sets = [{"role": "therefore_server", "changes": [change], "unchanged": 3, "findings": []}]
    return {"created": CREATED, "hosts": [
        {"host": host, "platform": "linux", "status": "planned", "message": None, "sets": sets},
    ]}  # fmt: skip


def lines(text_of_table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text_of_table)))


def test_the_matrix_as_a_table() -> None:
    found = lines(matrix_csv(sample()))
    (smb,) = [one for one in found if (one["from"], one["port"]) == ("desk-1 … desk-3 (3 hosts)", "445")]
    assert smb == {
        "from": "desk-1 … desk-3 (3 hosts)", "from segment": "office", "to": "archive", "to segment": "servers",
        "port": "445", "protocol": "tcp", "state": "allowed", "rows": "smb", "rule": "smb-in-tcp", "because": "smb",
        "tries": "0", "failed": "0",
    }  # fmt: skip


def test_every_rule_of_every_host_has_a_line() -> None:
    report = sample()
    found = lines(rules_csv(report))
    assert len(found) == report["totals"]["rules"]
    (smb,) = [one for one in found if (one["host"], one["rule"]) == ("desk-2", "smb-out-tcp")]
    assert smb["name"] == "Therefore Client - MICROSOFT-DS (SMB) (TCP-Out)"
    assert smb["peers"] == ", ".join(sorted(SHARED["therefore_trusted_subnets"]))
    assert smb["origin"] == (
        "Standard ports and protocols required for Therefore communication, Standard Windows Services Ports, row 4"
    )
    assert smb["on the host"] == ""


def test_what_a_plan_says_of_a_rule() -> None:
    found = {
        one["rule"]: one["on the host"] for one in lines(rules_csv(sample(plan("archive")))) if one["host"] == "archive"
    }
    assert (found["smb-in-tcp"], found["dcom-in-tcp"]) == ("to create", "as wanted")


def test_rules_of_machines_outside_ansible() -> None:
    segments = {"office": {"networks": ["10.2.0.0/24"], "roles": ["therefore_client"]}}
    report = report_on(inventory({"therefore_segments": segments}))
    assert {one["host"] for one in lines(rules_csv(report))} == {"Therefore Client machines of office"}


def test_hand_overs_are_for_machines_outside_ansible_alone() -> None:
    segments = {"office": {"networks": ["10.2.0.0/24"], "roles": ["therefore_client"]}}
    names = {*files_of(sample(therefore_segments=segments), REQUEST)} - {*files_of(sample(), REQUEST)}
    assert names == {
        "group-policy/therefore-client.ps1", "intune/therefore-client.json", "intune/therefore-client-catalog.json",
        "intune/therefore-client.md",
    }  # fmt: skip


def test_markdown_has_every_part() -> None:
    shown = report_markdown(sample(plan("archive")))
    assert re.findall(r"^#+ .*", shown, re.MULTILINE) == [
        "# Therefore firewall report", "## Findings", "## Traffic between networks", "## Matrix", "## Rules",
        "### Therefore Server: archive", "### Therefore Client: desk-1 … desk-3 (3 hosts)",
        "## Differences on the hosts", "### archive",
    ]  # fmt: skip
    assert '  n0["office<br/>10.2.0.0/24<br/>fd00:2::/64"]' in shown
    assert '  n0 -->|"tcp 135, 139, 445, 8000<br/>udp 137"| n1' in shown
    assert "- + smb-in-tcp allow in tcp 445 from any (smb)" in shown


def test_a_hostile_name_stays_text() -> None:
    report = sample(plan(HOSTILE), HOSTILE)
    shown = report_markdown(report)
    assert "<img" not in shown.replace("\\<img", "")
    assert "[x](" not in shown.replace("\\[x\\](", "")
    assert not re.search(r"^# head", shown, re.MULTILINE)
    for table in (matrix_csv(report), rules_csv(report)):
        cells = [cell for line in csv.reader(io.StringIO(table)) for cell in line]
        assert any(cell.startswith("'=cmd|") for cell in cells)
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


@pytest.mark.parametrize("name", ['x"]; click n0 "javascript:y', "</pre>", "a`b", "a#b;"])
def test_a_hostile_network_stays_text_in_the_diagram(name: str) -> None:
    segments = {name: {"networks": ["10.2.0.0/24"]}, "servers": SHARED["therefore_segments"]["servers"]}
    shown = report_markdown(sample(therefore_segments=segments))
    (label,) = re.findall(r'^  n0\["(.*)"\]$', shown, re.MULTILINE)
    told = re.sub(r"#(\d+);", lambda found: chr(int(found[1])), label.removesuffix("<br/>10.2.0.0/24"))
    assert told == name
    assert not {*'"<>`'} & {*label.removesuffix("<br/>10.2.0.0/24")}


def test_nothing_crosses() -> None:
    assert "Nothing crosses networks" in report_markdown(report_on(inventory()))


def test_the_index_lists_all_files() -> None:
    files = files_of(sample(), REQUEST)
    assert json.loads(files["report.json"])["files"] == sorted(files)


def test_a_summary_for_the_terminal() -> None:
    report = sample(plan("archive"))
    assert text(report, "/out").splitlines() == [
        f"4 hosts, {report['totals']['rules']} rules, 1 changes to make",
        "20 cells in the matrix: 1 drift, 4 allowed, 10 open, 5 refused",
        "Findings: 0 errors, 1 warning, 4 notes",
        "  WARNING archive: therefore_server: 1 to create, 3 unchanged Run the playbook site.",
        "Open /out/report.html",
    ]


def test_changes_are_counted_only_where_a_plan_was_given() -> None:
    report = sample()
    report["inputs"]["plan"] = None
    assert text(report, "/out").splitlines()[0] == (
        f"4 hosts, {report['totals']['rules']} rules, changes not looked at (no therefore_plan_file)"
    )
