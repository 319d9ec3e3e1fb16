# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/verify.yml finds the lab as it must be, and what somebody breaks with the reason.

What it expects it works out from the inventory; expected.yml was written by hand, and both must say the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from lab_hosts import play, run_on

SCENARIO = Path(__file__).parents[1]
ROUTE = "10.77.1.11/32"


def verify(folder: Path, **extra: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run the playbook; what it wrote, and the flows by source, target and port."""
    files = {"therefore_verify_file": str(folder / "verify.json"), "therefore_verify_junit_file": str(folder / "v.xml")}
    report = play(SCENARIO / "flows.yml", [SCENARIO / "inventory"], files | extra)
    written = json.loads((folder / "verify.json").read_text())
    failed = sum(one["failures"] for one in report["stats"].values())
    assert bool(failed) is bool(written["totals"]["failed"])
    flows = {
        (source, one["target"], f"{one['port']}/{one['protocol']}"): one
        for one in written["flows"]
        for source in one["members"]
    }
    return written, flows


@pytest.fixture
def broken() -> Iterator[None]:
    """A rule that somebody took out of the running configuration, and a route of the network that is refused."""
    policies = run_on("appserver", "firewall-cmd", "--policy=thf-server-in", "--list-rich-rules").splitlines()
    (rule,) = [text for text in policies if 'port="8000"' in text and 'family="ipv4"' in text]
    run_on("appserver", "firewall-cmd", "--policy=thf-server-in", f"--remove-rich-rule={rule}")
    run_on("core", "ip", "route", "add", "prohibit", ROUTE)
    yield
    run_on("core", "ip", "route", "del", "prohibit", ROUTE)
    run_on("appserver", "firewall-cmd", "--policy=thf-server-in", f"--add-rich-rule={rule}")


def test_the_lab_is_as_it_must_be(tmp_path: Path) -> None:
    written, flows = verify(tmp_path)
    assert [one["hint"] for one in flows.values() if one["outcome"] != "passed"] == []
    assert written["totals"]["silent_hosts"] == []
    assert '<testsuites name="therefore.firewall verify"' in (tmp_path / "v.xml").read_text()

    expected = yaml.safe_load((SCENARIO / "expected.yml").read_text())["open"]
    by_hand = {
        (source, target, port)
        for entry in expected
        for source in _listed(entry["from"])
        for target in _listed(entry["to"])
        for port in entry["ports"]
    }
    names = {"cloud.example": "cloud"}
    asked = {(source, names.get(one["to"], one["to"]), port): one["expect"]
             for (source, _target, port), one in flows.items()}  # fmt: skip
    assert {flow for flow, expect in asked.items() if expect == "allow"} - by_hand == set()
    assert {flow for flow, expect in asked.items() if expect == "deny"} & by_hand == set()
    devices = {("device", "appserver", "8372/tcp"), ("device", "appserver", "8373/tcp")}
    assert {flow for flow, expect in asked.items() if expect == "allow"} >= devices


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_what_is_broken_fails_with_its_reason(broken: None, tmp_path: Path) -> None:
    denied = [{"from": "client", "to": "appserver", "port": 22}]
    _written, flows = verify(tmp_path, therefore_verify_denied=denied)
    wrong = {flow: one for flow, one in flows.items() if one["outcome"] == "failed"}

    hints = {(flow[1], flow[2]): one["hint"] for flow, one in wrong.items() if flow[0] == "client"}
    assert "appserver has not the rule xml_service-in-tcp as wanted (update): run" in hints["10.77.1.10", "8000/tcp"]
    assert hints["10.77.1.11", "1433/tcp"].startswith("filtered by ICMP admin-prohibited from 10.77.")
    assert "(a router or firewall on the way): the rules of client and" in hints["10.77.1.11", "1433/tcp"]
    assert hints["10.77.1.10", "22/tcp"].startswith("open, and must not be (therefore_verify_denied)")
    assert flows["client", "fd77:1::10", "8000/tcp"]["outcome"] == "passed"
    assert {flow[:2] for flow in wrong} <= {
        ("client", "10.77.1.10"), ("client", "10.77.1.11"), ("client", "fd77:1::10"), ("dbserver", "10.77.1.10"),
    }  # fmt: skip

    files = {f"therefore_{name}_file": str(tmp_path / f"{name}.json") for name in ("plan", "verify")}
    for playbook in ("plan", "report"):
        extra = files | {"therefore_report_folder": str(tmp_path / "report")}
        play(Path(f"therefore.firewall.{playbook}"), [SCENARIO / "inventory"], extra)
    assert _cells(tmp_path / "report/report.json", "client") == {
        ("appserver", 8000): "failed", ("dbserver", 1433): "failed", ("appserver", 22): "failed",
        ("appserver", 445): "proved", ("appserver", 8372): "closed",
    }  # fmt: skip


def _cells(path: Path, source: str) -> dict[tuple[str, int], str]:
    """The states of some cells of a report."""
    report = json.loads(path.read_text())
    titles = {group["id"]: group["title"] for group in report["groups"]}
    found = {
        (titles[cell["to"]], cell["port"]): cell["state"]
        for cell in report["matrix"]
        if titles[cell["source"]] == source and cell["protocol"] == "tcp"
    }
    asked = [("appserver", 8000), ("dbserver", 1433), ("appserver", 22), ("appserver", 445), ("appserver", 8372)]
    return {one: found[one] for one in asked}
