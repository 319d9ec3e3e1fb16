# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles in a play of one's own whose hosts do not wait for each other: each has its own rules, guarded, and once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lab_hosts import play, run_on

SCENARIO = Path(__file__).parents[1]
INVENTORIES = [SCENARIO / "infrastructure/inventory.yml", SCENARIO / "inventory/lab.yml"]
PORTS = {"vault01": 9101, "pc01": 9102}
# each host's own; the port of the other one must not be among them
RULE = {"id": "own", "direction": "in", "protocol": "tcp", "ports": ["{{ own_port }}"], "peers": ["10.78.1.0/24"]}


def run(folder: Path, strategy: str, **variables: Any) -> dict[str, Any]:
    """What a play with two sets of one's own says."""
    common = {"ruleset_guard": "always", "own_port": f"{{{{ {PORTS}[inventory_hostname] }}}}", **variables}
    tasks = [
        {
            "ansible.builtin.include_role": {"name": "therefore.firewall.ruleset"},
            "vars": {"ruleset_name": name, "ruleset_rules": [RULE]},
        }
        for name in ("a", "b")
    ]
    book = folder / "book.json"
    book.write_text(
        json.dumps([{"hosts": "all", "gather_facts": False, "strategy": strategy, "vars": common, "tasks": tasks}])
    )
    return play(book, INVENTORIES)


def changed(report: dict[str, Any]) -> dict[str, int]:
    assert not any(one["failures"] or one["unreachable"] for one in report["stats"].values()), report["stats"]
    return {host: one["changed"] for host, one in report["stats"].items()}


@pytest.mark.parametrize("strategy", ["free", "host_pinned"])
def test_each_host_has_its_own_rules(tmp_path: Path, strategy: str) -> None:
    before = {host: run_on(host, "firewall-cmd", "--permanent", "--list-all-policies") for host in PORTS}
    assert changed(run(tmp_path, strategy)) == dict.fromkeys(PORTS, 2)
    for host, port in PORTS.items():
        for kept in ([], ["--permanent"]):
            rules = run_on(host, "firewall-cmd", *kept, "--list-all-policies")
            assert f'"{port}"' in rules
            assert not any(f'"{other}"' in rules for other in PORTS.values() if other != port)
    assert changed(run(tmp_path, strategy)) == dict.fromkeys(PORTS, 0)
    assert changed(run(tmp_path, strategy, ruleset_state="absent")) == dict.fromkeys(PORTS, 2)
    assert {host: run_on(host, "firewall-cmd", "--permanent", "--list-all-policies") for host in PORTS} == before
