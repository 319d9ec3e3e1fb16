# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of this scenario share: what the simulated hosts have, and runs of playbooks on them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

SCENARIO = Path(__file__).parent
CLIENT = "Therefore Client"
GROUPS = {"domain_server": "Therefore Server", "member_client": CLIENT, "workgroup_host": CLIENT}


class Windows:
    """One simulated host."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._folder = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])

    @property
    def store_file(self) -> Path:
        """Where the stand-in keeps what the host has."""
        return self._folder / "simulation/hosts" / self.name / "store.json"

    @property
    def store(self) -> dict[str, Any]:
        """What it has now."""
        return json.loads(self.store_file.read_text())

    @property
    def store_before(self) -> dict[str, Any]:
        """What it had at the start."""
        return json.loads((self._folder / "simulation/before" / self.name / "store.json").read_text())

    @property
    def rules(self) -> dict[str, dict[str, Any]]:
        """Its rules of our groups, by name."""
        return {rule["Name"]: rule for rule in self.store["rules"] if rule.get("Grouping") in GROUPS.values()}

    def changes(self, kind: str) -> list[dict[str, Any]]:
        """What check mode C(predicted) or converge C(applied)."""
        path = self._folder / "changes" / f"{self.name}.{kind}.json"
        if not path.exists():
            pytest.skip(f"{path.name} is not there: 'molecule test' runs check and converge before verify")
        return json.loads(path.read_text())

    def run(self, playbook: str, *options: str, **extra: Any) -> dict[str, Any]:
        """Run a playbook on this host; the results of its tasks, and of their steps, by name."""
        folder = self._folder / "simulation"
        inventories = [f"--inventory={folder / 'inventory.yml'}", f"--inventory={SCENARIO / 'inventory'}"]
        command = ["ansible-playbook", playbook, *inventories, "--limit", self.name, "-e", json.dumps(extra), *options]
        result = subprocess.run(
            command,
            env={**os.environ, "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json"},
            capture_output=True,
            text=True,
            check=False,
        )
        report = json.loads(result.stdout[result.stdout.index("{") :])
        tasks = [task for play in report["plays"] for task in play["tasks"] if self.name in task["hosts"]]
        results = {task["task"]["name"].split(" : ")[-1]: task["hosts"][self.name] for task in tasks}
        steps = {name: answer for one in results.values() for name, answer in one.get("steps_done", {}).items()}
        return {"stats": report["stats"].get(self.name), "tasks": {**results, **steps}}


@pytest.fixture(params=sorted(GROUPS))
def converged(request: pytest.FixtureRequest) -> Windows:
    """Each host on which the playbook has run."""
    return Windows(request.param)
