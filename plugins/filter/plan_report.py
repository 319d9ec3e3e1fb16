# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify import plan as _plan
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.accepted import check_accepted
from ansible_collections.therefore.firewall.plugins.plugin_utils._refusals import refusals
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import document_of, plain


def plan_document(hosts: Any, created: str, accepted: Any = (), limited: bool = False) -> _plan.PlanDocument:
    """The plan of these hosts. Raises AnsibleFilterError for an entry of accepted findings that is none."""
    with refusals(AnsibleFilterError, "plan_document: "):
        entries = check_accepted(plain(list(accepted) if isinstance(accepted, tuple) else accepted))
    return _plan.document(hosts, created, entries, bool(limited))


def plan_text(plan: Any) -> str:
    """The text of a plan. Raises AnsibleFilterError when it is none, or of another version."""
    with refusals(AnsibleFilterError, "plan_text: "):
        checked = document_of(plan, "plan", _plan.FORMAT, _plan.VERSION, "plan.yml")
    return _plan.text(checked)


class FilterModule:
    """Filters that put plans of hosts together and show them."""

    def filters(self) -> dict[str, Any]:
        """The filters by name."""
        return {"plan_document": plan_document, "plan_text": plan_text}
