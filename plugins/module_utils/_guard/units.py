# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guard's part of systemd: a timer that only the running system knows, and a unit for a boot while it is armed."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import List, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.commands import run

UNIT = "therefore-firewall-guard"
BOOT_UNIT = f"{UNIT}-boot.service"
BOOT_FILE = f"/etc/systemd/system/{BOOT_UNIT}"

BOOT_TEXT = """\
# Made by therefore.firewall while a change of the firewall waits to be confirmed; it removes itself.
[Unit]
Description=Former firewall rules, because the host was restarted before a change was confirmed
RequiresMountsFor=/etc/firewalld {sources}
Before=firewalld.service

[Service]
Type=oneshot
SyslogIdentifier={unit}
Environment=PYTHONPATH={sources}
ExecStart={command} boot

[Install]
WantedBy=multi-user.target
"""


class UnitError(RuntimeError):
    """systemd did not do what it was asked to."""


def systemctl(*words: str) -> str:
    """What systemctl says. Raises UnitError."""
    return _run(["systemctl", "--no-ask-password", *words])


def start(seconds: int, sources: str, command: List[str]) -> None:
    """Run the command with C(restore) after this time, and with C(boot) at a boot before that. Raises UnitError."""
    text = BOOT_TEXT.format(sources=sources, unit=UNIT, command=" ".join(command))
    try:
        with open(BOOT_FILE, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UnitError(str(error)) from error
    # only a boot asks for it
    systemctl("--quiet", "--no-reload", "enable", BOOT_UNIT)
    # a timer is a minute late unless told otherwise
    timer = ["--timer-property=AccuracySec=100ms", f"--on-active={seconds}s"]
    again = ["--property=Restart=on-failure", "--property=RestartSec=5s"]
    named = ["--description=Former firewall rules, because nobody confirmed a change", f"--unit={UNIT}"]
    told = [f"--setenv=PYTHONPATH={sources}", f"--property=SyslogIdentifier={UNIT}"]
    _run(["systemd-run", "--quiet", "--collect", *timer, *again, *named, *told, *command, "restore"])


def stop() -> None:
    """Leave nothing of the guard in systemd."""
    # it is gone once its time has come
    with suppress(UnitError):
        systemctl("--quiet", "stop", f"{UNIT}.timer")
    if os.path.exists(BOOT_FILE):
        with suppress(UnitError):
            systemctl("--quiet", "--no-reload", "disable", BOOT_UNIT)
        os.unlink(BOOT_FILE)
        with suppress(UnitError):
            systemctl("daemon-reload")


def firewalld_service() -> Tuple[bool, str]:
    """Whether firewalld runs or is on its way, and whether it does so at boot: C(enabled), C(disabled), C(masked)."""
    text = systemctl("show", "firewalld.service", "--property=ActiveState", "--property=UnitFileState")
    found = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    return found.get("ActiveState") in ("active", "activating", "reloading"), found.get("UnitFileState", "")


def _run(command: List[str]) -> str:
    try:
        code, output, errors = run(command)
    except OSError as error:
        raise UnitError(f"{command[0]}: {error}") from error
    if code:
        raise UnitError(f"{command[0]}: {' '.join((errors or output).split())}")
    return output
