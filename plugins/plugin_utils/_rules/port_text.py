# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the playbook ports prints: the article's rows and the supplements, or the rules of a role. Pure: no Ansible."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._article.tables import FORMATS, row_table, rule_table
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.rules import rules_for
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import (
    SETTINGS,
    as_written,
    check_role,
    settings_among,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.variables import check_names, check_operation
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError, choice

# what stands for the networks and endpoints of a user who has given none: a role refuses to guess them
STAND_INS = {"trusted_subnets": ["192.0.2.0/24"], "online_endpoints": ["tenant.example.com"]}
SUPPLEMENTS = (
    "Supplements: what a real network may need and the article leaves out. None is open unless a role's setting "
    "…_supplements names it."
)


def port_text(role: Any, style: Any, variables: Mapping[str, Any]) -> str:
    """The text.

    Args:
        role: The role whose rules are asked for; none for the rows.
        style: C(text) or C(markdown).
        variables: Those of the user, among which the role's settings are.

    Raises:
        InputError: There is no such role or style, or a setting is wrong.
    """
    check_names(variables)
    style = choice(FORMATS)("style", style)
    return rows_text(style) if role is None else rules_text(check_role(role), style, variables)


def rows_text(style: str) -> str:
    """The article's rows, and below them the supplements."""
    article = catalogue.find([])
    supplements = catalogue.find([], catalogue.supplement_ids())[len(article) :]
    return "\n\n".join([row_table(article, style), SUPPLEMENTS, row_table(supplements, style)])


def rules_text(role: str, style: str, variables: Mapping[str, Any]) -> str:
    """The role's rules with these variables, and what had to stand for some that are not given."""
    check_operation(role, variables)
    settings = settings_among(role, variables)
    instead = {name: value for name, value in STAND_INS.items() if name in SETTINGS[role] and name not in settings}
    try:
        rules = rules_for(catalogue.find([]), role, {**settings, **instead})
    except InputError as error:
        raise as_written(error, role, variables) from None
    peers = {peer for rule in rules for peer in rule["peers"]}
    notes = [
        f"{value[0]} stands for therefore_{name}, which is not given."
        for name, value in instead.items()
        if peers & set(value)
    ]
    return "\n\n".join([rule_table(rules, style), *notes])
