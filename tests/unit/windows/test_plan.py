# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: what a Windows host has against what it must have, and the steps between."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.plan import plan
from wanted import CLIENT, ONLINE, SERVER, rules
from windows_hosts import (
    SERVER_TITLE,
    converged,
    edited,
    foreign,
    host,
    plan_for,
    run,
    without,
)

LDAP = "LDAP (UDP-In)"
LDAP_NAME = f"{SERVER_TITLE} - {LDAP}"
NOTHING: dict[str, Any] = {"changes": [], "steps": [], "outbound": {}}


def shown(made: Any) -> list[tuple[str, str]]:
    return [(change["action"], change["id"]) for change in made["changes"]]


def differences(change: Any) -> dict[str, tuple[Any, Any]]:
    """What a renderer shows of a change: the keys with two values."""
    return {
        key: (change["before"].get(key), value)
        for key, value in change["after"].items()
        if change["before"].get(key) != value
    }


def test_on_an_empty_host_everything_is_created() -> None:
    made, wanted = plan_for(host()), rules(SERVER)
    assert shown(made) == [("create", rule["id"]) for rule in wanted]
    assert [step["name"] for step in made["steps"] if step["state"] != "present"] == []
    assert (made["unchanged"], made["findings"], made["outbound"]) == (0, [], {})


def test_a_converged_host_has_nothing_to_do() -> None:
    made = plan_for(converged())
    assert {key: made[key] for key in NOTHING} == NOTHING  # type: ignore[literal-required]
    assert made["unchanged"] == len(rules(SERVER))


def test_allow_rules_come_before_block_rules_and_removals_last() -> None:
    found = edited(converged(), LDAP, protocol="tcp")
    found["rules"] = [rule for rule in found["rules"] if "SMB" not in rule["name"]]
    found["rules"].append(foreign("Old", group=SERVER_TITLE))
    steps = plan_for(found)["steps"]
    assert [(step["name"], step.get("action", step["state"])) for step in steps] == [
        (LDAP_NAME, "absent"),
        (LDAP_NAME, "allow"),
        (f"{SERVER_TITLE} - MICROSOFT-DS (SMB) (TCP-In)", "allow"),
        (f"{SERVER_TITLE} - MICROSOFT-DS (SMB) (TCP-Out)", "allow"),
        (f"{SERVER_TITLE} - MICROSOFT-DS (SMB) (Block Public) (TCP-In)", "block"),
        ("Old", "absent"),
    ]


@pytest.mark.parametrize(
    ("option", "value", "key"),
    [
        ("localport", "390", "ports"),
        ("localport", "any", "ports"),
        ("remoteport", "1024", "source_ports"),
        ("remoteip", "192.0.2.0/255.255.255.128", "peers"),
        ("remoteip", "any", "peers"),
        ("localip", "192.0.2.1/255.255.255.255", "local_addresses"),
        ("profiles", ["domain", "private", "public"], "profiles"),
        ("action", "block", "action"),
        ("enabled", False, "enabled"),
        ("description", "edited", "description"),
        ("program", r"C:\\x.exe", "program"),
        ("interfacetypes", ["wireless"], "interfacetypes"),
        ("edge", "yes", "edge"),
        ("security", "authenticate", "security"),
    ],
)
def test_an_edited_property_is_put_back_and_shown(option: str, value: Any, key: str) -> None:
    before = converged()
    made = plan_for(edited(before, LDAP, **{option: value}))
    assert shown(made) == [("update", "ldap-in-udp")]
    assert set(differences(made["changes"][0])) - {"rows"} == {key}
    assert [(step["name"], step["state"]) for step in made["steps"]] == [(LDAP_NAME, "present")]
    assert made["unchanged"] == len(rules(SERVER)) - 1
    assert run(edited(before, LDAP, **{option: value}), made) == before


