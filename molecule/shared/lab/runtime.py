# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints firewalld's runtime configuration, a line for each object: what firewall-cmd says in thirty calls."""

from __future__ import annotations

from typing import Any

import dbus

BUS_NAME = "org.fedoraproject.FirewallD1"
KINDS = {
    "zone": ("getZones", "getZoneSettings2"),
    "policy": ("getPolicies", "getPolicySettings"),
    "ipset": ("getIPSets", "getIPSetSettings"),
}


def plain(value: Any) -> str:
    """The value as text, with whatever has no order sorted."""
    if isinstance(value, dict):
        return str({str(key): plain(value[key]) for key in sorted(value)})
    if isinstance(value, (list, tuple)):
        items = [plain(one) for one in value]
        return str(items if isinstance(value, tuple) else sorted(items))
    return str(value)


def main() -> None:
    """Print all zones, policies and ipsets."""
    firewalld = dbus.SystemBus().get_object(BUS_NAME, "/org/fedoraproject/FirewallD1", introspect=False)
    print("default zone", firewalld.getDefaultZone(dbus_interface=BUS_NAME))
    for kind, (names, settings) in KINDS.items():
        interface = dbus.Interface(firewalld, f"{BUS_NAME}.{kind}")
        for name in sorted(getattr(interface, names)()):
            print(kind, name, plain(getattr(interface, settings)(name)))


if __name__ == "__main__":
    main()
