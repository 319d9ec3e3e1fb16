# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs lists of tasks on simulated hosts: a module's run costs seconds, so that many of them share one playbook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Container
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from simulation import Simulation, profiles_module

RULE = "community.windows.win_firewall_rule"
INFO = "therefore.firewall.win_firewall_rule_info"
PROFILES = profiles_module()
GUARD = "therefore.firewall.win_firewall_guard"
PROBE = "therefore.firewall.win_port_probe"
RULES = "therefore.firewall.win_firewall_rules"
SELFTEST = "therefore.firewall.win_firewall_selftest"


@dataclass(frozen=True)
class Step:
    """One task. Its result is found by its name."""

    name: str
    module: str
    options: dict[str, Any] = field(default_factory=dict)
    check: bool = False
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What a module said, and the host's store after it."""

    result: dict[str, Any]
    store: dict[str, Any]

    @property
    def rules(self) -> list[dict[str, Any]]:
        return list(self.store["rules"])

    def rule(self, name: str) -> dict[str, Any]:
        """The one rule of that name."""
        (found,) = [rule for rule in self.rules if rule["Name"] == name]
        return found


Answers = dict[tuple[str, str], Answer]


def named(answer: Answer, name: str) -> dict[str, Any]:
    """The one rule of that name that win_firewall_rule_info returned."""
    (found,) = [rule for rule in answer.result["rules"] if rule["name"] == name]
    return dict(found)


def names(answer: Answer) -> list[str]:
    """The names of all rules that it returned."""
    return [rule["name"] for rule in answer.result["rules"]]


def fields(answer: Any, otherwise: Container[str], path: str = "") -> dict[str, Any]:
    """Every field of an answer by its path, but for those that differ by nature."""
    if isinstance(answer, dict):
        inner = {f"{path}.{key}": value for key, value in answer.items() if key not in otherwise}
    elif isinstance(answer, list):
        inner = {f"{path}[{number}]": value for number, value in enumerate(answer)}
    else:
        return {path: answer}
    return {path: type(answer).__name__} | {
        one: value for key in inner for one, value in fields(inner[key], otherwise, key).items()
    }


def run(simulation: Simulation, steps: list[Step], hosts: list[str]) -> Answers:
    """The answer of each step on each host."""
    playbook = simulation.folder / f"steps-{'-'.join(hosts)}.yml"
    playbook.write_text(yaml.safe_dump([_play(steps, hosts)], sort_keys=False))
    environment = os.environ | simulation.environment
    environment |= {"ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json", "ANSIBLE_HOME": str(simulation.folder / "home")}
    environment |= {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_DEPRECATION_WARNINGS": "False", "ANSIBLE_FORKS": "2"}
    command = [Path(sys.executable).parent / "ansible-playbook", playbook]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=500)
    try:
        tasks = json.loads(done.stdout[done.stdout.index("{") :])["plays"][0]["tasks"]
    except (ValueError, LookupError):
        raise RuntimeError(f"ansible-playbook failed: {done.stdout[-2000:]}{done.stderr[-2000:]}") from None
    return _answers(tasks)


def _play(steps: list[Step], hosts: list[str]) -> dict[str, Any]:
    tasks: list[dict[str, Any]] = []
    for step in steps:
        task = {
            "name": step.name,
            step.module: step.options,
            "check_mode": step.check,
            "ignore_errors": True,
            "diff": True,
        }
        if step.hosts:
            task["when"] = f"inventory_hostname in {list(step.hosts)}"
        # read by the controller: costs nothing
        store = "{{ lookup('ansible.builtin.file', ansible_remote_tmp ~ '/store.json') }}"
        tasks += [task, {"name": f"{step.name}: store", "ansible.builtin.debug": {"msg": store}}]
    return {"hosts": ",".join(hosts), "gather_facts": False, "tasks": tasks}


def _answers(tasks: list[dict[str, Any]]) -> Answers:
    answers: Answers = {}
    for task, store in zip(tasks[::2], tasks[1::2], strict=True):
        for host, result in task["hosts"].items():
            message = store["hosts"][host]["msg"]
            content = json.loads(message) if isinstance(message, str) else message
            answers[host, task["task"]["name"]] = Answer(result, content)
    return answers
