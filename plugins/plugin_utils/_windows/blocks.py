# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Block rules of others against wanted ones: on Windows a block beats every allow, if it is for the same traffic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ntpath import basename
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import PROFILES
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.in_force import LOCAL, Finding
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.naming import shown
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.rules import WindowsRule
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.values import (
    ANY,
    addresses,
    covers,
    listed,
    overlap_addresses,
    overlap_ports,
    ports,
    protocol,
    readable,
    surely_overlap,
    surely_overlap_ports,
    tokens,
)

# Programs and services of Windows and of the database that answer on the ports of the rows. Therefore's own have the
# name in their path.
PROGRAMS = frozenset({
    "system", "svchost.exe", "lsass.exe", "sqlservr.exe", "sqlbrowser.exe", "w3wp.exe", "dns.exe", "inetinfo.exe",
})  # fmt: skip
SERVICES = (
    "lanmanserver", "lanmanworkstation", "netlogon", "ntds", "kdc", "dns", "rpcss", "rpceptmapper", "w3svc",
    "mssql", "sqlbrowser", "therefore",
)  # fmt: skip
# The ports on which a service of Windows listens on every host ("Service overview and network port requirements for
# Windows", KB 832017). Those of others follow from settings, or from RPC.
SERVICE_PORTS = {
    ("lanmanserver", "tcp"): "139,445", ("lanmanserver", "udp"): "137,138",
    ("kdc", "tcp"): "88,464", ("kdc", "udp"): "88,464",
}  # fmt: skip
# what any browser uses as well
WEB_ROWS = frozenset({"http", "https", "mobile_manager"})
# Conditions (win_firewall_rule_info: rules.conditions) that nobody outside the host can settle.
CONDITIONS = {
    "interfaces": "the network card {}", "owner": "the owner {}", "local_users": "the local users {}",
    "remote_users": "the remote users {}", "remote_machines": "the remote machines {}", "networks": "the network {}",
    "security_realm": "the security realm {}", "trust_tuples": "traffic of {}",
    "not_before_version": "a Windows that does not skip it (version {})", "platforms": "the Windows version {}",
    "package": "the package {}",
}  # fmt: skip
KINDS = {LOCAL: "foreign_block", "group_policy": "group_policy_block", "mdm": "mdm_block"}
WHOSE = {LOCAL: "", "group_policy": " of group policy", "mdm": " of device management (MDM)"}
REMEDIES = {
    LOCAL: "Narrow, disable or remove it", "group_policy": "Change it in group policy",
    "mdm": "Change it in device management",
}  # fmt: skip


def block_findings(
    wanted: Iterable[WindowsRule], others: Iterable[Mapping[str, Any]], windows_version: str
) -> list[Finding]:
    """A finding for each rule of others that beats an allow rule, or may: then with what that depends on."""
    allowing = [rule for rule in wanted if rule.options["action"] == "allow"]
    found = []
    for block in others:
        if not block["enabled"] or str(block["action"]).lower() == "allow":
            continue
        beaten = [(rule, doubts) for rule in allowing if (doubts := beats(block, rule, windows_version)) is not None]
        if beaten:
            found.append(_finding(block, beaten))
    return found


def beats(block: Mapping[str, Any], rule: WindowsRule, windows_version: str) -> list[str] | None:
    """None where the block leaves the rule's traffic alone; else what it depends on, nothing where it surely beats it.

    A field that nobody understands may be anything.
    """
    ours: Mapping[str, Any] = rule.options
    strange = set(block.get("not_understood") or [])
    if "rule" in strange:
        return ["all of it, for it cannot be read"]
    same_traffic = (
        ("direction" in strange or block["direction"] == ours["direction"])
        and ("protocol" in strange or protocol(block["protocol"]) in (ANY, protocol(ours["protocol"])))
        and ("profiles" in strange or bool({*block["profiles"]} & {*ours["profiles"]}))
        and all(side in strange or overlap_ports(ports(block[side]), ports(ours[side])) for side in _PORTS)
        and all(side in strange or overlap_addresses(addresses(block[side]), addresses(ours[side])) for side in _ENDS)
    )
    program, service = _program(block, rule), _service(block, rule)
    conditions = _conditions(block, rule, windows_version)
    if not same_traffic or program is None or service is None or conditions is None:
        return None
    keywords = [
        f"the addresses of {listed(sorted(addresses(block[side]).words))}"
        for side in _ENDS
        if side not in strange and not surely_overlap(addresses(block[side]), addresses(ours[side]))
    ]
    keyword_ports = [
        f"the ports that Windows has for {listed(sorted(ports(block[side]).words | ports(ours[side]).words))}"
        for side in _PORTS
        if side not in strange and not surely_overlap_ports(ports(block[side]), ports(ours[side]))
    ]
    unknown = [f"its {name}, which is not understood" for name in sorted(strange)]
    return [*program, *service, *_interfaces(block), *conditions, *keywords, *keyword_ports, *unknown]


_PORTS = ("localport", "remoteport")
_ENDS = ("localip", "remoteip")
_PARTS = {
    "in": {"remoteip": "from {}", "remoteport": "from port {}", "localip": "to {}", "localport": "on port {}"},
    "out": {"localip": "from {}", "localport": "from port {}", "remoteip": "to {}", "remoteport": "on port {}"},
}


