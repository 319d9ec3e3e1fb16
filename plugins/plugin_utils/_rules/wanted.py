# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the settings of a role ask of a host: its rules, its outbound default, and what they leave out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.rules import rules_for
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.selection import left_out
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import Settings, check_settings


def wanted_of(
    rows: Iterable[Mapping[str, Any]], role: str, given: Mapping[str, Any]
) -> tuple[dict[str, Any], Settings]:
    """C(rules), C(egress) and C(left_out), and the settings as they were checked. Raises InputError."""
    rules, checked = rules_for(rows, role, given), check_settings(role, given)
    present = checked.state == "present"
    return {
        "rules": rules,
        "egress": checked.egress if present else "allow",
        "left_out": left_out(checked) if present else [],
    }, checked
