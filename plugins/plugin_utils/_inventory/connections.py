# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that have neither firewalld nor the Windows Firewall, by what the inventory says of their connection.

Pure. The connections of network devices run modules on the controller: it must not be taken for the host.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import refuse

APPLIANCES = ("network_cli", "netconf", "httpapi", "grpc")
SYSTEMS = ("Linux", "Win32NT")
REMEDY = "only Linux hosts with firewalld and Windows hosts can have these rules; take the host out of the groups"


def check_connection(variables: Mapping[str, Any], controller: str = platform.system()) -> None:
    """Raises InputError for a host that our modules cannot work on.

    Args:
        variables: The variables of the host.
        controller: The controller's system, as Python names it: a local connection works on it.
    """
    connection = str(variables.get("ansible_connection", "ssh")).rpartition(".")[2]
    if connection in APPLIANCES:
        raise refuse("ansible_connection", connection, f"is the connection of a network device; {REMEDY}")
    facts = variables.get("ansible_facts", {})
    system = facts.get("system", facts.get("ansible_system"))
    if system is None and connection == "local":
        system = controller
    if system is not None and system not in SYSTEMS:
        stale = "; where a fact cache has it of a former machine, run once with --flush-cache" if facts else ""
        raise refuse("ansible_system", system, f"is not supported; {REMEDY}{stale}")