def _program(block: Mapping[str, Any], rule: WindowsRule) -> list[str] | None:
    """A block of another program than those that answer, or ask, for the rule's rows leaves them alone."""
    path = str(block.get("program") or ANY)
    if path.lower() == ANY:
        return []
    relevant = (
        not rule.rows
        or "therefore" in path.lower()
        or basename(path).lower() in PROGRAMS
        or (rule.options["direction"] == "out" and bool(WEB_ROWS & {*rule.rows}))
    )
    return [f"the program {path}"] if relevant else None


def _service(block: Mapping[str, Any], rule: WindowsRule) -> list[str] | None:
    name = str(block.get("service") or ANY)
    if name.lower() == ANY:
        return []
    listens = SERVICE_PORTS.get((name.lower(), rule.options["protocol"]))
    inbound = rule.options["direction"] == "in"
    if inbound and listens and not overlap_ports(ports(listens), ports(rule.options["localport"])):
        return None
    # the firewall's word for whatever runs as a service
    if name == "*":
        return ["whether what listens or asks is a service"]
    return [f"the service {name}"] if not rule.rows or name.lower().startswith(SERVICES) else None


def concerns(other: Mapping[str, Any], rule: WindowsRule) -> bool:
    """Whether the program and the service of a rule answer, or ask, for the rows of a wanted one."""
    return _program(other, rule) is not None and _service(other, rule) is not None


def _interfaces(block: Mapping[str, Any]) -> list[str]:
    kinds = [str(kind) for kind in block.get("interfacetypes") or [ANY] if str(kind).lower() not in (ANY, "all")]
    return [f"the interfaces {', '.join(kinds)}"] if kinds else []


def _conditions(block: Mapping[str, Any], rule: WindowsRule, windows_version: str) -> list[str] | None:
    conditions = block.get("conditions") or {}
    # no row is served by a package of the Store
    if rule.rows and "package" in conditions:
        return None
    platforms = conditions.get("platforms")
    holds = _platform_holds(platforms, windows_version) if platforms else True
    if holds is False:
        return None
    return [
        CONDITIONS.get(name, f"{name.replace('_', ' ')} {{}}").format(", ".join(texts))
        for name, texts in conditions.items()
        if name != "platforms" or holds is None
    ]


def _platform_holds(platforms: Iterable[str], windows_version: str) -> bool | None:
    """Whether a rule is for this Windows: any entry that holds is enough (MS-FASP 2.2.29 to 2.2.31)."""
    answers = [_entry_holds(text, windows_version) for text in platforms]
    return True if True in answers else None if None in answers else False


def _entry_holds(text: str, windows_version: str) -> bool | None:
    """C(type:major:minor), C(:GTEQ) after it for that version and later ones. The type of every Windows is 2."""
    parts = text.split(":")
    try:
        system, major, minor = (int(part) for part in parts[:3])
        here = (2, *(int(part) for part in windows_version.split(".")[:2]))
    except ValueError:
        return None
    operator = parts[3] if len(parts) > 3 else "EQ"
    if operator not in ("EQ", "GTEQ") or len(here) != 3:
        return None
    return here >= (system, major, minor) if operator == "GTEQ" else here == (system, major, minor)


def _part(block: Mapping[str, Any], rules: list[WindowsRule]) -> str:
    """What of the rules' traffic a block is for, where that is not all of it: one host of a network, one port."""
    strange = set(block.get("not_understood") or [])
    parts = []
    ours: list[Mapping[str, Any]] = [rule.options for rule in rules]
    for side, words in _PARTS["in" if block["direction"] == "in" else "out"].items():
        extent, texts = (ports, tokens) if side in _PORTS else (addresses, readable)
        here = extent(block[side])
        # keywords are among what it depends on
        if side in strange or (side in _ENDS and here.words - {ANY}):
            continue
        if not all(covers(here, extent(one[side])) for one in ours):
            parts.append(words.format(_some(texts(block[side]))))
    return f"That is so {', '.join(parts)} only. " if parts else ""


def _some(texts: list[str]) -> str:
    return ", ".join(texts) if len(texts) < 5 else f"{', '.join(texts[:3])} and {len(texts) - 3} more"


def _finding(block: Mapping[str, Any], beaten: list[tuple[WindowsRule, list[str]]]) -> Finding:
    source = block.get("policy_source", LOCAL)
    doubts = list(dict.fromkeys(doubt for _rule, all_of_it in beaten for doubt in all_of_it))
    names = ", ".join(repr(rule.options["name"]) for rule, _doubts in beaten)
    shared = [name for name in PROFILES if any(name in rule.options["profiles"] for rule, _doubts in beaten)]
    # profiles that nobody understands may be any
    where = listed([name.capitalize() for name in shared if name in block["profiles"] or not block["profiles"]])
    message = (
        f"This block rule{WHOSE.get(source, WHOSE[LOCAL])} {'may beat' if doubts else 'beats'}, on the {where} "
        f"profile, what {names} should allow{f'. That depends on {listed(doubts)}' if doubts else ''}. "
        f"{_part(block, [rule for rule, _doubts in beaten])}{REMEDIES.get(source, REMEDIES[LOCAL])}, or accept that "
        "this traffic is refused."
    )
    return {"kind": KINDS.get(source, KINDS[LOCAL]), "object": shown(block), "message": message}
