# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover import awx
from ansible_collections.therefore.firewall.plugins.plugin_utils._refusals import refusals
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import plain


def awx_objects(settings: Any) -> dict[str, list[dict[str, Any]]]:
    """What an AWX gets. Raises AnsibleFilterError for wrong settings."""
    with refusals(AnsibleFilterError):
        return awx.awx_objects(plain(settings))


class FilterModule:
    """What the playbook awx is made of."""

    def filters(self) -> dict[str, Any]:
        """The filters by name."""
        return {"awx_objects": awx_objects}
