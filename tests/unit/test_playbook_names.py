# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing that a repository sets of its own changes what our playbooks and roles say: names and settings of plays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from collection import ROOT

OURS = re.compile(r"_*(therefore|ruleset|ansible)_")
PLAYBOOKS = sorted(path for path in (ROOT / "playbooks").glob("*.yml") if "inventory" not in path.name)
FILES = [*PLAYBOOKS, *(ROOT / "playbooks/tasks").glob("*.yml"), *(ROOT / "roles").glob("*/tasks/*.yml")]
VARIABLES = sorted((ROOT / "roles").glob("*/[dv]*/main.yml"))


def names_made(node: Any) -> Iterator[str]:
    """The variables that tasks make: an extra variable, or a fact of that name, would stand in their place."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("vars", "ansible.builtin.set_fact") and isinstance(value, dict):
                yield from value
            if key in ("register", "loop_var", "index_var"):
                yield value
            yield from names_made(value)
    elif isinstance(node, list):
        for item in node:
            yield from names_made(item)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_variables_of_tasks_have_our_prefix(path: Path) -> None:
    assert [name for name in names_made(yaml.safe_load(path.read_text())) if not OURS.match(name)] == []


# what stands in for a setting: "true" at the end says that it does for an empty one as well, and so does a switch
INSTEAD = re.compile(r"\btherefore_\w+ \| default\((?!'')[^()]*(?<!, true)\)(?! \| bool)")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_an_empty_answer_of_a_survey_is_none(path: Path) -> None:
    """AWX hands on every question that was left open, as an empty text."""
    assert INSTEAD.findall(path.read_text()) == []


@pytest.mark.parametrize("path", VARIABLES, ids=lambda path: str(path.relative_to(ROOT)))
def test_variables_of_roles_have_our_prefix(path: Path) -> None:
    assert [name for name in yaml.safe_load(path.read_text()) or {} if not OURS.match(name)] == []


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.name)
def test_plays_say_what_a_configuration_would_change(path: Path) -> None:
    for play in yaml.safe_load(path.read_text()):
        assert play["strategy"] == "linear"
        assert play["gather_facts"] is False
        assert "always" not in play.get("tags", [])
        # one host that is off costs no other its turn; only what checks all hosts before any is touched ends a run
        assert "any_errors_fatal" in play
