# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rules of a client role Intune can have, and what it refuses. Pure: no Ansible, no I/O.

Nothing is resolved where Intune applies rules, and they take no host names and no keyword such as RPC.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.client_rules import (
    ClientRule,
    client_rules,
    title_of,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.rules import Rule
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError, refuse

PROTOCOL_NUMBERS = {"tcp": 6, "udp": 17}
# what one profile takes; more than that, or one rule that Windows refuses, and none of them is applied
MOST_RULES = 150
# the Firewall CSP takes none in a rule's name; what Windows itself refuses was refused before
SLASH = "/"


class Split(NamedTuple):
    """The rules of a role, by what Intune can have of them.

    C(given) it can have, whole or without host names; of C(by_name) nothing is left without these. C(too_wide) are
    blocks for a keyword: as the range that the keyword stands for they would close what the role leaves open.
    """

    given: list[ClientRule]
    by_name: list[ClientRule]
    too_wide: list[ClientRule]


def split(role: str, rules: Iterable[Rule], installation: str = "") -> Split:
    """The rules, checked, their names with the installation's own part. Raises InputError."""
    found = Split([], [], [])
    own, title = title_of(role, installation), title_of(role)
    for client_rule in client_rules(role, rules):
        name = client_rule.options["name"].replace(title, own, 1)
        rule = client_rule._replace(options={**client_rule.options, "name": name})
        if rule.rule.get("keyword") and rule.options["action"] == "block":
            found.too_wide.append(rule)
        elif rule.addresses:
            found.given.append(rule)
        else:
            found.by_name.append(rule)
    _check(role, found.given)
    return found


def ports(rule: ClientRule) -> list[str]:
    """The rule's own ports, in figures."""
    return [str(port) for port in rule.rule["ports"]]


def _check(role: str, rules: list[ClientRule]) -> None:
    """Refuse what would cost all rules of the profile. Ports and addresses were checked with the settings."""
    if len(rules) > MOST_RULES:
        raise InputError(
            f"{role}: the {len(rules)} rules are more than the {MOST_RULES} that one profile of Intune takes; leave "
            "some supplements out"
        )
    names: set[str] = set()
    for rule in rules:
        what, name = f"{rule.rule['id']}: name", rule.options["name"]
        if SLASH in name:
            raise refuse(what, name, f"has a {SLASH}, which Intune does not take; write another character")
        if name in names:
            raise refuse(what, name, "is there twice; give each rule its own")
        names.add(name)
