# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of win_firewall_rule_info: it checks the options."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action.normal import ActionModule as Normal
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.options import INFO


class ActionModule(Normal):
    """Runs the module with options that are right."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module. Raises AnsibleActionFail for wrong options."""
        _result, self._task.args = self.validate_argument_spec(INFO)
        result: dict[str, Any] = super().run(tmp, task_vars)
        return result
