# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of the module check_settings, which has no other."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.hostvars import HostVariables, variables_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.settings_check import (
    as_lines,
    check_anybody,
    check_groups,
    one_machine,
    own_variables,
    wrong_settings,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.run_settings import check_run
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import SETTINGS
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.variables import known
from ansible_collections.therefore.firewall.plugins.plugin_utils._screen import show
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError, plain

OPTIONS: dict[str, Any] = {
    "groups": {"type": "list", "elements": "str", "default": list(SETTINGS)},
    "allow_empty": {"type": "bool", "default": False},
    "settings": {"type": "bool", "default": True},
    "fail": {"type": "bool", "default": True},
}

# read in the process that all others are made of
known()


class ActionModule(ActionBase):
    """Looks at the inventory of this run, and contacts no host."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Fails where nobody is in our groups, or a setting of any host is wrong."""
        super().run(tmp, task_vars)
        variables = task_vars or {}
        groups, hosts = plain(variables["groups"]), plain(variables["ansible_play_hosts_all"])
        here = HostVariables(variables["inventory_hostname"], variables["hostvars"])
        try:
            check_run(here)
            check_groups(groups, here)
        except InputError as error:
            return _shown(_answer([], {}, list(error.messages)))
        _result, options = self.validate_argument_spec(OPTIONS)
        try:
            found = check_anybody(options["groups"], groups, hosts)
        except InputError as error:
            return {
                "changed": False,
                "failed": not options["allow_empty"],
                "msg": str(error),
                "hosts": [],
                "wrong": [],
                "wrong_hosts": {},
            }
        every = variables_of(variables["hostvars"])
        for line in one_machine(every, found):
            Display().warning(line)
        if not options["settings"]:
            return _answer(found, {}, [])
        try:
            wrong = self._wrong(every, found, groups, variables)
        except InputError as error:
            # of the whole: no host alone is to blame
            return _shown(_answer(found, {}, list(error.messages)))
        return _shown(_answer(found, wrong, as_lines(wrong)) | ({} if options["fail"] else {"failed": False}))

    @staticmethod
    def _wrong(
        every: dict[str, HostVariables], hosts: list[str], groups: dict[str, list[str]], task_vars: dict[str, Any]
    ) -> dict[str, list[str]]:
        here = HostVariables(task_vars["inventory_hostname"], task_vars["hostvars"])
        wrong = wrong_settings(every, groups, here, hosts)
        own = own_variables(every, hosts)
        if own:
            show(f"Not variables of this collection, and left alone: {', '.join(own)}")
        return wrong


def _shown(result: dict[str, Any]) -> dict[str, Any]:
    """The result, after people have been shown what is wrong as a list."""
    if result["wrong"]:
        lines = (f"  {line}" for line in result["wrong"])
        show("\n".join(["Wrong settings; no host was changed:", *lines]))
    return result


def _answer(hosts: list[str], wrong: dict[str, list[str]], lines: list[str]) -> dict[str, Any]:
    result: dict[str, Any] = {"changed": False, "hosts": hosts, "wrong": lines, "wrong_hosts": wrong}
    if lines:
        what = "a setting is wrong" if len(lines) == 1 else f"{len(lines)} settings are wrong"
        result |= {"failed": True, "msg": f"{what}; no host was changed. {lines[0]}"}
    return result
