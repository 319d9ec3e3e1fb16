# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/diagnose.yml between two simulated Windows hosts, which share this machine's loopback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from simulation import Simulation, simulate

DESK, ARCHIVE = "member_client", "domain_server"
ADDRESSES = {DESK: "127.0.0.11", ARCHIVE: "127.0.0.12"}
GROUPS = {
    "therefore_server": {
        "hosts": {ARCHIVE: {"therefore_addresses": [ADDRESSES[ARCHIVE]]}},
        "vars": {"therefore_trusted_subnets": ["192.0.2.0/24"], "therefore_server_profile": "minimal"},
    },
    "therefore_client": {
        "hosts": {DESK: {"therefore_addresses": [ADDRESSES[DESK]]}},
        "vars": {"therefore_client_server_addresses": ["192.0.2.10"], "therefore_client_profile": "minimal"},
    },
}


@pytest.fixture(scope="module")
def simulation(pwsh: str, tmp_path_factory: pytest.TempPathFactory) -> Simulation:
    folder = tmp_path_factory.mktemp("diagnose")
    (folder / "groups.yml").write_text(yaml.safe_dump(GROUPS))
    return simulate(folder)


def diagnosed(simulation: Simulation, port: int) -> dict[str, Any]:
    """What the playbook writes of a port of the archive, as seen from the desk."""
    file = simulation.folder / "diagnosis.json"
    asked = {"diagnose_from": DESK, "diagnose_to": ARCHIVE, "diagnose_port": port, "therefore_diagnose_file": str(file)}
    command = [Path(sys.executable).parent / "ansible-playbook", "therefore.firewall.diagnose"]
    inventories = ["-i", simulation.inventory, "-i", simulation.folder / "groups.yml", "-e", json.dumps(asked)]
    environment = os.environ | simulation.environment
    done = subprocess.run([*command, *inventories], env=environment, capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr)
    (found,) = json.loads(file.read_text())["connections"]
    return dict(found)


def steps(found: dict[str, Any], name: str) -> list[tuple[str, str]]:
    """What was seen of a step."""
    return [(step["seen"], step["text"]) for step in found["steps"] if step["step"] == name]


def test_a_service_that_answers(simulation: Simulation) -> None:
    with socket.create_server((ADDRESSES[ARCHIVE], 0)) as server:
        port = server.getsockname()[1]
        found = diagnosed(simulation, port)
    assert (found["passes"], found["place"]) == (True, None)
    assert found["sentence"] == f"It passes: the service on {port}/tcp of {ARCHIVE} answers."
    assert steps(found, "departure") == [("seen", f"the packet left {DESK}")]
    assert steps(found, "service") == [("seen", f"a program listens on {ARCHIVE} on {ADDRESSES[ARCHIVE]}")]
    # Windows shows nobody what comes before its firewall
    assert steps(found, "arrival") == [("not known", f"whether the packet arrived at {ARCHIVE} cannot be seen there")]
    # both hosts are planned, and what is in the way there is said
    assert any(f"on {DESK}, domain: No network of this host has the Domain profile" in text
               for _seen, text in steps(found, "rule"))  # fmt: skip


def test_no_service(simulation: Simulation) -> None:
    """Our listener answers in its place, which proves the way."""
    with socket.create_server((ADDRESSES[ARCHIVE], 0)) as server:
        port = server.getsockname()[1]
    found = diagnosed(simulation, port)
    assert (found["passes"], found["place"]) == (False, "service")
    assert f"nothing listens on {port}/tcp of {ARCHIVE}" in found["sentence"]
    assert found["result"]["listener"] is True
