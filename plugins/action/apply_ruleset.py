# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of the module apply_ruleset, all that the role ruleset does in one task."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible_collections.therefore.firewall.plugins.action.role_rules import (
    names,
    refused,
    work_out,
    worked_out,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._apply import linux, windows
from ansible_collections.therefore.firewall.plugins.plugin_utils._apply.host import Answer, FailedError, Options
from ansible_collections.therefore.firewall.plugins.plugin_utils._apply.steps import Steps
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.connections import (
    management_ports,
    platform_of,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.role_variables import (
    RoleVariables,
    settings_of,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._refusals import refusals
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import SETTINGS
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.usage import fingerprint
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.variables import (
    RULESET,
    check_ruleset_names,
    options_of,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._screen import show
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import plain

OPTIONS: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "group": {"type": "str", "required": True},
    "platform": {"type": "str", "choices": ["linux", "windows", "unsupported"], "required": True},
    # raw: what is wrong in a rule, the host's module or the plan says
    "rules": {"type": "raw", "default": []},
    "role": {"type": "str"},
    "settings": {"type": "dict"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "egress": {"type": "str", "choices": ["allow", "deny"], "default": "allow"},
    "block_public": {"type": "bool", "default": False},
    "block_action": {"type": "str", "choices": ["reject", "drop"], "default": "reject"},
    "log": {"type": "bool", "default": False},
    "plan_only": {"type": "bool", "default": False},
    "guard": {"type": "str", "choices": ["auto", "always", "never"], "default": "auto"},
    "guard_seconds": {"type": "int", "default": 60},
    "apply": {"type": "str", "choices": ["one_call", "one_by_one"], "default": "one_call"},
    "adopt": {"type": "bool", "default": False},
    "manage_firewalld": {"type": "bool", "default": False},
    "management_port": {"type": "int", "default": 22},
    "management_ports": {"type": "list", "elements": "int", "default": []},
    "close_in_zones": {"type": "list", "elements": "str", "default": []},
    "variable_prefix": {"type": "str", "default": "ruleset"},
    "of_role": {"type": "bool", "default": False},
}
# what the variables of the role ruleset say of each set, whichever role has it, and of their own one
OF_EVERY_SET = ("platform", "plan_only", "management_port")
OF_ONE_SET = tuple(option for option in OPTIONS if option not in ("role", "settings", "management_ports", "of_role"))
UNSUPPORTED = (
    "ansible_connection: {} is the connection of a network device; only Linux hosts with firewalld and Windows hosts "
    "can have these rules"
)


def options_said(role: str, variables: RoleVariables) -> dict[str, Any]:
    """The options that the variables of a role say. Raises InputError."""
    own = role in SETTINGS
    named = {option: f"{RULESET}{option}" for option in (OF_EVERY_SET if own else OF_ONE_SET)}
    if own:
        # whom it blocks its rules say themselves
        theirs = (option for option in OPTIONS if option != "block_public")
        named |= {option: name for option in theirs if (name := f"{role}_{option}") in options_of(role)}
    read = variables.chosen(named.values())
    options = {option: read[name] for option, name in named.items() if name in read}
    port = options.get("management_port", OPTIONS["management_port"]["default"])
    options["management_ports"] = management_ports(port, variables)
    return options | ({"settings": settings_of(role, variables), "variable_prefix": role} if own else {})


class ActionModule(ActionBase):
    """Calls the modules of the platform one after another, as many as the host needs: one where it is right."""

    TRANSFERS_FILES = False
    check_mode = False
    _cut_off = False
    _leaves = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Make the host right. Raises AnsibleError for wrong settings."""
        super().run(tmp, task_vars)
        self._variables = task_vars or {}
        self._steps = Steps()
        with refusals():
            return self._run()

    def _run(self) -> dict[str, Any]:
        if boolean(self._task.args.get("of_role", False)):
            variables = self._of_ruleset()
            role = plain(self._task.args.get("role", "ruleset"))
            wrong = refused(self, role, variables)
            if wrong:
                return wrong
            self._task.args = options_said(role, variables) | self._task.args
        # what is wrong with a setting of a role is said with the name of its variable
        rules = self._work_out()
        _result, options = self.validate_argument_spec(OPTIONS)
        if rules is not None:
            options["rules"] = rules
        # only ever added to what the caller asks for
        self._task.check_mode = self.check_mode = bool(self._task.check_mode or options["plan_only"])
        # nobody knows whether a host that is away was changed: a play that ignores it would go on with a wrong answer
        self._task.ignore_unreachable = bool(self._task.ignore_unreachable and options["plan_only"])
        try:
            result = self._steps.result(self._apply(options))
        except FailedError as error:
            result = self._steps.failure(error)
        if not options["plan_only"]:
            self._show(self._steps.findings)
        return result

    def _of_ruleset(self) -> RoleVariables:
        """The variables, with what the role ruleset says of the connection, for roles that do not load that one."""
        known = RoleVariables(self._variables, self._templar.template)
        # a template would be the only one of most hosts
        platform, port = platform_of(known), known.get("ansible_port", OPTIONS["management_port"]["default"])
        assumed = {f"{RULESET}platform": platform, f"{RULESET}management_port": port}
        variables = {**assumed, **self._variables, "__ruleset_platform": platform}
        return RoleVariables(variables, self._templar.template)

    def _work_out(self) -> list[dict[str, Any]] | None:
        """The rules of the role, none where they are given. Raises InputError."""
        given = self._task.args
        role, port = plain(given.get("role")), str(given.get("management_port"))
        if not role:
            check_ruleset_names(names(self, self._variables))
            return None
        known = int(port) if port.isdecimal() else None
        wanted = work_out(self, role, given.get("settings", {}), known, self._variables)
        rules: list[dict[str, Any]] = wanted["rules"]
        self._steps.worked_out = worked_out(self._variables) | {role: fingerprint(rules)}
        return rules

    def _apply(self, options: dict[str, Any]) -> Answer:
        if options["platform"] == "unsupported":
            connection = self._templar.template(self._variables.get("ansible_connection"))
            raise AnsibleError(UNSUPPORTED.format(connection))
        options["rules"] = plain(options["rules"])
        return (windows if options["platform"] == "windows" else linux).apply(self, options)

    def call(self, step: str, module: str, options: Options) -> Answer:
        """The answer of a module, or of an action in front of one."""
        try:
            self._leave()
            answer = self._answer(module, options)
        except AnsibleConnectionFailure as error:
            answer = {"unreachable": True, "changed": False, "msg": str(error)}
            self._cut_off = True
        except AnsibleError as error:
            answer = {"failed": True, "changed": False, "msg": str(error)}
        return self._steps.note(step, answer)

    def _answer(self, module: str, given: Options) -> Answer:
        options = {**self._defaults(module), **given}
        if not self._shared_loader_obj.action_loader.has_plugin(module):
            return dict(self._execute_module(module_name=module, module_args=options, task_vars=self._variables))
        task = self._task.copy()
        task.action, task.args = module, options
        action = self._shared_loader_obj.action_loader.get(
            module, task=task, connection=self._connection, play_context=self._play_context, loader=self._loader,
            templar=self._templar, shared_loader_obj=self._shared_loader_obj,
        )  # fmt: skip
        return dict(action.run(task_vars=self._variables))

    def _defaults(self, module: str) -> dict[str, Any]:
        """What a play says of a module, such as which package manager to use."""
        defaults: dict[str, Any] = {}
        for one in self._task.module_defaults or []:
            defaults |= one.get(module) or {}
        return dict(self._templar.template(defaults))

    def leave_connection(self) -> None:
        """The call that follows opens a connection of its own, which nothing keeps for others."""
        self._leaves = True

    def _leave(self) -> None:
        """Some connections open the new one at once, others with the next call."""
        if self._leaves:
            self._leaves = False
            self._connection.reset()
            if "control_path" in self._connection.option_definitions:
                self._connection.set_option("control_path", "none")

    def cleanup(self, force: bool = False) -> None:
        """Remove the modules' folder, unless the host is cut off: that is told already."""
        if not self._cut_off:
            super().cleanup(force)

    def _show(self, findings: list[dict[str, str]]) -> None:
        """What stands in the way of the rules."""
        if findings and not self._task.no_log:
            host = self._variables.get("inventory_hostname")
            show("\n".join(f"{host}: {one['object']}: {one['message']}" for one in findings))
