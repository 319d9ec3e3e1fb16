# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether wanted Windows rules mean anything on this host now: profiles, policies, networks, firewalls of others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import PROFILES
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.compare import (
    CALLED,
    differing,
    hidden_narrowing,
    narrowing,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.naming import Naming, same
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.rules import WindowsRule, is_keep_rule
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.values import listed

Finding = dict[str, str]

# whose doing a setting is (win_firewall_rule_info: profiles.origin)
LOCAL = "local"
ORIGINS = {
    "group_policy": "Group policy", "mdm": "Device management (MDM, such as Intune)", "active_store": "A policy",
}  # fmt: skip
# how netfw.h and win_firewall_rule_info say that all that comes in is blocked
SHIELDED = ("2", "inbound_blocked")
OVERRIDDEN = "group_policy_override"


def in_force(wanted: list[WindowsRule], found: Mapping[str, Any], group: str) -> list[Finding]:
    """What keeps these rules, or the group's as found, from having the effect that they say."""
    used = {profile for rule in wanted for profile in rule.options["profiles"]}
    allowing = [rule for rule in wanted if rule.options["action"] == "allow"]
    serving = {profile for one in allowing if one.options["direction"] == "in" for profile in one.options["profiles"]}
    return [
        *_profiles([name for name in PROFILES if name in used], wanted, found),
        *(_shields(found, serving) if serving else []),
        *_inactive(allowing, found, group),
        *(_other_firewall(name) for name in (found.get("other_firewalls") or []) if wanted),
        *_denying_controller(wanted, found, group),
        *(_not_understood(text) for text in found.get("policies_not_understood") or []),
        *_narrowed(wanted, found, group),
    ]


def origin(profile: Mapping[str, Any], setting: str) -> str:
    """Whose doing a setting of a profile is: local, group_policy, mdm or active_store."""
    return str((profile.get("origin") or {}).get(setting, LOCAL))


def _profiles(used: list[str], wanted: list[WindowsRule], found: Mapping[str, Any]) -> Iterator[Finding]:
    ignoring = [name for name in used if not _honoured(found["profiles"][name], found)]
    denies = any(is_keep_rule(rule.options) for rule in wanted)
    for name in used:
        profile = found["profiles"][name]
        title = f"The {name.capitalize()} profile ({'active now' if profile.get('active') else 'not active now'})"
        if not profile["enabled"]:
            message = _off(name, title, origin(profile, "enabled"), denies)
            yield {"kind": "profile_off", "object": name, "message": message}
        if name in ignoring:
            yield from _ignored(name, title, wanted, found)
    if used and not ignoring and found.get("local_policy_modify_state") == OVERRIDDEN:
        message = (
            "Windows says that group policy overrides the host's own rules on a network of now "
            "(LocalPolicyModifyState), and no setting that is read here says why: the rules of this set may have no "
            "effect. See what Windows enforces (Get-NetFirewallProfile -PolicyStore ActiveStore, gpresult), and bring "
            "the rules by policy, or have it changed."
        )
        yield {"kind": "local_rules_ignored", "object": "local_policy_modify_state", "message": message}


def _honoured(profile: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    return bool(profile.get("local_rules_honoured", found.get("local_rules_honoured", True)))


def _ignored(name: str, title: str, wanted: list[WindowsRule], found: Mapping[str, Any]) -> Iterator[Finding]:
    """Local rules that a policy forbids. Where policies bring the same ones, as this finding asks, all is well."""
    ours = [rule for rule in wanted if name in rule.options["profiles"]]
    which = "rules" if any(rule.options["action"] == "allow" for rule in ours) else "block rules"
    missing = [rule for rule in ours if not any(_brings(policy, rule, name) for policy in found["rules"])]
    if not missing:
        return
    who = ORIGINS.get(origin(found["profiles"][name], "local_rules_honoured"), "Group policy")
    there = f" Of its {len(ours)} rules for it, policies bring {len(ours) - len(missing)}."
    message = (
        f"{who} forbids local rules on {title[0].lower()}{title[1:]}, which ignores the {which} of this set. "
        f"Bring them by {_means(who)}, or allow local rules there (AllowLocalPolicyMerge)."
        f"{there if len(missing) < len(ours) else ''}"
    )
    yield {"kind": "local_rules_ignored", "object": name, "message": message}


def _brings(policy: Mapping[str, Any], rule: WindowsRule, profile: str) -> bool:
    """Whether a rule of a policy does the same on this profile."""
    if policy.get("policy_source", LOCAL) == LOCAL or policy.get("conditions") or policy.get("not_understood"):
        return False
    return profile in policy["profiles"] and not {*differing(policy, rule.options)} - {*CALLED, "profiles"}


def _means(who: str) -> str:
    return "group policy" if who == ORIGINS["group_policy"] else "policy"


def _off(name: str, title: str, whose: str, denies: bool) -> str:
    effect = "nothing is filtered there, and no rule has an effect"
    again = ""
    if denies:
        effect = "nothing is filtered there, no rule has an effect, and other outbound traffic is not refused"
        again = " Run again after that, which refuses it."
    if whose == LOCAL:
        remedy = f"Turn it on (ansible.windows.win_firewall, profiles: [{name.capitalize()}], state: enabled)."
        return f"{title} is off: {effect}. {remedy}{again}"
    return (
        f"{title} is off, by {_lower(ORIGINS[whose])} (EnableFirewall): {effect}, whatever the host itself sets. Have "
        f"the policy changed.{again}"
    )


def _lower(words: str) -> str:
    return words[0].lower() + words[1:]


def _shields(found: Mapping[str, Any], serving: Iterable[str]) -> Iterator[Finding]:
    """The firewall's switch for refusing all that comes in. Where no rule of the set lets anybody in, that is right."""
    # where the profile is off, nothing is blocked at all
    profiles = {name: one for name, one in found["profiles"].items() if one["enabled"] and one.get("shielded")}
    blocked = [name for name in PROFILES if name in profiles and name in serving]
    if str(found.get("local_policy_modify_state")) in SHIELDED and not profiles:
        message = (
            "All incoming connections are blocked on an active profile, including those in the list of allowed ones: "
            "no inbound rule has an effect. Turn that off in the firewall's settings of the network."
        )
        yield {"kind": "inbound_blocked", "object": "local_policy_modify_state", "message": message}
        return
    for name in blocked:
        who = ORIGINS.get(origin(found["profiles"][name], "shielded"))
        remedy = "Have the policy changed." if who else "Turn that off in the firewall's settings of the network."
        message = (
            f"{who or 'The host'} blocks all incoming connections on the {name.capitalize()} profile, including those "
            f"in the list of allowed ones (DoNotAllowExceptions): no inbound rule has an effect there. {remedy}"
        )
        yield {"kind": "inbound_blocked", "object": name, "message": message}


def _inactive(allowing: list[WindowsRule], found: Mapping[str, Any], group: str) -> Iterator[Finding]:
    """Rules for profiles that none of the host's networks has now: the commonest reason why a port stays closed."""
    active = {name for name in PROFILES if found["profiles"][name].get("active")}
    idle: dict[tuple[str, ...], int] = {}
    for rule in allowing:
        # a host outside a domain is refused such rules
        never = rule.options["profiles"] == ["domain"] and not found.get("domain_joined", True)
        if not never and not active & {*rule.options["profiles"]}:
            key = tuple(rule.options["profiles"])
            idle[key] = idle.get(key, 0) + 1
    for profiles, count in idle.items():
        names = listed([name.capitalize() for name in profiles], "or")
        rules = "all" if count == len(allowing) else f"{count} of the {len(allowing)}"
        message = (
            f"No network of this host has the {names} profile now, and {rules} allow rules of this set are for it: "
            f"they have no effect now. {_networks(active, found)} {_way_out(profiles, found, group)}"
        )
        yield {"kind": "profile_not_active", "object": ", ".join(profiles), "message": message}


def _networks(active: Iterable[str], found: Mapping[str, Any]) -> str:
    networks = [
        f"{one['name']!r} is {str(one['profile']).capitalize()}"
        for one in found.get("networks") or []
        if one.get("profile")
    ]
    if networks:
        return f"Of its networks, {listed(networks)}."
    names = [name.capitalize() for name in PROFILES if name in active]
    return f"Active: {listed(names)}." if names else "It is connected to no network."


def _way_out(profiles: Iterable[str], found: Mapping[str, Any], group: str) -> str:
    variable = Naming.of(group).variable("windows_profiles", "profiles")
    other = f"set {variable} to what its networks have"
    if "domain" in profiles and found.get("domain_controller"):
        return (
            "A domain controller may start with another profile, before its own directory answers: once that does, "
            f"restart the network (Restart-NetAdapter), and mend what delays the directory; or {other}."
        )
    if "domain" in profiles and found.get("domain_joined"):
        return (
            "A member of a domain has the Domain profile only on a network where it reaches a domain controller: see "
            f"whether it does (nltest /dsgetdc:), and restart the network or the host after mending it; or {other}."
        )
    return f"Set the network's category (Set-NetConnectionProfile), or {other}."


def _other_firewall(name: str) -> Finding:
    message = (
        "This product has registered as the host's firewall in place of the Windows Firewall, whose rules, ours among "
        "them, may then have no effect. Open the ports in it, or take its firewall part away."
    )
    return {"kind": "other_firewall", "object": name or "a product without a name", "message": message}


def _denying_controller(wanted: list[WindowsRule], found: Mapping[str, Any], group: str) -> Iterator[Finding]:
    naming = Naming.of(group)
    if found.get("domain_controller") and any(is_keep_rule(rule.options) for rule in wanted):
        message = (
            "This host is a domain controller, and its other outbound traffic is refused: replication with each "
            "partner that no rule of this set names stops, and so does what else it asks of others. Name all partners "
            f"in {naming.variable('domain_controllers', 'peers')}, or set {naming.role}_egress: allow."
        )
        yield {"kind": "controller_denies", "object": "domain controller", "message": message}


def _not_understood(text: str) -> Finding:
    message = (
        "This setting of a policy is no number, as MS-GPFAS wants it, and counts as not set here. Have the policy "
        "corrected; Get-NetFirewallProfile -PolicyStore ActiveStore on the host says what Windows makes of it."
    )
    return {"kind": "policy_not_understood", "object": text, "message": message}


def _narrowed(wanted: list[WindowsRule], found: Mapping[str, Any], group: str) -> Iterator[Finding]:
    """Rules of ours with conditions that no rule of ours has."""
    actions = {rule.options["name"].casefold(): rule.options["action"] for rule in wanted}
    for rule in found["rules"]:
        if rule.get("policy_source", LOCAL) != LOCAL or not same(rule["group"], group):
            continue
        action = actions.get(rule["name"].casefold())
        hidden = hidden_narrowing(rule)
        limits = [*narrowing(rule), *hidden]
        if action and limits:
            does = "allows" if action == "allow" else "blocks"
            remedy = (
                "Windows lets no program see that through the firewall's COM object: remove the rule "
                "(Remove-NetFirewallRule -DisplayName), then run again."
                if hidden
                else "The next run removes the rule and makes it again."
            )
            message = f"Somebody has narrowed this rule of the set ({listed(limits)}), and it {does} less than it says."
            yield {"kind": "rule_narrowed", "object": rule["name"], "message": f"{message} {remedy}"}
