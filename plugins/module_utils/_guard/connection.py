# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ssh connection over which somebody works on this host: a new one can be told from one that was open before."""

from __future__ import annotations

import os
from typing import Dict, List

VARIABLE = b"SSH_CONNECTION"
# started on this host itself, Ansible comes over no connection, whatever environment it has inherited
CONTROLLERS = {b"ansible", b"ansible-console", b"ansible-playbook", b"ansible-pull", b"ansible-runner"}


def of_process(pid: int, proc: str = "/proc") -> str:
    """The connection, as C(client port server port) has it; empty where there is none to be compared.

    sudo and the like drop it from the environment, so that those of the parents are looked at, too.
    """
    found = b""
    while pid > 1:
        if any(os.path.basename(word) in CONTROLLERS for word in _words(proc, pid, "cmdline")[:3]):
            return ""
        found = found or _environment(proc, pid).get(VARIABLE, b"")
        pid = _parent(proc, pid)
    return found.decode(errors="replace")


def server_port(connection: str) -> List[int]:
    """The port of this host to which a connection came; none where there is none."""
    words = connection.split()
    return [int(words[3])] if len(words) > 3 and words[3].isdigit() else []


def client(connection: str) -> str:
    """The far end of a connection, for people."""
    words = connection.split()
    return f"{words[0]}, port {words[1]}" if len(words) > 1 else connection


def _words(proc: str, pid: int, name: str) -> List[bytes]:
    try:
        with open(f"{proc}/{pid}/{name}", "rb") as file:
            return file.read().split(b"\0")
    except OSError:  # it has ended, or is not ours to read
        return []


def _environment(proc: str, pid: int) -> Dict[bytes, bytes]:
    pairs = (word.partition(b"=") for word in _words(proc, pid, "environ"))
    return {name: value for name, _equals, value in pairs}


def _parent(proc: str, pid: int) -> int:
    # the name of the program stands in brackets, and may have any character in it
    text = b"\0".join(_words(proc, pid, "stat")).rpartition(b")")[2].split()
    return int(text[1]) if len(text) > 1 else 0
