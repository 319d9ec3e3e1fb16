# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules made by hand that equal wanted ones: found, taken away where asked for, and nothing else of others."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.filter.plan import plan_for
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.compare import MEANINGS
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.plan import Plan, plan
from hypothesis import given
from hypothesis import strategies as st
from wanted import SERVER, rules
from windows_hosts import SERVER_TITLE, converged, foreign, host, run, without

NAME = f"{SERVER_TITLE} - MS-SQL-S (SQL Server) (TCP-In)"
WANTED = next(rule for rule in converged()["rules"] if rule["name"] == NAME)
CALLED = ("name", "description", "group")
# another value for each part of a rule's meaning
OTHERWISE: dict[str, Any] = {
    "direction": "out", "action": "block", "enabled": False, "profiles": ["domain", "private"], "protocol": "udp",
    "localport": "1433-1434", "remoteport": "1024", "localip": "192.0.2.1", "remoteip": "any",
    "program": r"C:\app.exe", "service": "mssqlserver", "interfacetypes": ["lan"], "edge": "yes",
    "security": "authenticate", "conditions": {"owner": ["S-1-5-32"]},
    "not_understood": ["edge"], "policy_source": "group_policy",
}  # fmt: skip


def by_hand(name: str = "SQL, by hand", **changed: Any) -> dict[str, Any]:
    return foreign(name, **{**{key: WANTED[key] for key in WANTED if key not in CALLED}, "group": "", **changed})


def planned(found: dict[str, Any], adopt: bool = False, state: str = "present", egress: str = "allow") -> Plan:
    return plan(rules(SERVER), found, SERVER_TITLE, state, egress, adopt=adopt)


def told(found: dict[str, Any], adopt: bool = False) -> list[str]:
    return [one["message"] for one in planned(found, adopt)["findings"] if one["kind"] == "duplicate"]


def with_others(*others: dict[str, Any]) -> dict[str, Any]:
    found = converged()
    return {**found, "rules": [*found["rules"], *others]}


def test_an_equal_rule_is_found_with_the_remedy_and_nothing_changes() -> None:
    made = planned(with_others(by_hand()))
    (finding,) = made["findings"]
    assert (finding["kind"], finding["object"]) == ("duplicate", "SQL, by hand")
    assert f"allows the same as its rule {NAME!r}" in finding["message"]
    assert finding["message"].endswith("therefore_server_adopt: true takes it away once the set's is in place.")
    assert (made["changes"], made["steps"], made["adopt"]) == ([], [], [])


def test_adopted_it_is_a_deletion_after_ours_are_in_place() -> None:
    found = host(by_hand(), by_hand("Again, in a group", group="Archive", description="d"))
    made = planned(found, adopt=True)
    assert made["adopt"] == ["SQL, by hand", "Again, in a group"]
    assert made["steps"][-2:] == [{"name": name, "state": "absent"} for name in made["adopt"]]
    assert {step["state"] for step in made["steps"][:-2]} == {"present"}
    change = next(one for one in made["changes"] if one["id"] == "SQL, by hand")
    assert (change["action"], change["after"]) == ("delete", None)
    assert change["before"] is not None
    assert (change["before"]["name"], change["before"]["ports"]) == ("SQL, by hand", ["1433"])
    assert made["findings"] == []
    assert made["unchanged"] == 0


def test_the_second_run_has_nothing_to_do() -> None:
    found = with_others(by_hand())
    after = run(found, planned(found, adopt=True))
    assert after["rules"] == converged()["rules"]
    made = planned(after, adopt=True)
    assert (made["changes"], made["steps"], made["findings"], made["adopt"]) == ([], [], [], [])


def test_the_same_written_in_another_way_is_the_same() -> None:
    assert told(with_others(by_hand(localport="1433-1433", program="ANY", interfacetypes=["All"])))


