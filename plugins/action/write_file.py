# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of the module write_file, which has no other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.therefore.firewall.plugins.plugin_utils._refusals import refusals
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import plain
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.text_file import write_text

OPTIONS: dict[str, Any] = {
    "path": {"type": "path", "required": True},
    "content": {"type": "raw", "required": True},
    "variable": {"type": "str", "default": "path"},
}


class ActionModule(ActionBase):
    """Writes a file on the controller, whatever the inventory says of connections, users and shells."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Write it. Raises AnsibleError where that fails."""
        super().run(tmp, task_vars)
        _result, options = self.validate_argument_spec(OPTIONS)
        path = Path(options["path"]).absolute()
        with refusals():
            return {
                "changed": write_text(options["variable"], path, _text(plain(options["content"]))),
                "path": str(path),
            }


def _text(content: Any) -> str:
    """A text as it is, all else as JSON; one end of line at the end."""
    text = content if isinstance(content, str) else json.dumps(content, indent=4, ensure_ascii=False)
    return text.rstrip("\n") + "\n"
