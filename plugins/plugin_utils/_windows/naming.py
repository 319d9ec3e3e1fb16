# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How messages about Windows rules call variables, names and those that have no address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import SETTINGS
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError


class Naming(NamedTuple):
    """How messages call the variables: those of the role whose title the group is, else those of the role ruleset."""

    role: str

    @classmethod
    def of(cls, group: str) -> Naming:
        """The naming for the rules of a group."""
        return cls(next((role for role in SETTINGS if same(catalogue.role_title(role), group)), "ruleset"))

    @property
    def rules(self) -> str:
        """What holds the rules."""
        return "ruleset_rules" if self.role == "ruleset" else f"{self.role}: rule"

    @property
    def group(self) -> str:
        """What gives the group its name."""
        return "ruleset_group (by default ruleset_name)" if self.role == "ruleset" else self.role

    def variable(self, setting: str, part: str) -> str:
        """The variable of a setting; where the role has none, the part of the rules that says the same."""
        return f"{self.role}_{setting}" if setting in SETTINGS.get(self.role, {}) else f"ruleset_rules: {part}"


def shown(rule: Mapping[str, Any]) -> str:
    """What a rule of others is called. Some have no name, which a list of accepted findings could not hold."""
    return str(rule.get("display_name") or rule["name"] or "a rule without a name")


def same(one: object, other: object) -> bool:
    """Whether two texts are one to Windows, and to win_firewall_rule: upper and lower case are."""
    return str(one or "").casefold() == str(other or "").casefold()


class UnresolvedError(InputError):
    """A host name among the peers of a rule has no address on this host."""

    def __init__(self, rule: str, peer: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.peer = peer
