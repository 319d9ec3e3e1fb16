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
    ({"name": "A", "state": "present"}, 1, ["A", "B", "b", "C"]),
    ({"name": "New", "state": "present"}, 0, ["A", "B", "b", "C", "New"]),
    ({"name": "New", "state": "present"}, 1, ["A", "B", "b", "C", "New"]),
    ({"name": "B", "state": "absent"}, 2, ["A", "C", "New"]),
    ({"name": "b", "state": "present"}, 0, ["A", "C", "New", "b"]),
    ({"name": "C", "state": "present"}, 1, ["A", "C", "New", "b"]),
    ({"group": "any", "state": "absent"}, 4, []),
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
    """Four by the first step and one by the script itself; later on only those of a name that came or went."""
    assert answers[0]["asked"] == 5
    assert answers[5]["asked"] == 1
