# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of the rules engine share: short ways to ask for rules, and the article written down by hand."""

from __future__ import annotations

from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.rules import Rule, rules_for

SERVER, CLIENT = "therefore_server", "therefore_client"
GATEWAY, ONLINE = "therefore_mfp_gateway", "therefore_online_client"

SUBNETS = ["192.0.2.0/24", "2001:db8::/64"]
DEVICES = ["198.51.100.0/28"]
SERVERS = ["192.0.2.10"]
ADMINS = ["203.0.113.5"]
ENDPOINTS = ["203.0.113.128/25", "archive.example.com"]

# What makes each role valid, and nothing more.
LEAST: dict[str, dict[str, Any]] = {
    SERVER: {"trusted_subnets": SUBNETS},
    CLIENT: {"trusted_subnets": SUBNETS},
    GATEWAY: {"trusted_subnets": SUBNETS, "online_endpoints": ENDPOINTS},
    ONLINE: {"online_endpoints": ENDPOINTS},
}

# The article's three tables, copied from it by hand: row, ports, protocols, directions.
ARTICLE: dict[str, tuple[list[int], list[str], list[str]]] = {
    "ldap": ([389], ["tcp", "udp"], ["in", "out"]),
    "dcom": ([135, 137, 139], ["tcp", "udp"], ["in", "out"]),
    "sql_server": ([1433], ["tcp"], ["in", "out"]),
    "smb": ([445], ["tcp"], ["in", "out"]),
    "http": ([80], ["tcp"], ["in", "out"]),
    "https": ([443], ["tcp"], ["in", "out"]),
    "xml_service": ([8000], ["tcp"], ["in", "out"]),
    "mfp_web_service": ([8372], ["tcp"], ["in", "out"]),
    "mfp_file_transfer": ([8373], ["tcp"], ["in", "out"]),
    "mobile_manager": ([80, 443], ["tcp"], ["in", "out"]),
    "online_xml_service": ([443], ["tcp"], ["out"]),
    "online_mfp_web_service": ([443], ["tcp"], ["out"]),
    "online_mfp_file_transfer": ([8091], ["tcp"], ["out"]),
}

# The supplements, from the list in the contract.
SUPPLEMENTS: dict[str, tuple[list[Any], list[str]]] = {
    "rpc_dynamic": (["49152-65535"], ["tcp"]),
    "netbios_datagram": ([138], ["udp"]),
    "ldaps": ([636, 3268, 3269], ["tcp"]),
    "sql_browser": ([1434], ["udp"]),
    "kerberos": ([88, 464], ["tcp", "udp"]),
    "dns": ([53], ["tcp", "udp"]),
    "smtp": ([25], ["tcp"]),
    "mfp_device_admin": ([8000, 8443], ["tcp"]),
    "mfp_http": ([80], ["tcp"]),
}


def rules(role: str, **settings: Any) -> list[Rule]:
    """All rules of a role; settings come on top of those without which it is refused."""
    return rules_for(catalogue.find([]), role, {**LEAST[role], **settings})


def by_id(role: str, **settings: Any) -> dict[str, Rule]:
    return {rule["id"]: rule for rule in rules(role, **settings)}


def allowed(role: str, **settings: Any) -> set[str]:
    """Ids of the allow rules."""
    return {rule["id"] for rule in rules(role, **settings) if rule["action"] == "allow"}


def rows_of(found: list[Rule], direction: str) -> set[str]:
    """Rows that allow rules of this direction name."""
    return {
        row for rule in found for row in rule["rows"] if (rule["direction"], rule["action"]) == (direction, "allow")
    }
