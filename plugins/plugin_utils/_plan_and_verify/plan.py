# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of all hosts: as a document for programs, and as a text that reads like a pull request.

Pure: no Ansible, no I/O. Both platforms have the same shape of changes, so one renderer shows both.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, TypedDict

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.explain import sentence
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.accepted import (
    Accepted,
    accept,
    of_entries,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.orphans import (
    found_sets,
    orphans,
    others,
)

FORMAT = "therefore.firewall.plan"
VERSION = 1
ACTIONS = ("create", "update", "recreate", "delete")
UNPLANNED = ("failed", "unreachable")
SIGNS = {"create": "+", "update": "~", "recreate": "~", "delete": "-"}
FIREWALLD_DOWN = "site.yml installs and starts it, because {}_manage_firewalld is true; until then nothing is filtered."
# Ansible wraps the message of a filter in the story of where it was used.
WRAPPED = re.compile(r".*(?:The filter plugin '[\w.]+' failed|, original message): |^Task failed: ", re.DOTALL)


class SetPlan(TypedDict):
    """One rule set of a host. C(notes) are good to know, and neither a difference nor in the way."""

    role: str
    changes: list[dict[str, Any]]
    unchanged: int
    findings: list[dict[str, str]]
    notes: list[dict[str, str]]


class HostPlan(TypedDict):
    """One host: C(status) is planned, failed or unreachable; the latter two have a C(message).

    C(other_sets) are sets of ours that no role here has made; they are nobody's drift. C(left_out) are the rows that a
    setting takes out, each with its C(role), its id as C(row), and the setting as C(by).
    """

    host: str
    platform: str | None
    status: str
    message: str | None
    sets: list[SetPlan]
    other_sets: list[str]
    left_out: list[dict[str, str]]


class PlanDocument(TypedDict):
    """The whole plan, as it is written to a file. C(drift) tells whether a host differs or something is in the way."""

    format: str
    version: int
    created: str
    drift: bool
    totals: dict[str, Any]
    findings: list[dict[str, str]]
    hosts: list[HostPlan]


def document(
    hosts: Iterable[Mapping[str, Any]], created: str, accepted: Sequence[Accepted] = (), limited: bool = False
) -> PlanDocument:
    """The plan of these hosts.

    Args:
        hosts: For each host its C(host) name, C(sets) with what the role ruleset found for each role, and, where it
            could not be planned, C(status) and C(message). C(roles) are those of the groups that it is in, and
            C(wanted) has for each role what its settings ask.
        created: When the hosts were read, ISO 8601.
        accepted: Findings that are accepted.
        limited: Whether the run was for some hosts only, so that what was not found may be found on others.
    """
    today = date.fromisoformat(created[:10])
    plans = sorted((_host_plan(host, accepted, today) for host in hosts), key=lambda plan: plan["host"])
    every = [finding for plan in plans for one in plan["sets"] for finding in one["findings"]]
    whole = not limited and all(plan["status"] == "planned" for plan in plans)
    findings = of_entries(accepted, every, today, whole)
    totals = _totals(plans, len(findings))
    drift = any(totals[key] for key in (*ACTIONS, "findings"))
    return {
        "format": FORMAT, "version": VERSION, "created": created, "drift": drift, "totals": totals,
        "findings": findings, "hosts": plans,
    }  # fmt: skip


def _host_plan(host: Mapping[str, Any], accepted: Sequence[Accepted], today: date) -> HostPlan:
    results = host.get("sets") or {}
    found = found_sets(results.values())
    # a role whose settings are wrong has no result
    left = {
        role: {"changes": [], "unchanged": 0, "findings": [finding], "notes": []}
        for role, finding in orphans(host["host"], found, {*results, *(host.get("roles") or [])})
    }
    return {
        "host": host["host"],
        "platform": next(("linux" if "firewalld" in result else "windows" for result in results.values()), None),
        "status": host.get("status", "planned"),
        "message": WRAPPED.sub("", host["message"]) if host.get("message") else None,
        "sets": [_set_plan(role, result, accepted, today) for role, result in {**results, **left}.items()],
        "other_sets": others(found),
        "left_out": [
            {"role": role, **one}
            for role, wanted in (host.get("wanted") or {}).items()
            for one in wanted.get("left_out") or []
        ],
    }


def _set_plan(role: str, result: Mapping[str, Any], accepted: Sequence[Accepted], today: date) -> SetPlan:
    findings = list(result["findings"])
    # one that failed has its own finding
    if result.get("firewalld") in ("stopped", "missing"):
        message = f"firewalld is {result['firewalld']}. {FIREWALLD_DOWN.format(role)}"
        findings.append({"kind": "firewalld", "object": "firewalld", "message": message})
    for one in result.get("open_in_zones", []):
        message = f"opens {one['port']} to everybody, which site.yml closes there."
        findings.append({"kind": "open_in_zone", "object": f"zone {one['zone']}", "message": message})
    return {
        "role": role, "changes": result["changes"], "unchanged": result["unchanged"],
        "findings": accept(findings, accepted, today), "notes": list(result.get("notes") or []),
    }  # fmt: skip


def _totals(plans: list[HostPlan], about_entries: int) -> dict[str, Any]:
    sets = [one for plan in plans for one in plan["sets"]]
    changes = [change["action"] for one in sets for change in one["changes"]]
    return {
        "hosts": len(plans),
        **{action: changes.count(action) for action in ACTIONS},
        "unchanged": sum(one["unchanged"] for one in sets),
        "findings": about_entries + sum("accepted" not in found for one in sets for found in one["findings"]),
        "accepted": sum("accepted" in found for one in sets for found in one["findings"]),
        "notes": sum(len(one["notes"]) for one in sets),
        **{status: [plan["host"] for plan in plans if plan["status"] == status] for status in UNPLANNED},
    }


def text(plan: PlanDocument) -> str:
    """The plan for people: a paragraph for each host with something to say, and a line with the total."""
    lines = [line for host in plan["hosts"] for line in _host_lines(host)]
    about_entries = [f"! {one['object']}: {one['message']}" for one in plan.get("findings", [])]
    about_all = [*about_entries, *_left_out_lines(plan["hosts"])]
    return "\n".join([*lines, *about_all, *([""] if about_all else []), _total_line(plan["totals"])])


def _left_out_lines(hosts: Iterable[HostPlan]) -> Iterator[str]:
    """What settings leave out: a line for each role, row and setting, with how many hosts it is for."""
    alike = Counter((one["role"], one["row"], one["by"]) for host in hosts for one in host.get("left_out", []))
    for (role, row, by), count in alike.items():
        yield f"Left out by {by}: {row} of {role}, on {count} host{'' if count == 1 else 's'}"


def _host_lines(host: HostPlan) -> Iterator[str]:
    platform = f" ({host['platform']})" if host["platform"] else ""
    quiet = host["status"] == "planned" and not any(one["changes"] or one["findings"] for one in host["sets"])
    yield f"{host['host']}{platform}{': as wanted' if quiet else ''}"
    if host["status"] != "planned":
        yield f"  ! {host['status']}: {host['message']}"
    for one in host["sets"]:
        if one["changes"] or one["findings"] or one.get("notes"):
            yield f"  {one['role']}: {counts(one)}"
        width = max((len(change["id"]) for change in one["changes"]), default=0)
        for change in one["changes"]:
            yield from (f"    {line}" for line in change_lines(change, width))
        for finding in one["findings"]:
            sign, why = ("-", f" Accepted: {finding['accepted']}") if "accepted" in finding else ("!", "")
            yield f"    {sign} {finding['object']}: {finding['message']}{why}"
        # a plan of an older version has none
        for note in one.get("notes", []):
            yield f"    i {note['object']}: {note['message']}"
    if host["other_sets"]:
        yield f"  sets of other plays: {', '.join(host['other_sets'])}"
    yield ""


def counts(one: Mapping[str, Any]) -> str:
    """How much of a rule set differs, in words."""
    actions = [change["action"] for change in one["changes"]]
    parts = [f"{actions.count(action)} to {action}" for action in ACTIONS if action in actions]
    return ", ".join([*parts, f"{one['unchanged']} unchanged"])


def change_lines(change: Mapping[str, Any], width: int) -> Iterator[str]:
    """A change in words: the rule, after its id in this width, and a line for each property that differs."""
    before, after = change["before"], change["after"]
    shown = after or before
    # an object of the set that no rule explains has no direction
    what = f"{sentence(shown)}{_profiles(shown)}" if "direction" in shown else ""
    again = ", removed and made again" if change["action"] == "recreate" else ""
    yield f"{SIGNS[change['action']]} {change['id']:{width}}  {what}{again}".rstrip()
    if before and after:
        yield from (f"    {line}" for line in _differences(before, after))


def _profiles(rule: Mapping[str, Any]) -> str:
    return f" on {', '.join(rule['profiles'])}" if rule.get("profiles") else ""


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """The properties that differ. The permanent and the running configuration may each differ in its own way."""
    if before.get("only_in"):
        yield f"only in the {before['only_in']} configuration"
    for key in {**after, **before}:
        if key not in ("only_in", "runtime") and before.get(key) != after.get(key):
            yield f"{key}: {_value(before.get(key))} -> {_value(after.get(key))}"
    for key, value in (before.get("runtime") or {}).items():
        yield f"{key} at runtime: {_value(value)} -> {_value(after.get(key))}"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def _total_line(totals: Mapping[str, Any]) -> str:
    count = totals["hosts"]
    changes = ", ".join(f"{totals[action]} to {action}" for action in ACTIONS)
    parts = [f"Plan for {count} host{'' if count == 1 else 's'}: {changes}, {totals['unchanged']} unchanged"]
    parts.append(f"{totals['findings']} finding{'' if totals['findings'] == 1 else 's'}")
    parts += [f"{totals['accepted']} accepted"] if totals.get("accepted") else []
    parts += [f"{totals['notes']} note{'' if totals['notes'] == 1 else 's'}"] if totals.get("notes") else []
    parts += [f"{status}: {', '.join(totals[status])}" for status in UNPLANNED if totals[status]]
    return "; ".join(parts)
