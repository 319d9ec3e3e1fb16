# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""port_probe and win_port_probe have the same options and the same answers, by their documentation."""

from __future__ import annotations

import ast
from typing import Any

import pytest
import yaml
from collection import ROOT

MODULES = ROOT / "plugins/modules"
PYTHON, POWERSHELL = MODULES / "port_probe.py", MODULES / "win_port_probe.yml"
PARTS = ("type", "elements", "default", "choices", "required", "options", "suboptions", "contains")

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="there is no module port_probe")


def python_documentation() -> dict[str, Any]:
    found = {}
    for node in ast.parse(PYTHON.read_text()).body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)
        ):
            found[node.targets[0].id] = node.value.value
    return {name: yaml.safe_load(found[name]) for name in ("DOCUMENTATION", "RETURN")}


def shape(entries: dict[str, Any]) -> dict[str, Any]:
    """What a caller relies on, without the prose."""
    return {name: parts(entry) for name, entry in entries.items()}


def parts(entry: dict[str, Any]) -> dict[str, Any]:
    kept = {key: entry[key] for key in PARTS if key in entry}
    return {key: shape(value) if isinstance(value, dict) else value for key, value in kept.items()}


@pytest.mark.parametrize(("document", "section"), [("DOCUMENTATION", "options"), ("RETURN", None)])
def test_both_modules_have_the_same(document: str, section: str | None) -> None:
    python, powershell = python_documentation()[document], yaml.safe_load(POWERSHELL.read_text())[document]
    if section:
        python, powershell = python[section], powershell[section]
    assert shape(python) == shape(powershell)
