# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guard's keeping: what it saves and finds again, who may end it, and that one thing only ends it.

systemd is not to be had here; what stands for it remembers what it was asked (class Systemd). The scenario guard has
the real one.
"""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.files import (
    StoredFile,
    put_files_back,
    read_files,
)
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import RulesetError
from ansible_collections.therefore.firewall.plugins.module_utils._guard import files, guard, restore, units
from ansible_collections.therefore.firewall.plugins.module_utils._guard.record import Record, from_json, to_json
from ansible_collections.therefore.firewall.plugins.module_utils._guard.watch import check_seconds
from ansible_collections.therefore.firewall.plugins.modules import firewalld_guard as module
from rulesets import built, forward, rule

RECORD = Record(
    "web", "0123", 60, 1764000000.0, "by anna from 192.0.2.9", True, "enabled",
    built(rule(), egress="deny"), built(rule(), forward()), {"/a": StoredFile(b"\xff<zone/>", 0o640)},
    tables={"inet": "table inet firewalld {\n}\n"},
)  # fmt: skip
UNTIL = "2025-11-24T16:01:00Z"


class Systemd:
    """Stands for systemd."""

    def __init__(self) -> None:
        self.armed = False
        self.seconds = 0
        self.refuses = ""

    def start(self, seconds: int, sources: str, command: list[str]) -> None:
        if self.refuses:
            raise units.UnitError(self.refuses)
        self.armed = True
        self.seconds = seconds

    def stop(self) -> None:
        self.armed = False


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the guard keeps its things, here."""
    for name in ("HOME", "GUARD", "SOURCES", "ARMED", "RESTORING", "CONFIRMED", "WENT_BACK"):
        inside = getattr(guard, name).removeprefix("/var/lib/therefore-firewall")
        monkeypatch.setattr(guard, name, f"{tmp_path}/home{inside}")
    return tmp_path / "home"


@pytest.fixture
def systemd(monkeypatch: pytest.MonkeyPatch) -> Systemd:
    one = Systemd()
    monkeypatch.setattr(units, "start", one.start)
    monkeypatch.setattr(units, "stop", one.stop)
    return one


def arm(record: Record = RECORD) -> None:
    guard.arm(record, restore.__name__)


def test_a_record_is_found_as_it_was_saved() -> None:
    assert from_json(to_json(RECORD)) == RECORD
    assert RECORD.until == UNTIL


def test_armed_then_confirmed(home: Path, systemd: Systemd) -> None:
    arm()
    assert (systemd.armed, guard.armed()) == (True, RECORD)
    assert (home / "guard").stat().st_mode & 0o777 == 0o700
    guard.confirm("0123")
    assert (systemd.armed, guard.armed(), home.exists()) == (False, None, False)
    with pytest.raises(guard.GuardError, match="no guard with '0123' is armed"):
        guard.confirm("0123")


@pytest.mark.parametrize(("ago", "left"), [(0, 60), (20, 40), (90, 1)])
def test_the_time_runs_from_what_was_said_and_not_from_the_end_of_a_slow_arming(
    home: Path, systemd: Systemd, monkeypatch: pytest.MonkeyPatch, ago: int, left: int
) -> None:
    monkeypatch.setattr(guard.time, "time", lambda: RECORD.armed_at + ago)
    arm()
    assert systemd.seconds == left


def test_two_at_once(home: Path, systemd: Systemd) -> None:
    arm()
    with pytest.raises(guard.GuardError, match=r"'web' was changed under guard \(by anna from 192.0.2.9\)") as found:
        arm(dataclasses.replace(RECORD, token="4567", set_name="other"))
    assert UNTIL in str(found.value)
    with pytest.raises(guard.GuardError, match="'web' was changed under guard"):
        guard.confirm("4567")
    assert guard.armed() == RECORD


