# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role ruleset on a host that is so slow that a guard is over before the change is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from simulation import Simulation, simulate

# of no domain, so that deny needs no way to domain controllers
HOST = "workgroup_host"
GUARD_SECONDS = 10
SETTINGS: dict[str, Any] = {
    "ruleset_name": "metrics",
    "ruleset_egress": "deny",
    "ruleset_guard_seconds": GUARD_SECONDS,
    "ruleset_rules": [
        {
            "id": "metrics", "direction": "out", "protocol": "tcp", "ports": [9100], "peers": ["192.0.2.20"],
            "profiles": ["private"],
        }
    ],
}  # fmt: skip


def slow_down(simulation: Simulation, pause: str) -> None:
    """A command of the shell before every remote execution, whose input is in a file."""
    for name in ("pwsh", "PowerShell"):
        wrapper = simulation.folder / "bin" / name
        wrapper.write_text(wrapper.read_text().replace('cat >"$input"\n', f'cat >"$input"\n{pause}\n', 1))


def run(simulation: Simulation, data: Path, **extra: Any) -> dict[str, Any]:
    """The tasks of the role by name."""
    playbook = simulation.folder / "play.yml"
    playbook.write_text(
        yaml.safe_dump([{"hosts": HOST, "gather_facts": False, "roles": ["therefore.firewall.ruleset"]}])
    )
    environment = os.environ | simulation.environment | {"ProgramData": str(data), "ANSIBLE_HOME": str(data / "home")}
    command = [Path(sys.executable).parent / "ansible-playbook", playbook, "-e", json.dumps(SETTINGS | extra)]
    done = subprocess.run(
        command, env=environment | {"ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json"},
        capture_output=True, text=True, check=False, timeout=500,
    )  # fmt: skip
    tasks = json.loads(done.stdout[done.stdout.index("{") :])["plays"][0]["tasks"]
    answers = {task["task"]["name"].split(" : ")[-1]: task["hosts"][HOST] for task in tasks if HOST in task["hosts"]}
    return {**answers, **answers["Apply the rule set"].get("steps_done", {})}


def state(simulation: Simulation) -> tuple[set[str], list[str]]:
    """The default outbound actions, and the rules of the set."""
    store = simulation.store(HOST)
    names = [rule["Name"] for rule in store["rules"] if rule.get("Grouping") == "metrics"]
    return {profile["outbound"] for profile in store["profiles"].values()}, names


@pytest.fixture
def simulation(pwsh: str, tmp_path: Path) -> Simulation:
    (tmp_path / "data").mkdir()
    return simulate(tmp_path / "hosts")


def test_the_guard_waits_as_long_as_the_host_is_slow(simulation: Simulation, tmp_path: Path) -> None:
    """Each remote execution takes as long as the guard was given: it was too short for two of them."""
    slow_down(simulation, f"sleep {GUARD_SECONDS}")
    tasks = run(simulation, tmp_path / "data")
    assert tasks["Apply all differences in one call, or none"]["changed"] is True
    assert "msg" not in tasks["Confirm the change over a new connection"]
    outbound, names = state(simulation)
    assert outbound == {"block"}
    assert "metrics - metrics (TCP-Out)" in names
    assert list((tmp_path / "data/therefore.firewall/guard").iterdir()) == []


def test_nothing_is_changed_after_the_guard_has_fired(simulation: Simulation, tmp_path: Path) -> None:
    """The execution that changes something comes when the host has gone back already."""
    before = state(simulation)
    restored = tmp_path / "data/therefore.firewall/guard/restored.json"
    slow_down(simulation, f'grep -q guard_token "$input" && while [ ! -e {restored} ]; do sleep 0.2; done')
    tasks = run(simulation, tmp_path / "data")
    message = tasks["Apply the rule set"]["msg"]
    assert message.startswith("Stopped before rule ")
    assert "the guard is armed no longer (the host went back to its former rules at " in message
    assert "and has them now" in message
    assert state(simulation) == before
