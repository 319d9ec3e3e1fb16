# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ssh connection that a process belongs to, and what a confirmation over it proves."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import State
from ansible_collections.therefore.firewall.plugins.module_utils._guard import connection, guard, watch
from ansible_collections.therefore.firewall.plugins.module_utils._guard.record import Record
from rulesets import built, rule

OVER_SSH = "192.0.2.9 50022 192.0.2.10 22"
SSHD, SHELL, SUDO, MODULE = ("sshd: ops@notty", ""), ("sh", OVER_SSH), ("sudo\0-u\0root", OVER_SSH), ("python3", "")
RECORD = Record("web", "0123", 60, 0.0, "from 192.0.2.9", True, "enabled", built(rule()), built(rule()), {}, OVER_SSH)


def processes(folder: Path, *each: tuple[str, str]) -> int:
    """Make /proc of processes, each the child of the one before; the last one's id."""
    for pid, (command, over) in enumerate(each, 2):
        (folder / str(pid)).mkdir(parents=True)
        (folder / str(pid) / "cmdline").write_text(f"{command}\0")
        (folder / str(pid) / "environ").write_text("HOME=/root\0" + (f"SSH_CONNECTION={over}\0" if over else ""))
        (folder / str(pid) / "stat").write_text(f"{pid} (a) name) S {pid - 1} 1 1 0")
    return len(each) + 1


@pytest.mark.parametrize(
    ("each", "found"),
    [
        ((SSHD, SHELL), OVER_SSH),
        ((SSHD, SHELL, SUDO, MODULE), OVER_SSH),
        ((SSHD, MODULE), ""),
        # the shell that somebody started Ansible from
        ((SSHD, SHELL, ("python3\0/usr/bin/ansible-pull\0-U\0x", OVER_SSH), SHELL), ""),
        ((SSHD, SHELL, ("/opt/venv/bin/ansible-playbook\0site.yml", OVER_SSH), MODULE), ""),
        (
            (SSHD, SHELL, ("sh\0-c\0python3 /root/.ansible/tmp/ansible-tmp-1/AnsiballZ_x.py", OVER_SSH), MODULE),
            OVER_SSH,
        ),
    ],
)
def test_the_connection_of_a_process(each: tuple[tuple[str, str], ...], found: str, tmp_path: Path) -> None:
    assert connection.of_process(processes(tmp_path, *each), str(tmp_path)) == found


@pytest.mark.parametrize(
    ("over", "told", "blocked", "needed"),
    [
        ("192.0.2.9 50022 192.0.2.10 2222", 22, 2222, True),
        ("192.0.2.9 50022 192.0.2.10 2222", 22, 22, True),
        ("192.0.2.9 50022 192.0.2.10 2222", 22, 443, False),
        ("", 22, 2222, False),
        ("", 2222, 2222, True),
    ],
)
def test_what_blocks_the_port_over_which_somebody_works_is_guarded(
    monkeypatch: pytest.MonkeyPatch, over: str, told: int, blocked: int, needed: bool
) -> None:
    """Ansible is told a port, or none; an ssh configuration of the controller's may know another one."""
    monkeypatch.setattr(connection, "of_process", lambda _pid: over)
    firewalld: Any = SimpleNamespace(permanent=lambda _prefix: State(), runtime=lambda _prefix, _kept: State())
    parameters = {"guard": "auto", "guard_seconds": 60, "management_port": told, "guard_token": None, "name": "web"}
    blocks = built(rule(ports=[blocked], peers=["any"], action="block"))
    assert watch.Watch(parameters, firewalld, blocks).answer(changed=True)["needed"] is needed


def test_a_process_that_has_ended(tmp_path: Path) -> None:
    assert connection.of_process(77, str(tmp_path)) == ""


@pytest.mark.parametrize(
    ("armed_over", "now", "proved"),
    [
        (OVER_SSH, OVER_SSH.replace("50022", "50023"), "new_connection"),
        (OVER_SSH, "", "nothing"),
        ("", OVER_SSH, "nothing"),
        ("", "", "nothing"),
    ],
)
def test_what_a_confirmation_proves(armed_over: str, now: str, proved: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "of_process", lambda _pid: now)
    assert guard.proved(dataclasses.replace(RECORD, connection=armed_over)) == proved


def test_the_old_connection_confirms_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "of_process", lambda _pid: OVER_SSH)
    with pytest.raises(
        guard.GuardError, match=r"from 192.0.2.9, port 50022\) that was there before .*ControlPath=none"
    ):
        guard.proved(RECORD)
