# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.therefore.firewall.plugins.plugin_utils._article import tables
from ansible_collections.therefore.firewall.plugins.plugin_utils._refusals import refusals
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import choice, plain


def port_table(entries: Any, style: Any = "text") -> str:
    """Rows of the lookup ports, or rules of the filter rules_for, as a table. Raises AnsibleFilterError."""
    entries = plain(entries)
    try:
        with refusals(AnsibleFilterError):
            checked = choice(tables.FORMATS)("style", plain(style))
            if isinstance(entries, list) and all(isinstance(one, dict) and "port_text" in one for one in entries):
                return tables.row_table(entries, checked)
            return tables.rule_table(entries, checked)
    except (KeyError, TypeError) as error:
        raise AnsibleFilterError(
            f"port_table: {entries!r} are neither rows of the lookup therefore.firewall.ports nor rules of the filter "
            "therefore.firewall.rules_for; pass the whole list that one of them gives"
        ) from error


class FilterModule:
    """Filters that show the port data."""

    def filters(self) -> dict[str, Any]:
        """The filters by name."""
        return {"port_table": port_table}
