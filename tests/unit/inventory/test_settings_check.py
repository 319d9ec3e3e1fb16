# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Before any host is touched: nobody to look at, wrong settings of any host, hosts that can have no such rules."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.connections import check_connection
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.settings_check import (
    as_lines,
    check_anybody,
    check_groups,
    one_machine,
    own_variables,
    wrong_settings,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError
from collection import COLLECTIONS

WANTED = ["therefore_server", "therefore_client"]
RIGHT = {"therefore_trusted_subnets": ["192.0.2.0/24"]}


def test_the_hosts_of_our_groups_in_this_run() -> None:
    groups = {"therefore_server": ["a", "b"], "web": ["c"]}
    assert check_anybody(WANTED, groups, ["b", "c"]) == ["b"]


@pytest.mark.parametrize(
    ("group", "meant"),
    [
        ("therefore_servers", "therefore_server"),
        ("Therefore_Server", "therefore_server"),
        ("therefore-client", "therefore_client"),
        ("therfore_client", "therefore_client"),
        ("therefore_mfp_gateways", "therefore_mfp_gateway"),
        ("therefore_onlin_client", "therefore_online_client"),
        ("therefore_probes", "therefore_probe"),
    ],
)
def test_a_group_that_is_misspelt_is_refused_with_its_hosts(group: str, meant: str) -> None:
    groups = {"therefore_client": ["a"], "therefore_server": [], group: ["archive"]} | (
        {"therefore_client": []} if meant == "therefore_client" else {}
    )
    with pytest.raises(InputError) as refused:
        check_groups(groups, {})
    assert str(refused.value).startswith(f"group {group}: is none of this collection, and its hosts (archive) get no")
    assert f"did you mean {meant}?" in str(refused.value)
    check_groups(groups, {"therefore_allow_unknown_variables": "true"})


@pytest.mark.parametrize(
    "groups",
    [
        # its hosts are where they count: a name of the site's own above or beside ours
        {"therefore_servers": ["a", "b"], "therefore_server": ["a"]},
        {"therefore_clients": []},
        {"therefore": ["a"], "therefore_retired": ["b"], "therefore_server_old": ["c"], "servers": ["d"]},
    ],
)
def test_other_groups_are_the_sites_own(groups: dict[str, list[str]]) -> None:
    check_groups(groups, {})


@pytest.mark.parametrize(
    ("groups", "hosts", "said"),
    [
        ({"web": ["a"], "all": ["a"]}, ["a"], "the inventory has the groups web;"),
        ({"all": ["a"], "ungrouped": ["a"]}, ["a"], "the inventory has no groups;"),
        ({"therefore_server": []}, ["a"], "the inventory has no groups;"),
        ({"therefore_server": ["b"], "web": ["a"]}, ["a"], "the run is limited to a; those groups have b: widen the"),
    ],
)
def test_nobody_to_look_at_is_no_success(groups: dict[str, list[str]], hosts: list[str], said: str) -> None:
    with pytest.raises(InputError) as refused:
        check_anybody(WANTED, groups, hosts)
    assert "(therefore_server, therefore_client)" in str(refused.value)
    assert said in str(refused.value)
    assert "set therefore_allow_empty: true" in str(refused.value)


def wrong(hosts: dict[str, dict[str, Any]], chosen: list[str] | None = None) -> list[str]:
    return as_lines(wrong_settings(hosts, {"therefore_client": list(hosts)}, {}, chosen or list(hosts)))


def test_every_wrong_setting_of_every_host_is_said_at_once() -> None:
    hosts: dict[str, dict[str, Any]] = {
        "a": {
            **RIGHT,
            "therefore_client_egress": "dney",
            "therefore_client_profile": "all",
            "therefore_client_guard": 1,
        },
        "b": {**RIGHT, "therefore_client_egress": "dney", "therefore_client_egres": "deny"},
        "good": RIGHT,
        "away": {**RIGHT, "therefore_client_egress": "dney"},
    }
    found = wrong(hosts, ["a", "b", "good"])
    assert [one.partition(": ")[0] for one in found] == ["a", "a, b", "a", "b"]
    assert "therefore_client_guard: 1 is unknown" in found[0]
    assert "therefore_client_egress: 'dney' is unknown; did you mean deny?" in found[1]
    assert "therefore_client_profile: 'all' is unknown" in found[2]
    assert "therefore_client_egres: is no variable of therefore_client" in found[3]


def test_a_hundred_hosts_with_the_same_mistake_are_one_line() -> None:
    (line,) = wrong({f"desk{number:03}": {**RIGHT, "therefore_client_egress": 1} for number in range(100)})
    assert line.startswith("desk000, desk001, desk002, desk003, desk004, desk005, desk006, desk007 and 92 more: ")


def test_variables_of_the_site_are_named_once() -> None:
    assert own_variables({"a": {"therefore_version": 1}, "b": {"therefore_version": 2, "x": 1}}, ["a", "b"]) == [
        "therefore_version"
    ]


@pytest.mark.parametrize(
    ("variables", "what"),
    [
        ({"ansible_connection": "ansible.netcommon.network_cli"}, "ansible_connection: 'network_cli'"),
        ({"ansible_connection": "netconf"}, "ansible_connection: 'netconf'"),
        ({"ansible_connection": "httpapi"}, "ansible_connection: 'httpapi'"),
        ({"ansible_connection": "local"}, "ansible_system: 'Darwin'"),
        ({"ansible_facts": {"system": "FreeBSD"}}, "ansible_system: 'FreeBSD'"),
        ({"ansible_facts": {"ansible_system": "OpenBSD"}}, "ansible_system: 'OpenBSD'"),
    ],
)
def test_hosts_that_can_have_no_such_rules_are_refused(variables: dict[str, Any], what: str) -> None:
    with pytest.raises(InputError) as refused:
        check_connection(variables, "Darwin")
    assert str(refused.value).startswith(what)
    assert "take the host out of the groups" in str(refused.value)


@pytest.mark.parametrize(
    "variables",
    [
        {}, {"ansible_connection": "local"}, {"ansible_connection": "psrp"}, {"ansible_facts": {"system": "Win32NT"}},
        {"ansible_connection": "containers.podman.podman", "ansible_facts": {"system": "Linux"}},
    ],
)  # fmt: skip
def test_linux_and_windows_pass(variables: dict[str, Any]) -> None:
    check_connection(variables, "Linux")


def play(folder: Path, inventory: dict[str, Any], *words: str) -> subprocess.CompletedProcess[str]:
    path = folder / "inventory.json"
    path.write_text(json.dumps(inventory))
    return subprocess.run(
        ["ansible-playbook", "--inventory", str(path), *words],
        env=os.environ | {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_NOCOLOR": "1"},
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


EMPTY = {"all": {"hosts": {"a": {"ansible_connection": "local"}}, "children": {"web": {"hosts": {"a": {}}}}}}
MISSPELT = {
    "all": {
        "vars": RIGHT,
        "children": {
            "therefore_server": {"hosts": {"archive": {"therefore_server_egres": "{{ secret }}"}}},
            "therefore_client": {"hosts": {"desk": {"therefore_client_guard_seconds": 5}}},
        },
    }
}


@pytest.mark.parametrize("name", ["site", "plan", "verify", "remove"])
def test_a_playbook_that_looks_at_nobody_fails(name: str, tmp_path: Path) -> None:
    ran = play(tmp_path, EMPTY, f"therefore.firewall.{name}")
    assert ran.returncode == 2, ran.stdout
    assert "the inventory has the groups web" in ran.stdout


def test_unless_that_is_right(tmp_path: Path) -> None:
    ran = play(tmp_path, EMPTY, "therefore.firewall.plan", "-e", "therefore_allow_empty=true")
    assert ran.returncode == 0, ran.stdout


def test_site_refuses_before_any_host_is_asked(tmp_path: Path) -> None:
    ran = play(tmp_path, MISSPELT, "therefore.firewall.site")
    assert ran.returncode == 2, ran.stdout
    assert "  archive: therefore_server_egres: is no variable of therefore_server" in ran.stdout
    assert "  desk: therefore_client_guard_seconds: 5 is no time for the guard" in ran.stdout
    assert "UNREACHABLE" not in ran.stdout
    assert "secret" not in ran.stdout


def test_plan_names_the_host_and_goes_on(tmp_path: Path) -> None:
    local = {"archive": {"therefore_server_egres": "deny", "ansible_connection": "local"}}
    ran = play(tmp_path, {"all": {"vars": RIGHT, "children": {"therefore_server": {"hosts": local}}}},
               "therefore.firewall.plan")  # fmt: skip
    assert ran.returncode == 2, ran.stdout
    assert "failed: therefore_server_egres: is no variable of therefore_server; did you mean" in ran.stdout


def test_a_role_returns_its_rules(tmp_path: Path) -> None:
    book = tmp_path / "book.json"
    role = {"name": "therefore.firewall.therefore_client", "tasks_from": "rules"}
    shown = {"ansible.builtin.debug": {"msg": "{{ therefore_client_rules | map(attribute='id') | list }}"}}
    tasks = [{"ansible.builtin.include_role": role}, shown]
    book.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
    ran = play(tmp_path, {"all": {"vars": RIGHT, "hosts": {"desk": {}}}}, str(book))
    assert ran.returncode == 0, ran.stdout
    assert '"xml_service-out-tcp"' in ran.stdout


def blamed(said: str) -> set[str]:
    """The hosts that the summary of a run counts as failed."""
    return set(re.findall(r"^(\S+) +: ok=.* failed=[1-9]", said, re.MULTILINE))


def test_the_summary_blames_the_hosts_whose_settings_are_wrong(tmp_path: Path) -> None:
    desks = {"a-right": {}, "b-wrong": {"therefore_client_guard_seconds": 5}, "c-right": {}}
    inventory = {"all": {"vars": RIGHT, "children": {"therefore_client": {"hosts": desks}}}}
    ran = play(tmp_path, inventory, "therefore.firewall.site")
    assert ran.returncode == 2, ran.stdout
    assert blamed(ran.stdout) == {"b-wrong"}
    assert "UNREACHABLE" not in ran.stdout


def test_a_setting_of_the_whole_ends_the_run_as_well(tmp_path: Path) -> None:
    shared = {**RIGHT, "therefore_segments": {"office": {"networks": []}}}
    inventory = {"all": {"vars": shared, "children": {"therefore_client": {"hosts": {"desk": {}}}}}}
    ran = play(tmp_path, inventory, "therefore.firewall.site")
    assert ran.returncode == 2, ran.stdout
    assert "therefore_segments.office.networks: [] names nothing" in ran.stdout
    assert "UNREACHABLE" not in ran.stdout


def test_the_summary_blames_the_hosts_that_have_no_plan(tmp_path: Path) -> None:
    local = {"ansible_connection": "local"}
    hosts = {"a-wrong": {**local, "therefore_client_egress": "dney"}, "b-wrong": {**local, "therefore_client_egres": 1}}
    inventory = {"all": {"vars": RIGHT, "children": {"therefore_client": {"hosts": hosts}}}}
    ran = play(tmp_path, inventory, "therefore.firewall.plan")
    assert ran.returncode == 2, ran.stdout
    assert blamed(ran.stdout) == {"a-wrong", "b-wrong"}


def at(address: str, **more: Any) -> dict[str, Any]:
    return {"ansible_host": address, **more}


@pytest.mark.parametrize(
    ("hosts", "named"),
    [
        ({"a": at("192.0.2.1"), "b": at("192.0.2.1"), "c": at("192.0.2.2")}, [["a", "b"]]),
        ({"a": at("192.0.2.1", ansible_connection="psrp"), "b": at("192.0.2.1", ansible_connection="winrm")}, [["b"]]),
        # by ports of a router, through jump hosts of two sites, or over connections that know their hosts otherwise
        ({"a": at("192.0.2.1", ansible_port=2201), "b": at("192.0.2.1", ansible_port=2202)}, []),
        ({"a": at("10.0.0.1", ansible_ssh_extra_args="-J x"), "b": at("10.0.0.1", ansible_ssh_extra_args="-J y")}, []),
        ({"a": at("localhost", ansible_connection="local"), "b": at("localhost", ansible_connection="local")}, []),
        ({"a": at("x", ansible_connection="amazon.aws.aws_ssm"), "b": at("x", ansible_connection="aws_ssm")}, []),
        ({"a": {}, "b": {}}, []),
        ({f"h{number:04}": at("192.0.2.1") for number in range(1000)}, [["h0000", "and 992 more"]]),
    ],
)  # fmt: skip
def test_a_machine_that_is_there_twice_is_said(hosts: dict[str, Any], named: list[list[str]]) -> None:
    lines = one_machine(hosts, sorted(hosts))
    assert len(lines) == len(named)
    for line, words in zip(lines, named, strict=True):
        assert all(word in line for word in words)
        assert "correct ansible_host" in line
        assert "c:" not in line


def test_an_address_that_cannot_be_worked_out_stops_nobody() -> None:
    class Broken(dict[str, Any]):
        def get(self, name: str, default: Any = None) -> Any:
            raise InputError(name)

    assert one_machine({"a": Broken(ansible_host="x"), "b": at("y"), "c": at("y")}, ["a", "b", "c"])[0].startswith(
        "b, c"
    )
