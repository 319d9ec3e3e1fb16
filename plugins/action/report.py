# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of the module report, which has no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.last_request import VARIABLE as LAST_REQUEST
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.last_request import last_lines
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.perimeter import DETAILS, request_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.hostvars import HostVariables, variables_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.inventory import (
    HOST,
    Inventory,
    inventory_of,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.settings_check import (
    check_groups,
    one_machine,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._papers import files_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.run_settings import check_run
from ansible_collections.therefore.firewall.plugins.plugin_utils._refusals import refusals
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.document import document
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.folder import check_folder, replace_folder
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.sources import plan_of, verification_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.text import text
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import plain, refuse

OPTIONS: dict[str, Any] = {
    "folder": {"type": "path", "required": True},
    "plan_file": {"type": "path"},
    "verify_file": {"type": "path"},
    "owner": {"type": "str"},
    "expires": {"type": "str"},
    "reference": {"type": "str"},
    **{name: {"type": "str"} for name in DETAILS},
    "last_request": {"type": "path"},
    "installation": {"type": "str", "default": ""},
}
Reader = Callable[[str, str, list[str]], dict[str, Any]]


class ActionModule(ActionBase):
    """Writes the report on the controller. No host is contacted."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Read the inventory and the files, then replace the folder. Raises AnsibleError for wrong settings."""
        super().run(tmp, task_vars)
        _result, options = self.validate_argument_spec(OPTIONS)
        with refusals():
            return self._report(options, task_vars or {})

    def _report(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        folder = Path(options["folder"]).absolute()
        check_folder(folder)
        details = {name: options[name] for name in DETAILS}
        request = request_of(options["owner"], options["expires"], options["reference"], details)
        last = _text(LAST_REQUEST, options["last_request"])
        former = None if last is None else last_lines(last, f"{LAST_REQUEST}: {options['last_request']}")
        inventory = _inventory(task_vars)
        hosts = [party.name for party in inventory.parties if party.kind == HOST]
        plan = _read("therefore_plan_file", options["plan_file"], plan_of, hosts)
        verification = _read("therefore_verify_file", options["verify_file"], verification_of, hosts)
        created = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        report = document(inventory, plan, verification, created)
        files = files_of(report, request, former, options["installation"])
        if not self._task.check_mode:
            replace_folder(folder, files)
        return {
            "changed": True, "folder": str(folder), "files": sorted(files), "totals": report["totals"],
            "findings": report["findings"], "text": text(report, str(folder)),
        }  # fmt: skip


def _inventory(task_vars: Mapping[str, Any]) -> Inventory:
    variables = variables_of(task_vars["hostvars"])
    # what holds for no host in particular, whichever host of a limited run this is
    here = HostVariables("localhost", task_vars["hostvars"])
    groups = plain(task_vars["groups"])
    check_run(here)
    check_groups(groups, here)
    inventory = inventory_of(variables, groups, here)
    for line in one_machine(variables, (party.name for party in inventory.parties if party.kind == HOST)):
        Display().warning(line)
    return inventory


def _read(variable: str, path: str | None, reader: Reader, hosts: list[str]) -> dict[str, Any] | None:
    """The document in a file, none where no file is given."""
    content = _text(variable, path)
    return None if content is None else reader(content, f"{variable}: {path}", hosts)


def _text(variable: str, path: str | None) -> str | None:
    """What is in a file, none where no file is given."""
    if not path:
        return None
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise refuse(variable, path, f"cannot be read ({error}); name the file that the playbook wrote") from error
