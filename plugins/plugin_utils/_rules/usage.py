# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways of using a role that it cannot see, or that never end in one state: what is refused, and what is said. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError, refuse

DELEGATED = (
    "delegate_facts: true: what the role works out would be kept for the host that it is delegated to, where the role "
    "does not look for it; take it away. delegate_to alone is right"
)


def check_keywords(delegates_facts: bool, port: int | None, known: int | None) -> None:
    """Raises InputError for keywords of a play or task under which the role would do something else than asked.

    Args:
        delegates_facts: Whether the role is delegated with its facts.
        port: The keyword of that name, which templates do not see.
        known: The port that the rules keep open, none where that is not asked.
    """
    if delegates_facts:
        raise InputError(DELEGATED)
    if None not in (port, known) and port != known:
        raise refuse(
            "port", port, f"is a keyword that the role cannot see: the rules would keep port {known} open for Ansible. "
            f"Take it away, and set the variable ansible_port: {port} for the hosts"
        )  # fmt: skip


def fingerprint(rules: Sequence[Mapping[str, Any]]) -> str:
    """What is kept of rules to know them again, and nothing of none: to remove a role's rules is no contradiction."""
    return hashlib.sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest() if rules else ""


def worked_out_twice(role: str, before: str, now: str) -> str | None:
    """What is said where a run gives a host two different sets of rules for one role, none where that is not so.

    Args:
        role: The role's name.
        before: The fingerprint of what the role worked out for this host earlier in this run, if it has.
        now: That of what it has worked out now.
    """
    if not before or not now or before == now:
        return None
    return (
        f"{role}: this run gives a host two different sets of rules for this role. The last one holds, and each run "
        "changes the host twice. Give the role once, with all that it shall open; for rules beside those of the role "
        "use the role ruleset with a ruleset_name of its own."
    )
