# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection for the benchmark: no host is behind it, and it answers each module as a host that is right does."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = """
name: converged
short_description: Answers as a host that is right already
description:
  - Starts one process for each call, as ssh does, which takes the module. The answer is the one recorded for its name.
  - The environment variable C(BENCH_ANSWERS) names the file with the answers.
author: The therefore.firewall authors
options: {}
"""

ANSWERS: dict[str, Any] = json.loads(Path(os.environ["BENCH_ANSWERS"]).read_text(encoding="utf-8"))
# where what is sent names a Python module, and a PowerShell one
NAME = re.compile(rb"(?:module_fqn='|\"_ansible_module_name\": \")(?:\w+\.)*(\w+)")


class Connection(ConnectionBase):
    """Takes what is sent, and says what was recorded."""

    transport = "converged"
    has_pipelining = True
    module_implementation_preferences = (".ps1", ".exe", "")

    def _connect(self) -> Connection:
        self._connected = True
        return self

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        """The answer to the module, which came before where it does not come through the pipe."""
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        sent = "AnsiballZ_" in cmd and "python" in cmd
        # the shell's own work, such as a folder for the module, is done here
        command = ["sh", "-c", "cat >/dev/null"] if in_data or sent else ["sh", "-c", cmd]
        ran = subprocess.run(command, input=in_data or b"", capture_output=True, check=False)
        answer = self._answer(in_data or self._module) if in_data or sent else ran.stdout
        return ran.returncode, answer, ran.stderr

    def _answer(self, module: bytes) -> bytes:
        """Raises AnsibleError for a module that nobody has recorded."""
        found = NAME.search(module)
        name = found[1].decode() if found else ""
        if name not in ANSWERS:
            raise AnsibleError(f"the benchmark has no answer for {name!r}")
        return json.dumps(ANSWERS[name]).encode()

    def put_file(self, in_path: str, out_path: str) -> None:
        """Takes the module, as sftp does."""
        subprocess.run(["cp", in_path, out_path], check=True)
        self._module = Path(in_path).read_bytes()

    def fetch_file(self, in_path: str, out_path: str) -> None:
        """Nobody asks for one."""
        raise AnsibleError(f"the benchmark gives no files: {in_path}")

    def close(self) -> None:
        """There is nothing to close."""
        self._connected = False
