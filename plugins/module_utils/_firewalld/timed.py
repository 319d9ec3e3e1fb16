# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries of others with a time limit, in ipsets with a timeout: the kernel alone knows them, and a reload loses them.

They cannot be put back exactly: their time would begin anew, and firewalld 2 owns its table. So a reload is refused.
"""

from __future__ import annotations

from typing import Any, List, Mapping

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import nft, xtables
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.refusals import Finding, refusal


def refusals(settings: Mapping[str, List[Any]]) -> List[Finding]:
    """A refusal for each of these ipsets, with their settings by name, that holds such entries."""
    found = []
    for name, ipset in sorted(settings.items()):
        if ipset[4].get("timeout", "0") != "0" and (nft.has_elements(name) or _in_ipset(name)):
            message = (
                f"the ipset {name} holds entries with a time limit, which only the kernel knows, and the reload that "
                "these changes need would lose them; run again when their time is over, or reload firewalld yourself "
                "(firewall-cmd --reload) if they may go"
            )
            found.append(refusal(f"ipset {name}", message))
    return found


def _in_ipset(name: str) -> bool:
    """Whether ipset has entries of it, which firewalld's iptables backend and direct rules use."""
    _code, text, _errors = xtables.run(xtables.IPSET, ["save", name])
    return any(line.startswith("add ") for line in text.splitlines())
