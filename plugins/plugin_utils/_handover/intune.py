# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of a client role as a device configuration profile of Intune, the older form.

It is a windows10EndpointProtectionConfiguration with rules of the type windowsFirewallRule, both as the reference of
Microsoft Graph (beta) documents them; intune.schema.json says the same. Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.client_rules import (
    ClientRule,
    origin,
    title_of,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.intune_rules import (
    PROTOCOL_NUMBERS,
    ports,
    split,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.rules import Rule
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.values import ANY, tokens

ACTIONS = {"allow": "allowed", "block": "blocked"}
EDGES = {"no": "blocked", "yes": "allowed"}


def document(role: str, rules: Iterable[Rule], created: str, installation: str = "") -> dict[str, Any]:
    """The profile, as it is posted to /deviceManagement/deviceConfigurations. Raises InputError."""
    return {
        "@odata.type": "#microsoft.graph.windows10EndpointProtectionConfiguration",
        "displayName": title_of(role, installation),
        "description": origin(role, created),
        "firewallRules": [_rule(rule) for rule in split(role, rules, installation).given],
    }


def _rule(rule: ClientRule) -> dict[str, Any]:
    options = rule.options
    served = "localPortRanges" if options["direction"] == "in" else "remotePortRanges"
    return {
        "@odata.type": "#microsoft.graph.windowsFirewallRule",
        "displayName": options["name"],
        "description": options["description"],
        "protocol": PROTOCOL_NUMBERS[options["protocol"]],
        served: ports(rule),
        "localAddressRanges": _addresses(tokens(options["localip"])),
        "remoteAddressRanges": _addresses(rule.addresses),
        "profileTypes": ",".join(options["profiles"]),
        "action": ACTIONS[options["action"]],
        "trafficDirection": options["direction"],
        "interfaceTypes": "notConfigured",
        "edgeTraversal": EDGES[options["edge"]] if options["direction"] == "in" else "notConfigured",
    }


def _addresses(given: Iterable[str]) -> list[str]:
    return ["*" if address == ANY else address for address in given]
