# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a guard by its files, also of those that a host has lost the content of: the rest stays readable."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Engine

LIBRARY = Path(__file__).resolve().parents[2] / "plugins/module_utils/_windows/ArmedGuard.psm1"
TOKEN = "0" * 32
ARMED = "armed.json"
SECONDS = f"seconds-{TOKEN}.json"


def guard(hours: int = 0) -> str:
    at = datetime.now(timezone.utc) + timedelta(hours=hours)
    return json.dumps({"token": TOKEN, "group": "G", "at": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "seconds": 3600})


FILES: dict[str, tuple[dict[str, str], str | None]] = {
    "none": ({}, None),
    "armed": ({ARMED: guard()}, "waits"),
    "put off": ({ARMED: guard(-2), SECONDS: '{"seconds": 10000}'}, "waits"),
    "restores": ({f"restoring-{TOKEN}.json": guard()}, "waits"),
    "over for long": ({ARMED: guard(-2)}, None),
    "restored": ({"restored.json": "{"}, None),
    "empty": ({ARMED: ""}, ARMED),
    "cut off": ({ARMED: guard()[:40]}, ARMED),
    "blank": ({ARMED: " " * 200}, ARMED),
    "without a time": ({ARMED: '{"group": "G"}'}, ARMED),
    "no table": ({ARMED: "[1]"}, ARMED),
    "put off, cut off": ({ARMED: guard(), SECONDS: '{"seconds"'}, ARMED),
}


@pytest.fixture(scope="module")
def answers(scripts: Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("data")
    told = scripts.ask("guard_files.ps1", [files for files, _expected in FILES.values()], str(LIBRARY), str(folder))
    return dict(zip(FILES, told, strict=True))


@pytest.mark.parametrize("name", FILES)
def test_what_the_files_say(name: str, answers: dict[str, Any]) -> None:
    expected = FILES[name][1]
    found = answers[name]["guard"]
    if expected is None:
        assert found is None
    elif expected == "waits":
        assert found["group"] == "G"
        assert found["seconds_left"] > 0
    else:
        assert found.keys() == {"damaged"}
        assert Path(found["damaged"]).name == expected
