# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of win_firewall_rules: it checks the options, and hands the host the script of
community.windows.win_firewall_rule.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import module_loader
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.one_call import misfit
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.options import RULES

MODULE = "therefore.firewall.win_firewall_rules"
STEP = "community.windows.win_firewall_rule"
WAY_OUT = "Set ruleset_apply (or therefore_server_apply, …) to one_by_one, which calls that module for each rule"


class ActionModule(ActionBase):
    """Runs the module with the script as one more option."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module. Raises AnsibleActionFail for wrong options, and where the script does not fit."""
        super().run(tmp, task_vars)
        _result, options = self.validate_argument_spec(RULES)
        if options["steps"]:
            options["script"] = _script()
        return dict(self._execute_module(module_name=MODULE, module_args=options, task_vars=task_vars))


def _script() -> str:
    path = module_loader.find_plugin(STEP, ".ps1")
    if not path:
        raise AnsibleActionFail(f"{STEP} is not installed; run: ansible-galaxy collection install community.windows")
    script = Path(path).read_text(encoding="utf-8")
    reason = misfit(script)
    if reason:
        raise AnsibleActionFail(f"{STEP} of {path} cannot be run for all rules in one call: {reason}. {WAY_OUT}")
    return script
