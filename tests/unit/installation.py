# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An installation as people have it: servers, a DMZ, a relay, desks, a branch, laptops, printers, administrators."""

from __future__ import annotations

from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.inventory import Inventory, inventory_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.document import document
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import Cell, Crossing, ReportDocument

CREATED = "2026-11-27T04:00:00Z"
CONTROLLER, PRINTERS, ADMINS = "10.10.10.5", "10.10.40.20-10.10.40.31", "10.10.50.0/28"
APP, SQL, RELAY, LINUX, WEB = "10.10.10.11", "10.10.10.12", "10.10.10.21", "10.10.10.22", "10.10.20.10"
SHARED: dict[str, Any] = {
    "therefore_trusted_subnets": ["10.10.10.0/24", "10.10.20.0/24", "10.10.30.0/24", "10.20.0.0/16"],
    "therefore_admin_addresses": [ADMINS],
    "therefore_mfp_addresses": [PRINTERS],
    "therefore_server_addresses": [CONTROLLER, APP, SQL, WEB],
    "therefore_online_endpoints": ["tenant.example.com"],
    "therefore_segments": {
        "servers": {"networks": ["10.10.10.0/24"]},
        "dmz": {"networks": ["10.10.20.0/24"]},
        "office": {"networks": ["10.10.30.0/24"]},
        "printers": {"networks": ["10.10.40.0/24"]},
        "branch": {"networks": ["10.20.0.0/16"]},
        "admin": {"networks": ["10.10.50.0/28"]},
    },
}
HOSTS: dict[str, dict[str, Any]] = {
    "tfapp01": {
        "ansible_host": APP,
        "therefore_server_components": ["xml_service", "mfp_manager", "mobile_manager"],
        # the relay stands between this server and the devices
        "therefore_server_mfp_addresses": [RELAY],
    },
    "tfsql01": {"ansible_host": SQL, "therefore_server_components": ["sql_server"]},
    "tfweb01": {
        "ansible_host": WEB,
        "therefore_server_components": ["web"],
        "therefore_server_internet": True,
    },
    "lnxscan01": {"ansible_host": RELAY, "therefore_mfp_gateway_mode": "relay"},
    "lnxapp01": {"ansible_host": LINUX},
    **{f"desk-{number:02}": {"therefore_segment": "office"} for number in range(1, 31)},
    **{f"br-{number:02}": {"therefore_segment": "branch"} for number in range(1, 11)},
    **{f"lap-{number:02}": {"therefore_segment": "office"} for number in range(1, 6)},
}
GROUPS = {
    "therefore_server": ["tfapp01", "tfsql01", "tfweb01"],
    "therefore_client": [*(name for name in HOSTS if name.startswith(("desk", "br"))), "lnxapp01"],
    "therefore_mfp_gateway": ["lnxscan01"],
    "therefore_online_client": [name for name in HOSTS if name.startswith("lap")],
}


def installation(
    shared: dict[str, Any] | None = None,
    hosts: dict[str, dict[str, Any]] | None = None,
    only: set[str] | None = None,
) -> Inventory:
    """The inventory, with other variables for all or for single hosts; C(only) these hosts."""
    common = SHARED | (shared or {})
    hostvars = {name: common | own | (hosts or {}).get(name, {}) for name, own in HOSTS.items()}
    groups = {role: [name for name in names if only is None or name in only] for role, names in GROUPS.items()}
    return inventory_of(hostvars, groups, common)


def papers(given: Inventory) -> ReportDocument:
    """The report on it."""
    return document(given, None, None, CREATED)


def crossing_lines(report: ReportDocument, *rows: str) -> list[str]:
    """What crosses networks, a line for each crossing of these rows, all without any."""
    return [_line(one) for one in report["crossings"] if not rows or {*rows} & {*one["rows"]}]


def _line(one: Crossing) -> str:
    ports = ",".join(map(str, one["ports"]))
    return (
        f"{one['source']} > {one['to']}: {' '.join(one['sources'])} > {' '.join(one['destinations'])} "
        f"{ports}/{one['protocol']}"
    )


def cells(report: ReportDocument, source: str, to: str) -> dict[str, str]:
    """The states by port from the groups whose title begins so to others."""
    found = {}
    for cell in report["matrix"]:
        if title(report, cell["source"]).startswith(source) and title(report, cell["to"]).startswith(to):
            found[f"{cell['port']}/{cell['protocol']}"] = cell["state"]
    return found


def between(report: ReportDocument, source: str) -> list[Cell]:
    """All cells of the groups whose title begins so."""
    return [cell for cell in report["matrix"] if title(report, cell["source"]).startswith(source)]


def title(report: ReportDocument, group: str) -> str:
    """The title of a group."""
    return next(one["title"] for one in report["groups"] if one["id"] == group)
