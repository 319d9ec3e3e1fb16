# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of the module read_artifacts, which has no other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.therefore.firewall.plugins.action.prepared_hosts import records_here
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.hostvars import HostVariables
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify import artifacts
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.handed_on import Handover
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.run_settings import check_run
from ansible_collections.therefore.firewall.plugins.plugin_utils._refusals import refusals
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.variables import check_names

OPTIONS: dict[str, Any] = {
    "folder": {"type": "path"},
    "steps": {"type": "list", "elements": "str", "choices": list(artifacts.PLAYBOOK), "default": []},
    "whole": {"type": "bool", "default": False},
    "own": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):
    """Reads on the controller, and contacts no host."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """What was handed on. Raises AnsibleError where it is not whole, or not of this inventory."""
        super().run(tmp, task_vars)
        _result, options = self.validate_argument_spec(OPTIONS)
        variables = task_vars or {}
        with refusals():
            _check(variables)
            return _read(options, Handover(options["folder"], variables), variables)


def _check(task_vars: Mapping[str, Any]) -> None:
    """What merge is told goes through no role, and would be looked at nowhere else. Raises InputError."""
    here = HostVariables(task_vars["inventory_hostname"], task_vars["hostvars"])
    check_names(here)
    check_run(here)


def _read(options: Mapping[str, Any], handover: Handover, task_vars: dict[str, Any]) -> dict[str, Any]:
    prepare = handover.prepare()
    records = records_here(task_vars)
    artifacts.check_inventory(prepare, records, options["whole"])
    content = dict(prepare["content"])
    known = {record["host"]: record for record in content.pop("hosts")}
    wanted = {name for name in known if name in records or not options["own"]}
    found = {
        step: artifacts.joined(
            prepare, step, handover.parts(step), wanted & {*content["planned"]} if step == "plan" else wanted
        )
        for step in options["steps"]
    }
    counts = [artifacts.counted(step, one) for step, one in found.items()]
    plans = list(found.pop("plan").hosts.values()) if "plan" in found else []
    hosts = artifacts.together(known, (one.hosts for one in found.values()))
    return {"changed": False, **content, "hosts": hosts, "plans": plans, "text": "\n".join(counts)}
