# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in the way of wanted Windows rules and is not ours: findings, which change nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.blocks import block_findings
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.in_force import Finding, in_force
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.openings import openings
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.rules import WindowsRule


def findings(
    wanted: list[WindowsRule], others: Iterable[Mapping[str, Any]], found: Mapping[str, Any], group: str
) -> list[Finding]:
    """All findings on these rules.

    Args:
        wanted: The rules that the host must have.
        others: Local rules of other groups, and all rules that policies bring.
        found: What win_firewall_rule_info returned.
        group: The group of the rules.
    """
    return [
        *in_force(wanted, found, group),
        *openings(wanted, found, group),
        *block_findings(wanted, others, str(found.get("windows_version") or "")),
    ]
