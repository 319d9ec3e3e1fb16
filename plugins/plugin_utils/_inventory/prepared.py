# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the inventory says of each host that plan and verify ask, and a digest of it. Pure.

A slice of a run compares the digests: where it works out something else for a host, its inventory is another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.inventory import HOST, inventory_of

# of what is wanted of a role; the rest is for reports
WANTED = ("rules", "egress", "left_out")


def records_of(
    hostvars: Mapping[str, Mapping[str, Any]],
    groups: Mapping[str, Iterable[str]],
    shared: Mapping[str, Any],
    hosts: Iterable[str],
) -> dict[str, dict[str, Any]]:
    """By host its C(roles), what is C(wanted) by role, and how others reach it; see inventory_of for the arguments.

    Raises InputError where a setting is wrong.
    """
    chosen = set(hosts)
    own = {group: [name for name in names if str(name) in chosen] for group, names in groups.items()}
    parties = [party for party in inventory_of(hostvars, own, shared).parties if party.kind == HOST]
    return {
        party.name: {
            "host": party.name,
            "roles": list(party.roles),
            "wanted": {role: {key: one[key] for key in WANTED} for role, one in party.wanted.items()},
            "addresses": hostvars[party.name].get("therefore_addresses") or [],
            "ansible_host": hostvars[party.name].get("ansible_host") or party.name,
            "server_name": hostvars[party.name].get("therefore_server_name") or "",
        }
        for party in parties
    }


def digest(value: Any) -> str:
    """A short word for a value: the same for the same, another for another."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]
