# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode changes nothing on a Windows host, however it is asked for; the guard is not armed either."""

from __future__ import annotations

from pathlib import Path

import lab_hosts
import pytest
from simulation import Simulation, simulate

PLAYBOOKS = Path(lab_hosts.__file__).parent
HOST = "domain_server"
ROLE = {
    "ruleset_name": "ours",
    "ruleset_rules": [
        {"id": "web", "name": "Web", "direction": "in", "protocol": "tcp", "ports": [80], "peers": ["any"]}
    ],
    "ruleset_guard": "always",
    "play": HOST,
    "others": HOST,
}


@pytest.fixture(scope="module")
def host(pwsh: str, tmp_path_factory: pytest.TempPathFactory) -> Simulation:
    return simulate(tmp_path_factory.mktemp("checked"))


@pytest.mark.parametrize(
    ("playbook", "options", "times"), [("check_mode.yml", [], 4), ("engine_role.yml", ["--check"], 1)]
)
def test_check_mode_changes_nothing(
    playbook: str, options: list[str], times: int, host: Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**host.environment, "ProgramData": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    before = host.store_file(HOST).read_text()
    text = (PLAYBOOKS / playbook).read_text().replace("lab_firewalled", HOST)
    (tmp_path / playbook).write_text(text)
    report = lab_hosts.play(tmp_path / playbook, [host.inventory], ROLE, options)
    assert (report["stats"][HOST]["failures"], report["stats"][HOST]["unreachable"]) == (0, 0)
    tasks = [task for part in report["plays"] for task in part["tasks"]]
    results = {
        name: [
            task["hosts"][HOST]["steps_done"][name]
            for task in tasks
            if task["task"]["name"].endswith("Apply the rule set")
        ]
        for name in (
            "Apply all differences in one call, or none",
            "Arm the guard, which puts the former rules back if nothing comes through afterwards",
        )
    }
    assert [[result["changed"] for result in found] for found in results.values()] == [[True] * times, [False] * times]
    assert host.store_file(HOST).read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == [playbook]
