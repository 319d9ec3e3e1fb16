# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rule sets of ours on a host that nobody plans there: of roles whose group the host has left, and of other plays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

# the name of each role's set on its hosts
ROLES = {
    "server": "therefore_server",
    "client": "therefore_client",
    "gateway": "therefore_mfp_gateway",
    "online": "therefore_online_client",
}


def found_sets(results: Iterable[Mapping[str, Any]]) -> list[str]:
    """The names of all sets of ours that were found on a host."""
    return sorted({name for result in results for name in result.get("sets") or []})


def orphans(host: str, found: Iterable[str], planned: Iterable[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each role that left its rules behind on the host, and the finding that says how they are removed."""
    kept = set(planned)
    for name in found:
        role = ROLES.get(name)
        if role and role not in kept:
            message = (
                f"the host has the rules of {role} and is not in that group, so that nothing keeps them right or "
                f"removes them. Remove them (ansible {host} -m ansible.builtin.include_role "
                f"-a name=therefore.firewall.{role} -e {role}_state=absent), or put the host into the group."
            )
            yield role, {"kind": "orphan", "object": f"set {name}", "message": message}


def others(found: Iterable[str]) -> list[str]:
    """The sets that are of no role: somebody applies them by the role ruleset, in a play of their own."""
    return [name for name in found if name not in ROLES]
