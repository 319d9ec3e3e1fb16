# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.therefore.firewall.plugins.plugin_utils._refusals import refusals
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.checked import plan as _plan
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.checked import plan_for
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.plan import Plan


def plan(*given: Any, **options: Any) -> Plan:
    """What differs between the rules wanted and those that a Windows host has. Raises AnsibleFilterError."""
    with refusals(AnsibleFilterError):
        return _plan(*given, **options)


class FilterModule:
    """Filters of the Windows engine."""

    def filters(self) -> dict[str, Any]:
        """The filters by name."""
        return {"plan": plan, "plan_for": plan_for}
