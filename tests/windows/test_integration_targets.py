# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The targets for ansible-test windows-integration, each in the play that it makes, on a simulated host of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from hosts import selftest_store
from simulation import Simulation

ROOT = Path(__file__).resolve().parents[2]
TARGETS = ROOT / "tests/integration/targets"
NAMES = sorted(path.name for path in TARGETS.iterdir())
# all roles run in the scenario windows of the lab; here one shows that the target does
VARIABLES = {"role_therefore_roles": ["therefore_client"]}

Done = subprocess.CompletedProcess[str]


def play(target: str) -> list[dict[str, Any]]:
    """As ansible-test writes it."""
    return [{"hosts": "windows", "gather_facts": False, "vars": VARIABLES, "roles": [target]}]


def run(simulation: Simulation, folder: Path, target: str) -> Done:
    """The target on a host that has nothing to do with those of the others."""
    host = folder / target
    host.mkdir()
    store, inventory, playbook = host / "store.json", host / "inventory.yml", host / "playbook.yml"
    store.write_text(json.dumps(selftest_store()))
    simulated = yaml.safe_load(simulation.inventory.read_text())["all"]["children"]["simulated_windows"]["vars"]
    hosts = {"windows": {"hosts": {"simulated": {"ansible_remote_tmp": str(host)}}, "vars": simulated}}
    inventory.write_text(yaml.safe_dump(hosts))
    playbook.write_text(yaml.safe_dump(play(target), sort_keys=False))
    environment = os.environ | simulation.environment | {"ANSIBLE_ROLES_PATH": str(TARGETS), "ANSIBLE_NOCOLOR": "1"}
    environment |= {"ANSIBLE_INVENTORY": str(inventory), "ANSIBLE_HOME": str(host / "home")}
    # the simulated host has one of its own
    environment.pop("ProgramData", None)
    command = [Path(sys.executable).parent / "ansible-playbook", playbook]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=900)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("targets")


@pytest.fixture(scope="module")
def runs(simulation: Simulation, folder: Path) -> Iterator[dict[str, Future[Done]]]:
    """All of them, two at a time."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield {name: pool.submit(run, simulation, folder, name) for name in NAMES}


def test_there_is_one_for_each_windows_module() -> None:
    modules = {path.stem for path in (ROOT / "plugins/modules").glob("win_*.ps1")}
    assert {name for name in NAMES if name.startswith("win_")} == modules


@pytest.mark.parametrize("name", NAMES)
def test_a_target_passes(name: str, runs: dict[str, Future[Done]]) -> None:
    done = runs[name].result()
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]


@pytest.mark.parametrize("name", NAMES)
def test_a_target_leaves_no_rule(name: str, runs: dict[str, Future[Done]], folder: Path) -> None:
    runs[name].result()
    left = json.loads((folder / name / "store.json").read_text())["rules"]
    assert [rule["Name"] for rule in left] == [rule["Name"] for rule in selftest_store()["rules"]]
