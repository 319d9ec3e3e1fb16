# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of others that equal wanted ones: they outlive a change of the set, and may be taken away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import SETTINGS
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.compare import CALLED, differing
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.in_force import Finding
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.naming import Naming, same
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.rules import WindowsRule
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.values import listed

# how the role ruleset describes a rule that nobody described
OF_A_RULESET = re.compile(r"Rule \S+ of (.+)")
# names that are resources are those of Windows itself
RESOURCE = "@"


class Duplicate(NamedTuple):
    """A rule of others, the wanted rule that it equals, and why it cannot be taken away."""

    rule: Mapping[str, Any]
    wanted: WindowsRule
    obstacle: str

    def finding(self, group: str) -> Finding:
        """What the administrator is told about it."""
        variable = f"{Naming.of(group).role}_adopt"
        message = (
            f"This rule is not of this set and allows the same as its rule {self.wanted.options['name']!r}. What it "
            "allows stays open when the set is changed or taken away. "
        )
        if self.obstacle:
            message += f"{variable} leaves it alone: {self.obstacle}. Remove it by hand if nobody needs it."
        else:
            message += f"{variable}: true takes it away once the set's is in place."
        return {"kind": "duplicate", "object": self.rule["name"], "message": message}


def duplicates(wanted: Iterable[WindowsRule], foreign: Iterable[Mapping[str, Any]]) -> list[Duplicate]:
    """The local rules of others that allow exactly what a wanted rule allows."""
    others = list(foreign)
    allowing = [rule for rule in wanted if rule.options["action"] == "allow"]
    named: dict[str, int] = {}
    for other in others:
        named[other["name"].casefold()] = named.get(other["name"].casefold(), 0) + 1
    pairs = [(other, rule) for other in others if (rule := _twin(other, allowing))]
    return [Duplicate(other, rule, _obstacle(other, named[other["name"].casefold()])) for other, rule in pairs]


def first_ports(rules: Iterable[Mapping[str, Any]]) -> list[str]:
    """Where the ports of these rules begin; those of a rule that allows the same begin there as well."""
    texts = [
        text
        for rule in rules
        for text in (rule.get("keyword"), *(rule.get("ports") or []))
        if text and (rule.get("action") or "allow") == "allow"
    ]
    return sorted({str(text).partition("-")[0] for text in texts})


def _twin(other: Mapping[str, Any], allowing: Iterable[WindowsRule]) -> WindowsRule | None:
    if other["action"] != "allow" or other.get("conditions") or other.get("not_understood") or _managed(other):
        return None
    return next((rule for rule in allowing if not {*differing(other, rule.options)} - CALLED), None)


def _managed(other: Mapping[str, Any]) -> bool:
    """Whether Windows itself, a role of ours or a set of the role ruleset looks after the rule."""
    group = str(other["group"] or "")
    described = OF_A_RULESET.fullmatch(str(other.get("description") or ""))
    return (
        group.startswith(RESOURCE)
        or any(same(group, catalogue.role_title(role)) for role in SETTINGS)
        or bool(described and same(described[1], group))
    )


def _obstacle(other: Mapping[str, Any], count: int) -> str:
    if not other["name"].strip():
        return "it has no name, and win_firewall_rule goes by name alone"
    if count > 1:
        return f"{count} rules of this host have that name, and win_firewall_rule goes by name alone"
    hidden = other.get("only_in_registry")
    if hidden:
        return f"it has {listed(sorted(hidden))} set, which Windows does not let a program put back"
    return ""
