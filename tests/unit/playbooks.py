# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks of the collection, run as people run them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from collection import COLLECTIONS


def play(folder: Path, *words: str, program: str = "ansible-playbook", **environment: str) -> tuple[int, str]:
    """The exit code of a program of Ansible in a folder, and all that it says, in one line."""
    ran = subprocess.run(
        [program, *words],
        env=os.environ | {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_NOCOLOR": "1"} | environment,
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    print(ran.stdout)
    return ran.returncode, " ".join(ran.stdout.split())
