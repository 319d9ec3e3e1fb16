# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A firewalld that runs, and of whose rules the kernel has none: somebody has flushed them, and nobody told it.

C(nft flush ruleset) does that, and so does nftables.service when it starts, reloads or stops, unless firewalld owns its
table (NftablesTableOwner, since 2.0). Then everything passes; a reload fails, and from then on nothing does. Only a
firewalld that is started anew makes its rules again, without what is in its running configuration only.
"""

from __future__ import annotations

from typing import List

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.refusals import Finding, refusal

# while it reloads, its rules are away for a moment
LOOKS = 3


def is_so(firewalld: Firewalld) -> bool:
    """Whether the kernel has nothing of firewalld's. Raises FirewalldError."""
    for _look in range(LOOKS):
        if firewalld.backend():
            return False
        # answered when its reload has ended
        firewalld.state()
        firewalld.forget()
    return True


def refusals(firewalld: Firewalld) -> List[Finding]:
    """The refusal, where that is so. Raises FirewalldError."""
    if not is_so(firewalld):
        return []
    message = (
        "firewalld runs, and the kernel has none of its rules: somebody has flushed them (nft flush ruleset, or "
        "nftables.service was started, reloaded or stopped). Nothing is filtered by them, and a reload would fail and "
        "shut the host. Allow your management port (firewall-cmd --permanent --add-service=ssh), start firewalld anew "
        "(systemctl restart firewalld), which forgets what is in its running configuration only, then run again"
    )
    return [refusal("firewalld", message)]
