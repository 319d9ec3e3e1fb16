# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter as Ansible runs it: errors, the values of older templates, documentation; and what the role asks by it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.therefore.firewall.plugins.filter import plan as plugin
from ansible_collections.therefore.firewall.plugins.module_utils._addresses import is_host_name
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.refusals import KIND as REFUSED
from ansible_collections.therefore.firewall.plugins.plugin_utils._apply.windows import host_names
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.connections import (
    management_ports,
    platform_of,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.blocks import KINDS
from collection import ROOT
from test_rules_for_filter import kinds, tagged, template
from wanted import GATEWAY, ONLINE, SERVER, SUBNETS, rules
from windows_hosts import SERVER_TITLE, TITLES, converged, edited, foreign, host, plan_for

ROLE = ROOT / "roles" / "ruleset"
EMPTY = {"group": "Mine", "names": [], "name_contains": "(Egress)", "first_ports": []}


def test_tagged_and_lazy_values_give_plain_plans() -> None:
    found = edited(converged(), "LDAP (UDP-In)", enabled=False)
    made = plugin.plan(tagged(rules(SERVER)), tagged(found), tagged(SERVER_TITLE))
    assert made == plan_for(found)
    assert kinds(made) == {dict, list, str, int, bool, type(None)} - (
        {type(None)} if made["changes"][0]["after"] else set()
    )


def test_in_a_template_as_the_role_uses_it() -> None:
    text = "{{ rules | therefore.firewall.plan(found, group, 'present', 'deny') }}"
    variables = {"rules": rules(SERVER), "found": host(), "group": SERVER_TITLE}
    assert template(text, variables) == plan_for(host(), egress="deny")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("abc", host(), "x"), "rules: 'abc' is no list of rules; pass what the filter rules_for gives"),
        (([1], host(), "x"), "rules: [1] is no list of rules;"),
        (([], {"rules": []}, "x"), "found: ['rules'] is not what win_firewall_rule_info returns; register"),
        (([], {"unreachable": True, "msg": "no route"}, "x"), "the host could not be reached, so nothing was compared"),
        (([], None, "x"), "found: None is not what win_firewall_rule_info returns; register"),
        (([], host(), ""), "group: '' is no group; write the role's title"),
        (([], host(), "x", "gone"), "state: 'gone' is unknown; "),
        (([], host(), "x", "present", "block"), "egress: 'block' is unknown; "),
        ((rules(GATEWAY, mode="route"), host(), TITLES[GATEWAY]), "therefore_mfp_gateway_mode: 'route' forwards"),
    ],
)
def test_errors_are_one_line(arguments: Any, message: str) -> None:
    with pytest.raises(AnsibleFilterError) as refused:
        plugin.plan(*arguments)
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def documentation() -> Any:
    return yaml.safe_load(Path(plugin.__file__).with_suffix(".yml").read_text(encoding="utf-8"))


def test_documented_sample_is_a_real_plan() -> None:
    settings: dict[str, Any] = {"components": [], "trusted_subnets": ["192.0.2.0/24"]}
    found = edited(converged(**settings), "LDAP (UDP-In)", remoteip="192.0.2.0/255.255.255.128")
    found["profiles"]["public"]["enabled"] = False
    made = plan_for(found, **settings)
    assert documentation()["RETURN"]["_value"]["sample"] == made


def test_documented_keys_are_those_of_the_plan() -> None:
    contains = documentation()["RETURN"]["_value"]["contains"]
    made = plan_for(host())
    assert set(contains) == set(made)
    assert set(contains["changes"]["contains"]) == set(made["changes"][0])


def test_documented_kinds_of_findings_are_those_of_the_source() -> None:
    sources = Path(plugin.__file__).parents[1] / "plugin_utils"
    text = "".join(path.read_text(encoding="utf-8") for path in sources.glob("_windows/*.py"))
    known = {*re.findall(r'"kind": "(\w+)"', text), *KINDS.values(), REFUSED}
    contains = documentation()["RETURN"]["_value"]["contains"]
    texts = [contains["findings"]["contains"]["kind"]["description"][0], contains["notes"]["description"][0]]
    assert set(re.findall(r"V\((\w+)\)", " ".join(texts))) == known


def role_variable(name: str, **variables: Any) -> Any:
    text = yaml.safe_load((ROLE / "vars" / "main.yml").read_text(encoding="utf-8"))[name]
    return template(text, variables)


def test_the_role_has_exactly_the_host_names_resolved() -> None:
    peers = [
        "any",
        "archive.example.com",
        "a",
        "192.0.2.1-192.0.2.9",
        "2001:db8::/64",
        "fe80::a",
        "198.51.100.7",
        "Any.example",
    ]
    wanted = [{"peers": peers[:4]}, {"peers": peers[3:]}, {"peers": ["a"]}]
    names = [peer for peer in peers if is_host_name(peer) and peer != "any"]
    assert host_names(wanted) == names
    assert host_names(rules(SERVER)) == []
    assert SUBNETS
    assert host_names(rules(ONLINE)) == ["archive.example.com"]


