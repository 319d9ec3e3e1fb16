# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts with something in the way: findings and refusals, and not one change."""

from __future__ import annotations

import pytest
from conftest import SCENARIO, Windows

TROUBLED = str(SCENARIO / "troubled.yml")


def findings(host: str) -> list[dict[str, str]]:
    answer = Windows(host).run(TROUBLED, "--check")
    assert answer["stats"]["failures"] == 0
    found: list[dict[str, str]] = answer["tasks"]["Apply the rule set"]["findings"]
    return found


def test_group_policy_that_ignores_local_rules_and_contradicts_ours() -> None:
    found = findings("policy_host")
    ignored = [one for one in found if one["kind"] == "local_rules_ignored"]
    assert [one["object"] for one in ignored] == ["domain"]
    blocks = [one for one in found if one["object"] == "Policy: no device network"]
    assert "MFP Manager" in " ".join(one["message"] for one in blocks)


def test_what_the_host_forbids_is_a_finding_in_check_mode_and_stops_a_run_in_the_same_words() -> None:
    host = Windows("policy_host")
    deny = {"therefore_server_egress": "deny", "therefore_server_domain_controllers": ["192.0.2.5"]}
    checked = host.run(TROUBLED, "--check", **deny)
    assert checked["stats"]["failures"] == 0
    plan = checked["tasks"]["Apply the rule set"]
    (refused,) = [one for one in plan["findings"] if one["kind"] == "refused"]
    assert refused["message"].startswith("therefore_server_egress: deny would cut this host off: group policy ignores")
    assert len(plan["steps"]) > 20

    run = host.run(TROUBLED, **deny)
    assert run["stats"]["failures"] == 1
    assert run["tasks"]["Apply the rule set"]["msg"] == refused["message"]
    assert host.store == host.store_before


def test_a_block_rule_of_somebody_else() -> None:
    (block,) = [one for one in findings("blocked_host") if "Hardening: no SQL from the network" in one["object"]]
    assert "beats, on the Domain profile, what 'Therefore Server - MS-SQL-S (SQL Server) (TCP-In)'" in block["message"]


def test_a_rule_made_by_hand_with_our_name_is_refused_before_anything_changes() -> None:
    host = Windows("half_done_host")
    answer = host.run(TROUBLED)
    assert answer["stats"]["failures"] == 1
    message = answer["tasks"]["Apply the rule set"]["msg"]
    assert "'Therefore Server - XML Service (TCP-In)' is also the name of a rule without a group" in message
    assert "rename that rule" in message
    assert host.store == host.store_before


@pytest.mark.parametrize("host", ["policy_host", "blocked_host"])
def test_check_mode_changes_nothing(host: str) -> None:
    assert Windows(host).store == Windows(host).store_before
