# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/verify.yml where it has nothing to check."""

from __future__ import annotations

import os
import subprocess
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
