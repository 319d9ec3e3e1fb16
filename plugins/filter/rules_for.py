# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display
from ansible_collections.therefore.firewall.plugins.plugin_utils._refusals import refusals
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules import rules as _rules
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.advice import advice

display = Display()


def rules_for(rows: Any, role: Any, settings: Any = None) -> list[_rules.Rule]:
    """The rules that a host with this role and these settings must have. Raises AnsibleFilterError."""
    given = {} if settings is None else settings
    with refusals(AnsibleFilterError):
        rules = _rules.rules_for(rows, role, given)
        told = advice(role, given, rules)
    for text in told:
        display.warning(text)
    return rules


class FilterModule:
    """Filters of the rules engine."""

    def filters(self) -> dict[str, Any]:
        """The filters by name."""
        return {"rules_for": rules_for}
