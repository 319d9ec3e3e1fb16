# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between D-Bus types and ours, for the settings of policies and ipsets."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import IPSET_TYPE, IpSet, Policy

try:
    import dbus
except ImportError:  # the module respawns under an interpreter that has it, or says what to install
    dbus = None

HAS_DBUS = dbus is not None

POLICY_DEFAULTS: Dict[str, Any] = {
    "target": "CONTINUE", "priority": 0, "ingress_zones": [], "egress_zones": [], "rich_rules": [], "ports": [],
    "protocols": [], "description": "",
}  # fmt: skip
# Of a policy's settings these make no difference to packets, or are compared one by one.
POLICY_KNOWN = {*POLICY_DEFAULTS, "version", "short"}


def plain(value: Any) -> Any:
    """D-Bus types as the Python types that they derive from."""
    conversions: List[Tuple[type, Callable[[Any], Any]]] = [
        (dbus.Boolean, bool), (str, str), (int, int),
        (dict, lambda one: {str(key): plain(item) for key, item in one.items()}),
        (tuple, lambda one: [plain(item) for item in one]),
        (list, lambda one: [plain(item) for item in one]),
    ]  # fmt: skip
    for known, convert in conversions:
        if isinstance(value, known):
            return convert(value)
    return value


def strings(values: Any) -> Any:
    return dbus.Array(list(values), signature="s")


def variants(settings: Dict[str, Any]) -> Any:
    """A dictionary of plain or D-Bus values as a{sv}; empty and nested lists need their signature said."""
    return dbus.Dictionary({key: _variant(value) for key, value in settings.items()}, signature="sv")


def _variant(value: Any) -> Any:
    if not isinstance(value, list) or isinstance(value, dbus.Array):
        return value
    if value and isinstance(value[0], list):
        return dbus.Array([dbus.Struct(item) for item in value])
    return strings(value)


def policy_from_dbus(settings: Dict[str, Any]) -> Policy:
    found = {**POLICY_DEFAULTS, **settings}
    other = tuple(sorted(f"{key}: {value}" for key, value in found.items() if key not in POLICY_KNOWN and value))
    return Policy(
        ingress=",".join(found["ingress_zones"]),
        egress=",".join(found["egress_zones"]),
        priority=found["priority"],
        target=found["target"],
        rich_rules=tuple(sorted(found["rich_rules"])),
        ports=tuple(sorted((port, protocol) for port, protocol in found["ports"])),
        protocols=tuple(sorted(found["protocols"])),
        other=other,
        description=found["description"],
    )


def policy_to_dbus(policy: Policy) -> Dict[str, Any]:
    """All settings of a policy that we make, and empty ones for what we never make, so that update() clears those."""
    return variants(
        {
            "description": policy.description,
            "target": policy.target,
            "priority": dbus.Int32(policy.priority),
            "ingress_zones": [policy.ingress] if policy.ingress else [],
            "egress_zones": [policy.egress] if policy.egress else [],
            "rich_rules": list(policy.rich_rules),
            "ports": dbus.Array([dbus.Struct(port, signature="ss") for port in policy.ports], signature="(ss)"),
            "protocols": list(policy.protocols),
            "services": [], "icmp_blocks": [], "masquerade": False,
            "source_ports": dbus.Array([], signature="(ss)"), "forward_ports": dbus.Array([], signature="(ssss)"),
        }
    )  # fmt: skip


def ipset_from_dbus(settings: List[Any]) -> IpSet:
    options, entries = settings[4], settings[5]
    family = options.get("family", "inet")
    odd = "" if settings[3] == IPSET_TYPE and set(options) <= {"family"} else f" {settings[3]} {options}"
    return IpSet(family + odd, tuple(sorted(entries)))


def ipset_to_dbus(ipset: IpSet) -> Any:
    """All settings of an ipset: version, short, description, type, options, entries."""
    options = dbus.Dictionary({"family": ipset.family}, signature="ss")
    return dbus.Struct(("", "", "", IPSET_TYPE, options, strings(ipset.entries)), signature="ssssa{ss}as")