@pytest.mark.parametrize("part", sorted(OTHERWISE))
@pytest.mark.parametrize("adopt", [False, True])
def test_a_rule_that_differs_in_anything_is_left_alone(part: str, adopt: bool) -> None:
    made = planned(with_others(by_hand(**{part: OTHERWISE[part]})), adopt)
    assert "duplicate" not in [one["kind"] for one in made["findings"]]
    assert (made["changes"], made["steps"], made["adopt"]) == ([], [], [])


def test_all_of_a_rule_is_compared() -> None:
    # a rule for ports has no ICMP types
    assert {*MEANINGS} - {*CALLED, "icmp_type_code"} <= {*OTHERWISE}


@pytest.mark.parametrize(
    "changed",
    [
        {"group": "Therefore Client"},
        {"group": "@FirewallAPI.dll,-28502"},
        {"group": "metrics", "description": "Rule sql of metrics"},
    ],
)
def test_rules_of_other_sets_and_of_windows_are_left_alone(changed: dict[str, Any]) -> None:
    found = with_others(by_hand(**changed))
    assert told(found) == []
    assert planned(found, adopt=True)["steps"] == []


@pytest.mark.parametrize("adopt", [False, True])
def test_a_name_that_another_rule_has_as_well_stays_a_finding(adopt: bool) -> None:
    found = with_others(by_hand(), foreign("sql, BY HAND", localport="9999", enabled=False))
    (message,) = told(found, adopt)
    assert "therefore_server_adopt leaves it alone: 2 rules of this host have that name" in message
    assert planned(found, adopt)["steps"] == []


def test_what_could_not_be_put_back_stays_a_finding() -> None:
    (message,) = told(with_others(by_hand(only_in_registry=["Platform", "LSM"])), adopt=True)
    assert "it has LSM and Platform set, which Windows does not let a program put back" in message


def test_a_rule_without_a_name_stays_a_finding() -> None:
    (message,) = told(with_others(by_hand(" ")), adopt=True)
    assert "it has no name" in message


def test_what_is_kept_under_deny_and_what_is_taken_away_have_no_duplicates() -> None:
    found = with_others(foreign("DNS", direction="out", protocol="udp", remoteport="53", localport="any"))
    assert planned(found, adopt=True, egress="deny")["adopt"] == []
    assert planned(with_others(by_hand()), adopt=True, state="absent")["adopt"] == []


def test_taking_the_rule_of_the_management_port_away_is_guarded() -> None:
    wanted = [{"id": "winrm", "direction": "in", "protocol": "tcp", "ports": [5986], "peers": ["192.0.2.1"]}]
    first = plan(wanted, host(), "ours", "present", "allow", [5986])
    own = run(host(), first)
    twin = {**own["rules"][0], "name": "By hand", "group": "", "description": ""}
    made = plan(wanted, {**own, "rules": [*own["rules"], twin]}, "ours", "present", "allow", [5986], adopt=True)
    assert (made["adopt"], made["can_cut"]) == (["By hand"], True)


def test_the_host_is_asked_for_rules_whose_ports_begin_as_ours() -> None:
    asked = plan_for([{"ports": ["8000-8002", 80], "keyword": "RPC"}, {"ports": [9], "action": "block"}], "ours")
    assert asked["first_ports"] == ["80", "8000", "RPC"]


PARTS = st.dictionaries(st.sampled_from(sorted(OTHERWISE)), st.just(None), max_size=2)


@given(st.lists(st.tuples(st.sampled_from(["One", "Two", "Three", "Four"]), PARTS), max_size=5))
def test_only_equal_rules_with_a_name_of_their_own_go(given_rules: list[tuple[str, dict[str, None]]]) -> None:
    others = [by_hand(name, **{part: OTHERWISE[part] for part in parts}) for name, parts in given_rules]
    names = [name for (name, _parts), rule in zip(given_rules, others, strict=True) if rule["policy_source"] == "local"]
    gone = [name for name, parts in given_rules if not parts and names.count(name) == 1]
    found = with_others(*others)
    after = run(found, planned(found, adopt=True))
    kept = [rule for rule in others if rule["name"] not in gone or rule["policy_source"] != "local"]
    assert without(after, SERVER_TITLE) == kept
    assert planned(after, adopt=True)["steps"] == []
