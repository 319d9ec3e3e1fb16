# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventories for the tests of the report: plain dictionaries, as Ansible's hostvars and groups are."""

from __future__ import annotations

from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.inventory import Inventory, inventory_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.document import document
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import ReportDocument

CREATED = "2026-11-25T04:00:00Z"
SHARED = {
    "therefore_trusted_subnets": ["10.1.0.0/24", "10.2.0.0/24", "fd00:1::/64", "fd00:2::/64"],
    "therefore_segments": {
        "servers": {"networks": ["10.1.0.0/24", "fd00:1::/64"]},
        "office": {"networks": ["10.2.0.0/24", "fd00:2::/64"]},
        "devices": {"networks": ["10.3.0.0/24"]},
    },
}
ARCHIVE = {"therefore_addresses": ["10.1.0.10", "fd00:1::10"], "therefore_server_components": ["xml_service"]}


def inventory(shared: dict[str, Any] | None = None, **roles: dict[str, dict[str, Any]]) -> Inventory:
    """The inventory with these hosts, by role, each with its variables."""
    common = SHARED | {"therefore_server_profile": "minimal", "therefore_client_profile": "minimal"} | (shared or {})
    hostvars: dict[str, Any] = {}
    for hosts in roles.values():
        for name, variables in hosts.items():
            hostvars[name] = common | hostvars.get(name, {}) | variables
    return inventory_of(hostvars, {role: list(hosts) for role, hosts in roles.items()}, common)


def desks(count: int, network: str = "10.2.0") -> dict[str, dict[str, Any]]:
    """Clients with neighbouring addresses."""
    return {f"desk-{number}": {"ansible_host": f"{network}.{number}"} for number in range(1, count + 1)}


def report_on(
    given: Inventory, plan: dict[str, Any] | None = None, verification: dict[str, Any] | None = None
) -> ReportDocument:
    """The report on it."""
    return document(given, plan, verification, CREATED)
