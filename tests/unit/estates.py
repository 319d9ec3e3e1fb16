# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Estates for the tests of the verification: hosts with the rules that their roles give them."""

from __future__ import annotations

from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.flows import Flow, flows
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.rules import rules_for

SUBNETS = ["192.0.2.0/24", "2001:db8::/64"]
SERVER = {"trusted_subnets": SUBNETS, "components": ["xml_service"], "profile": "minimal"}
CLIENT = {"trusted_subnets": SUBNETS, "server_addresses": ["192.0.2.10", "2001:db8::10"], "profile": "minimal"}


def host(name: str, *addresses: str, **roles: dict[str, Any]) -> dict[str, Any]:
    """A host with these roles (settings by name of the role) that others reach under its addresses."""
    rows = catalogue.find([])
    wanted = {
        role: {"rules": rules_for(rows, role, settings), "egress": settings.get("egress", "allow")}
        for role, settings in roles.items()
    }
    return {"host": name, "targets": {address: [address] for address in addresses}, "wanted": wanted}


def archive(*addresses: str, **settings: Any) -> dict[str, Any]:
    """A server with the XML Service."""
    return host("archive", *(addresses or ("192.0.2.10",)), therefore_server=SERVER | settings)


def desk(*addresses: str, **settings: Any) -> dict[str, Any]:
    """A client of it."""
    return host("desk", *(addresses or ("192.0.2.50",)), therefore_client=CLIENT | settings)


def outsider() -> dict[str, Any]:
    """A host without a role, in no trusted network."""
    return host("outsider", "203.0.113.9")


def between(source: str, target: str, *estate: dict[str, Any]) -> dict[str, Flow]:
    """The flows from one host to another by port."""
    found = flows(estate)["flows"]
    return {f"{one['port']}/{one['protocol']}": one for one in found if one["source"] == source and one["to"] == target}
