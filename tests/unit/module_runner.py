# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs port_probe as often as it is asked to, each time in a process of its own, and starts Python once.

It reads a line of JSON for each run: the module's arguments, the user's number, and variables of the environment. It
answers with a line, which has what the module wrote to its standard output and its standard error.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import traceback
from typing import Any

from ansible_collections.therefore.firewall.plugins.modules import port_probe


def main() -> None:
    for line in sys.stdin:
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            _run(json.loads(line), write)
        os.close(write)
        with os.fdopen(read, encoding="utf-8") as pipe:
            said = pipe.read()
        os.waitpid(child, 0)
        print(json.dumps(said), flush=True)


def _run(request: dict[str, Any], write: int) -> None:
    """In a child: become the user, and be the module."""
    try:
        if request["user"]:
            os.setgroups([])
            os.setgid(request["user"])
            os.setuid(request["user"])
        os.environ.update(request["environment"])
        given = os.memfd_create("arguments")
        os.write(given, json.dumps({"ANSIBLE_MODULE_ARGS": request["arguments"]}).encode())
        os.lseek(given, 0, os.SEEK_SET)
        sys.stdin = os.fdopen(given)
        os.dup2(write, 1)
        os.dup2(write, 2)
        os.close(write)
        sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
        with contextlib.suppress(SystemExit):
            port_probe.main()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


if __name__ == "__main__":
    main()
