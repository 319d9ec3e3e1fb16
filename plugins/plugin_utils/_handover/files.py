# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hand-overs for clients that Ansible does not manage, as files. Pure: no Ansible, no I/O but reading our own data."""

from __future__ import annotations

import json
from collections.abc import Iterable

from ansible_collections.therefore.firewall.plugins.plugin_utils._handover import group_policy, intune
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.rules import Rule


def handover_files(role: str, rules: Iterable[Rule], created: str) -> dict[str, str]:
    """The files of a client role, by relative path. Raises InputError.

    Args:
        role: C(therefore_client) or C(therefore_online_client).
        rules: Its rules, as the filter C(rules_for) gives them.
        created: When they were worked out, UTC.
    """
    given = list(rules)
    name = role.replace("_", "-")
    profile = json.dumps(intune.document(role, given, created), indent=2)
    return {
        f"group-policy/{group_policy.file_name(role)}": group_policy.script(role, given, created),
        f"intune/{name}.json": f"{profile}\n",
        f"intune/{name}.md": intune.table(role, given, created),
    }
