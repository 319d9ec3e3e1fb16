# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.therefore.firewall.plugins.plugin_utils import _plan_report


def plan_text(plan: Any) -> str:
    """The text of a plan. Raises AnsibleFilterError when it is none, or of another version."""
    if not isinstance(plan, Mapping) or plan.get("format") != _plan_report.FORMAT:
        raise AnsibleFilterError(f"plan_text: this is no plan; give one of format {_plan_report.FORMAT!r} (plan.yml)")
    if plan.get("version") != _plan_report.VERSION:
        raise AnsibleFilterError(
            f"plan_text: the plan has the version {plan.get('version')!r}, this collection knows "
            f"{_plan_report.VERSION}; make it anew with plan.yml"
        )
    return _plan_report.text(plan)  # type: ignore[arg-type]


class FilterModule:
    """Filters that put plans of hosts together and show them."""

    def filters(self) -> dict[str, Any]:
        """The filters by name."""
        return {"plan_document": _plan_report.document, "plan_text": plan_text}
