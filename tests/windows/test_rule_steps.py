# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a step of one call sees of the firewall: the rules of its name, and each rule of the host is asked once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Engine

LIBRARY = Path(__file__).resolve().parents[2] / "plugins/module_utils/_windows/RuleSteps.psm1"
# each with what the script finds, and with the rules after it
STEPS: list[tuple[dict[str, str], int, list[str]]] = [
    ({"name": "First", "state": "present"}, 0, ["A", "B", "b", "C", "First"]),
    ({"name": "A", "state": "present"}, 1, ["A", "B", "b", "C", "First"]),
    ({"name": "New", "state": "present"}, 0, ["A", "B", "b", "C", "First", "New"]),
    ({"name": "New", "state": "present"}, 1, ["A", "B", "b", "C", "First", "New"]),
    ({"name": "B", "state": "absent"}, 2, ["A", "C", "First", "New"]),
    ({"name": "b", "state": "present"}, 0, ["A", "C", "First", "New", "b"]),
    ({"name": "C", "state": "present"}, 1, ["A", "C", "First", "New", "b"]),
    ({"group": "any", "state": "absent"}, 5, []),
]


@pytest.fixture(scope="module")
def answers(scripts: Engine) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = scripts.ask("steps.ps1", [step for step, _found, _rules in STEPS], str(LIBRARY))
    return found


def test_it_finds_the_rules_of_its_name(answers: list[dict[str, Any]]) -> None:
    assert [(one["found"], one["rules"]) for one in answers] == [(found, rules) for _step, found, rules in STEPS]


def test_the_rest_of_the_firewall_is_there(answers: list[dict[str, Any]]) -> None:
    assert {one["profiles"] for one in answers} == {1}


def test_all_rules_are_asked_for_their_names_once(answers: list[dict[str, Any]]) -> None:
    """Four by the first step, and one for what is made; later on only those of a name that came or went."""
    assert [one["asked"] for one in answers[:2]] == [5, 1]
    assert answers[6]["asked"] == 1


def test_nothing_is_compiled_before_a_rule_is_there_already(answers: list[dict[str, Any]]) -> None:
    assert [one["compiled"] for one in answers] == [0] + [1] * (len(STEPS) - 1)


def test_what_ansible_brings_for_all_stays(answers: list[dict[str, Any]]) -> None:
    """The module itself ends by it."""
    assert {one["real"] for one in answers} == {"the real one"}
