# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of the module show_ports, which has no other."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.vars import load_extra_vars
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.hostvars import HostVariables
from ansible_collections.therefore.firewall.plugins.plugin_utils._refusals import refusals
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.port_text import port_text
from ansible_collections.therefore.firewall.plugins.plugin_utils._screen import show
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import plain


class ActionModule(ActionBase):
    """Prints the port data on the controller. No host is contacted."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Print the text, with empty lines around it. Raises AnsibleError for a wrong question or setting."""
        super().run(tmp, task_vars)
        self.validate_argument_spec({})
        variables = task_vars or {}
        # a site may have variables named role and style of its own: these two are asked on the command line
        asked = load_extra_vars(self._loader)
        # what the controller itself would be given: a limit may leave it out of the play
        own = HostVariables("localhost", variables["hostvars"])
        with refusals():
            text = port_text(plain(asked.get("role")), plain(asked.get("style", "text")), own)
        show(text)
        return {"changed": False, "text": text}
