# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/plan.yml changes nothing and says exactly what site.yml then does, from random starting states."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from conftest import Windows

PLAN, SITE = "therefore.firewall.plan", "therefore.firewall.site"


def plan(host: Windows, file: Path, *options: str, **extra: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run plan.yml; what it wrote, and what it ran."""
    run = host.run(PLAN, *options, therefore_plan_file=str(file), **extra)
    return json.loads(file.read_text()), run


def disturbed(rules: list[dict[str, Any]], group: str, seed: int) -> list[dict[str, Any]]:
    """What somebody may have done to the rules of a group; the seed decides."""
    chance = random.Random(seed)
    gone, narrowed, off, copied = chance.sample([rule for rule in rules if rule["Grouping"] == group], 4)
    changed = {
        narrowed["Name"]: narrowed | {"RemoteAddresses": f"192.0.2.{chance.randrange(1, 255)}/255.255.255.255"},
        off["Name"]: off | {"Enabled": False},
    }
    kept = [changed.get(rule["Name"], rule) for rule in rules if rule is not gone]
    return [*kept, copied | {"Name": f"Left over {seed}"}]


@pytest.mark.parametrize("seed", [1, 2])
def test_plan_says_what_site_does(tmp_path: Path, seed: int) -> None:
    host = Windows("workgroup_host")
    content = host.store
    content["rules"] = disturbed(content["rules"], "Therefore Client", seed)
    host.store_file.write_text(json.dumps(content))
    before = host.store_file.read_bytes()

    predicted, _run = plan(host, tmp_path / "plan.json")
    assert host.store_file.read_bytes() == before

    applied = host.run(SITE)
    changes = applied["tasks"]["Apply the rule set"]["changes"]
    (only,) = predicted["hosts"]
    assert only["sets"][0]["changes"] == changes
    assert sorted(change["action"] for change in changes) == ["create", "delete", "update", "update"]

    nothing, _run = plan(host, tmp_path / "after.json")
    assert nothing["drift"] is False


def test_drift_fails_where_asked(tmp_path: Path) -> None:
    host = Windows("blocked_host")
    settings = {"therefore_trusted_subnets": ["192.0.2.0/24"], "therefore_server_components": ["sql_server"]}
    groups = tmp_path / "groups.yml"
    groups.write_text("therefore_server: {hosts: {blocked_host: }}\n")
    found, run = plan(host, tmp_path / "plan.json", f"--inventory={groups}", **settings)
    assert run["stats"]["failures"] == 0
    assert found["totals"]["findings"] == 1

    _found, run = plan(host, tmp_path / "plan.json", f"--inventory={groups}", therefore_fail_on_drift=True, **settings)
    assert run["stats"]["failures"] == 1
    assert "therefore_fail_on_drift" in run["tasks"]["Fail on drift, if asked to"]["msg"]
