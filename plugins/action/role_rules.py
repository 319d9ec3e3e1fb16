# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of the module role_rules, which has no other."""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.connections import check_connection
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.role_variables import (
    RoleVariables,
    settings_of,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._refusals import refusals
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.advice import advice
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.arguments import wrong_arguments
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import as_written, without_defaults
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.usage import (
    check_keywords,
    fingerprint,
    worked_out_twice,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.variables import (
    ALLOW_UNKNOWN,
    check_names,
    known,
    options_of,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.wanted import wanted_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError, plain
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.text_file import write_text

OPTIONS: dict[str, Any] = {
    "role": {"type": "str", "required": True},
    "settings": {"type": "dict"},
    "management_port": {"type": "int"},
}
# what the checks need of a host's variables besides their names
READ = (ALLOW_UNKNOWN, "ansible_connection", "ansible_facts")

# Each task is a process, made of the one that has read this file: what is read here is read once for all hosts.
catalogue.find([])
known()
options_of("ruleset")


def work_out(
    action: ActionBase, role: str, settings: Any, management_port: int | None, task_vars: dict[str, Any]
) -> dict[str, Any]:
    """What the settings ask of this host, once people have been told what to think of. Raises InputError.

    Args:
        action: The action, whose task may have keywords that the rules would not fit.
        role: The role's name.
        settings: Its settings, without their prefix.
        management_port: The port that the rules keep open, none where that is not asked.
        task_vars: The variables of the host.
    """
    task, variables = action._task, names(action, task_vars)
    check_keywords(bool(task.delegate_to and task.delegate_facts), task.port, management_port)
    check_names(variables)
    check_connection(variables)
    try:
        wanted, texts = wanted_once(role, plain(settings))
    except InputError as error:
        raise as_written(error, role, without_defaults(role, task_vars)) from None
    twice = worked_out_twice(role, _before(role, task_vars), fingerprint(wanted["rules"]))
    for text in [*texts, *filter(None, [twice])]:
        Display().warning(text)
    return wanted


def wanted_once(role: str, settings: Any) -> tuple[dict[str, Any], list[str]]:
    """What the settings ask, and what is to be said of them. Raises InputError.

    Both are worked out once in a run for all hosts that have the same settings, and said with the first of them. Each
    host is a process of its own: they share Ansible's folder of this run, as they do for modules.
    """
    asked = json.dumps([role, settings], sort_keys=True, default=repr)
    kept = Path(constants.DEFAULT_LOCAL_TMP) / f"therefore-{hashlib.sha256(asked.encode()).hexdigest()}.json"
    with contextlib.suppress(OSError, ValueError):
        return dict(json.loads(kept.read_text(encoding="utf-8"))), []
    wanted, _checked = wanted_of(catalogue.find([]), role, settings)
    with contextlib.suppress(InputError):
        write_text("rules of this run", kept, json.dumps(wanted))
    return wanted, advice(role, settings, wanted["rules"])


def refused(action: ActionBase, role: str, variables: RoleVariables) -> dict[str, Any]:
    """What Ansible would say of the role's arguments, nothing where they fit or where nobody asks. Raises InputError.

    Whoever calls a role with C(rolespec_validate: false) asks for no check.
    """
    task = action._task
    called = [one for one in (*(task._parent.get_dep_chain() or ()), task._role) if one and one.get_name(False) == role]
    if not any(getattr(one, "_should_validate", True) for one in called):
        return {}
    options = options_of(role)
    # without those that must be there others may not be worked out, which would be said in their place
    missing = any(option.get("required") and name not in variables for name, option in options.items())
    wrong = wrong_arguments(role, {} if missing else variables.chosen(options))
    entry = called[0]._from_files.get("tasks", "main")
    context = {"type": "role", "name": called[0].get_name(), "argument_spec_name": entry}
    return wrong | {"validate_args_context": context | {"path": called[0]._role_path}} if wrong else {}


def names(action: ActionBase, task_vars: dict[str, Any]) -> dict[str, Any]:
    """The names of a host's variables, and the values of those few that checks of names need. Raises InputError."""
    variables = RoleVariables(task_vars, action._templar.template)
    return dict.fromkeys(task_vars) | variables.chosen(READ)


def worked_out(task_vars: dict[str, Any]) -> dict[str, str]:
    """The fingerprint of what each role has applied to this host earlier in this run."""
    applied = plain(task_vars.get("__ruleset_result"))
    return dict(applied.get("worked_out", {})) if isinstance(applied, dict) else {}


def _before(role: str, task_vars: dict[str, Any]) -> str:
    """The fingerprint of what the role worked out for this host earlier in this run, nothing where it has not."""
    wanted = plain(task_vars.get(f"__{role}_wanted"))
    checked = fingerprint(wanted.get("rules", [])) if isinstance(wanted, dict) else ""
    return worked_out(task_vars).get(role, checked)


class ActionModule(ActionBase):
    """Works on the controller. No host is contacted."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The rules of this host for one role. Raises AnsibleError for wrong settings."""
        super().run(tmp, task_vars)
        _result, options = self.validate_argument_spec(OPTIONS)
        with refusals():
            variables = RoleVariables(task_vars or {}, self._templar.template)
            wrong = refused(self, options["role"], variables)
            if wrong:
                return wrong
            given = options["settings"]
            settings = settings_of(options["role"], variables) if given is None else given
            wanted = work_out(self, options["role"], settings, options["management_port"], task_vars or {})
        return {"changed": False, **wanted}
