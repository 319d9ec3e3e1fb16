# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of this scenario share: the lab's hosts, the packet matrix, and what earlier steps wrote down."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import testinfra
from testinfra.host import Host

LAB_MATRIX = Path(__file__).parents[2] / "tools/lab-matrix"
# (from, to, port, address): state
States = dict[tuple[str, str, str, str], str]


@dataclass(frozen=True)
class Matrix:
    """One run of the packet matrix: its exit code, what it printed, and the state of every flow."""

    status: int
    text: str
    states: States


def read_states(path: Path) -> States:
    """The states that lab-matrix saved; the test is skipped where it saved none (molecule test always does)."""
    if not path.exists():
        pytest.skip(f"{path.name} is not there: an earlier step of 'molecule test' writes it")
    return {tuple(flow): state for *flow, state in json.loads(path.read_text())}


@pytest.fixture(scope="session")
def written() -> Path:
    """Where the steps of the scenario leave what later ones compare."""
    return Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])


@pytest.fixture(scope="session")
def lab_host() -> Callable[[str], Host]:
    """The testinfra host of this inventory name."""
    return lambda name: testinfra.get_host(f"podman://thf-lab-{name}")


@pytest.fixture(params=["appserver", "dbserver", "client", "gateway", "onlineclient"])
def firewalled(request: pytest.FixtureRequest, lab_host: Callable[[str], Host]) -> Host:
    """Each host that runs firewalld."""
    return lab_host(request.param)


@pytest.fixture(scope="session")
def run_matrix() -> Callable[..., Matrix]:
    """Sends the packets, saves the states to a file and gives them, too."""

    def run(save: Path, *options: str) -> Matrix:
        command = [sys.executable, str(LAB_MATRIX), "--save", str(save), *options]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        print(result.stdout, result.stderr)
        assert result.returncode in (0, 1), "the lab does not answer"
        return Matrix(result.returncode, result.stdout, read_states(save))

    return run


@pytest.fixture(scope="session")
def states_before(written: Path) -> States:
    """What passed before site.yml ran the first time."""
    return read_states(written / "before.json")