def test_who_was_faster_owns_it(home: Path, systemd: Systemd, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one arms between this one's look and its own."""
    place = guard._place

    def placed_after_the_other(record: Record) -> None:
        place(RECORD)
        place(record)

    monkeypatch.setattr(guard, "_place", placed_after_the_other)
    with pytest.raises(guard.GuardError, match="'web' was changed under guard"):
        arm(dataclasses.replace(RECORD, token="4567"))
    assert guard.armed() == RECORD
    assert [path.name for path in home.iterdir()] == ["guard"]


def test_it_went_back(home: Path, systemd: Systemd) -> None:
    arm()
    record = guard.claim()
    assert record == RECORD
    with pytest.raises(guard.GuardError, match="within 60 seconds"):
        guard.confirm("0123")
    # what was interrupted goes on
    assert guard.claim() == RECORD
    guard.went_back(RECORD)
    guard.remove()
    assert [path.name for path in home.iterdir()] == ["went-back.json"]
    with pytest.raises(guard.GuardError, match=r"went back to its former rules at 20\S+, because nobody confirmed"):
        guard.confirm("0123")
    arm(dataclasses.replace(RECORD, token="4567"))
    assert [path.name for path in home.iterdir()] == ["guard"]


def test_confirmed_is_not_put_back(home: Path, systemd: Systemd) -> None:
    """Also where the confirmation ended half-way."""
    arm()
    Path(guard.ARMED).rename(guard.CONFIRMED)
    assert guard.claim() is None
    arm(dataclasses.replace(RECORD, token="4567"))
    assert guard.owned("4567").set_name == "web"


def test_it_cannot_be_armed(home: Path, systemd: Systemd) -> None:
    systemd.refuses = "systemd-run: not here"
    with pytest.raises(guard.GuardError, match=r"systemd-run: not here; nothing was changed.*guard: never"):
        arm()
    assert not home.exists()


def test_what_putting_back_needs_is_kept_without_ansible(home: Path, systemd: Systemd) -> None:
    arm()
    program = f"import sys; sys.modules['ansible'] = None; import {restore.__name__} as one; print(one.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": guard.SOURCES}, capture_output=True, text=True, check=False
    )
    assert found.stdout.startswith(guard.SOURCES), found.stderr


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "from this host"),
        ({"SSH_CLIENT": "192.0.2.9 50000 22"}, "from 192.0.2.9"),
        ({"SUDO_USER": "anna"}, "by anna"),
        ({"SUDO_USER": "anna", "SSH_CONNECTION": "2001:db8::9 50000 2001:db8::1 22"}, "by anna from 2001:db8::9"),
    ],
)
def test_who_asks(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], words: str) -> None:
    for name in ("SSH_CLIENT", "SSH_CONNECTION", "SUDO_USER"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert guard.here() == words


def test_files_are_put_back(tmp_path: Path) -> None:
    changed, gone, right, new = (tmp_path / name for name in ("changed", "gone", "right", "new"))
    for path in (changed, gone, right):
        path.write_bytes(path.name.encode())
        path.chmod(0o640)
    former = read_files(map(str, (changed, gone, right)))
    untouched = right.stat().st_mtime_ns
    changed.write_bytes(b"other")
    changed.chmod(0o644)
    gone.unlink()
    new.write_bytes(b"new")
    present = [str(path) for path in (changed, right, new)]
    put_files_back(former, present)
    assert read_files(map(str, tmp_path.iterdir())) == former
    assert right.stat().st_mtime_ns == untouched


@pytest.mark.parametrize(
    ("text", "zone"),
    [("DefaultZone=office\n", "office"), ("# DefaultZone=x\n DefaultZone = home \n", "home"), ("", "public")],
)
def test_the_default_zone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, zone: str) -> None:
    (tmp_path / "firewalld.conf").write_text(text, encoding="utf-8")
    monkeypatch.setattr(files, "CONFIGURATION", str(tmp_path))
    assert files.default_zone() == zone


@pytest.mark.parametrize(("seconds", "right"), [(9, False), (10, True), (3600, True), (3601, False)])
def test_how_long_it_may_wait(seconds: int, right: bool) -> None:
    if right:
        assert check_seconds("guard_seconds", seconds) is None
    else:
        with pytest.raises(RulesetError, match=f"guard_seconds: {seconds} is not within 10 to 3600"):
            check_seconds("guard_seconds", seconds)


def test_options_are_those_of_the_documentation() -> None:
    documented: dict[str, Any] = yaml.safe_load(module.DOCUMENTATION)["options"]
    assert {name: {key: value for key, value in option.items() if key != "no_log"} for name, option in
            module.OPTIONS.items()} == {
        name: {key: value for key, value in option.items() if key != "description"}
        for name, option in documented.items()
    }  # fmt: skip
