# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Windows host's state forbids: a finding in check mode and plan, the error of a run that would change it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import domain
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.refusals import refusal
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import PROFILES
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.in_force import (
    LOCAL,
    ORIGINS,
    Finding,
    origin,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.naming import Naming, UnresolvedError
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.rules import WindowsRule
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.values import listed


def armed_guard(found: Mapping[str, Any]) -> list[Finding]:
    """A guard that waits for its confirmation: until it has ended, nothing may be changed."""
    guard = found.get("guard")
    if not guard:
        return []
    if "damaged" in guard:
        message = (
            f"the file {guard['damaged']} of a guard cannot be read, as after a loss of power: nobody knows whether a "
            "change waits for its confirmation. Where no scheduled task 'therefore.firewall guard ...' of Windows "
            "runs, see whether the host's rules are right, remove that folder and run again"
        )
        return [refusal("guard", message)]
    message = (
        f"the rules of the group {guard['group']!r} were changed under guard and are not confirmed. The host goes back "
        f"to its former rules at {guard['until']}, in {guard['seconds_left']} seconds; nothing is changed before. "
        "Run again after that time"
    )
    return [refusal(f"guard of {guard['group']}", message)]


def refusals(wanted: Iterable[WindowsRule], found: Mapping[str, Any], group: str, egress: str) -> list[Finding]:
    """All that must not be done on this host as it is."""
    rules = list(wanted)
    denied = [*_egress(found["profiles"], group), *_domain(rules, found, group)] if egress == "deny" else []
    return [*denied, *_blocks(rules, found, group), *_domain_only(rules, found, group)]


def unknown_names(unresolved: Iterable[UnresolvedError]) -> list[Finding]:
    """Names without an address here: each once, however many rules have it."""
    found: dict[str, Finding] = {}
    for error in unresolved:
        found.setdefault(error.peer, refusal(error.peer, str(error)))
    return list(found.values())


def shared_names(
    wanted: Iterable[WindowsRule], ours: Iterable[Mapping[str, Any]], foreign: Iterable[Mapping[str, Any]]
) -> list[Finding]:
    """Local rules of others with the name of one of ours: win_firewall_rule would change or remove them as well."""
    touched = {_name(rule.options) for rule in wanted} | {_name(rule) for rule in ours}
    return [_shared_name(other) for other in foreign if _name(other) in touched]


def _name(rule: Mapping[str, Any]) -> str:
    return str(rule["name"]).casefold()


def _shared_name(other: Mapping[str, Any]) -> Finding:
    belongs = f"of the group {other['group']!r}" if other["group"] else "without a group"
    message = (
        f"rule name: {other['name']!r} is also the name of a rule {belongs}, which win_firewall_rule would hit: it "
        "goes by name alone; rename that rule, or remove it if nobody needs it"
    )
    return refusal(str(other["name"]), message)


def _domain_only(wanted: list[WindowsRule], found: Mapping[str, Any], group: str) -> Iterator[Finding]:
    """A host that is in no domain never uses the Domain profile; one of several profiles may well lie idle."""
    idle = [rule for rule in wanted if rule.options["profiles"] == ["domain"]]
    if found["domain_joined"] or not idle:
        return
    variable = Naming.of(group).variable("windows_profiles", f"{idle[0].id}: profiles")
    more = f" and {len(idle) - 1} more" if len(idle) > 1 else ""
    message = (
        f"{variable}: ['domain'] leaves {idle[0].options['name']!r}{more} without effect, because this host is not "
        f"joined to a domain; set {variable}: [private], or to the profile that its networks have, or join the host"
    )
    yield refusal("domain", message)


# why deny is refused, by what a policy has decided
DENIED = {
    "local_rules_honoured": (
        "deny would cut this host off: {who} ignores local rules on the {where} profile (AllowLocalPolicyMerge), those "
        "among them that are kept under deny. Bring the rules and the refusal by policy, have local rules allowed "
        "there, or set {variable}: allow"
    ),
    "block": (
        "deny is not this host's to say: {who} blocks outbound traffic on the {where} profile already "
        "(DefaultOutboundAction); what the policy does not allow could cut the host off, and could not be taken back "
        "here. Set {variable}: allow, which adds the allow rules and leaves the rest to the policy"
    ),
    "allow": (
        "deny would have no effect: {who} allows outbound traffic on the {where} profile (DefaultOutboundAction), "
        "whatever the host sets. Have the policy changed, or set {variable}: allow"
    ),
}


def _egress(profiles: Mapping[str, Mapping[str, Any]], group: str) -> Iterator[Finding]:
    """Refusing other outbound traffic is the host's word against that of a policy."""
    variable = f"{Naming.of(group).role}_egress"
    enabled = [name for name in PROFILES if profiles[name]["enabled"]]
    decided = [name for name in enabled if origin(profiles[name], "outbound") != LOCAL]
    ignoring = [name for name in enabled if not profiles[name].get("local_rules_honoured", True)]
    yield from _denied(variable, "local_rules_honoured", "local_rules_honoured", profiles, ignoring)
    for action in ("block", "allow"):
        names = [name for name in decided if profiles[name]["outbound"] == action]
        yield from _denied(variable, action, "outbound", profiles, names)


def _denied(
    variable: str, reason: str, setting: str, profiles: Mapping[str, Mapping[str, Any]], names: list[str]
) -> Iterator[Finding]:
    if names:
        who, where = _who(profiles, names, setting), listed([name.capitalize() for name in names])
        yield refusal(where, f"{variable}: {DENIED[reason].format(who=who, where=where, variable=variable)}")


def _domain(wanted: Iterable[WindowsRule], found: Mapping[str, Any], group: str) -> Iterator[Finding]:
    """NLA must reach a domain controller before there is a Domain profile at all: the rules for it alone are no way."""
    rules = [{**rule.options, "ports": rule.options["remoteport"].split(",")} for rule in wanted]
    ways = domain.missing_ways(rules, PROFILES)
    if not found["domain_joined"] or not ways:
        return
    role = Naming.of(group).role
    remedy = (
        "give rules to them, on all three profiles"
        if role == "ruleset"
        else f"set {role}_domain_controllers to their addresses (or therefore_domain_controllers for all roles)"
    )
    where = " on every profile, and Windows has the Domain profile only where it reaches one"
    words = domain.refused_words(f"{role}_egress", "this member of a domain", ways, remedy, where)
    yield refusal("domain", words)


def _who(profiles: Mapping[str, Mapping[str, Any]], names: Iterable[str], setting: str) -> str:
    found = dict.fromkeys(ORIGINS.get(origin(profiles[name], setting), ORIGINS["group_policy"]) for name in names)
    return listed([one[0].lower() + one[1:] for one in found])


def _blocks(wanted: Iterable[WindowsRule], found: Mapping[str, Any], group: str) -> Iterator[Finding]:
    """A domain controller may start with the Public profile; a block there beats what the domain itself needs."""
    blocked = [
        rule.options["name"]
        for rule in wanted
        if rule.options["action"] == "block" and "public" in rule.options["profiles"]
    ]
    if found.get("domain_controller") and blocked:
        role = Naming.of(group).role
        remedy = (
            f"set {role}_block_public: false" if role != "ruleset" else "leave the block rules out of ruleset_rules"
        )
        also = " (therefore_server_domain_controller: true does that)" if role == "therefore_server" else ""
        yield refusal(
            "domain controller",
            f"this host is a domain controller, and {len(blocked)} rules of {group} block on the Public profile, which "
            "Windows may give it before its own directory answers: they would beat the domain's own rules; "
            f"{remedy}{also}",
        )
