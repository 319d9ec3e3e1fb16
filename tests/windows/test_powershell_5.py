# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows PowerShell 5.1 understands every script under plugins/."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Engine

SCRIPTS = sorted((Path(__file__).resolve().parents[2] / "plugins").rglob("*.ps*1"))

# what 5.1 lacks, and what the walk calls it
NEWER = {
    "$a ? 1 : 2": "TernaryExpressionAst",
    "$a ?? 1": "QuestionQuestion",
    "$a ??= 1": "QuestionQuestionEquals",
    "${a}?.Length": "QuestionDot",
    "${a}?[0]": "QuestionLBracket",
    "Get-Item a && Get-Item b": "AndAnd",
    "Get-Item a || Get-Item b": "OrOr",
    "1..3 | ForEach-Object -Parallel { $_ }": "ForEach-Object -Parallel",
    "1..3 | ForEach-Object -Para { $_ }": "ForEach-Object -Parallel",
    "'{}' | ConvertFrom-Json -AsHashtable": "ConvertFrom-Json -AsHashtable",
    "1..3 | Sort-Object -Top 1": "Sort-Object -Top",
    "'a' | Join-String": "command Join-String",
    "if ($IsWindows) { 1 }": "variable IsWindows",
    "function a { clean { 1 } }": "Clean",
    "if ($a { 1 }": "1:",
}


def test_there_are_scripts() -> None:
    assert {"win_firewall_rule_info.ps1", "win_port_probe.ps1", "PortProbe.psm1"} <= {path.name for path in SCRIPTS}


def test_scripts_under_plugins(scripts: Engine) -> None:
    texts = [path.read_text() for path in SCRIPTS]
    # all of them are too long for a variable of the environment
    found = [answer for at in range(0, len(texts), 8) for answer in scripts.ask("syntax.ps1", texts[at : at + 8])]
    assert dict(zip((path.name for path in SCRIPTS), found, strict=True)) == {path.name: [] for path in SCRIPTS}


@pytest.mark.parametrize("path", SCRIPTS, ids=[path.name for path in SCRIPTS])
def test_a_script_is_ascii(path: Path) -> None:
    # 5.1 reads a file without a byte order mark in the code page of the machine
    assert path.read_bytes().isascii()


@pytest.fixture(scope="module")
def found(scripts: Engine) -> dict[str, list[str]]:
    return dict(zip(NEWER, scripts.ask("syntax.ps1", list(NEWER)), strict=True))


@pytest.mark.parametrize("text", NEWER)
def test_the_walk_finds(text: str, found: dict[str, list[str]]) -> None:
    assert any(NEWER[text] in problem for problem in found[text]), found[text]
