# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs modules of the collection on a lab host without Ansible's own start, which costs many times as much."""

from __future__ import annotations

import functools
import io
import json
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import ansible
from lab_hosts import run_on

COLLECTION = "ansible_collections/therefore/firewall/plugins"
ANSIBLE_HERE = Path(ansible.__file__).parent
COLLECTION_HERE = Path(__file__).parents[2] / "build" / COLLECTION
ON_HOST = "/opt/ansible"


@functools.cache
def install(host: str) -> None:
    """Put the modules, and what they import of Ansible, on a host, once."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.add(ANSIBLE_HERE / "module_utils", "ansible/module_utils", filter=_without_bytecode)
        for part in ("modules", "module_utils"):
            archive.add(COLLECTION_HERE / part, f"{COLLECTION}/{part}", filter=_without_bytecode)
    unpack = f"rm -rf {ON_HOST}; mkdir {ON_HOST}; tar -xC {ON_HOST}; touch {ON_HOST}/ansible/__init__.py"
    run_on(host, "sh", "-ec", unpack, stdin=packed.getvalue())


def program_of(module: str) -> list[str]:
    """The command that runs a module which install() has put on a host."""
    return ["env", f"PYTHONPATH={ON_HOST}", "python3", "-m", f"{COLLECTION.replace('/', '.')}.modules.{module}"]


def _without_bytecode(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if member.name.endswith("__pycache__") else member


def run_module(host: str, name: str, arguments: dict[str, Any], through: str = 'exec "$@"') -> Any:
    """What a module says that runs on a host, whether or not it fails; through: a shell's way to start it."""
    install(host)
    argv = ["podman", "exec", "-i", f"thf-lab-{host}", "sh", "-ec", through, "sh", *program_of(name)]
    text = json.dumps({"ANSIBLE_MODULE_ARGS": arguments})
    result = subprocess.run(argv, input=text, capture_output=True, text=True, check=False)
    print(result.stderr)
    return json.loads(result.stdout)
