# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether changes on a Windows host can cut the connection of those who manage it. Pure: no Ansible, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.values import overlap_ports, ports, protocol

MANAGEMENT_PROTOCOL = "tcp"
EGRESS = "egress-deny"


def can_cut(changes: Iterable[Mapping[str, Any]], denies: bool, management_ports: Iterable[int]) -> bool:
    """Whether traffic is refused after these changes that was not before.

    Args:
        changes: The changes of a plan.
        denies: Whether outbound traffic that no rule allows is refused afterwards.
        management_ports: TCP ports over which the host is managed.
    """
    managed = ports(",".join(map(str, management_ports)))
    return any(_cuts(change, denies, managed) for change in changes)


def _cuts(change: Mapping[str, Any], denies: bool, managed: Any) -> bool:
    if change["id"] == EGRESS:
        return change["after"] is not None
    before, after = change["before"] or {}, change["after"] or {}
    if "out" in (before.get("direction"), after.get("direction")):
        return denies
    allowed = before.get("action") == "allow" and _covers(before, managed)
    blocks = after.get("action") == "block" and _covers(after, managed)
    return allowed or blocks


def _covers(rule: Mapping[str, Any], managed: Any) -> bool:
    return protocol(rule["protocol"]) in ("any", protocol(MANAGEMENT_PROTOCOL)) and overlap_ports(
        ports(",".join(rule["ports"])), managed
    )
