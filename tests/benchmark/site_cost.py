# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What site costs the controller on hosts that are right, against a play with ping over the same connection.

The connection is tests/benchmark/plugins/connection/converged.py: no host is behind it. As a program, this prints what
it answers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "unit"))

FORKS = 10
GROUP = "therefore_client"
SETTINGS = {"trusted_subnets": ["192.0.2.0/24", "2001:db8::/64"], "server_addresses": ["192.0.2.10"]}
PYTHON = {"ansible_python_interpreter": "/usr/bin/python3"}
# by kind of host: the module that pings, and what an inventory says
PLATFORMS: dict[str, tuple[str, dict[str, Any]]] = {
    # Ansible's own default for ssh: a module is copied, started and removed
    "Linux": ("ansible.builtin.ping", {**PYTHON, "ansible_pipelining": False}),
    "Linux with pipelining": ("ansible.builtin.ping", {**PYTHON, "ansible_pipelining": True}),
    # the connections of Windows hosts pipeline always
    "Windows": ("ansible.windows.win_ping", {"ansible_shell_type": "powershell", "ansible_pipelining": True}),
}
PLAYS = {
    "ping": [{"hosts": GROUP, "gather_facts": False, "tasks": [{"name": "Ping"}]}],
    "site": [{"import_playbook": "therefore.firewall.site"}],
    # in a play of somebody's own
    "role": [{"hosts": GROUP, "gather_facts": False, "roles": [f"therefore.firewall.{GROUP}"]}],
}


class Cost(NamedTuple):
    """Of one run of ansible-playbook, its children included; megabytes are those of the largest process."""

    cpu: float
    wall: float
    megabytes: float
    processes: int


def answers() -> dict[str, Any]:
    """What a client that is right says to each module."""
    # the tests' own model of a Windows host; its modules are beside it, and those of the collection on the path
    from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
    from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.rules import rules_for
    from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.plan import plan
    from windows_hosts import TITLES, host, run

    rules = rules_for(catalogue.find([]), GROUP, SETTINGS)
    found = host()
    found = run(found, plan(rules, found, TITLES[GROUP], "present", "allow"))
    pong = {"ping": "pong", "changed": False}
    return {
        "ping": pong,
        "win_ping": pong,
        "win_firewall_rule_info": {**found, "changed": False, "check_mode": False},
        "firewalld_ruleset": {
            "changed": False, "changes": [], "unchanged": len(rules), "findings": [], "open_in_zones": [],
            "sets": ["client"], "firewalld": "running", "check_mode": False, "volatile": {}, "reloaded": False,
            "guard": {"armed": False, "needed": False, "seconds": 60},
        },
    }  # fmt: skip


def prepare(folder: Path, platform: str, hosts: int) -> None:
    """Inventory and plays."""
    ping, variables = PLATFORMS[platform]
    everywhere = {
        **variables, "ansible_connection": "converged",
        **{f"therefore_{name}": value for name, value in SETTINGS.items()},
    }  # fmt: skip
    names = {f"desk-{number:04}": {"ansible_host": f"192.0.2.{number % 200 + 20}"} for number in range(hosts)}
    inventory = {"all": {"vars": everywhere, "children": {GROUP: {"hosts": names}}}}
    (folder / "inventory.json").write_text(json.dumps(inventory))
    PLAYS["ping"][0]["tasks"] = [{"name": "Ping", ping: {}}]
    for name, plays in PLAYS.items():
        (folder / f"{name}.yml").write_text(json.dumps(plays))


def cost(folder: Path, play: str) -> Cost:
    """Run one of the plays. Raises SystemExit where it did not leave all hosts as they were."""
    environment = os.environ | {
        "BENCH_ANSWERS": str(folder / "answers.json"), "BENCH_COUNTED": str(folder / "counted.json"),
        "ANSIBLE_CONNECTION_PLUGINS": str(HERE / "plugins/connection"),
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "plugins/callback"), "ANSIBLE_CALLBACKS_ENABLED": "counted",
        "ANSIBLE_NOCOLOR": "1",
    }  # fmt: skip
    command = ["ansible-playbook", "--forks", str(FORKS), "--inventory", "inventory.json", f"{play}.yml"]
    begin = time.monotonic()
    with (folder / "said").open("w") as said:
        run = subprocess.Popen(command, env=environment, cwd=folder, stdout=said, stderr=subprocess.STDOUT)
        _pid, status, usage = os.wait4(run.pid, 0)
    wall = time.monotonic() - begin
    run.returncode = os.waitstatus_to_exitcode(status)
    recap = (folder / "said").read_text().partition("PLAY RECAP")[2]
    if run.returncode or any("changed=0" not in line for line in recap.splitlines() if "ok=" in line):
        sys.exit(f"fleet: {play} did not find its hosts right:\n{(folder / 'said').read_text()}")
    counted = json.loads((folder / "counted.json").read_text())
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024, sum(counted.values()))


def measure(platform: str, sizes: Iterable[int]) -> Iterator[tuple[int, dict[str, Cost]]]:
    """The cost of every play for each number of hosts."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # in a process of its own, which has the collection on its path
        environment = os.environ | {"PYTHONPATH": os.environ["ANSIBLE_COLLECTIONS_PATH"]}
        with (folder / "answers.json").open("w") as stream:
            subprocess.run([sys.executable, __file__], env=environment, stdout=stream, check=True)
        for hosts in sizes:
            prepare(folder, platform, hosts)
            yield hosts, {play: cost(folder, play) for play in PLAYS}


if __name__ == "__main__":
    print(json.dumps(answers()))
