# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""systemd over D-Bus (org.freedesktop.systemd1(5)): starts and ends units, and says which start with the host."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any, Dict, Sequence

try:
    import dbus
except ImportError:  # the module respawns under an interpreter that has it, or says what to install
    dbus = None

BUS_NAME = "org.freedesktop.systemd1"
ROOT = "/org/freedesktop/systemd1"


def start(bus: Any, name: str, states: Sequence[str]) -> None:
    """Start a unit that is in one of these states, and do not wait for it. Does nothing where systemd refuses."""
    with suppress(dbus.exceptions.DBusException):
        manager = _manager(bus)
        unit = bus.get_object(BUS_NAME, manager.GetUnit(name), introspect=False)
        if unit.Get(f"{BUS_NAME}.Unit", "ActiveState", dbus_interface=dbus.PROPERTIES_IFACE) in states:
            manager.StartUnit(name, "replace")


def unit_file_states(bus: Any, names: Sequence[str]) -> Dict[str, str]:
    """C(enabled), C(disabled), C(masked) and so on of each unit that there is; nothing where systemd does not say."""
    with suppress(dbus.exceptions.DBusException):
        listed = _manager(bus).ListUnitFilesByPatterns(dbus.Array([], "s"), dbus.Array(names, "s"))
        return {os.path.basename(path): str(state) for path, state in listed}
    return {}


def stop(bus: Any, name: str) -> None:
    """Stop a unit, and do not wait for it. Does nothing where systemd refuses."""
    with suppress(dbus.exceptions.DBusException):
        _manager(bus).StopUnit(name, "replace")


def _manager(bus: Any) -> Any:
    return dbus.Interface(bus.get_object(BUS_NAME, ROOT, introspect=False), f"{BUS_NAME}.Manager")
