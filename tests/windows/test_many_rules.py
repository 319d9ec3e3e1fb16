# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host with 3,387 rules, as a terminal server has them: what a plan asks for stays small, and says the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hosts import FOREIGN_BLOCK
from ordinary_rules import ordinary_rules
from playbook import INFO, Answers, Step, run
from simulation import simulate

if TYPE_CHECKING:
    from pathlib import Path

HOST, GROUP, COUNT = "domain_server", "Therefore Server", 3387
RULE: dict[str, Any] = {"direction": "in", "protocol": "tcp", "peers": ["192.0.2.0/24"], "profiles": ["domain"]}
WANTED = [RULE | {"id": "sql_server", "ports": [1433]}, RULE | {"id": "xml_service", "ports": [8000]}]


def many(name: str) -> list[dict[str, Any]]:
    """The ordinary rules again and again, one that blocks, and two of ours, of which nobody wants one."""
    ordinary = ordinary_rules()
    rules = [ordinary[n % len(ordinary)] | {"Name": f"Session {n}: rule"} for n in range(COUNT - 3)]
    ours = {"Grouping": GROUP, "Protocol": 6, "LocalPorts": "8000", "Profiles": 1, "Enabled": True}
    return [*rules, FOREIGN_BLOCK, ours | {"Name": name}, ours | {"Name": "Left over"}]


@pytest.fixture(scope="module")
def answers(pwsh: str, tmp_path_factory: pytest.TempPathFactory) -> Answers:
    from ansible_collections.therefore.firewall.plugins.filter.plan import plan_for

    hosts = simulate(tmp_path_factory.mktemp("many"))
    asked = plan_for(WANTED, GROUP)
    (name,) = [one for one in asked["names"] if "xml_service" in one]
    file: Path = hosts.store_file(HOST)
    file.write_text(json.dumps(hosts.store(HOST) | {"rules": many(name)}))
    return run(hosts, [Step("all", INFO), Step("for a plan", INFO, {"plan_for": asked})], [HOST])


def size(answer: dict[str, Any]) -> int:
    return len(json.dumps(answer))


def test_all_rules_are_counted_also_where_few_are_returned(answers: Answers) -> None:
    every, few = (answers[HOST, step].result for step in ("all", "for a plan"))
    assert every["counts"]["local"] == few["counts"]["local"] == every["counts"]["returned"] == COUNT
    assert every["groups"] == few["groups"]
    assert every["counts"]["blocking"] == few["counts"]["blocking"]
    assert few["counts"]["returned"] == few["counts"]["blocking"] + 2


def test_what_a_plan_asks_for_is_small(answers: Answers) -> None:
    every, few = (size(answers[HOST, step].result) for step in ("all", "for a plan"))
    print(f"bytes of JSON: {every} for all rules, {few} for a plan")
    assert every > 1_500_000
    assert few < 30_000


def test_the_plan_is_the_same(answers: Answers) -> None:
    from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.plan import plan

    every, few = (plan(WANTED, answers[HOST, step].result, GROUP, "present", "allow") for step in ("all", "for a plan"))
    assert every == few
    assert sorted(change["action"] for change in few["changes"]) == ["create", "delete", "update"]
    assert [finding["kind"] for finding in few["findings"]] == ["foreign_block"]
