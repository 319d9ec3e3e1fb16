# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of the module role_rules, which has no other."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.connections import check_connection
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.advice import advice
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.usage import check_keywords, worked_out_twice
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.variables import (
    ALLOW_UNKNOWN,
    check_names,
    known,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.wanted import wanted_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError, plain

OPTIONS: dict[str, Any] = {
    "role": {"type": "str", "required": True},
    "settings": {"type": "dict", "required": True},
    "management_port": {"type": "int"},
}
# what the checks need of a host's variables besides their names
READ = (ALLOW_UNKNOWN, "ansible_connection", "ansible_facts")

# Each task is a process, made of the one that has read this file: what is read here is read once for all hosts.
catalogue.find([])
known()


class ActionModule(ActionBase):
    """Works on the controller. No host is contacted."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The rules of this host for one role. Raises AnsibleError for wrong settings."""
        super().run(tmp, task_vars)
        _result, options = self.validate_argument_spec(OPTIONS)
        role, settings = options["role"], plain(options["settings"])
        given = task_vars or {}
        variables: dict[str, Any] = dict.fromkeys(given)
        variables.update({name: plain(self._templar.template(given[name])) for name in READ if name in given})
        try:
            delegates_facts = bool(self._task.delegate_to and self._task.delegate_facts)
            check_keywords(delegates_facts, self._task.port, options["management_port"])
            check_names(variables)
            check_connection(variables)
            wanted, _checked = wanted_of(catalogue.find([]), role, settings)
            told = advice(role, settings, wanted["rules"])
            twice = worked_out_twice(role, plain(given.get(f"__{role}_wanted")), wanted["rules"])
        except InputError as error:
            raise AnsibleError(str(error)) from error
        for text in [*told, *filter(None, [twice])]:
            # alike hosts are told the same, and Ansible says a warning once
            Display().warning(text)
        return {"changed": False, **wanted}
