# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of several scenarios do with the lab's hosts: run a command there, send packets, run a playbook."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# address, port, protocol
Flow = tuple[str, int, str]


def run_on(host: str, *command: str, stdin: str | bytes = b"") -> str:
    """Standard output of a command on a lab host; an exit code other than 0 raises CalledProcessError."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    argv = ["podman", "exec", "-i", f"thf-lab-{host}", *command]
    result = subprocess.run(argv, input=data, capture_output=True, check=False)
    print(" ".join(command[:6]), result.stderr.decode())
    result.check_returncode()
    return result.stdout.decode()


def probe(host: str, flows: Sequence[Flow], attempts: int = 2) -> list[str]:
    """What a lab host finds when it tries these: open, refused or filtered (see shared/lab/probe.py)."""
    return json.loads(run_on(host, "python3", "/opt/lab/probe.py", str(attempts), stdin=json.dumps(flows)))


def play(
    playbook: Path, inventories: Sequence[Path], extra: dict[str, Any] | None = None, options: Sequence[str] = ()
) -> dict[str, Any]:
    """Run a playbook; what the callback ansible.posix.json says about it, whether or not a task failed."""
    sources = [word for inventory in inventories for word in ("-i", str(inventory))]
    result = subprocess.run(
        ["ansible-playbook", str(playbook), *sources, "-e", json.dumps(extra or {}), *options],
        env={**os.environ, "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json"},
        capture_output=True,
        text=True,
        check=False,
    )
    print(result.stderr)
    # whatever is printed before it
    report = json.loads(result.stdout[re.search(r"^\{$", result.stdout, re.MULTILINE).start() :])
    for task in (task for one in report["plays"] for task in one["tasks"]):
        print(task["task"]["name"], *(answer.get("msg", "") for answer in task["hosts"].values()), sep=" | ")
    return report
