# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session with firewalld over D-Bus (firewalld.dbus(5)), with dbus-python alone.

firewalld's own Python client is not used: importing it takes longer than all our calls together, and it wraps the
same interface.
"""

from __future__ import annotations

import re
import shutil
import time
from contextlib import suppress
from typing import Any, Callable, Dict, Iterable, Sequence, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import systemd
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.dbus_errors import is_gone, said
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.dbus_types import plain

try:
    import dbus
    import dbus.lowlevel
except ImportError:  # the module respawns under an interpreter that has it, or says what to install
    dbus = None

BUS_NAME = "org.fedoraproject.FirewallD1"
ROOT = "/org/fedoraproject/FirewallD1"
CONFIG = "/org/fedoraproject/FirewallD1/config"
PROPERTIES = "org.freedesktop.DBus.Properties"
UNIT = "firewalld.service"
# Reading is a matter of milliseconds; a reload of a large configuration may take a minute.
CALL_TIMEOUT_SECONDS = 120
STOP_SECONDS = 20.0
# questions that wait for an answer; the bus lets nobody have more than 128
AT_ONCE = 16


class FirewalldError(RuntimeError):
    """firewalld cannot be used, or refused something.

    C(state) says which: missing, stopped, failed or running; C(changed) whether the host is not as it was found.
    """

    def __init__(self, message: str, state: str = "running", changed: bool = False) -> None:
        super().__init__(message)
        self.state = state
        self.changed = changed


class Session:
    """One D-Bus session with firewalld. Raises FirewalldError from every method.

    C(alive) is whether it must run now; only it and the service manager can be asked for anything while it does not.
    """

    def __init__(self, alive: bool = True) -> None:
        # whether firewalld was told to change anything
        self.wrote = False
        self._bus_ended = False
        self._known: Dict[Tuple[Any, ...], Any] = {}
        self._connect(alive)
        self._owner = self._name_owner()
        self.version = str(self.call(ROOT, PROPERTIES, "Get", BUS_NAME, "version")) if alive else ""

    def _connect(self, alive: bool = True) -> None:
        try:
            self._bus = dbus.SystemBus(private=True)
            # D-Bus may end before we do, which is to be said and not to be died of
            self._bus.set_exit_on_disconnect(False)
            # asking for the owner does not start a stopped service, a call would
            running = self._bus.name_has_owner(BUS_NAME)
        except dbus.exceptions.DBusException as error:
            raise FirewalldError(
                f"the system D-Bus cannot be reached ({said(error)}); start it (systemctl start dbus), then firewalld",
                installed_state(),
            ) from error
        if alive and not running:
            raise _not_running()

    # calls

    def call(self, path: str, interface: str, method: str, *arguments: Any) -> Any:
        """Call a method, whatever it does."""
        try:
            # without a proxy, which asks for firewalld's owner before each call
            return self._bus.call_blocking(
                BUS_NAME, path, interface, method, None, arguments, timeout=CALL_TIMEOUT_SECONDS
            )
        except dbus.exceptions.DBusException as error:
            if is_gone(error):
                raise FirewalldError(f"firewalld does not answer any more: {said(error)}", "stopped") from error
            raise FirewalldError(f"firewalld: {said(error)}") from error

    def read(self, path: str, interface: str, method: str, *arguments: Any) -> Any:
        """What a method that changes nothing answers; it is asked once, until something changes."""
        question = (path, interface, method, *arguments)
        if question not in self._known:
            self._known[question] = plain(self.call(*question))
        return self._known[question]

    def read_ahead(self, questions: Iterable[Tuple[str, ...]]) -> None:
        """Ask all of these at once, each as it is asked by read() afterwards, so that nobody waits for the other."""
        unknown = [question for question in questions if question not in self._known]
        for first in range(0, len(unknown), AT_ONCE):
            asked = []
            for question in unknown[first : first + AT_ONCE]:
                path, interface, method, *arguments = question
                message = dbus.lowlevel.MethodCallMessage(BUS_NAME, path, interface, method)
                message.append(*arguments)
                asked.append(self._bus.send_message_with_reply(message, self._keeper(question), CALL_TIMEOUT_SECONDS))
            for one in asked:
                one.block()

    def _keeper(self, question: Tuple[Any, ...]) -> Callable[[Any], None]:
        def keep(answer: Any) -> None:
            # an error is for read(), which asks again
            if isinstance(answer, dbus.lowlevel.MethodReturnMessage):
                self._known[question] = plain(answer.get_args_list()[0])

        return keep

    def write(self, path: str, interface: str, method: str, *arguments: Any) -> None:
        """Call a method that changes something."""
        self.forget()
        self.wrote = True
        self.call(path, interface, method, *arguments)

    def forget(self) -> None:
        """Ask everything anew from now on."""
        self._known.clear()

    # the daemon

    def restarted(self) -> bool:
        """Whether another firewalld runs than the one with which this session began."""
        return self._name_owner() != self._owner

    def has_owner(self, name: str) -> bool:
        """Whether a service of this name runs."""
        with suppress(dbus.exceptions.DBusException):
            return bool(self._bus.name_has_owner(name))
        return False

    def _name_owner(self) -> str:
        """Which connection is firewalld's; none has a name that is given again."""
        with suppress(dbus.exceptions.DBusException):
            return str(self._bus.get_name_owner(BUS_NAME))
        return ""

    def alive(self) -> bool:
        """Whether firewalld, perhaps started anew, can be talked to; the session goes on with that one."""
        self.forget()
        try:
            return bool(self._bus.name_has_owner(BUS_NAME))
        except dbus.exceptions.DBusException:
            self._bus_ended = True
        with suppress(FirewalldError):
            self._connect()
            return True
        return False

    def unit_file_states(self, units: Sequence[str]) -> Dict[str, str]:
        """What systemd does with each of these units, where there is one, when the host starts."""
        return systemd.unit_file_states(self._bus, units)

    def start_crashed(self) -> None:
        """Have systemd start a firewalld that failed, or ended with D-Bus; one that somebody stopped stays stopped."""
        systemd.start(self._bus, UNIT, ("failed", "inactive") if self._bus_ended else ("failed",))

    def start_stopped(self) -> None:
        """Have systemd start a firewalld that stop() ended."""
        systemd.start(self._bus, UNIT, ("failed", "inactive"))

    def stop(self) -> None:
        """Have systemd end firewalld, and wait until it is gone."""
        systemd.stop(self._bus, UNIT)
        deadline = time.monotonic() + STOP_SECONDS
        while self.alive() and time.monotonic() < deadline:
            time.sleep(0.1)

    def state(self) -> str:
        """RUNNING; FAILED where it could not load what is stored and filters by nothing of it; INIT in between."""
        return str(self.call(ROOT, PROPERTIES, "Get", BUS_NAME, "state"))

    def version_at_least(self, *wanted: int) -> bool:
        """Whether firewalld is of this version (major, minor, …) or newer."""
        return tuple(int(part) for part in re.findall(r"\d+", self.version)[:3]) >= wanted


def installed_state() -> str:
    """C(stopped) when firewalld is on this host, else C(missing)."""
    return "stopped" if shutil.which("firewalld", path="/usr/sbin:/sbin:/usr/bin:/bin") else "missing"


def _not_running() -> FirewalldError:
    state = installed_state()
    trouble = "is installed but not running" if state == "stopped" else "is not installed"
    return FirewalldError(
        f"firewalld {trouble} on this host; start it after allowing your management port "
        "(firewall-offline-cmd --add-service=ssh), or let the role do both with <role>_manage_firewalld: true",
        state,
    )
