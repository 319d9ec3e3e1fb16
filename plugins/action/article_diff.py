# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of the module article_diff, which has no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.therefore.firewall.plugins.plugin_utils._article.article_diff import VARIABLE, article_diff
from ansible_collections.therefore.firewall.plugins.plugin_utils._refusals import refusals
from ansible_collections.therefore.firewall.plugins.plugin_utils._screen import show
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import refuse

AGREES = "The port data agree with it, cell by cell."


class ActionModule(ActionBase):
    """Reads a file of the controller. No host is contacted."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Print what differs. Raises AnsibleError where the file is no copy of the article."""
        super().run(tmp, task_vars)
        _result, options = self.validate_argument_spec({"article": {"type": "path", "required": True}})
        with refusals():
            found = _compare(options["article"])
        show("\n".join([options["article"], *(f"  {line}" for line in found or [AGREES])]))
        return {"changed": False, "differences": found}


def _compare(path: str) -> list[str]:
    if not path:
        raise refuse(VARIABLE, path, "names no file; give a copy of the article that you saved: -e article=FILE")
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise refuse(VARIABLE, path, f"cannot be read ({error}); name a copy of the article that you saved") from error
    return article_diff(text, path)
