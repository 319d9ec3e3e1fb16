# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps the rules from being in force after the next start of the host, though they are now. Reads only.

A firewalld that runs and is not enabled, and another service that is: each has its own rules loaded when the host
starts, and some of them end firewalld or flush what it has in the kernel.
"""

from __future__ import annotations

import re
from typing import Dict, List

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import State
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.session import UNIT

NOT_STARTED = ("disabled", "masked", "masked-runtime", "enabled-runtime")
STARTED = ("enabled", "enabled-runtime")
ONLY_ONE = "systemd runs only one of the two, and nobody can say which after the next start of this host"
BESIDE = "it loads rules of its own when this host starts, which may refuse what the set allows, or end its refusals"
# services that load rules as well, and what becomes of firewalld's then
SERVICES = {
    "nftables.service": "it flushes all rules of the kernel when it starts, is reloaded or stopped, also firewalld's "
    "unless that owns its table, and beside firewalld before 2.0 systemd runs only one of the two",
    "iptables.service": ONLY_ONE,
    "ip6tables.service": ONLY_ONE,
    "netfilter-persistent.service": BESIDE,
    "ufw.service": BESIDE,
}
# its service is enabled where it is installed, and does nothing unless this says so
UFW = "/etc/ufw/ufw.conf"
UFW_ENABLED = re.compile(r"^\s*ENABLED\s*=\s*[\"']?yes", re.MULTILINE | re.IGNORECASE)


def findings(firewalld: Firewalld, wanted: State) -> List[Dict[str, str]]:
    """What keeps the wanted rules from being there then. Raises FirewalldError."""
    if not wanted.policies:
        return []
    found = []
    states = firewalld.unit_file_states([UNIT, *SERVICES])
    state = states.get(UNIT, "")
    if state in NOT_STARTED:
        unmask = "systemctl unmask firewalld, then " if state.startswith("masked") else ""
        message = (
            f"It runs, and is {state} in systemd: after the next start of this host nothing of the set is in force and "
            f"nothing is filtered. Have it started with the host: {unmask}systemctl enable firewalld."
        )
        found.append({"kind": "boot", "object": "firewalld", "message": message})
    for unit, trouble in SERVICES.items():
        if states.get(unit) in STARTED and not (unit == "ufw.service" and _ufw_is_off()):
            message = (
                f"is enabled beside firewalld: {trouble}. Bring its rules into firewalld, then keep it from being "
                f"started (systemctl disable {unit}, without --now where that would flush rules)."
            )
            found.append({"kind": "boot", "object": unit, "message": message})
    return found


def _ufw_is_off() -> bool:
    try:
        with open(UFW, encoding="utf-8", errors="replace") as file:
            return not UFW_ENABLED.search(file.read())
    except OSError:
        return True
