# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Windows host has against what it must have: the plan. Pure: no Ansible, no I/O, no host."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from ansible_collections.therefore.firewall.plugins.plugin_utils._article.catalogue import role_title
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import refuse
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows import egress as _egress
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.compare import (
    View,
    before_and_after,
    described_rows,
    differing,
    found_view,
    narrowing,
    needs_new_rule,
    view,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.duplicates import duplicates
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.findings import findings
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.guard import can_cut
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.naming import UnresolvedError, same
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.notes import notes
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.refusals import (
    armed_guard,
    refusals,
    shared_names,
    unknown_names,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.rules import WindowsRule, keep_rules, render

Found = Mapping[str, Any]
SET_TITLES = {
    "client": role_title("therefore_client"),
    "gateway": role_title("therefore_mfp_gateway"),
    "online": role_title("therefore_online_client"),
    "server": role_title("therefore_server"),
}
Step = dict[str, Any]


class Change(TypedDict):
    """One change, in the shape that firewalld_ruleset returns."""

    action: str
    id: str
    rows: list[str]
    before: View | None
    after: View | None


class Plan(TypedDict):
    """What a run changes and how, what stays, what stands in the way, and what is good to know beside it."""

    changes: list[Change]
    unchanged: int
    findings: list[dict[str, str]]
    steps: list[Step]
    outbound: dict[str, Any]
    can_cut: bool
    sets: list[str]
    adopt: list[str]
    notes: list[dict[str, str]]


def plan(
    rules: Iterable[Mapping[str, Any]], found: Found, group: str, state: str, egress: str,
    management_ports: Iterable[int] = (), block_public: bool = False, adopt: bool = False,
) -> Plan:  # fmt: skip
    """The plan that makes a host's rules of one group those given. Raises InputError.

    Args:
        rules: The wanted rules, as the filter C(rules_for) gives them.
        found: What win_firewall_rule_info returned.
        group: The group of the rules: ours have it, no other rule is ever changed.
        state: V(present), or V(absent) for none of the group.
        egress: V(allow), or V(deny) to refuse the outbound traffic that no rule allows.
        management_ports: TCP ports over which the host is managed.
        block_public: Whether each inbound rule of scope domain gets a block of everybody on the Public profile.
        adopt: Whether rules of others that equal wanted ones go, after those are in place.
    """
    result = _compare(rules, found, group, state, egress, block_public, adopt)
    denies = (state, egress) == ("present", "deny") or any(
        profile["outbound"] == "block" for profile in found["profiles"].values()
    )
    result["can_cut"] = can_cut(result["changes"], denies, management_ports)
    result["sets"] = sets(found)
    result["findings"] = [*armed_guard(found), *result["findings"]]
    return result


def _compare(
    rules: Iterable[Mapping[str, Any]], found: Found, group: str, state: str, egress: str, block_public: bool,
    adopt: bool,
) -> Plan:  # fmt: skip
    local = [rule for rule in found["rules"] if rule.get("policy_source", "local") == "local"]
    ours = [rule for rule in local if same(rule["group"], group)]
    foreign = [rule for rule in local if not same(rule["group"], group)]
    if state == "absent":
        outbound = _egress.reset(found["profiles"], ours, foreign)
        steps: list[Step] = [{"group": group, "state": "absent"}] if ours else []
        changes = [*_deletions(ours, set()), *_egress_changes(outbound)]
        return _plan(changes, 0, [*shared_names([], ours, foreign), *outbound.findings], steps, outbound)
    unresolved: list[UnresolvedError] = []
    asked = render(rules, group, found.get("resolved") or {}, block_public, unresolved)
    wanted = list(asked)
    refused = [*unknown_names(unresolved), *refusals(wanted, found, group, egress)]
    # nobody knows what the rule of such a name should be, so that nothing is said of the one that is there
    unknown = {error.rule.casefold() for error in unresolved}
    ours = [rule for rule in ours if _key(rule) not in unknown]
    outbound = _egress.outbound(found["profiles"], ours, foreign, egress)
    if egress == "deny":
        wanted += keep_rules(group, outbound.ours)
    _refuse_same_names(wanted)
    shared = shared_names(wanted, ours, foreign)
    refused += shared
    # what would take away one of such a name could take away ours
    twins = duplicates(asked, [one for one in foreign if not any(same(one["name"], two["object"]) for two in shared)])
    others = [*foreign, *(rule for rule in found["rules"] if rule.get("policy_source", "local") != "local")]
    changes, steps = _changes(wanted, ours)
    unchanged = len(wanted) - sum(1 for change in changes if change["action"] != "delete")
    unchanged += egress == "deny" and not outbound.change
    gone = [twin.rule for twin in twins if adopt and not twin.obstacle]
    kept = [twin.finding(group) for twin in twins if twin.rule not in gone]
    all_findings = [*refused, *findings(wanted, others, found, group), *outbound.findings, *kept]
    changes += [*_deletions(gone, set()), *_egress_changes(outbound)]
    result = _plan(changes, unchanged, all_findings, [*steps, *map(_removal, gone)], outbound)
    result["adopt"] = [rule["name"] for rule in gone]
    result["notes"] = notes(wanted, [one for one in others if one not in gone], found, outbound.ours)
    return result


def _plan(
    changes: list[Change],
    unchanged: int,
    found: list[dict[str, str]],
    steps: list[Step],
    outbound: _egress.Outbound,
) -> Plan:
    return {
        "changes": sorted(changes, key=lambda change: change["id"]),
        "unchanged": unchanged,
        "findings": found,
        "steps": steps,
        "outbound": outbound.options(),
        "can_cut": False,
        "sets": [],
        "adopt": [],
        "notes": [],
    }


def sets(found: Found) -> list[str]:
    """The sets of our roles whose groups have local rules on the host, by their names on Linux."""
    local = [rule["group"] for rule in found["rules"] if rule.get("policy_source") != "group_policy"]
    # the rules may be narrowed to those that a plan looks at
    groups = {str(group or "").casefold() for group in found.get("groups", local)}
    return [name for name, title in SET_TITLES.items() if title.casefold() in groups]


def _refuse_same_names(wanted: list[WindowsRule]) -> None:
    named: dict[str, str] = {}
    for rule in wanted:
        key = _key(rule.options)
        if key in named:
            names = f"{named[key]} and {rule.id}"
            raise refuse("ruleset_rules: name", rule.options["name"], f"is that of {names}; names must be distinct")
        named[key] = rule.id


def _key(options: Mapping[str, Any]) -> str:
    return str(options["name"]).casefold()


def _changes(wanted: list[WindowsRule], ours: list[Found]) -> tuple[list[Change], list[Step]]:
    """The changes, and their steps in the order in which a failure half-way locks nobody out."""
    present: dict[str, list[Found]] = {}
    for one in ours:
        present.setdefault(_key(one), []).append(one)
    changes: list[Change] = []
    steps: dict[str, list[Step]] = {"allow": [], "block": []}
    for rule in wanted:
        change, needed = _change(rule, present.get(_key(rule.options), []))
        changes += change
        steps[rule.options["action"]] += needed
    kept = {_key(rule.options) for rule in wanted}
    deletions = _deletions(ours, kept)
    gone = [_removal({"name": change["id"]}) for change in deletions]
    return [*changes, *deletions], [*steps["allow"], *steps["block"], *gone]


def _removal(rule: Mapping[str, Any]) -> Step:
    return {"name": rule["name"], "state": "absent"}


def _change(rule: WindowsRule, found: list[Found]) -> tuple[list[Change], list[Step]]:
    step: Step = {**rule.options, "state": "present"}
    if not found:
        return [_entry("create", rule.id, rule.rows, None, view(rule.options, rule.rows))], [step]
    # of several rules of one name, show one that differs
    one = next((other for other in found if differing(other, rule.options) or narrowing(other)), found[0])
    changed, limits = differing(one, rule.options), narrowing(one)
    if not changed and not limits and len(found) == 1:
        return [], []
    before, after = before_and_after(one, rule)
    # win_firewall_rule does not see what narrows it
    again = len(found) > 1 or needs_new_rule(changed) or bool(limits)
    if limits:
        before["narrowed_by"], after["narrowed_by"] = limits, []
    if len(found) > 1:
        before["duplicates"], after["duplicates"] = len(found), 1
    change = _entry("recreate" if again else "update", rule.id, rule.rows, before, after)
    return [change], [_removal(one), step] if again else [step]


def _deletions(ours: Iterable[Found], kept: set[str]) -> list[Change]:
    """Rules that nobody wants any longer. Only their name identifies them."""
    unwanted = {_key(rule): rule for rule in ours if _key(rule) not in kept}
    return [
        _entry("delete", rule["name"], described_rows(rule), found_view(rule), None)
        for _name, rule in sorted(unwanted.items())
    ]


def _egress_changes(outbound: _egress.Outbound) -> list[Change]:
    if not outbound.change:
        return []
    before, after = outbound.views()
    action = "create" if before is None else "delete" if after is None else "update"
    return [_entry(action, "egress-deny", [], before, after)]


def _entry(action: str, rule_id: str, rows: list[str], before: View | None, after: View | None) -> Change:
    return {"action": action, "id": rule_id, "rows": rows, "before": before, "after": after}
