# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in the way of wanted Windows rules and is not ours: findings, which change nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import PROFILES
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.rules import WindowsRule
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.values import (
    ANY,
    addresses,
    overlap_addresses,
    overlap_ports,
    ports,
    protocol,
)

Finding = dict[str, str]
# what the host's state forbids: a finding in check mode and plan, an error when it is applied
REFUSED = "refused"


def findings(wanted: list[WindowsRule], others: Iterable[Mapping[str, Any]], found: Mapping[str, Any]) -> list[Finding]:
    """All findings on these rules.

    Args:
        wanted: The rules that the host must have.
        others: Local rules of other groups, and all rules that group policy brings.
        found: What win_firewall_rule_info returned.
    """
    used = {profile for rule in wanted for profile in rule.options["profiles"]}
    allowing = [rule for rule in wanted if rule.options["action"] == "allow"]
    blocking = [rule for rule in others if rule["enabled"] and str(rule["action"]).lower() == "block"]
    return [
        *_profile_findings([profile for profile in PROFILES if profile in used], found),
        *(_shields_up(found) if any(rule.options["direction"] == "in" for rule in allowing) else []),
        *(_block(rule, beaten) for rule in blocking if (beaten := [one for one in allowing if _beats(rule, one)])),
    ]


def armed_guard(found: Mapping[str, Any]) -> list[Finding]:
    """A guard that waits for its confirmation: until it has ended, nothing may be changed."""
    guard = found.get("guard")
    if not guard:
        return []
    message = (
        f"the rules of the group {guard['group']!r} were changed under guard and are not confirmed; the host goes back "
        f"to its former rules at {guard['until']}, in {guard['seconds_left']} seconds, and nothing is changed before: "
        "run again after that time"
    )
    return [{"kind": REFUSED, "object": f"guard of {guard['group']}", "message": message}]


def _profile_findings(used: Iterable[str], found: Mapping[str, Any]) -> Iterator[Finding]:
    for name in used:
        profile, title = found["profiles"][name], name.capitalize()
        active = "active now" if profile.get("active") else "not active now"
        if not profile["enabled"]:
            message = (
                f"The {title} profile ({active}) is off: nothing is filtered there, and no rule has an effect. Turn it "
                f"on (ansible.windows.win_firewall, profiles: [{title}], state: enabled)."
            )
            yield {"kind": "profile_off", "object": name, "message": message}
        if not profile.get("local_rules_honoured", found.get("local_rules_honoured", True)):
            message = (
                f"Group policy forbids local rules on the {title} profile ({active}), which ignores the rules of this "
                "set. Bring them by group policy, or allow local rules there (AllowLocalPolicyMerge)."
            )
            yield {"kind": "local_rules_ignored", "object": name, "message": message}


def _shields_up(found: Mapping[str, Any]) -> list[Finding]:
    """The firewall's switch for refusing all that comes in, whatever the rules say."""
    if str(found.get("local_policy_modify_state")) not in ("2", "inbound_blocked"):
        return []
    message = (
        "All incoming connections are blocked on an active profile, including those in the list of allowed ones: no "
        "inbound rule has an effect. Turn that off in the firewall's settings of the network."
    )
    return [{"kind": "inbound_blocked", "object": "local_policy_modify_state", "message": message}]


def _beats(block: Mapping[str, Any], rule: WindowsRule) -> bool:
    """Whether a block rule takes traffic that ours allows: on Windows a block beats every allow."""
    ours = rule.options
    return (
        block["direction"] == ours["direction"]
        and protocol(block["protocol"]) in (ANY, protocol(ours["protocol"]))
        and bool({*block["profiles"]} & {*ours["profiles"]})
        and overlap_ports(ports(block["localport"]), ports(ours["localport"]))
        and overlap_ports(ports(block["remoteport"]), ports(ours["remoteport"]))
        and overlap_addresses(addresses(block["localip"]), addresses(ours["localip"]))
        and overlap_addresses(addresses(block["remoteip"]), addresses(ours["remoteip"]))
    )


def _block(block: Mapping[str, Any], beaten: list[WindowsRule]) -> Finding:
    by_policy = block.get("policy_source", "local") != "local"
    names = ", ".join(repr(rule.options["name"]) for rule in beaten)
    shared = [name for name in PROFILES if any(name in rule.options["profiles"] for rule in beaten)]
    where = " and ".join(name.capitalize() for name in shared if name in block["profiles"])
    message = (
        f"This block rule{' of group policy' if by_policy else ''} beats, on the {where} profile, what {names} should "
        f"allow{_narrowed(block)}. {'Change it in group policy' if by_policy else 'Narrow, disable or remove it'}, or "
        "accept that this traffic is refused."
    )
    return {"kind": "group_policy_block" if by_policy else "foreign_block", "object": block["name"], "message": message}


def _narrowed(block: Mapping[str, Any]) -> str:
    """What narrows a block rule and cannot be compared with ours, which are for every program and service."""
    limits = [f"{what} {block[what]}" for what in ("program", "service") if str(block.get(what) or ANY).lower() != ANY]
    kinds = [str(kind) for kind in block.get("interfacetypes") or [ANY] if str(kind).lower() not in (ANY, "all")]
    limits += [f"interfaces {', '.join(kinds)}"] if kinds else []
    return f" (for the {' and the '.join(limits)} only)" if limits else ""
