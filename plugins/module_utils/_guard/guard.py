# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commit confirmed: the host puts its former rules back by itself unless somebody confirms the change in time.

Armed is who owns the folder GUARD, which appears and goes as a whole. Whoever ends it, the confirmation or the time,
first renames the record in it: the other one then finds nothing to do.
"""

from __future__ import annotations

import inspect
import io
import json
import math
import os
import shutil
import sys
import tempfile
import time
import zipfile
from contextlib import suppress
from typing import Any, Dict, List, Optional, Set

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.refusals import Finding, refusal
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.session import FirewalldError
from ansible_collections.therefore.firewall.plugins.module_utils._guard import connection, units
from ansible_collections.therefore.firewall.plugins.module_utils._guard.record import (
    Record,
    from_json,
    moment,
    to_json,
)

HOME = "/var/lib/therefore-firewall"
GUARD = f"{HOME}/guard"
# one file: a busy disk takes its time for each that must be safe on it
SOURCES = f"{GUARD}/sources.zip"
ARMED, RESTORING, CONFIRMED = (f"{GUARD}/{name}.json" for name in ("armed", "restoring", "confirmed"))
# what a confirmation that comes too late needs to know
WENT_BACK = f"{HOME}/went-back.json"
# what a confirmation proves
NEW_CONNECTION, NOTHING = "new_connection", "nothing"
PACKAGE = "ansible_collections.therefore.firewall.plugins.module_utils"


class GuardError(FirewalldError):
    """The guard cannot be armed or confirmed; nothing was changed."""


def armed() -> Optional[Record]:
    """The guard that waits for its confirmation, or puts the former state back at this moment."""
    for path in (ARMED, RESTORING):
        with suppress(FileNotFoundError, NotADirectoryError), open(path, encoding="utf-8") as file:
            return from_json(file.read())
    return None


def refusals() -> List[Finding]:
    """A finding while the change of somebody is not confirmed."""
    record = armed()
    if not record:
        return []
    left = int(record.armed_at + record.seconds - time.time())
    when = f"in {left} seconds" if left > 0 else "which is now"
    message = (
        f"the rule set {record.set_name!r} was changed under guard ({record.armed_by}) and is not confirmed yet. The "
        f"host goes back to its former rules at {record.until}, {when}; nothing else is changed before. Run again "
        f"after that time (to go back at once: systemctl start {units.UNIT}.service)"
    )
    return [refusal("guard", message)]


def refuse_while_armed() -> None:
    """Raises GuardError while the change of somebody is not confirmed."""
    for one in refusals():
        raise GuardError(one["message"])


def arm(record: Record, program: str) -> None:
    """Save the record, and start the time after which this program (a module's name) runs. Raises GuardError."""
    refuse_while_armed()
    try:
        if os.path.exists(CONFIRMED):
            # that confirmation ended half-way: whoever arms or confirms holds the lock
            remove()
        _place(record)
    except OSError as error:
        # somebody else was faster
        refuse_while_armed()
        raise _cannot_arm(error) from error
    try:
        with suppress(FileNotFoundError):
            os.unlink(WENT_BACK)
        # what was said is when it goes back, however long arming took
        left = max(1, math.ceil(record.armed_at + record.seconds - time.time()))
        # -B: nothing but what was written here
        units.start(left, SOURCES, [sys.executable, "-B", "-m", program])
    except (OSError, units.UnitError) as error:
        remove()
        raise _cannot_arm(error) from error


def _place(record: Record) -> None:
    os.makedirs(HOME, mode=0o700, exist_ok=True)
    part = tempfile.mkdtemp(prefix="part-", dir=HOME)
    try:
        _write(f"{part}/{os.path.basename(SOURCES)}", _sources())
        _write(f"{part}/{os.path.basename(ARMED)}", to_json(record).encode())
        # fails where it is there already
        os.rename(part, GUARD)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _cannot_arm(error: Exception) -> GuardError:
    return GuardError(
        f"the guard cannot be armed: {error}; nothing was changed: mend that, or go without it (guard: never), with a "
        "console at hand"
    )


def proved(record: Record) -> str:
    """What a confirmation by this process proves. Raises GuardError where it came over the old connection."""
    now = connection.of_process(os.getpid())
    if now and now == record.connection:
        raise GuardError(
            f"the confirmation came over the connection (from {connection.client(now)}) that was there before the "
            f"change and passes whatever the rules say; the guard stays armed until {record.until}: confirm it over a "
            "new one (ssh -o ControlPath=none; in a play ansible_control_path: none, and no ControlPath in the "
            "variables ansible_ssh_args, ansible_ssh_common_args or ansible_ssh_extra_args)"
        )
    return NEW_CONNECTION if now and record.connection else NOTHING


def confirm(token: str) -> Record:
    """Disarm the guard with this token: the change stays. Raises GuardError where it does not."""
    record = owned(token)
    try:
        os.rename(ARMED, CONFIRMED)
    except FileNotFoundError as error:
        raise GuardError(_too_late(record.set_name, record.until, record.seconds)) from error
    remove()
    return record


def owned(token: str) -> Record:
    """The armed guard with this token. Raises GuardError where there is none any more."""
    record = armed()
    if record and record.token == token:
        return record
    last = _read(WENT_BACK)
    if last.get("token") == token:
        raise GuardError(_too_late(last["set_name"], last["at"], last["seconds"]))
    if record:
        refuse_while_armed()
    raise GuardError(f"token: no guard with {token!r} is armed on this host; it may have been confirmed already")


def _too_late(set_name: str, at: str, seconds: int) -> str:
    return (
        f"the host went back to its former rules at {at}, because nobody confirmed the change of the rule set "
        f"{set_name!r} within {seconds} seconds; correct what kept the new connection away, or give more time "
        "(guard_seconds), and run again"
    )


def claim() -> Optional[Record]:
    """What is to be put back now; from here on it cannot be confirmed any more."""
    with suppress(FileNotFoundError):
        os.rename(ARMED, RESTORING)
    return armed()


def went_back(record: Record) -> None:
    """Remember what happened for a confirmation that comes too late. Raises OSError."""
    at = moment(time.time())
    plain = {key: getattr(record, key) for key in ("set_name", "token", "armed_at", "seconds")}
    _write(WENT_BACK, json.dumps({**plain, "at": at}).encode())


def remove() -> None:
    """Leave nothing armed, whoever armed it."""
    units.stop()
    shutil.rmtree(GUARD, ignore_errors=True)
    # stays where it remembers something
    with suppress(OSError):
        os.rmdir(HOME)


def here() -> str:
    """Who asks: the far end of the ssh connection, and the user, as far as they are known."""
    client = os.environ.get("SSH_CLIENT", os.environ.get("SSH_CONNECTION", "")).split()
    user = os.environ.get("SUDO_USER", "")
    words = (["by", user] if user else []) + (["from", client[0]] if client else [])
    return " ".join(words) or "from this host"


def _write(path: str, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _read(path: str) -> Dict[str, Any]:
    with suppress(FileNotFoundError, NotADirectoryError), open(path, encoding="utf-8") as file:
        return dict(json.load(file))
    return {}


def _sources() -> bytes:
    """A zip of the sources that putting back needs: those that Ansible sent are gone by then."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        packages: Set[str] = set()
        for name in _imported():
            words = name.split(".")
            packages.update("/".join(words[:count]) for count in range(1, len(words)))
            file.writestr(f"{'/'.join(words)}.py", inspect.getsource(sys.modules[name]))
        for package in sorted(packages):
            file.writestr(f"{package}/__init__.py", "")
    return content.getvalue()


def _imported() -> List[str]:
    # a copy: looking for a source may import more
    return [
        name for name, module in list(sys.modules.items())
        if name.startswith(f"{PACKAGE}._") and not hasattr(module, "__path__")
    ]  # fmt: skip
