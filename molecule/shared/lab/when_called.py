# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a program, and a shell command at the moment when somebody calls a method over the system D-Bus.

Usage: when_called.py METHOD TIMES COMMAND PROGRAM [ARGUMENT...]

The command runs once for each of the first TIMES calls. All that the program writes comes on standard output.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import Any

import dbus
import dbus.lowlevel
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib


def main() -> int:
    """Watch, run, pass the exit code on."""
    method, times, command, *program = sys.argv[1:]
    left = [command] * int(times)

    def seen(_connection: Any, message: Any) -> int:
        if left and isinstance(message, dbus.lowlevel.MethodCallMessage) and message.get_member() == method:
            subprocess.run(left.pop(), shell=True, check=True, stdout=subprocess.DEVNULL)
        # nothing may be answered by who only watches
        return dbus.lowlevel.HANDLER_RESULT_HANDLED

    bus = dbus.SystemBus(private=True, mainloop=DBusGMainLoop())
    bus.set_exit_on_disconnect(False)
    watching = dbus.Interface(
        bus.get_object("org.freedesktop.DBus", "/org/freedesktop/DBus", introspect=False),
        "org.freedesktop.DBus.Monitoring",
    )
    bus.add_message_filter(seen)
    watching.BecomeMonitor(dbus.Array([f"type='method_call',member='{method}'"], signature="s"), dbus.UInt32(0))
    loop = GLib.MainLoop()
    threading.Thread(target=loop.run, daemon=True).start()
    return subprocess.run(program, stderr=subprocess.STDOUT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
