# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of all hosts, as a document and as a text."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.therefore.firewall.plugins.filter.plan_report import plan_text
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify import plan as _plan
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.plan import document, text

CREATED = "2026-11-24T20:00:00Z"
SCHEMA = json.loads((Path(_plan.__file__).parent / "plan.schema.json").read_text())
XML = {
    "direction": "in", "protocol": "tcp", "ports": ["8000"], "peers": ["192.0.2.0/24"], "sources": [],
    "action": "allow", "rows": ["xml_service"],
}  # fmt: skip
PANIC = {"kind": "panic", "object": "panic mode", "message": "firewalld drops every packet; end it."}


def change(action: str, before: Any, after: Any, rule_id: str = "xml") -> dict[str, Any]:
    return {"action": action, "id": rule_id, "rows": ["xml_service"], "before": before, "after": after}


def linux(*changes: dict[str, Any], findings: Any = (), **more: Any) -> dict[str, Any]:
    return {"changes": list(changes), "unchanged": 3, "findings": list(findings), "firewalld": "running", **more}


def planned(*hosts: dict[str, Any]) -> Any:
    plan = document(hosts, CREATED)
    jsonschema.validate(plan, SCHEMA)
    return plan


def lines(result: dict[str, Any]) -> list[str]:
    """What the text says of one host with one set, and the total."""
    return text(planned({"host": "archive", "sets": {"therefore_server": result}})).splitlines()


def test_a_rule_that_will_be_made() -> None:
    assert lines(linux(change("create", None, XML))) == [
        "archive (linux)",
        "  therefore_server: 1 to create, 3 unchanged",
        "    + xml  allow in tcp 8000 from 192.0.2.0/24 (xml_service)",
        "",
        "Plan for 1 host: 1 to create, 0 to update, 0 to recreate, 0 to delete, 3 unchanged; 0 findings",
    ]


def test_an_update_shows_each_property_before_and_after() -> None:
    after = XML | {"ports": ["8443"], "peers": []}
    assert lines(linux(change("update", XML, after)))[2:5] == [
        "    ~ xml  allow in tcp 8443 from  (xml_service)",
        "        ports: 8000 -> 8443",
        "        peers: 192.0.2.0/24 -> none",
    ]


def test_the_running_configuration_may_differ_in_its_own_way() -> None:
    before = XML | {"runtime": {"peers": ["192.0.2.9"]}}
    assert "        peers at runtime: 192.0.2.9 -> 192.0.2.0/24" in lines(linux(change("update", before, XML)))
    before = XML | {"only_in": "runtime"}
    assert "        only in the runtime configuration" in lines(linux(change("update", before, XML)))


def test_a_windows_rule_says_its_profiles_and_that_it_is_made_again() -> None:
    before, after = XML | {"protocol": "udp", "profiles": ["domain"]}, XML | {"profiles": ["domain"]}
    shown = lines({"changes": [change("recreate", before, after)], "unchanged": 0, "findings": [], "steps": []})
    assert shown[0] == "archive (windows)"
    assert shown[2].endswith("(xml_service) on domain, removed and made again")
    assert shown[3] == "        protocol: udp -> tcp"


def test_an_object_that_no_rule_explains() -> None:
    before, after = {"priority": -7, "rich_rules": []}, {"priority": -100, "rich_rules": []}
    assert lines(linux(change("update", before, after, "thf-server-in")))[2:4] == [
        "    ~ thf-server-in",
        "        priority: -7 -> -100",
    ]


def test_columns_line_up() -> None:
    shown = lines(linux(change("delete", XML, None, "a-long-name"), change("create", None, XML)))
    assert [line.index("allow") for line in shown[2:4]] == [19, 19]


def test_nothing_to_do_is_one_line() -> None:
    assert lines(linux())[0] == "archive (linux): as wanted"


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (linux(findings=[PANIC]), "    ! panic mode: firewalld drops every packet; end it."),
        (linux(firewalld="stopped"), "    ! firewalld: firewalld is stopped. site.yml installs and starts it"),
        (linux(open_in_zones=[{"zone": "public", "port": "8000/tcp"}]), "    ! zone public: opens 8000/tcp"),
    ],
)
def test_what_is_in_the_way_is_drift(result: dict[str, Any], said: str) -> None:
    plan = planned({"host": "archive", "sets": {"therefore_server": result}})
    assert plan["drift"] is True
    assert plan["totals"]["findings"] == 1
    assert said in text(plan)


@pytest.mark.parametrize(("result", "drift"), [(linux(), False), (linux(change("delete", XML, None)), True)])
def test_drift(result: dict[str, Any], drift: bool) -> None:
    assert planned({"host": "archive", "sets": {"therefore_server": result}})["drift"] is drift


