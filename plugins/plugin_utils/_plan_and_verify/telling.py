# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of a host's findings tells why a flow did not do what it must.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.pairs import Flow

# these open, say what was done to others or what will be: no packet of ours is refused by them now
OPENING = ("published", "open_range")
# these open every port of a Windows host
OPENING_ALL = ("inbound_allowed", "open_rule")
ABOUT_OTHERS = ("override", "container", "flushed", "runtime_only", "boot")

Finding = Mapping[str, str]


def telling(findings: Iterable[Finding], flow: Flow, blocks: bool) -> Finding | None:
    """The finding that most likely explains a failure.

    Args:
        findings: The findings of one end of the flow.
        flow: The flow.
        blocks: Whether it passed and must not have, and not the other way round.
    """
    found = list(findings)
    port = re.compile(rf"\b{flow['port']}/{flow['protocol']}\b")
    if blocks:
        named = (one for one in found if one["kind"] in OPENING and port.search(one["message"]))
        return next(named, next((one for one in found if one["kind"] in OPENING_ALL), None))
    bearing = [one for one in found if one["kind"] not in (*OPENING, *OPENING_ALL, *ABOUT_OTHERS)]
    # one that names the port says more than one that is about the host
    return next((one for one in bearing if port.search(one["message"])), bearing[0] if bearing else None)
