# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a program reads of a playbook's run is JSON from the first character on, and a person reads the text."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from collection import COLLECTIONS


def output(folder: Path, callback: str) -> str:
    """What the playbook ports prints."""
    environment = os.environ | {
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "ANSIBLE_HOME": str(folder),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_STDOUT_CALLBACK": callback,
    }
    done = subprocess.run(
        ["ansible-playbook", "therefore.firewall.ports"], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_a_program_finds_the_text_in_the_result(tmp_path: Path) -> None:
    (play,) = json.loads(output(tmp_path, "ansible.posix.json"))["plays"]
    (task,) = play["tasks"]
    assert "xml_service" in task["hosts"]["localhost"]["text"]


def test_a_person_reads_it(tmp_path: Path) -> None:
    assert "xml_service" in output(tmp_path, "default")
