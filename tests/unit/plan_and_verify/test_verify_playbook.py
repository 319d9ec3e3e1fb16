# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/verify.yml where it has nothing to check, and where a listener does not outlive the run."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

from collection import COLLECTIONS


def test_no_flow_is_no_success(tmp_path: Path) -> None:
    """As after --limit with one end of every flow."""
    inventory = tmp_path / "hosts.yml"
    inventory.write_text("therefore_probe: {hosts: {alone: {ansible_connection: local}}}\n")
    ran = subprocess.run(
        ["ansible-playbook", "--inventory", str(inventory), "therefore.firewall.verify"],
        env=os.environ | {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert "No flow was checked, so nothing is proved: none runs between the hosts of this run (alone)." in ran.stdout


def test_what_was_sent_after_the_listener_had_ended_is_unknown(tmp_path: Path) -> None:
    """Nobody answers any longer, as behind a firewall; and there is none."""
    slow = tmp_path / "python3"
    slow.write_text(f'#!/bin/sh\nsleep 4\nexec {sys.executable} "$@"\n')
    slow.chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    hosts = {
        "desk": {"therefore_addresses": ["127.0.0.11"], "ansible_python_interpreter": str(slow)},
        "archive": {"therefore_addresses": ["127.0.0.12"], "ansible_python_interpreter": sys.executable},
    }
    inventory = tmp_path / "hosts.json"
    inventory.write_text(json.dumps({"therefore_probe": {"hosts": hosts, "vars": {"ansible_connection": "local"}}}))
    settings = {
        "therefore_verify_denied": [{"from": "desk", "to": "archive", "port": port}],
        # a second, where verify would wait for minutes
        "therefore_verify_listen_seconds": 1,
        "therefore_verify_file": str(tmp_path / "verify.json"),
    }
    ran = subprocess.run(
        ["ansible-playbook", "--inventory", str(inventory), "therefore.firewall.verify", "-e", json.dumps(settings)],
        env=os.environ | {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    (flow,) = json.loads((tmp_path / "verify.json").read_text())["flows"]
    assert (flow["state"], flow["outcome"], flow["proof"]) == ("refused", "unknown", "none")
    assert "our listener on archive had ended" in flow["hint"]
    assert "Verified 1 flows: 0 passed, 0 failed, 1 unknown" in ran.stdout
    assert ran.returncode == 0