@pytest.mark.parametrize(
    ("option", "value"), [("protocol", "tcp"), ("protocol", "any"), ("direction", "out"), ("service", "dns")]
)
def test_what_cannot_be_changed_in_place_is_removed_and_made_again(option: str, value: str) -> None:
    found = edited(converged(), LDAP, **{option: value})
    made = plan_for(found)
    assert shown(made) == [("recreate", "ldap-in-udp")]
    assert [(step["name"], step["state"]) for step in made["steps"]] == [(LDAP_NAME, "absent"), (LDAP_NAME, "present")]
    assert made["steps"][0] == {"name": LDAP_NAME, "state": "absent"}
    assert plan_for(run(found, made))["changes"] == []


@pytest.mark.parametrize(
    "changed",
    [
        {"remoteip": "2001:DB8:0::/64,192.0.2.128-192.0.2.255, 192.0.2.0/25"},
        {"localport": " 389 "},
        {"localport": "389-389"},
        {"name": LDAP_NAME.upper()},
        {"group": SERVER_TITLE.lower()},
        {"description": "ROW LDAP OF: STANDARD PORTS AND PROTOCOLS REQUIRED FOR THEREFORE COMMUNICATION (MODIFIED MON, "
                        "1 SEP AT 4:27 PM)"},
        {"protocol": "17"},
        {"program": None, "service": ""},
        {"remoteport": "*", "localip": "*"},
        {"interfacetypes": ["All"]},
        {"icmp_type_code": ["*"]},
    ],
)  # fmt: skip
def test_what_means_the_same_is_no_difference(changed: dict[str, Any]) -> None:
    assert plan_for(edited(converged(), LDAP, **changed))["changes"] == []


def test_equal_values_are_written_equally_in_an_update() -> None:
    found = edited(
        converged(), LDAP, remoteip="2001:db8::/64,192.0.2.0-192.0.2.255", enabled=False, localport="389-389"
    )
    (change,) = plan_for(found)["changes"]
    assert differences(change) == {"enabled": (False, True)}
    assert change["after"]["peers"] == ["192.0.2.0/24", "2001:db8::/64"]


def test_an_update_says_which_rows_changed() -> None:
    found = edited(converged(), LDAP, description="rows http, ldap of: something (modified Mon)", action="block")
    (change,) = plan_for(found)["changes"]
    assert (change["rows"], change["before"]["rows"], change["after"]["rows"]) == (["ldap"], ["http", "ldap"], ["ldap"])


def test_changes_have_the_keys_of_firewalld_ruleset() -> None:
    (change,) = plan_for(edited(converged(), LDAP, localport="390"))["changes"]
    assert set(change) == {"action", "id", "rows", "before", "after"}
    shared = {"direction", "protocol", "ports", "peers", "sources", "action", "rows"}
    assert shared <= set(change["before"])
    assert shared <= set(change["after"])
    assert (change["before"]["ports"], change["after"]["ports"]) == (["390"], ["389"])


def test_a_rule_of_ours_that_nobody_wants_is_deleted_by_name() -> None:
    made = plan_for(converged(components=["xml_service"]), components=[])
    assert ("delete", "Therefore Server - XML Service (TCP-In)") in shown(made)
    (change,) = [one for one in made["changes"] if one["id"] == "Therefore Server - XML Service (TCP-In)"]
    assert (change["rows"], change["after"], change["before"]["ports"]) == (["xml_service"], None, ["8000"])
    assert {"name": change["id"], "state": "absent"} in made["steps"]


def test_duplicates_of_ours_end_as_one() -> None:
    found = converged()
    found["rules"].append(copy.deepcopy(found["rules"][0]))
    found["rules"] += [foreign("Old", group=SERVER_TITLE), foreign("OLD", group=SERVER_TITLE)]
    made = plan_for(found)
    (change,) = [one for one in made["changes"] if one["action"] == "recreate"]
    assert differences(change) == {"duplicates": (2, 1)}
    assert sum(step["name"].casefold() == "old" for step in made["steps"]) == 1
    after = run(found, made)
    assert sorted(rule["name"] for rule in after["rules"]) == sorted(rule["name"] for rule in converged()["rules"])


def test_rules_of_others_stay_as_they_are() -> None:
    others = [foreign("Core Networking - DNS (UDP-Out)", group="Core Networking"), foreign("Mine"), foreign("Mine")]
    found = host(*others, *converged()["rules"], *converged(CLIENT)["rules"])
    for made in (plan_for(found, components=[]), plan_for(found, state="absent")):
        assert made["steps"]
        assert without(run(found, made), SERVER_TITLE) == without(found, SERVER_TITLE)


