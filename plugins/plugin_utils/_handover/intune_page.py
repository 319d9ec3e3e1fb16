# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of a client role for who enters them into Intune by hand: a page with the fields of Intune's own.

It has every rule, those too that the files for Microsoft Graph cannot hold, and says where Intune differs from what
the Windows role sets. Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ansible_collections.therefore.firewall.plugins.plugin_utils._article.tables import markdown
from ansible_collections.therefore.firewall.plugins.plugin_utils._article.tables import table as text_table
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.client_rules import (
    ClientRule,
    origin,
    title_of,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.intune_rules import (
    PROTOCOL_NUMBERS,
    Split,
    ports,
    split,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.rules import Rule
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.values import ANY

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


def table(role: str, rules: Iterable[Rule], created: str, installation: str = "") -> str:
    """The page, in Markdown. Raises InputError."""
    found = split(role, rules, installation)
    rows = [*found.given, *found.by_name]
    parts = [
        f"# {title_of(role, installation)}: firewall rules for Intune",
        markdown(origin(role, created)),
        text_table(TITLES, [_cells(rule) for rule in rows], "markdown"),
        "\n".join(f"- {markdown(remark)}" for remark in _remarks(role, found)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _cells(rule: ClientRule) -> list[str]:
    options, served = rule.options, ", ".join(ports(rule))
    inbound = options["direction"] == "in"
    return [
        options["name"],
        options["description"],
        "Enabled",
        "The rule applies to inbound traffic" if inbound else "The rule applies to outbound traffic",
        options["action"].capitalize(),
        ", ".join(profile.capitalize() for profile in options["profiles"]),
        f"{PROTOCOL_NUMBERS[options['protocol']]} ({options['protocol'].upper()})",
        served if inbound else EMPTY,
        EMPTY if inbound else served,
        EMPTY,
        _far_end(rule),
        "All",
        "Disabled" if inbound else EMPTY,
    ]


def _far_end(rule: ClientRule) -> str:
    if rule.addresses == [ANY]:
        return EMPTY
    # never an empty cell, which Intune takes for every address
    named = [f"reusable group of {', '.join(rule.names)}"] if rule.names else []
    return ", ".join([*rule.addresses, *named])


def _remarks(role: str, found: Split) -> Iterator[str]:
    for rule in found.given:
        if rule.names:
            names = ", ".join(rule.names)
            yield f"{rule.options['name']}: in the files without the host names {names}; {NAMES_REMEDY}."
    for rule in found.by_name:
        names = ", ".join(rule.names)
        yield f"{rule.options['name']}: not in the files, for it is for the host names {names} alone; {NAMES_REMEDY}."
    for rule in found.given:
        if keyword := rule.rule.get("keyword"):
            yield (
                f"{rule.options['name']}: the whole range, where the Windows role sets the narrower keyword {keyword}, "
                "which Intune does not take."
            )
    for rule in found.too_wide:
        yield (
            f"Left out: {rule.options['name']}, which blocks the keyword {rule.rule['keyword']}. Intune does not take "
            "it, and the whole range would block what others need of it. What no rule allows is refused by default."
        )
    if any(rule.options["profiles"] == ["domain"] for rule in [*found.given, *found.by_name]):
        yield (
            "Rules whose network type is Domain alone have no effect on devices outside an Active Directory domain, "
            f"such as those that are joined to Entra ID only. For these set {role}_windows_profiles for all hosts, "
            "in the inventory's group all: what only the group of the role has does not hold for these machines."
        )
