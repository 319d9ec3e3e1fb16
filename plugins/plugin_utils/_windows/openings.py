# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where everything passes anyway: rules that allow only some traffic keep nobody out there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import PROFILES
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.in_force import (
    LOCAL,
    ORIGINS,
    Finding,
    origin,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.naming import same, shown
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.rules import WindowsRule, is_keep_rule
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.values import (
    ANY,
    WHOLE,
    addresses,
    covers,
    listed,
    ports,
    protocol,
)

WHOSE = {LOCAL: "", "group_policy": " of group policy", "mdm": " of device management (MDM)"}
EFFECTS = {
    "in": "lets {whom} in, on {what}, whatever the rules of this set name",
    "out": "lets {what} out to {whom}: refusing other outbound traffic has no effect on it",
}


def openings(wanted: Iterable[WindowsRule], found: Mapping[str, Any], group: str) -> Iterator[Finding]:
    """A finding for each profile that lets everything in, and for each rule of others that lets everything through."""
    narrow: dict[str, set[str]] = {"in": set(), "out": set()}
    for one in (rule.options for rule in wanted):
        # that other outbound traffic is refused shows in the rules that are kept open meanwhile
        if is_keep_rule(one) or (one["direction"], one["action"]) == ("in", "allow"):
            narrow[one["direction"]].update(one["profiles"])
    for name in PROFILES:
        profile = found["profiles"][name]
        if name in narrow["in"] and profile["enabled"] and profile.get("inbound") == "allow":
            yield _open_profile(name, origin(profile, "inbound"))
    for rule in found.get("open_rules") or []:
        if rule.get("policy_source", LOCAL) == LOCAL and same(rule["group"], group):
            continue
        where = [name for name in PROFILES if name in narrow.get(rule["direction"], ()) and name in rule["profiles"]]
        whom = _whom(rule) if where and _is_open(rule) else None
        if whom:
            yield _open_rule(rule, where, whom)


def _open_profile(name: str, whose: str) -> Finding:
    title = name.capitalize()
    who = "The host" if whose == LOCAL else ORIGINS[whose]
    remedy = (
        f"Set it back (ansible.windows.win_firewall, profiles: [{title}], state: enabled, inbound_action: block)."
        if whose == LOCAL
        else "Have the policy changed."
    )
    message = (
        f"{who} allows inbound traffic on the {title} profile by default (DefaultInboundAction): what no rule blocks "
        f"comes in from everybody, and the allow rules of this set keep nobody out. {remedy}"
    )
    return {"kind": "inbound_allowed", "object": name, "message": message}


def _is_open(rule: Mapping[str, Any]) -> bool:
    """Whether an allow rule has no condition but its direction, its profiles, TCP or UDP, and whom it is for."""
    everything = ("localip", "program", "service")
    return (
        bool(rule["enabled"])
        and rule["action"] == "allow"
        and protocol(rule["protocol"]) in (ANY, "tcp", "udp")
        and all(str(rule.get(name) or ANY).lower() == ANY for name in everything)
        and all(covers(ports(rule.get(side)), ports("1-65535")) for side in ("localport", "remoteport"))
        and {str(one).lower() for one in rule.get("interfacetypes") or [ANY]} == {ANY}
        and str(rule.get("security") or "notrequired") == "notrequired"
        and not rule.get("conditions")
        and not rule.get("not_understood")
    )


def _whom(rule: Mapping[str, Any]) -> str | None:
    """Everybody, or all of one IP version, if the rule is for no fewer."""
    asked = addresses(rule.get("remoteip"))
    whole = [version for version, span in WHOLE.items() if span in asked.spans]
    return "everybody" if asked.is_any else f"every IPv{whole[0]} address" if whole else None


def _open_rule(rule: Mapping[str, Any], where: list[str], whom: str) -> Finding:
    source = str(rule.get("policy_source", LOCAL))
    used = protocol(rule["protocol"])
    inbound = rule["direction"] == "in"
    what = ("every port" if inbound else "everything") if used == ANY else f"every port of {used.upper()}"
    remedy = "Narrow, disable or remove it" if source == LOCAL else "Change it where it comes from"
    effect = EFFECTS[rule["direction"]].format(what=what, whom=whom)
    message = (
        f"This allow rule{WHOSE.get(source, WHOSE[LOCAL])} {effect}, on the "
        f"{listed([name.capitalize() for name in where])} profile. {remedy}."
    )
    return {"kind": "open_rule", "object": shown(rule), "message": message}
