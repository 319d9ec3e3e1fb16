# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of the module write_artifact, which has no other."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.therefore.firewall.plugins.action.prepared_hosts import records_here
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify import artifacts
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.handed_on import Handover, version
from ansible_collections.therefore.firewall.plugins.plugin_utils._refusals import refusals
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import plain

OPTIONS: dict[str, Any] = {
    "kind": {"type": "str", "required": True, "choices": [artifacts.PREPARE, *artifacts.PLAYBOOK]},
    "folder": {"type": "path"},
    "content": {"type": "dict", "default": {}},
    "fact": {"type": "str"},
}


class ActionModule(ActionBase):
    """Writes on the controller, and contacts no host."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Hand on what a job found. Raises AnsibleError."""
        super().run(tmp, task_vars)
        _result, options = self.validate_argument_spec(OPTIONS)
        variables = task_vars or {}
        handover = Handover(options["folder"], variables)
        with refusals():
            artifact = _artifact(options, handover, variables)
            handed_on = handover.write(artifact)
        result: dict[str, Any] = {
            "changed": True, "name": artifacts.name_of(artifact), "hosts": sorted(artifact["hosts"]),
        }  # fmt: skip
        if handed_on:
            result["ansible_stats"] = {"data": handed_on, "per_host": False, "aggregate": True}
        return result


def _artifact(options: Mapping[str, Any], handover: Handover, task_vars: dict[str, Any]) -> dict[str, Any]:
    if options["kind"] == artifacts.PREPARE:
        created = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        records = records_here(task_vars)
        return artifacts.prepared(records, plain(options["content"]), created, version(), secrets.token_hex(8))
    prepare = handover.prepare()
    hosts = [name for name in plain(task_vars["ansible_play_hosts_all"]) if name in prepare["hosts"]]
    said = {name: task_vars["hostvars"][name].get(options["fact"]) for name in hosts}
    everybody = plain(task_vars["groups"]["all"])
    return artifacts.slice_of(
        prepare, options["kind"], everybody, {name: plain(one) for name, one in said.items() if one is not None}
    )
