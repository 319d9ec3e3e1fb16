# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of the module show."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.therefore.firewall.plugins.plugin_utils._screen import show


class ActionModule(ActionBase):
    """Prints a text on the controller, unless a program reads the output. Nothing is sent to the host."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Print the text, with empty lines around it."""
        super().run(tmp, task_vars)
        _result, options = self.validate_argument_spec({"text": {"type": "str", "required": True}})
        show(options["text"])
        return {"changed": False, "text": options["text"]}
