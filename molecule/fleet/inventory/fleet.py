#!/usr/bin/env python
# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory of the fleet, as a script, which is how AWX hands one to a job.

FLEET_HOSTS says how many hosts there are (9; 30 were tried). FLEET_SLICE=2/7 gives the second of seven slices as AWX
makes them: every seventh host by name, and all groups with their variables, whoever is left in them.

    fleet 10.87.1.0/24   archive01 .11 to archive03 .13  gate .10  stranger .200  desk01 .21 and so on
    fleetgate 10.87.2.0/24   gate .10: the only one that the machine itself reaches
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[3] / "build/fleet"
SERVERS = {f"archive{number:02}": f"10.87.1.{10 + number}" for number in (1, 2, 3)}
GATE, GATE_OUTSIDE = "10.87.1.10", "10.87.2.10"
VARIABLES: dict[str, Any] = {
    "ansible_connection": "ssh",
    "ansible_user": "ansible",
    "ansible_ssh_common_args": f"-F {FOLDER}/ssh_config",
    "ansible_become": True,
    "ansible_become_password": "not-a-secret",
    "ansible_python_interpreter": "/usr/bin/python3",
    # the stranger is in the same network, and is not trusted
    "therefore_trusted_subnets": ["10.87.1.0/25"],
    "therefore_server_addresses": list(SERVERS.values()),
    # the lab's listeners speak no TLS
    "therefore_verify_tls": False,
    "therefore_verify_seed": 1,
    "lab_suite": "fleet",
    "lab_forwards": False,
    "lab_routes": [],
    "lab_networks": {
        "fleet": [{"subnet": "10.87.1.0/24", "gateway": "10.87.1.1"}],
        "fleetgate": [{"subnet": "10.87.2.0/24", "gateway": "10.87.2.1"}],
    },
    "lab_reached": ["fleetgate"],
}


def host(address: str, **more: Any) -> dict[str, Any]:
    return {"ansible_host": address, "lab_legs": [f"thf-lab-fleet:ip={address},interface_name=fleet"], **more}


def whole(count: int) -> tuple[dict[str, dict[str, Any]], dict[str, list[str]]]:
    """All hosts with their variables, and the groups with their hosts."""
    servers = {name: host(address) for name, address in SERVERS.items()}
    outside = f"thf-lab-fleetgate:ip={GATE_OUTSIDE},interface_name=gate"
    gate = host(GATE, ansible_host=GATE_OUTSIDE, therefore_addresses=[GATE])
    gate["lab_legs"].append(outside)
    stranger = {"stranger": host("10.87.1.200", lab_firewalld=False)}
    desks = {f"desk{number:02}": host(f"10.87.1.{20 + number}") for number in range(1, count - len(servers) - 1)}
    clients = {"gate": gate, **desks}
    groups = {"therefore_server": [*servers], "therefore_client": [*clients], "therefore_probe": [*stranger]}
    return {**servers, **clients, **stranger}, groups


def inventory(count: int, number: int, slices: int) -> dict[str, Any]:
    """What Ansible reads of a script."""
    hosts, groups = whole(count)
    own = sorted(hosts)[number - 1 :: slices]
    return {
        "_meta": {"hostvars": {name: hosts[name] for name in own}},
        "all": {"vars": VARIABLES, "children": ["estate", "therefore_probe"]},
        # a group of groups, with a variable that they inherit
        "estate": {"children": ["therefore_server", "therefore_client"], "vars": {"therefore_client_log": False}},
        **{group: {"hosts": [name for name in names if name in own]} for group, names in groups.items()},
    }


if __name__ == "__main__":
    number, _of, slices = os.environ.get("FLEET_SLICE", "1/1").partition("/")
    print(json.dumps(inventory(int(os.environ.get("FLEET_HOSTS", "9")), int(number), int(slices))))
