# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab host with firewalld and the module firewalld_ruleset, as the tests of several scenarios use it.

Most tests run the module on the host without Ansible's own start, which costs five times as much as the module; where
Ansible takes part in what is tested (respawn, the role), they run a playbook.
"""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

from lab_hosts import play, probe, run_on
from on_host import program_of

HERE = Path(__file__).parent

# a directory's size says nothing, and firewalld's time stamps are its own
STORED = "cd /etc/firewalld && find . -printf '%p %y %m %u %g\\n' -type f -exec sha256sum {} + | sort"
RESET = "find /etc/firewalld -mindepth 1 -delete && cp -a /root/before/. /etc/firewalld && firewall-cmd -q --reload"


def flows(source: str, addresses: list[str], *ports: int, attempts: int = 1) -> list[str]:
    """State of each TCP port as a host finds it, at all these addresses."""
    # no reload is under way while a test probes, so one try will do
    states = probe(source, [(address, port, "tcp") for port in ports for address in addresses], attempts=attempts)
    same = [set(states[at : at + len(addresses)]) for at in range(0, len(states), len(addresses))]
    return [" or ".join(sorted(one)) for one in same]


def answer_of(tasks: list[dict[str, Any]], host: str, name: str) -> dict[str, Any]:
    """What a host answered to the last task, or step of a task, of this name."""
    answers: dict[str, Any] = {}
    for task in tasks:
        answer = task["hosts"].get(host, {})
        answers |= {task["task"]["name"].rpartition(" : ")[2]: answer} | answer.get("steps_done", {})
    return answers[name]


class Host:
    """A lab host that runs firewalld."""

    # a command in front of the module's own
    wrapper: tuple[str, ...] = ()

    def __init__(self, name: str, addresses: list[str], scenario: Path) -> None:
        self.name = name
        self.addresses = addresses
        self.scenario = scenario

    def run(self, command: str, **options: Any) -> str:
        """Standard output of a shell command."""
        return run_on(self.name, "sh", "-ec", command, **options)

    def firewall_cmd(self, *options: str) -> str:
        """What firewall-cmd says."""
        return run_on(self.name, "firewall-cmd", *options).strip()

    def apply(self, name: str = "one", *, check: bool = False, **parameters: Any) -> dict[str, Any]:
        """Run the module; what it says, with a diff."""
        arguments = {"name": name, "_ansible_check_mode": check, "_ansible_diff": True, **parameters}
        program = [*self.wrapper, *program_of("firewalld_ruleset")]
        text = self.run(f"{shlex.join(program)} || true", stdin=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}))
        return json.loads(text)

    def applied(self, name: str = "one", **parameters: Any) -> dict[str, Any]:
        """Run the module where it must succeed."""
        result = self.apply(name, **parameters)
        assert not result.get("failed"), result["msg"]
        return result

    def refused(self, name: str = "one", **parameters: Any) -> str:
        """The message of the module where it must fail, and change nothing, stored or at runtime."""
        before = self.stored(), self.runtime()
        result = self.apply(name, **parameters)
        assert result.get("failed") is True
        assert not result.get("changed")
        assert (self.stored(), self.runtime()) == before
        return result["msg"]

    def role(self, *options: str, **variables: Any) -> dict[str, Any]:
        """Run the role ruleset with Ansible: what the callback says of the one play."""
        extra = {"ruleset_name": "role", **variables}
        inventory = self.scenario / "inventory"
        report = play(HERE / "engine_role.yml", [inventory], extra, ["--limit", self.name, *options])
        return {"stats": report["stats"][self.name], "tasks": report["plays"][0]["tasks"]}

    def task(self, report: dict[str, Any], name: str) -> dict[str, Any]:
        """The result of the last task of this name in what role() gave, or of a step of it."""
        return answer_of(report["tasks"], self.name, name)

    def stored(self) -> str:
        """Everything below /etc/firewalld: names, modes, owners and contents."""
        return self.run(STORED)

    def runtime(self) -> str:
        """Everything that decides about packets now: zones, policies and ipsets, a line each."""
        return self.run("python3 /opt/lab/runtime.py")

    def of_others(self) -> list[str]:
        """As runtime(), without what is ours."""
        return [line for line in self.runtime().splitlines() if " thf-" not in line]

    def seen_from(self, source: str, *ports: int, addresses: list[str] | None = None, attempts: int = 1) -> list[str]:
        """State of each TCP port, at every address of this host: a set of states where they differ."""
        return flows(source, addresses or self.addresses, *ports, attempts=attempts)

    def reaches(self, addresses: list[str], *ports: int) -> list[str]:
        """State of each TCP port of another host, at all these addresses of it."""
        return flows(self.name, addresses, *ports)

    def reset(self) -> None:
        """Make the host as it was booted."""
        self.run(RESET)
