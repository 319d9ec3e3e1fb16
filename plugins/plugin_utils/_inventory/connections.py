# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the inventory says of the connection to a host: its platform, its ports, or that it has no firewall of ours.

Pure. The connections of network devices run modules on the controller: it must not be taken for the host.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import refuse

APPLIANCES = ("network_cli", "netconf", "httpapi", "grpc")
# those over which only Windows hosts are reached, and those that say themselves what is behind them
TO_WINDOWS, TOLD = ("psrp", "winrm"), ("ssh", "paramiko", "paramiko_ssh", "local")
WINDOWS_SHELLS = ("powershell", "cmd")
# over HTTP and HTTPS
WINRM_PORTS = (5985, 5986)
SYSTEMS = ("Linux", "Win32NT")
# what says to which machine these connections go
MACHINE = (
    "ansible_host", "ansible_port", "ansible_ssh_host", "ansible_ssh_port", "ansible_ssh_args",
    "ansible_ssh_common_args", "ansible_ssh_extra_args", "ansible_psrp_host", "ansible_psrp_port", "ansible_psrp_proxy",
    "ansible_winrm_host", "ansible_winrm_port",
)  # fmt: skip
REMEDY = "only Linux hosts with firewalld and Windows hosts can have these rules; take the host out of the groups"


def platform_of(variables: Mapping[str, Any]) -> str:
    """By which means the host's rules are applied, as the role's variable C(ruleset_platform) has them.

    Gathering facts would tell no more: without being told the shell or the connection, Ansible itself runs nothing on a
    Windows host. Facts decide for connections of others only: a cache may have those of a former machine of that name.
    """
    connection = plugin_name(variables.get("ansible_connection", "ssh"))
    if connection in APPLIANCES:
        return "unsupported"
    family = variables.get("ansible_facts", {}).get("os_family") if connection not in TOLD else None
    shell = plugin_name(variables.get("ansible_shell_type", "sh"))
    windows = connection in TO_WINDOWS or shell in WINDOWS_SHELLS or family == "Windows"
    return "windows" if windows else "linux"


def management_ports(known: Any, variables: Mapping[str, Any]) -> list[int]:
    """Every TCP port over which Ansible may reach a Windows host, each once."""
    own = [variables.get(f"ansible_{connection}_port", WINRM_PORTS[1]) for connection in TO_WINDOWS]
    return list(dict.fromkeys(int(one) for one in (known, *own, *WINRM_PORTS)))


def machine_of(variables: Mapping[str, Any]) -> tuple[str, ...]:
    """What is the same for two hosts only where they are one machine to Ansible, nothing where that is not known."""
    connection = plugin_name(variables.get("ansible_connection", "ssh"))
    if "ansible_host" not in variables or connection not in (*TO_WINDOWS, *TOLD) or connection == "local":
        return ()
    return tuple(str(variables.get(name, "")) for name in MACHINE)


def plugin_name(name: Any) -> str:
    """The name of a plugin without its collection."""
    return str(name).rpartition(".")[2]


def check_connection(variables: Mapping[str, Any], controller: str = platform.system()) -> None:
    """Raises InputError for a host that our modules cannot work on.

    Args:
        variables: The variables of the host.
        controller: The controller's system, as Python names it: a local connection works on it.
    """
    connection = plugin_name(variables.get("ansible_connection", "ssh"))
    if connection in APPLIANCES:
        raise refuse("ansible_connection", connection, f"is the connection of a network device; {REMEDY}")
    facts = variables.get("ansible_facts", {})
    system = facts.get("system", facts.get("ansible_system"))
    if system is None and connection == "local":
        system = controller
    if system is not None and system not in SYSTEMS:
        stale = "; where a fact cache has it of a former machine, run once with --flush-cache" if facts else ""
        raise refuse("ansible_system", system, f"is not supported; {REMEDY}{stale}")