def test_hosts_that_are_away_or_failed_are_named_and_hide_nobody() -> None:
    away = {"host": "b", "sets": {}, "status": "unreachable", "message": "Task failed: no route to host"}
    wrapped = "Task failed: Error while resolving: The filter plugin 'therefore.firewall.plan' failed: name: 'x' is bad"
    failed = {"host": "c", "sets": {"therefore_server": linux()}, "status": "failed", "message": wrapped}
    plan = planned(failed, away, {"host": "a", "sets": {"therefore_client": linux(change("create", None, XML))}})
    assert [host["host"] for host in plan["hosts"]] == ["a", "b", "c"]
    shown = text(plan).splitlines()
    assert "  ! unreachable: no route to host" in shown
    assert "  ! failed: name: 'x' is bad" in shown
    assert shown[-1].endswith("6 unchanged; 0 findings; failed: c; unreachable: b")


def test_the_message_of_an_older_ansible_core_is_unwrapped_too() -> None:
    wrapped = (
        "An unhandled exception occurred while templating '{{ x }}'. Error was a <class 'a.b'>, original message: "
    )
    failed = {"host": "c", "status": "failed", "message": f"{wrapped}{wrapped}name: 'x' is bad"}
    assert planned(failed)["hosts"][0]["message"] == "name: 'x' is bad"


def test_two_sets_of_a_host() -> None:
    sets = {"therefore_server": linux(change("create", None, XML)), "therefore_client": linux()}
    plan = planned({"host": "archive", "sets": sets})
    assert [one["role"] for one in plan["hosts"][0]["sets"]] == ["therefore_server", "therefore_client"]
    assert plan["totals"]["unchanged"] == 6
    assert "therefore_client" not in text(plan)


@pytest.mark.parametrize("given", ["text", [], {}, {"format": "something else", "version": 1}])
def test_the_text_of_something_else_is_refused(given: Any) -> None:
    with pytest.raises(AnsibleFilterError, match=r"this is no plan; give one of format 'therefore\.firewall\.plan'"):
        plan_text(given)


def test_a_plan_of_another_version_is_refused() -> None:
    plan = copy.deepcopy(planned()) | {"version": 7}
    with pytest.raises(AnsibleFilterError, match="has the version 7, this collection knows 1; make it anew"):
        plan_text(plan)


def test_a_role_that_left_its_rules_behind_is_drift_with_the_command_that_removes_them() -> None:
    plan = planned({"host": "archive", "sets": {"therefore_server": linux(sets=["client", "server"])}})
    assert plan["drift"] is True
    left = plan["hosts"][0]["sets"][1]
    assert (left["role"], left["changes"], left["findings"][0]["kind"]) == ("therefore_client", [], "orphan")
    command = (
        "ansible archive -m ansible.builtin.include_role -a name=therefore.firewall.therefore_client "
        "-e therefore_client_state=absent"
    )
    assert command in left["findings"][0]["message"]
    assert "  therefore_client: 0 unchanged" in text(plan).splitlines()


def test_sets_of_other_plays_are_listed_and_no_drift() -> None:
    plan = planned({"host": "archive", "sets": {"therefore_server": linux(sets=["metrics", "server"])}})
    assert (plan["drift"], plan["hosts"][0]["other_sets"]) == (False, ["metrics"])
    assert text(plan).splitlines()[:2] == ["archive (linux): as wanted", "  sets of other plays: metrics"]


def test_a_role_that_could_not_be_planned_has_left_nothing_behind() -> None:
    server = linux(sets=["client", "server"])
    host = {"host": "archive", "sets": {"therefore_server": server}, "roles": ["therefore_client"]}
    assert planned(host)["drift"] is False


def test_what_settings_leave_out_is_said_once_for_all_hosts() -> None:
    wanted = {
        "therefore_client": {"rules": [], "left_out": [{"row": "dcom", "by": "therefore_transport: xml_service"}]}
    }
    plan = planned(*({"host": f"desk-{n}", "sets": {"therefore_client": linux()}, "wanted": wanted} for n in range(3)))
    assert plan["hosts"][0]["left_out"] == [
        {"role": "therefore_client", "row": "dcom", "by": "therefore_transport: xml_service"}
    ]
    assert text(plan).splitlines()[-3:-1] == [
        "Left out by therefore_transport: xml_service: dcom of therefore_client, on 3 hosts", "",
    ]  # fmt: skip
    assert not plan["drift"]


def test_a_plan_of_before_has_nothing_to_say_of_it() -> None:
    plan = planned({"host": "desk", "sets": {"therefore_client": linux()}})
    del plan["hosts"][0]["left_out"]
    assert "Left out" not in text(plan)
