# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that change, and a failure half-way, through the role ruleset.

The tests run in this order, and each starts from what the one before left.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import SCENARIO, Windows

HOST = "blocked_host"
RULESET = str(SCENARIO / "ruleset.yml")
FIRST = {
    "id": "one",
    "name": "Lab - One",
    "direction": "in",
    "protocol": "tcp",
    "ports": [9001],
    "peers": ["192.0.2.0/24"],
    "profiles": ["domain"],
}
SECOND = {**FIRST, "id": "two", "name": "Lab - Two", "ports": [9002]}
THIRD = {**FIRST, "id": "three", "name": "Lab - Three", "ports": [9003]}


def apply(*rules: dict[str, Any], **extra: Any) -> dict[str, Any]:
    return Windows(HOST).run(RULESET, ruleset_name="lab", ruleset_group="Lab", ruleset_rules=list(rules), **extra)


def plan(answer: dict[str, Any]) -> list[tuple[str, str]]:
    result = answer["tasks"]["Apply the rule set"]
    return [(change["action"], change["id"]) for change in result["changes"]]


def ours() -> dict[str, dict[str, Any]]:
    return {rule["Name"]: rule for rule in Windows(HOST).store["rules"] if rule.get("Grouping") == "Lab"}


def deny(*names: str) -> None:
    """Let the stand-in refuse changes of these rules, as Windows does where rights are missing."""
    path = Windows(HOST).store_file
    path.write_text(json.dumps({**Windows(HOST).store, "denied": list(names)}))


def test_a_failure_half_way_puts_everything_back() -> None:
    deny("Lab - Three")
    answer = apply(FIRST, SECOND, THIRD)
    assert answer["stats"]["failures"] == 1
    message = answer["tasks"]["Apply the rule set"]["msg"]
    assert message.startswith("Failed at rule 'Lab - Three' (")
    assert "denied by the store" in message
    assert ours() == {}
    deny()
    assert Windows(HOST).store == {**Windows(HOST).store_before, "denied": []}


def test_one_by_one_a_failure_half_way_puts_everything_back_too() -> None:
    deny("Lab - Three")
    answer = apply(FIRST, SECOND, THIRD, ruleset_apply="one_by_one")
    assert answer["stats"]["failures"] == 1
    message = answer["tasks"]["Apply the rule set"]["msg"]
    assert "failed at Lab - Three" in message
    assert "are again as they were before the first step" in message
    assert ours() == {}
    deny()
    assert {action for action, _id in plan(apply(FIRST, SECOND, THIRD, ruleset_apply="one_by_one"))} == {"create"}
    assert set(ours()) == {"Lab - One", "Lab - Two", "Lab - Three"}


def test_one_by_one_finds_what_one_call_left_and_the_other_way_round() -> None:
    """Both run the same code over the same options."""
    assert plan(apply(FIRST, SECOND, THIRD)) == []
    made = ours()
    assert len(plan(apply())) == len(made)
    assert len(plan(apply(FIRST, SECOND, THIRD))) == len(made)
    assert ours() == made


@pytest.mark.parametrize(
    ("changed", "action", "key", "value"),
    [
        ({"ports": [9011, 9012]}, "update", "LocalPorts", "9011,9012"),
        ({"peers": ["192.0.2.7-192.0.2.9"]}, "update", "RemoteAddresses", "192.0.2.7-192.0.2.9"),
        ({"profiles": ["domain", "private"]}, "update", "Profiles", 3),
        ({"action": "block"}, "update", "Action", 0),
        # the module would set the ports before the protocol, each at once
        ({"protocol": "udp"}, "recreate", "Protocol", 17),
        ({"direction": "out", "protocol": "udp"}, "recreate", "Direction", 2),
    ],
)
def test_a_changed_rule(changed: dict[str, Any], action: str, key: str, value: Any) -> None:
    assert plan(apply({**FIRST, **changed}, SECOND, THIRD)) == [(action, "one")]
    assert ours()["Lab - One"][key] == value


def test_a_rule_that_nobody_wants_any_longer_goes() -> None:
    found = plan(apply(SECOND))
    assert found == [("delete", "Lab - One"), ("delete", "Lab - Three")]
    assert set(ours()) == {"Lab - Two"}
    assert plan(apply(SECOND)) == []


@pytest.mark.parametrize("way", ["one_call", "one_by_one"])
def test_what_can_cut_the_connection_is_guarded_and_confirmed(way: str) -> None:
    tasks = apply({**SECOND, "ports": [5986], "action": "block"}, ruleset_apply=way)["tasks"]
    assert tasks["Arm the guard, which puts the former rules back if nothing comes through afterwards"]["token"]
    assert "msg" not in tasks["Confirm the change over a new connection"]
    assert ours()["Lab - Two"]["Action"] == 0
    folder = Windows(HOST).store_file.parent / "therefore.firewall/guard"
    assert list(folder.iterdir()) == []
    # back to what the next test takes away, which cuts nobody off
    assert apply(SECOND, ruleset_guard="never")["stats"]["failures"] == 0


def test_the_set_goes_in_one_call_and_others_stay() -> None:
    answer = apply(ruleset_state="absent")
    assert len(answer["tasks"]["Apply all differences in one call, or none"]["steps"]) == 1
    assert Windows(HOST).store == Windows(HOST).store_before
