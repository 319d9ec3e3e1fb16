# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the script of win_firewall_rule can be run within our module. Pure: no Ansible, no I/O."""

from __future__ import annotations

import re

# what win_firewall_rules has for the script, in the script's own lines
PROVIDED = frozenset(
    {"#Requires -Module Ansible.ModuleUtils.Legacy", "#AnsibleRequires -PowerShell Ansible.ModuleUtils.AddType"}
)
# how it takes its options and gives its answer
NEEDED = ("Parse-Args $args", "Exit-Json $result", "Fail-Json $result")
REQUIREMENT = re.compile(r"^#(?:Ansible)?Requires .*$", re.MULTILINE)


def requirements(script: str) -> set[str]:
    """The lines by which a module asks for libraries."""
    return {line.strip() for line in REQUIREMENT.findall(script)}


def misfit(script: str) -> str | None:
    """Why the script does not fit, nothing where it does."""
    more = sorted(requirements(script) - PROVIDED)
    if more:
        return f"it needs more than is provided: {', '.join(more)}"
    missing = [text for text in NEEDED if text not in script]
    if missing:
        return f"it does not take its options or give its answer as expected: there is no {', no '.join(missing)}"
    return None