def test_absent_is_one_step_for_the_group() -> None:
    made = plan_for(converged(), state="absent")
    assert made["steps"] == [{"group": SERVER_TITLE, "state": "absent"}]
    assert shown(made) == sorted(("delete", rule["name"]) for rule in converged()["rules"])
    assert run(converged(), made)["rules"] == []


def test_absent_on_a_host_without_the_group_does_nothing() -> None:
    made = plan_for(host(foreign()), state="absent")
    assert {key: made[key] for key in NOTHING} == NOTHING  # type: ignore[literal-required]


def test_rules_of_group_policy_are_not_ours_whatever_their_group() -> None:
    found = converged()
    found["rules"] = [{**rule, "policy_source": "group_policy"} for rule in found["rules"]]
    assert {change["action"] for change in plan_for(found)["changes"]} == {"create"}
    assert plan_for(found, state="absent")["steps"] == []


@pytest.mark.parametrize("group", ["", None, "Contoso"])
@pytest.mark.parametrize("name", [LDAP_NAME, LDAP_NAME.upper()])
def test_a_foreign_rule_of_our_name_is_refused(name: str, group: str | None) -> None:
    belongs = f"of the group '{group}'" if group else "without a group"
    made = plan_for(host(foreign(name, group=group)))
    (finding,) = [one for one in made["findings"] if one["kind"] == "refused"]
    assert re.match(f"rule name: '.*' is also the name of a rule {belongs}, .*; rename that rule", finding["message"])
    # and the rest of the plan is there
    assert made["changes"]


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_foreign_rule_with_the_name_of_one_to_remove_is_refused(state: str) -> None:
    made = plan_for(host(foreign("Old", group=SERVER_TITLE), foreign("old")), state=state)
    (finding,) = made["findings"]
    assert (finding["kind"], finding["object"]) == ("refused", "old")
    assert finding["message"].startswith("rule name: 'old' is also the name")


def test_a_rule_of_group_policy_may_have_our_name() -> None:
    assert plan_for(host(foreign(LDAP_NAME, policy_source="group_policy")))["changes"]


def test_two_wanted_rules_of_one_name_are_refused() -> None:
    wanted: list[Any] = [dict(rule, name="One") for rule in rules(ONLINE, components=["mfp"])]
    with pytest.raises(InputError, match=r"^ruleset_rules: name: 'One' is that of .* and .*; names must be distinct"):
        plan(wanted, host(), "metrics", "present", "allow")


def test_a_domain_rule_is_refused_on_a_host_that_is_in_no_domain() -> None:
    message = (
        r"therefore_server_windows_profiles: \['domain'\] leaves 'Therefore Server - .*' and \d+ more without effect, "
        r".*; set therefore_server_windows_profiles: \[private\]"
    )
    # that no network has the profile now would be said of every host that is away
    found = host(domain_joined=False)
    found["profiles"]["domain"]["active"], found["profiles"]["private"]["active"] = False, True
    (finding,) = plan_for(found)["findings"]
    assert finding["kind"] == "refused"
    assert re.match(message, finding["message"])


def test_a_domain_rule_by_hand_is_refused_with_the_place_to_change() -> None:
    wanted: list[Any] = [{"id": "x", "direction": "in", "protocol": "tcp", "ports": [1], "peers": ["192.0.2.1"]}]
    (finding,) = plan(wanted, host(domain_joined=False), "metrics", "present", "allow")["findings"]
    assert finding["message"].startswith("ruleset_rules: x: profiles: ['domain'] leaves 'metrics - x (TCP-In)' without")


@pytest.mark.parametrize("profiles", [["private"], ["domain", "private"]])
def test_another_profile_is_enough_on_a_host_that_is_in_no_domain(profiles: list[str]) -> None:
    assert plan_for(host(domain_joined=False), windows_profiles=profiles)["changes"]
    assert plan_for(host(domain_joined=False), ONLINE)["changes"]
