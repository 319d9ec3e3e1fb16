# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display
from ansible_collections.therefore.firewall.plugins.plugin_utils import _rules
from ansible_collections.therefore.firewall.plugins.plugin_utils._catalogue import CatalogueError
from ansible_collections.therefore.firewall.plugins.plugin_utils._settings import SettingsError

display = Display()


def rules_for(rows: Any, role: str, settings: Any = None) -> list[dict[str, Any]]:
    """The rules that a host with this role and these settings must have."""
    try:
        rules = _rules.rules_for(rows, role, {} if settings is None else settings)
    except (CatalogueError, SettingsError) as error:
        raise AnsibleFilterError(str(error)) from error
    named = {row for rule in rules for row in rule["rows"]}
    if "dcom" in named and "rpc_dynamic" not in named:
        display.warning(
            f"{role}: a DCOM call goes on to a dynamic port after the endpoint mapper on 135. Where both ends filter, it "
            f"fails there; add rpc_dynamic to {role}_supplements if you see that."
        )
    return rules


class FilterModule:
    """Filters of the rules engine."""

    def filters(self) -> dict[str, Any]:
        """The filters by name."""
        return {"rules_for": rules_for}
