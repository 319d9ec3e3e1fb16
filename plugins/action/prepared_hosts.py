# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of the module prepared_hosts, which has no other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.therefore.firewall.plugins.filter.verify import verify_host
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.hostvars import HostVariables, variables_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.prepared import records_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._refusals import refusals
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import plain

# names of hosts are looked up, so many at a time
AT_ONCE = 32


def records_here(task_vars: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the inventory says of the hosts of this play. Raises InputError."""
    here = HostVariables(task_vars["inventory_hostname"], task_vars["hostvars"])
    hosts = plain(task_vars["ansible_play_hosts_all"])
    return records_of(variables_of(task_vars["hostvars"]), plain(task_vars["groups"]), here, hosts)


class ActionModule(ActionBase):
    """Reads the inventory of this run, and contacts no host."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The hosts of this play. Raises AnsibleError for wrong settings."""
        super().run(tmp, task_vars)
        self.validate_argument_spec({})
        with refusals():
            records = records_here(task_vars or {})
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return {"changed": False, "hosts": dict(zip(records, pool.map(_reached, records.values()), strict=True))}


def _reached(record: dict[str, Any]) -> dict[str, Any]:
    """A record with what others ask to reach the host."""
    return {**record, **verify_host(record["addresses"], record["ansible_host"])}
