# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts with something in the way: findings and refusals, and not one change."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import SCENARIO, Windows

TROUBLED = str(SCENARIO / "troubled.yml")


def findings(host: str) -> list[dict[str, str]]:
    answer = Windows(host).run(TROUBLED, "--check")
    assert answer["stats"]["failures"] == 0
    found: list[dict[str, Any]] = answer["tasks"]["Show what stands in the way of the rules"]["results"]
    return [one["item"] for one in found]


def test_group_policy_that_ignores_local_rules_and_contradicts_ours() -> None:
    found = findings("policy_host")
    ignored = [one for one in found if one["kind"] == "local_rules_ignored"]
    assert [one["object"] for one in ignored] == ["domain"]
    blocks = [one for one in found if one["object"] == "Policy: no device network"]
    assert "MFP Manager" in " ".join(one["message"] for one in blocks)


def test_a_block_rule_of_somebody_else() -> None:
    (block,) = [one for one in findings("blocked_host") if "Hardening: no SQL from the network" in one["object"]]
    assert "beats, on the Domain profile, what 'Therefore Server - MS-SQL-S (SQL Server) (TCP-In)'" in block["message"]


def test_a_rule_made_by_hand_with_our_name_is_refused_before_anything_changes() -> None:
    host = Windows("half_done_host")
    answer = host.run(TROUBLED)
    assert answer["stats"]["failures"] == 1
    message = answer["tasks"]["Compare them with the wanted rules"]["msg"]
    assert "'Therefore Server - XML Service (TCP-In)' is also the name of a rule without a group" in message
    assert "rename that rule" in message
    assert host.store == host.store_before


@pytest.mark.parametrize("host", ["policy_host", "blocked_host"])
def test_check_mode_changes_nothing(host: str) -> None:
    assert Windows(host).store == Windows(host).store_before
