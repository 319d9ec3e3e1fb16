# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of a client role for Intune: a profile as Microsoft Graph takes it, and a table for who enters it by hand.

The profile is a windows10EndpointProtectionConfiguration with rules of the type windowsFirewallRule, both as the
reference of Microsoft Graph (beta) documents them; intune.schema.json says the same. Nothing is resolved where
Intune applies rules, and they take no host names: names are left out, and the table says so. Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._article.tables import markdown
from ansible_collections.therefore.firewall.plugins.plugin_utils._article.tables import table as text_table
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.client_rules import (
    ClientRule,
    client_rules,
    origin,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.rules import Rule
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.values import ANY, tokens

PROTOCOL_NUMBERS = {"tcp": 6, "udp": 17}
ACTIONS = {"allow": "allowed", "block": "blocked"}
EDGES = {"no": "blocked", "yes": "allowed"}

# the fields of a rule on Intune's page
TITLES = (
    "Name", "Description", "Enabled", "Direction", "Action", "Network Types", "Protocol", "Local Port Ranges",
    "Remote Port Ranges", "Local Address Ranges", "Remote Address Ranges", "Interface Types", "Edge Traversal",
)  # fmt: skip
# where the page needs nothing
EMPTY = "(leave empty)"

NAMES_REMEDY = (
    "give addresses in therefore_online_client_online_endpoints, or enter the names by hand as a reusable group "
    "(docs/clients.md)"
)
DOMAIN_ONLY = (
    "Rules whose network type is Domain alone have no effect on devices outside an Active Directory domain, such as "
    "those that are joined to Entra ID only; set {role}_windows_profiles for these."
)


class Split(NamedTuple):
    """Rules that Intune can have, whole or in part, and rules of which nothing is left without host names."""

    given: list[ClientRule]
    left_out: list[ClientRule]


def document(role: str, rules: Iterable[Rule], created: str) -> dict[str, Any]:
    """The profile, as it is posted to /deviceManagement/deviceConfigurations. Raises InputError."""
    return {
        "@odata.type": "#microsoft.graph.windows10EndpointProtectionConfiguration",
        "displayName": catalogue.role_title(role),
        "description": origin(role, created),
        "firewallRules": [_rule(rule) for rule in _split(role, rules).given],
    }


def _split(role: str, rules: Iterable[Rule]) -> Split:
    found = client_rules(role, rules)
    return Split([rule for rule in found if rule.addresses], [rule for rule in found if not rule.addresses])


def _rule(rule: ClientRule) -> dict[str, Any]:
    options = rule.options
    ports = "localPortRanges" if options["direction"] == "in" else "remotePortRanges"
    return {
        "@odata.type": "#microsoft.graph.windowsFirewallRule",
        "displayName": options["name"],
        "description": options["description"],
        "protocol": PROTOCOL_NUMBERS[options["protocol"]],
        ports: _ports(rule),
        "localAddressRanges": _addresses(tokens(options["localip"])),
        "remoteAddressRanges": _addresses(rule.addresses),
        "profileTypes": ",".join(options["profiles"]),
        "action": ACTIONS[options["action"]],
        "trafficDirection": options["direction"],
        "interfaceTypes": "notConfigured",
        "edgeTraversal": EDGES[options["edge"]] if options["direction"] == "in" else "notConfigured",
    }


def _ports(rule: ClientRule) -> list[str]:
    """The rule's own ports, in figures: Intune takes no keyword such as RPC."""
    return [str(port) for port in rule.rule["ports"]]


def _addresses(given: Iterable[str]) -> list[str]:
    return ["*" if address == ANY else address for address in given]


def table(role: str, rules: Iterable[Rule], created: str) -> str:
    """A Markdown page with the rules as Intune's page for firewall rules asks for them. Raises InputError."""
    split = _split(role, rules)
    title = catalogue.role_title(role)
    remarks = [*map(_partly, split.given), *map(_not_at_all, split.left_out), *map(_keyword, split.given)]
    if any(rule.options["profiles"] == ["domain"] for rule in split.given):
        remarks.append(DOMAIN_ONLY.format(role=role))
    parts = [
        f"# {title}: firewall rules for Intune",
        markdown(origin(role, created)),
        text_table(TITLES, [_cells(rule) for rule in split.given], "markdown") if split.given else "No rules.",
        "\n".join(f"- {markdown(remark)}" for remark in remarks if remark),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _cells(rule: ClientRule) -> list[str]:
    options, ports = rule.options, ", ".join(_ports(rule))
    inbound = options["direction"] == "in"
    return [
        options["name"],
        options["description"],
        "Enabled",
        "The rule applies to inbound traffic" if inbound else "The rule applies to outbound traffic",
        options["action"].capitalize(),
        ", ".join(profile.capitalize() for profile in options["profiles"]),
        f"{PROTOCOL_NUMBERS[options['protocol']]} ({options['protocol'].upper()})",
        ports if inbound else EMPTY,
        EMPTY if inbound else ports,
        EMPTY,
        EMPTY if rule.addresses == [ANY] else ", ".join(rule.addresses),
        "All",
        "Disabled" if inbound else EMPTY,
    ]


def _partly(rule: ClientRule) -> str:
    if not rule.names:
        return ""
    return f"{rule.options['name']}: without the host names {', '.join(rule.names)}; {NAMES_REMEDY}."


def _not_at_all(rule: ClientRule) -> str:
    names = ", ".join(rule.names)
    return f"Left out: {rule.options['name']}, which is for the host names {names} alone; {NAMES_REMEDY}."


def _keyword(rule: ClientRule) -> str:
    keyword = rule.rule.get("keyword")
    if not keyword:
        return ""
    return (
        f"{rule.options['name']}: the whole range, where the Windows role sets the narrower keyword {keyword}, which "
        "Intune does not take."
    )
