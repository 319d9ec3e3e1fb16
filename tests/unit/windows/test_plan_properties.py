# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for the plan of any role, with any settings, on any host: it leads there, and touches nobody else."""

from __future__ import annotations

import copy
import json
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.plan import Plan, plan
from hypothesis import assume, given
from hypothesis import strategies as st
from test_rule_properties import hosts, wanted
from windows_hosts import TITLES, foreign, host, run, without

Role = tuple[str, dict[str, Any]]
EGRESS = st.sampled_from(["allow", "deny"])
PROFILES = st.lists(st.sampled_from(["domain", "private", "public"]), unique=True, min_size=1)
EDITS = st.one_of(
    st.fixed_dictionaries({"enabled": st.booleans()}),
    st.fixed_dictionaries({"profiles": PROFILES}),
    st.fixed_dictionaries({"localport": st.sampled_from(["any", "1", "RPC"])}),
    st.fixed_dictionaries({"remoteip": st.sampled_from(["any", "LocalSubnet", "192.0.2.0/255.255.255.0"])}),
    st.fixed_dictionaries({"protocol": st.sampled_from(["tcp", "udp"])}),
    st.fixed_dictionaries({"direction": st.sampled_from(["in", "out"])}),
    st.fixed_dictionaries({"service": st.just("dns"), "description": st.just("edited")}),
)
OTHERS = [
    foreign("Core Networking - DNS (UDP-Out)", group="Core Networking", direction="out", protocol="udp"),
    foreign("Twice"),
    foreign("Twice", action="block"),
    foreign("By policy", group="Therefore Server", policy_source="group_policy"),
]


def planned(role: Role, found: dict[str, Any], egress: str, state: str = "present") -> Plan:
    try:
        return plan(wanted(role), found, TITLES[role[0]], state, egress)
    except InputError as refused:
        assert "routers" in str(refused)  # noqa: PT017
        assume(False)
        raise


@st.composite
def messy(draw: st.DrawFn) -> tuple[Role, dict[str, Any], str]:
    """A role, a host on which it ran once with other settings and people edited its rules, and what egress shall be."""
    role, before = draw(hosts()), draw(hosts())
    found = host(*OTHERS)
    for profile in found["profiles"].values():
        profile.update(enabled=draw(st.booleans()), outbound=draw(st.sampled_from(["allow", "block"])))
    found = run(found, planned((role[0], before[1]) if role[0] == before[0] else role, found, draw(EGRESS)))
    ours = [rule for rule in found["rules"] if rule["group"] == TITLES[role[0]] and rule["policy_source"] == "local"]
    for rule in ours:
        rule.update(draw(st.one_of(st.just({}), EDITS)))
    for rule in draw(st.lists(st.sampled_from(ours), max_size=2)) if ours else []:
        found["rules"].append(copy.deepcopy(rule))
    return role, found, draw(EGRESS)


@given(messy())
def test_one_run_leads_to_the_wanted_rules_and_the_next_has_nothing_to_do(
    case: tuple[Role, dict[str, Any], str],
) -> None:
    role, found, egress = case
    after = run(found, planned(role, found, egress))
    again = planned(role, after, egress)
    assert (again["changes"], again["steps"], again["outbound"]) == ([], [], {})
    ours = [rule for rule in after["rules"] if rule["policy_source"] == "local" and rule["group"] == TITLES[role[0]]]
    assert len(ours) == len(wanted(role)) + (7 if egress == "deny" else 0)
    assert len({rule["name"] for rule in ours}) == len(ours)


@given(messy(), st.sampled_from(["present", "absent"]))
def test_rules_of_others_stay(case: tuple[Role, dict[str, Any], str], state: str) -> None:
    role, found, egress = case
    group = TITLES[role[0]]
    assert without(run(found, planned(role, found, egress, state)), group) == without(found, group)


@given(messy(), st.data())
def test_a_run_that_broke_off_is_completed_by_the_next(
    case: tuple[Role, dict[str, Any], str], data: st.DataObject
) -> None:
    role, found, egress = case
    made = planned(role, found, egress)
    taken = data.draw(st.integers(0, len(made["steps"])))
    half_way = run(found, made, made["steps"][:taken])
    rest = planned(role, half_way, egress)
    after = run(half_way, rest)
    assert planned(role, after, egress)["changes"] == []


@given(messy())
def test_no_step_refuses_what_a_later_one_allows(case: tuple[Role, dict[str, Any], str]) -> None:
    role, found, egress = case
    actions = [step["action"] for step in planned(role, found, egress)["steps"] if "action" in step]
    assert actions == sorted(actions)


@given(messy())
def test_changes_and_unchanged_add_up(case: tuple[Role, dict[str, Any], str]) -> None:
    role, found, egress = case
    made = planned(role, found, egress)
    wanted_changes = [one for one in made["changes"] if one["action"] != "delete"]
    refusal = egress == "deny"
    assert made["unchanged"] + len(wanted_changes) == len(wanted(role)) + refusal * 8
    for change in made["changes"]:
        assert (change["before"] is None) == (change["action"] == "create")
        assert (change["after"] is None) == (change["action"] == "delete")
        assert change["before"] != change["after"]


@given(messy())
def test_a_plan_survives_json(case: tuple[Role, dict[str, Any], str]) -> None:
    made = planned(*case)
    assert json.loads(json.dumps(made)) == made


@given(messy())
def test_absent_leaves_nothing_of_ours(case: tuple[Role, dict[str, Any], str]) -> None:
    role, found, egress = case
    after = run(found, planned(role, found, egress, "absent"))
    assert [
        rule for rule in after["rules"] if rule["policy_source"] == "local" and rule["group"] == TITLES[role[0]]
    ] == []