def test_a_name_without_an_answer_is_refused_and_the_rest_is_planned() -> None:
    wanted = [
        {"id": "known", "direction": "out", "protocol": "tcp", "ports": [443], "peers": ["192.0.2.1"]},
        {
            "id": "gone",
            "direction": "out",
            "protocol": "tcp",
            "ports": [443],
            "peers": ["192.0.2.1", "gone.example.com"],
        },
        {"id": "too", "direction": "out", "protocol": "udp", "ports": [443], "peers": ["gone.example.com"]},
    ]
    names = {one: f"Mine - {one} ({word}-Out)" for one, word in (("known", "TCP"), ("gone", "TCP"), ("too", "UDP"))}
    there = foreign(names["gone"], group="Mine", direction="out", protocol="tcp", remoteport="443")
    made = plugin.plan(wanted, host(there, resolved={"gone.example.com": []}), "Mine")
    (finding,) = [one for one in made["findings"] if one["kind"] == REFUSED]
    assert finding["object"] == "gone.example.com"
    assert finding["message"].startswith(
        "ruleset_rules: gone: peers: 'gone.example.com' does not resolve on this host;"
    )
    assert [(change["action"], change["id"]) for change in made["changes"]] == [("create", "known")]
    assert [step["name"] for step in made["steps"]] == [names["known"]], "and the rule that is there stays"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "linux"),
        ({"ansible_connection": "ssh"}, "linux"),
        ({"ansible_connection": "psrp"}, "windows"),
        ({"ansible_connection": "ansible.builtin.winrm"}, "windows"),
        ({"ansible_connection": "ssh", "ansible_shell_type": "powershell"}, "windows"),
        ({"ansible_connection": "ssh", "ansible_shell_type": "cmd"}, "windows"),
        ({"ansible_connection": "ssh", "ansible_shell_type": "ansible.builtin.powershell"}, "windows"),
        ({"ansible_connection": "network_cli"}, "unsupported"),
        ({"ansible_connection": "ansible.netcommon.httpapi"}, "unsupported"),
        ({"ansible_connection": "amazon.aws.aws_ssm", "ansible_facts": {"os_family": "Windows"}}, "windows"),
        # a cache may have the facts of a former machine of that name: ssh without a shell type reaches no Windows
        ({"ansible_facts": {"os_family": "Windows"}}, "linux"),
        ({"ansible_connection": "local", "ansible_facts": {"os_family": "Windows"}}, "linux"),
        ({"ansible_facts": {"os_family": "Debian"}}, "linux"),
    ],
)
def test_the_connection_tells_the_platform(variables: dict[str, Any], expected: str) -> None:
    assert role_variable("__ruleset_platform", **{"ansible_facts": {}, **variables}) == expected
    # the role's one task asks no template
    assert platform_of(variables) == expected


def test_every_port_that_leads_to_the_host_is_kept() -> None:
    given = {"ansible_psrp_port": 15986, "ansible_winrm_port": "5985"}
    assert management_ports("22", given) == [22, 15986, 5985, 5986]
    assert management_ports(5986, {}) == [5986, 5985]


def planned(found: dict[str, Any], wanted: list[dict[str, Any]], group: str) -> dict[str, Any]:
    """The host as win_firewall_rule_info returns it for this plan."""
    seen = plugin.plan_for(wanted, group)
    names = {name.casefold() for name in seen["names"]}
    names |= {rule["name"].casefold() for rule in found["rules"] if rule["group"].casefold() == group.casefold()}
    kept = [
        rule
        for rule in found["rules"]
        if (rule["enabled"] and rule["action"] != "allow")
        or rule["group"].casefold() == group.casefold()
        or rule["name"].casefold() in names
        or seen["name_contains"].casefold() in rule["name"].casefold()
    ]
    return {**found, "rules": kept}


@pytest.mark.parametrize("egress", ["allow", "deny"])
def test_a_plan_needs_no_more_than_plan_for_names(egress: str) -> None:
    found = converged("therefore_client", egress="deny")
    found["rules"] += [foreign(f"Other {number}") for number in range(50)]
    found["rules"] += [foreign("A block", action="block"), foreign("Left over", group="Therefore Server")]
    wanted = rules("therefore_server", egress=egress)
    part = planned(found, wanted, "Therefore Server")
    assert len(part["rules"]) < 15
    assert plugin.plan(wanted, part, "Therefore Server", "present", egress) == plugin.plan(
        wanted, found, "Therefore Server", "present", egress
    )


def test_a_rule_of_others_with_the_name_of_one_of_ours_is_seen() -> None:
    found = converged()
    name = found["rules"][0]["name"]
    found["rules"].append(foreign(name))
    (finding,) = plugin.plan([], planned(found, [], "Therefore Server"), "Therefore Server")["findings"]
    assert "is also the name of a rule without a group" in finding["message"]


@pytest.mark.parametrize("given", ["text", [1], [{"id": "a"}], None])
def test_what_is_wrong_with_rules_is_the_plan_s_to_say(given: Any) -> None:
    assert plugin.plan_for(given, "Mine") == EMPTY
