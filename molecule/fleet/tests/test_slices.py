# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""plan and verify in slices say what they say in one job; of hosts that are away nothing is said but that."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from conftest import AWAY, OFF, SILENT, Run

SLICES = [int(count) for count in os.environ.get("FLEET_SLICES", "3").split(",")]
# what differs from run to run
TIMES = ("created", "latency", "elapsed", "source_port", "source_ports", "tag")


def read(path: Path) -> Any:
    return without_times(json.loads(path.read_text()))


def without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_times(one) for key, one in value.items() if not key.startswith(TIMES)}
    return [without_times(one) for one in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def unsliced(site: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with what one job each wrote."""
    folder = tmp_path_factory.mktemp("unsliced")
    assert Run("plan", folder, therefore_plan_file="plan.json").ended().code != 0
    assert Run("verify", folder, therefore_verify_file="verify.json").ended().code != 0
    return folder


def run_slices(count: int, playbook: str, folder: Path, **extra: Any) -> None:
    """As AWX does: all at once. Each must succeed."""
    runs = [Run(playbook, folder, f"{number}/{count}", **extra) for number in range(1, count + 1)]
    assert [run.ended().code for run in runs] == [0] * count


@pytest.fixture(scope="module", params=SLICES)
def sliced(request: pytest.FixtureRequest, unsliced: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with what the workflow wrote."""
    folder, count = tmp_path_factory.mktemp("sliced"), request.param
    shared = {"therefore_artifact_folder": "artifacts"}
    assert Run("prepare", folder, **shared).ended().code == 0
    run_slices(count, "plan", folder, therefore_plan_sliced=True, **shared)
    for step in ("listen", "send", "stop"):
        run_slices(count, "probe", folder, therefore_probe_step=step, **shared)
    written = {"therefore_plan_file": "plan.json", "therefore_verify_file": "verify.json"}
    merge = Run("merge", folder, **shared, **written, therefore_report_folder="report").ended()
    assert merge.code != 0
    assert f"plan: {count} slice" in merge.text
    assert f"No plan for {OFF}, {SILENT}" in merge.text
    return folder


@pytest.mark.parametrize("document", ["plan.json", "verify.json"])
def test_slices_say_what_one_job_says(document: str, unsliced: Path, sliced: Path) -> None:
    assert read(sliced / document) == read(unsliced / document)


def test_the_plan_of_who_is_away(unsliced: Path) -> None:
    totals = read(unsliced / "plan.json")["totals"]
    assert totals["unreachable"] == AWAY
    assert totals["failed"] == []
    # site has run: the one that died has its rules as well
    assert totals["create"] + totals["update"] + totals["delete"] == 0


def test_nothing_is_proved_of_who_is_away(unsliced: Path) -> None:
    verification = read(unsliced / "verify.json")
    assert verification["totals"]["silent_hosts"] == AWAY
    about = [one for one in verification["flows"] if {*AWAY} & {one["to"], *one["members"]}]
    assert {one["outcome"] for one in about} == {"failed", "unknown"}
    others = [one for one in verification["flows"] if one not in about]
    assert {one["outcome"] for one in others} == {"passed"}


def test_the_report_of_merge(sliced: Path) -> None:
    """It has plan and verification in it, and judges neither of who is away."""
    report = json.loads((sliced / "report/report.json").read_text())
    written = {name: json.loads((sliced / f"{name}.json").read_text())["created"] for name in ("plan", "verify")}
    assert {name: report["inputs"][name]["created"] for name in written} == written
    states = {one["name"]: one["status"] for one in report["hosts"] if one["name"] != "stranger"}
    assert sorted(name for name, status in states.items() if status != "planned") == AWAY
    assert [states[name] for name in AWAY] == ["unreachable"] * 2
    assert [one["host"] for one in report["findings"] if one["kind"] == "unreachable"] == AWAY
