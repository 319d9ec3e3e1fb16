# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wanted rules as the options of community.windows.win_firewall_rule. Pure: no Ansible, no I/O, no host.

Every option is given: the module compares only what it is given, and its defaults hold for new rules only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypedDict

from ansible_collections.therefore.firewall.plugins.module_utils._addresses import AddressError, is_host_name
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.rule_check import check_rules, derive_blocks
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import RulesetError
from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.kept import KEEP
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.rules import DIRECTION_WORDS
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.rules import PROFILES as PROFILES_BY_SCOPE
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import PROFILES, SETTINGS
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError, choice, refuse, words
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.limits import (
    check_addresses,
    check_ports,
    check_texts,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.naming import Naming, UnresolvedError, same
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.values import ANY, com_addresses

# What a rule written by hand may leave out, as the option rules of firewalld_ruleset has it.
LEFT_OUT: dict[str, Any] = {
    "rows": [], "sources": [], "scope": catalogue.DOMAIN, "profiles": [], "action": "allow",
}  # fmt: skip

REQUIRED = ("id", "direction", "protocol", "ports", "peers")
CHOICES = {
    "direction": ("in", "out", "forward"), "protocol": ("tcp", "udp"), "action": ("allow", "block"),
    "scope": tuple(PROFILES_BY_SCOPE),
}  # fmt: skip

# What a host needs whatever it serves while other outbound traffic is refused: service, protocol, ports at both ends.
KEPT = (
    ("DNS", "tcp", ANY, "53"),
    ("DNS", "udp", ANY, "53"),
    ("DHCP", "udp", "68", "67"),
    ("DHCPv6", "udp", "546", "547"),
    ("NTP", "udp", ANY, "123"),
    ("ICMP", "icmpv4", ANY, ANY),
    ("ICMP", "icmpv6", ANY, ANY),
)
KEPT_REMARK = "(Egress)"
PROTOCOL_WORDS = {"tcp": "TCP", "udp": "UDP", "icmpv4": "ICMPv4", "icmpv6": "ICMPv6"}
CHANGED_PROFILES = "Profiles whose default outbound action was changed to block:"
_CHANGED = re.compile(re.escape(CHANGED_PROFILES) + r" ([a-z, ]+)$")


class _Options(TypedDict):
    name: str
    description: str
    group: str
    direction: str
    action: str
    enabled: bool
    profiles: list[str]
    protocol: str
    localport: str
    remoteport: str
    localip: str
    remoteip: str
    program: str
    service: str
    interfacetypes: list[str]
    edge: str
    security: str


class Options(_Options, total=False):
    """One rule as win_firewall_rule takes it; C(icmp_type_code) for the ICMP protocols only."""

    icmp_type_code: list[str]


class WindowsRule(NamedTuple):
    """One wanted rule: its id, the rows that ask for it, and its options."""

    id: str
    rows: list[str]
    options: Options


def render(
    rules: Iterable[Mapping[str, Any]], group: str, resolved: Mapping[str, Sequence[str]], block_public: bool = False,
    unresolved: list[UnresolvedError] | None = None,
) -> list[WindowsRule]:  # fmt: skip
    """The rules as options. Raises InputError.

    Args:
        rules: Rules as the filter C(rules_for) gives them, or written by hand with less.
        group: The rules' group, which tags them as ours.
        resolved: Host names among the peers, and their addresses.
        block_public: Whether each inbound rule of scope domain gets a block of everybody on the Public profile.
        unresolved: Where to note names without an address. The rules that need one are left out then; without this
            list the first such name is an error.
    """
    naming = Naming.of(group)
    given = [_completed(rule) for rule in rules]
    for rule in given:
        if rule["direction"] == "forward":
            raise _refuse_forward(rule, naming)
    try:
        checked = check_rules(given)
    except RulesetError as error:
        raise InputError(str(error)) from error
    wanted = _with_blocks(checked) if block_public else checked
    rendered = []
    for rule in wanted:
        try:
            rendered.append(_render(rule, group, resolved, naming))
        except UnresolvedError as error:
            if unresolved is None:
                raise
            unresolved.append(error)
    return rendered


def _with_blocks(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rules and the blocks that the module makes of them on Linux, each under a name of its own."""
    own = {rule["id"] for rule in rules}
    return [
        rule
        if rule["id"] in own
        else {**rule, "name": f"{rule['name']} (Block Public)" if rule.get("name") else None, "description": None}
        for rule in derive_blocks(rules)
    ]


def looked_at(rules: Iterable[Mapping[str, Any]], group: str) -> dict[str, Any]:
    """Which of a host's rules a plan looks at, as the option plan_for of win_firewall_rule_info takes it.

    What is wrong with a rule is the plan's to say.
    """
    parts = ((rule.get("id"), rule.get("protocol"), rule.get("direction"), rule.get("name")) for rule in rules)
    names = [
        str(name or _name(group, str(rule_id), str(protocol), str(direction)))
        for rule_id, protocol, direction, name in parts
        if name or (protocol in PROTOCOL_WORDS and direction in DIRECTION_WORDS)
    ]
    return {"group": group, "names": names, "name_contains": KEPT_REMARK}


def _completed(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule with what it may leave out. Its other values are checked by what checks them on Linux."""
    for name in REQUIRED:
        if not rule.get(name):
            remedy = f"is missing in {dict(rule)}; the option rules of firewalld_ruleset says what a rule holds"
            raise refuse("ruleset_rules", name, remedy)
    # an option of the module that nobody gave is null
    completed = {**LEFT_OUT, **{name: value for name, value in rule.items() if value is not None}}
    where = f"ruleset_rules: {completed['id']}"
    for name, valid in CHOICES.items():
        choice(valid)(f"{where}: {name}", completed[name])
    words(PROFILES)(f"{where}: profiles", completed["profiles"])
    return completed


def _refuse_forward(rule: Mapping[str, Any], naming: Naming) -> InputError:
    problem = f"forwards (rule {rule['id']}), and the Windows Firewall has no rules for that"
    if "mode" in SETTINGS.get(naming.role, {}):
        remedy = "mode route is for Linux routers: use terminate or relay here, or a Linux host"
        return refuse(f"{naming.role}_mode", "route", f"{problem}; {remedy}")
    return refuse(f"ruleset_rules: {rule['id']}: direction", "forward", f"{problem}; use a Linux host for it")


def _render(rule: Mapping[str, Any], group: str, resolved: Mapping[str, Sequence[str]], naming: Naming) -> WindowsRule:
    inbound, protocol = rule["direction"] == "in", rule["protocol"]
    served = rule.get("keyword") if inbound else None
    service_ports = served or ",".join(rule["ports"])
    profiles = rule["profiles"] or PROFILES_BY_SCOPE[rule["scope"]]
    where = f"{naming.rules}: {rule['id']}"
    options = _options(
        name=_name_of(rule, group),
        description=rule.get("description") or f"Rule {rule['id']} of {group}",
        group=group,
        direction=rule["direction"],
        action=rule["action"],
        profiles=[profile for profile in PROFILES if profile in profiles],
        protocol=protocol,
        localport=service_ports if inbound else ANY,
        remoteport=ANY if inbound else service_ports,
        remoteip=_remote_addresses(rule, _name_of(rule, group), resolved, naming),
    )
    check_texts(where, options["name"], options["description"], group, naming.group)
    check_ports(where, service_ports)
    if options["remoteip"] != ANY:
        check_addresses(where, options["remoteip"].split(","))
    return WindowsRule(rule["id"], list(rule["rows"]), options)


def _name_of(rule: Mapping[str, Any], group: str) -> str:
    return str(rule.get("name") or _name(group, rule["id"], rule["protocol"], rule["direction"]))


def _name(group: str, service: str, protocol: str, direction: str) -> str:
    """A display name in the pattern of Windows' own rules, distinct per protocol and direction."""
    return f"{group} - {service} ({PROTOCOL_WORDS[protocol]}-{DIRECTION_WORDS[direction]})"


def _options(**given: Any) -> Options:
    """All options: what every rule of ours has in common, and what is its own."""
    options: Any = {
        "enabled": True, "localip": ANY, "program": ANY, "service": ANY, "interfacetypes": [ANY], "edge": "no",
        "security": "notrequired", **given,
    }  # fmt: skip
    if options["protocol"].startswith("icmp"):
        options["icmp_type_code"] = ["*"]
    return {key: options[key] for key in sorted(options)}  # type: ignore[return-value]


def _remote_addresses(rule: Mapping[str, Any], name: str, resolved: Mapping[str, Sequence[str]], naming: Naming) -> str:
    if rule["peers"] == [ANY]:
        return ANY
    found: list[str] = []
    for peer in rule["peers"]:
        if not is_host_name(peer):
            found.append(peer)
        elif resolved.get(peer):
            found += resolved[peer]
        else:
            setting = "egress_keep" if rule["id"].startswith(KEEP) else "online_endpoints"
            variable = naming.variable(setting, f"{rule['id']}: peers")
            remedy = "does not resolve on this host; correct the name, mend DNS, or give addresses"
            raise UnresolvedError(name, peer, str(refuse(variable, peer, remedy)))
    try:
        return com_addresses(found)
    except AddressError as error:
        raise refuse(f"ruleset_rules: {rule['id']}: peers", found, str(error)) from error


def keep_rules(group: str, changed_profiles: Iterable[str]) -> list[WindowsRule]:
    """The rules without which a host that refuses other outbound traffic is no longer of use.

    Their description says on which profiles that is our doing, so that it can be undone there and nowhere else.
    """
    changed = [profile for profile in PROFILES if profile in set(changed_profiles)]
    whose = f"{CHANGED_PROFILES} {', '.join(changed) or 'none'}"
    return [
        WindowsRule(
            f"egress-{service}-{protocol}".lower(),
            [],
            _options(
                name=keep_name(group, service, protocol),
                description=f"Kept open while other outbound traffic is refused. {whose}",
                group=group,
                direction="out",
                action="allow",
                profiles=list(PROFILES),
                protocol=protocol,
                localport=local,
                remoteport=remote,
                remoteip=ANY,
            ),
        )
        for service, protocol, local, remote in KEPT
    ]


def keep_name(group: str, service: str, protocol: str) -> str:
    """The name of a keep-rule; the remark sets it apart from the rules of supplements such as dns."""
    return _name(group, f"{service} {KEPT_REMARK}", protocol, "out")


def is_keep_rule(rule: Mapping[str, Any]) -> bool:
    """Whether a rule found is a keep-rule, of whichever group."""
    group = rule.get("group") or ""
    return any(same(rule["name"], keep_name(group, kept[0], kept[1])) for kept in KEPT)


def changed_profiles(rules: Iterable[Mapping[str, Any]]) -> set[str]:
    """The profiles of which these keep-rules say that their default outbound action was changed."""
    found = (_CHANGED.search(rule.get("description") or "") for rule in rules)
    return {profile for one in found if one for profile in one.group(1).split(", ") if profile in PROFILES}
