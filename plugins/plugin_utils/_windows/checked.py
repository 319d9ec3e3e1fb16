# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of what people give, by the filter and by the role. Pure: no Ansible, no I/O, no host."""

from __future__ import annotations

from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError, choice, plain, refuse
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows import plan as _plan
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.duplicates import first_ports
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.rules import looked_at

STATES = ("present", "absent")
EGRESS = ("allow", "deny")


def plan(
    rules: Any, found: Any, group: Any, state: Any = "present", egress: Any = "allow", management_ports: Any = (),
    block_public: Any = False, adopt: Any = False,
) -> _plan.Plan:  # fmt: skip
    """What differs between the rules wanted and those that a Windows host has. Raises InputError."""
    rules, found, group = plain(rules), plain(found), plain(group)
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise refuse("rules", rules, "is no list of rules; pass what the filter rules_for gives")
    if isinstance(found, dict) and found.get("unreachable"):
        raise InputError(f"the host could not be reached, so nothing was compared or changed: {found.get('msg')}")
    if not isinstance(found, dict) or not {"rules", "profiles", "domain_joined"} <= found.keys():
        remedy = "is not what win_firewall_rule_info returns; register its result, without filters, and pass that"
        raise refuse("found", sorted(found) if isinstance(found, dict) else found, remedy)
    if not isinstance(group, str) or not group.strip():
        raise refuse("group", group, "is no group; write the role's title, which tags its rules")
    checked_state, checked_egress = choice(STATES)("state", plain(state)), choice(EGRESS)("egress", plain(egress))
    ports, blocks, adopts = _ports(plain(management_ports)), bool(plain(block_public)), bool(plain(adopt))
    return _plan.plan(rules, found, group, checked_state, checked_egress, ports, blocks, adopts)


def _ports(given: Any) -> list[int]:
    try:
        numbers = [int(port) for port in given]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) != len(given) or not all(1 <= port <= 65535 for port in numbers):
        raise refuse("management_ports", given, "is no list of ports; write numbers from 1 to 65535, such as [5986]")
    return numbers


def plan_for(rules: Any, group: Any, state: Any = "present") -> dict[str, Any]:
    """What the option plan_for of win_firewall_rule_info takes for a plan of these rules."""
    given = plain(rules) if plain(state) == "present" else []
    wanted = [rule for rule in given if isinstance(rule, dict)] if isinstance(given, list) else []
    return {**looked_at(wanted, str(plain(group))), "first_ports": first_ports(wanted)}
