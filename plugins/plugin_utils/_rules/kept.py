# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host needs besides its rows while other outbound traffic is refused: its domain, and what manages it.

The ports are those of "How to configure a firewall for Active Directory domains and trusts" and of "Service overview
and network port requirements for Windows". DNS and NTP are open to everybody under deny anyway.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ansible_collections.therefore.firewall.plugins.module_utils._addresses import AddressError, canonical, is_host_name
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.rule_check import check_rules
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import RulesetError
from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import (
    InputError,
    a_list,
    choice,
    nearest,
    refuse,
    words,
)

if TYPE_CHECKING:
    from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.rules import Rule

PROFILES = ("domain", "private", "public")
# before the ids of what egress_keep gives
KEEP = "keep-"
# The rows by which a member finds and uses a domain controller, with the ports of each protocol that count there.
CONTROLLER_ROWS: dict[str, dict[str, list[int | str]]] = {
    "ldap": {"tcp": [389], "udp": [389]},
    "dcom": {"tcp": [135]},
    "smb": {"tcp": [445]},
    "kerberos": {"tcp": [88, 464], "udp": [88, 464]},
    "ldaps": {"tcp": [636, 3268, 3269]},
    "rpc_dynamic": {"tcp": ["49152-65535"]},
}
KEEP_KEYS = ("id", "direction", "protocol", "ports", "peers", "profiles", "scope", "name", "description")


def controller_rules(role: str, controllers: list[str]) -> Iterator[Rule]:
    """Rules to the domain controllers, on every profile: Windows has the Domain profile only where it reaches one."""
    for row_id, ports in CONTROLLER_ROWS.items() if controllers else ():
        row = catalogue.row(row_id)
        for protocol, numbers in ports.items():
            yield {
                "id": f"{row_id}-out-{protocol}-dc",
                "rows": [row_id],
                "name": f"{catalogue.role_title(role)} - {row['service'].replace('–', '-')} (Domain Controllers) "
                f"({protocol.upper()}-Out)",
                "description": f"Kept open to the domain controllers while other outbound traffic is refused "
                f"({role}_domain_controllers)",
                "direction": "out",
                "protocol": protocol,
                "ports": list(numbers),
                "peers": list(controllers),
                "scope": catalogue.DOMAIN,
                "profiles": list(PROFILES),
                "action": "allow",
                "source": "documented" if row_id in catalogue.documented_ids() else "supplement",
            }


def is_kept(row_id: str, protocol: str, port: int | str) -> bool:
    """Whether a port is among those that stay open to the domain controllers."""
    return port in CONTROLLER_ROWS.get(row_id, {}).get(protocol, ())


def keep_rules(role: str, given: list[dict[str, Any]]) -> Iterator[Rule]:
    """The rules of the setting egress_keep, as they were checked."""
    for one in given:
        protocol = one["protocol"]
        yield {
            "id": f"{KEEP}{one['id']}",
            "rows": [],
            "name": one.get("name") or f"{catalogue.role_title(role)} - {one['id']} (Keep) ({protocol.upper()}-Out)",
            "description": one.get("description")
            or f"Kept open while other outbound traffic is refused ({role}_egress_keep)",
            "direction": "out",
            "protocol": protocol,
            "ports": one["ports"],
            "peers": one["peers"],
            "scope": one["scope"],
            "profiles": one["profiles"],
            "action": "allow",
            "source": "supplement",
        }


def check_keep(variable: str, value: Any) -> list[dict[str, Any]]:
    """Outbound rules as role ruleset takes them, completed. Raises InputError."""
    checked = [_checked(variable, one) for one in a_list(variable, value)]
    try:
        return check_rules(checked)
    except RulesetError as error:
        raise InputError(f"{variable}: {str(error).removeprefix('rules: ')}") from error


def _checked(variable: str, one: Any) -> dict[str, Any]:
    if not isinstance(one, dict):
        raise refuse(variable, one, "is no rule; write one with id, protocol, ports and peers, as role ruleset has it")
    for name in one:
        if name not in KEEP_KEYS:
            raise refuse(variable, name, f"is no part of a rule that is kept; {nearest(str(name), KEEP_KEYS)}")
    for name in ("id", "protocol", "ports", "peers"):
        if not one.get(name):
            raise refuse(variable, one, f"has no {name}; write id, protocol, ports and peers")
    where = f"{variable}: {one['id']}"
    choice(("out",))(f"{where}: direction", one.get("direction", "out"))
    choice(("tcp", "udp"))(f"{where}: protocol", one["protocol"])
    profiles = words(PROFILES)(f"{where}: profiles", one.get("profiles") or list(PROFILES))
    return {
        **one, "direction": "out", "action": "allow", "rows": [], "sources": [], "profiles": profiles,
        "scope": choice((catalogue.DOMAIN, catalogue.INTERNET))(f"{where}: scope", one.get("scope", catalogue.DOMAIN)),
        "peers": [_peer(where, peer) for peer in a_list(f"{where}: peers", one["peers"])],
    }  # fmt: skip


def _peer(where: str, peer: Any) -> str:
    if not isinstance(peer, str) or peer == "any" or is_host_name(peer):
        return str(peer)
    try:
        return canonical(peer)
    except AddressError as error:
        raise refuse(f"{where}: peers", peer, str(error)) from error
