# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of the Windows plan share: hosts as win_firewall_rule_info describes them, and models of two modules.

The models stand for community.windows.win_firewall_rule and ansible.windows.win_firewall, which need a Windows host:
what their documentation says that they do, over the description of a host.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.plan import Plan, plan
from wanted import ENDPOINTS, rules

TITLES = {
    "therefore_server": "Therefore Server",
    "therefore_client": "Therefore Client",
    "therefore_mfp_gateway": "Therefore MFP Gateway",
    "therefore_online_client": "Therefore Online Client",
}
SERVER_TITLE = TITLES["therefore_server"]
RESOLVED = {name: ["203.0.113.80", "2001:db8:80::1"] for name in (*ENDPOINTS, *(f"{x}.example.com" for x in "abc"))}

# what the module makes of an option that is not given for a new rule
MODULE_DEFAULTS: dict[str, Any] = {
    "description": "", "group": "", "direction": "in", "action": "allow", "enabled": True,
    "profiles": ["domain", "private", "public"], "protocol": "any", "localport": "any", "remoteport": "any",
    "localip": "any", "remoteip": "any", "program": "any", "service": "any", "interfacetypes": ["any"], "edge": "no",
    "security": "notrequired", "icmp_type_code": ["any"],
}  # fmt: skip


def foreign(name: str = "Foreign", **changed: Any) -> dict[str, Any]:
    """A rule on the host that is nobody's of ours."""
    return {**copy.deepcopy(MODULE_DEFAULTS), "name": name, "policy_source": "local", **changed}


def host(*found: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """A member of a domain with these rules."""
    profile = {"enabled": True, "inbound": "block", "outbound": "allow", "active": False, "local_rules_honoured": True}
    return {
        "rules": list(copy.deepcopy(found)),
        "profiles": {"domain": {**profile, "active": True}, "private": {**profile}, "public": {**profile}},
        "domain_joined": True, "local_rules_honoured": True, "local_policy_modify_state": "ok",
        "resolved": RESOLVED, **changed,
    }  # fmt: skip


def run_step(found: dict[str, Any], step: dict[str, Any]) -> None:
    """What win_firewall_rule does with these options: it goes by name alone, or by group where there is no name."""
    key = "name" if "name" in step else "group"
    hit = [
        rule
        for rule in found["rules"]
        if rule["policy_source"] == "local" and rule[key].casefold() == step[key].casefold()
    ]
    given = {name: value for name, value in step.items() if name not in ("name", "state")}
    if step["state"] == "absent":
        found["rules"] = [rule for rule in found["rules"] if not any(rule is one for one in hit)]
    elif not hit:
        found["rules"].append(foreign(step["name"], **given))
    for rule in hit:
        # one option after the other: these would half-apply, or not at all
        assert step["state"] == "absent" or {rule["direction"], rule["protocol"], rule["service"]} == {
            step["direction"], step["protocol"], step["service"],
        }  # fmt: skip
        rule.update(given)


def run_outbound(found: dict[str, Any], options: dict[str, Any]) -> None:
    """What win_firewall does: the default action, and it turns the profile on."""
    for name in options.get("profiles", []):
        found["profiles"][name.lower()].update(enabled=True, outbound=options["outbound_action"])


def run(found: dict[str, Any], made: Plan, steps: Iterable[dict[str, Any]] | None = None) -> dict[str, Any]:
    """The host after the role applied a plan, or after it got as far as these steps."""
    after = copy.deepcopy(found)
    if made["outbound"].get("outbound_action") == "allow":
        run_outbound(after, made["outbound"])
    for step in made["steps"] if steps is None else steps:
        run_step(after, step)
    if made["outbound"].get("outbound_action") == "block" and steps is None:
        run_outbound(after, made["outbound"])
    return after


def plan_for(
    found: dict[str, Any],
    role: str = "therefore_server",
    state: str = "present",
    egress: str = "allow",
    **settings: Any,
) -> Plan:
    """The plan of a role on this host."""
    return plan(rules(role, **settings), found, TITLES[role], state, egress)


def converged(role: str = "therefore_server", egress: str = "allow", **settings: Any) -> dict[str, Any]:
    """A host on which the role has run."""
    return run(host(), plan_for(host(), role, egress=egress, **settings))


def edited(found: dict[str, Any], part: str, **changed: Any) -> dict[str, Any]:
    """The host after somebody edited the one rule whose name ends so."""
    after = copy.deepcopy(found)
    (rule,) = [rule for rule in after["rules"] if rule["name"].endswith(part)]
    rule.update(changed)
    return after


def without(found: dict[str, Any], group: str) -> list[dict[str, Any]]:
    """The rules of other groups."""
    return [rule for rule in found["rules"] if rule["group"] != group]
