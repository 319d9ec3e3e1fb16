# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hand-overs for clients that Ansible does not manage, as files. Pure: no Ansible, no I/O but reading our own data."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._handover import (
    group_policy,
    intune,
    intune_catalog,
    intune_page,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.intune_rules import split
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.rules import Rule


def handover_files(role: str, rules: Iterable[Rule], created: str, installation: str = "") -> dict[str, str]:
    """The files of a client role, by relative path. Raises InputError.

    A profile without rules is none: where Intune can have no rule there is only the page, and without rules not even
    that. The script for group policy is always there, for it also removes.

    Args:
        role: C(therefore_client) or C(therefore_online_client).
        rules: Its rules, as the filter C(rules_for) gives them.
        created: When they were worked out, UTC.
        installation: A part of the names, for machines that get the rules of several installations.
    """
    given = list(rules)
    name = role.replace("_", "-")
    files = {f"group-policy/{group_policy.file_name(role)}": group_policy.script(role, given, created, installation)}
    if split(role, given).given:
        files[f"intune/{name}.json"] = _json(intune.document(role, given, created, installation))
        files[f"intune/{name}-catalog.json"] = _json(intune_catalog.document(role, given, created, installation))
    if given:
        files[f"intune/{name}.md"] = intune_page.table(role, given, created, installation)
    return files


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2) + "\n"
