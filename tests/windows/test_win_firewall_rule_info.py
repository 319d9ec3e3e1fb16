# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""win_firewall_rule_info on the simulated hosts, and win_firewall over the same stores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from batches import FULL
from hosts import stores
from ordinary_rules import ordinary_rules

if TYPE_CHECKING:
    from conftest import Batches
    from playbook import Answer

HOSTS = list(stores())
JOINED = ["domain_server", "member_client", "policy_host", "blocked_host", "half_done_host"]
OPTIONS = set(FULL)


def named(answer: Answer, name: str) -> dict[str, Any]:
    (found,) = [rule for rule in answer.result["rules"] if rule["name"] == name]
    return dict(found)


def names(answer: Answer) -> list[str]:
    return [rule["name"] for rule in answer.result["rules"]]


@pytest.mark.parametrize("host", HOSTS)
def test_reads_every_rule_once_and_changes_nothing(host: str, batches: Batches) -> None:
    answer = batches.info(host)
    assert answer.result["changed"] is False
    assert [rule["name"] for rule in answer.result["rules"] if rule["policy_source"] == "local"] == [
        rule["Name"] for rule in answer.rules
    ]
    counts = answer.result["counts"]
    assert counts["local"] == len(stores()[host]["rules"])
    assert counts["returned"] == counts["local"] + counts["group_policy"] == len(answer.result["rules"])


@pytest.mark.parametrize("host", HOSTS)
def test_keys_are_the_options_of_win_firewall_rule(host: str, batches: Batches) -> None:
    for rule in batches.info(host).result["rules"]:
        assert set(rule) == OPTIONS | {"policy_source"}
        assert all(isinstance(rule[key], list) for key in ("profiles", "interfacetypes", "icmp_type_code"))


def test_a_plain_rule_has_every_option(batches: Batches) -> None:
    assert named(batches.info("half_done_host"), "Therefore Server - XML Service (TCP-In)") == {
        "name": "Therefore Server - XML Service (TCP-In)",
        "description": "",
        "group": "",
        "direction": "in",
        "action": "allow",
        "enabled": True,
        "profiles": ["domain"],
        "protocol": "tcp",
        "localport": "8000",
        "remoteport": "any",
        "localip": "any",
        "remoteip": "192.0.2.0/255.255.255.0",
        "program": "any",
        "service": "any",
        "interfacetypes": ["any"],
        "edge": "no",
        "security": "notrequired",
        "icmp_type_code": ["any"],
        "policy_source": "local",
    }


@pytest.mark.parametrize(
    ("name", "option", "value"),
    [
        ("Core Networking - Time Exceeded (ICMPv6-In)", "protocol", "icmpv6"),
        ("Core Networking - Time Exceeded (ICMPv6-In)", "icmp_type_code", ["3:*"]),
        ("Core Networking - Time Exceeded (ICMPv6-In)", "profiles", ["domain", "private", "public"]),
        ("Core Networking - Internet Group Management Protocol (IGMP-Out)", "protocol", "2"),
        ("Core Networking - Router Advertisement (ICMPv6-In)", "remoteip", "fe80::/64"),
        ("Core Networking - Teredo (UDP-In)", "localport", "Teredo"),
        ("Core Networking - Teredo (UDP-In)", "service", "iphlpsvc"),
        ("Core Networking - Teredo (UDP-In)", "program", r"C:\Windows\system32\svchost.exe"),
        ("Core Networking - DNS (UDP-Out)", "remoteport", "53"),
        ("Core Networking - DNS (UDP-Out)", "direction", "out"),
        ("Core Networking - DNS (UDP-Out)", "group", "@FirewallAPI.dll,-25000"),
    ],
)
def test_ordinary_rules_in_the_words_of_the_module(name: str, option: str, value: Any, batches: Batches) -> None:
    assert named(batches.info("domain_server"), name)[option] == value


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("localport", "80,443,5000-5010,RPC-EPMap"),
        (
            "remoteip",
            "10.0.0.0/255.0.0.0,192.0.2.64-192.0.2.80,192.0.2.7/255.255.255.255,2001:db8:10::/64,2001:db8::7/128,"
            "DNS,LocalSubnet",
        ),
        ("localip", "192.0.2.1/255.255.255.255"),
        ("profiles", ["private", "public"]),
        ("interfacetypes", ["lan", "ras"]),
        ("edge", "deferuser"),
        ("security", "authdynenc"),
        ("enabled", False),
    ],
)
def test_lists_are_sorted_and_addresses_have_one_form(option: str, value: Any, batches: Batches) -> None:
    assert named(batches.info("half_done_host"), "By hand, in disorder")[option] == value


@pytest.mark.parametrize("host", HOSTS)
def test_domain_joined(host: str, batches: Batches) -> None:
    assert batches.info(host).result["domain_joined"] is (host in JOINED)


def test_member_without_its_domain_network_is_a_member(batches: Batches) -> None:
    answer = batches.info("member_client")
    assert answer.result["profiles"]["domain"]["active"] is False
    assert answer.result["domain_joined"] is True


@pytest.mark.parametrize("host", HOSTS)
def test_profiles(host: str, batches: Batches) -> None:
    profiles = batches.info(host).result["profiles"]
    active = stores()[host]["active_profiles"]
    for name in ("domain", "private", "public"):
        found = {key: value for key, value in profiles[name].items() if key != "local_rules_honoured"}
        assert found == {"enabled": True, "inbound": "block", "outbound": "allow", "active": name in active}


@pytest.mark.parametrize("host", HOSTS)
def test_local_rules_honoured(host: str, batches: Batches) -> None:
    result = batches.info(host).result
    ignored = host == "policy_host"
    assert result["local_rules_honoured"] is not ignored
    assert result["local_policy_modify_state"] == ("group_policy_override" if ignored else "ok")
    assert [result["profiles"][name]["local_rules_honoured"] for name in ("domain", "private", "public")] == [
        not ignored,
        True,
        True,
    ]


POLICY_RULES = {
    "Policy: no device network": {
        "description": "From the security team",
        "group": "Corporate policy",
        "action": "block",
        "profiles": ["domain"],
        "localport": "8000,8372-8373",
        "remoteip": "198.51.100.0/255.255.255.0,2001:db8:66::/64",
        "localip": "any",
        "program": "any",
    },
    "Policy: event log": {
        "enabled": True,
        "profiles": ["domain", "private", "public"],
        "localport": "RPC",
        "remoteip": "10.0.0.9/255.255.255.255,LocalSubnet",
        "program": r"%SystemRoot%\system32\svchost.exe",
        "service": "Eventlog",
        "security": "authnoencap",
        "edge": "deferapp",
        "interfacetypes": ["lan"],
    },
    "Policy: ping": {
        "enabled": False,
        "direction": "out",
        "profiles": ["private", "public"],
        "protocol": "icmpv4",
        "icmp_type_code": ["3:4", "8:*"],
        "localip": "10.1.0.0/255.255.0.0",
        "remoteip": "10.0.0.1-10.0.0.9,Internet4",
    },
}


@pytest.mark.parametrize("name", POLICY_RULES)
def test_rules_of_group_policy(name: str, batches: Batches) -> None:
    rule = named(batches.info("policy_host"), name)
    assert rule["policy_source"] == "group_policy"
    assert {key: rule[key] for key in POLICY_RULES[name]} == POLICY_RULES[name]


def test_filter_group_in_any_case(batches: Batches) -> None:
    assert names(batches.info("half_done_host", "by group")) == ["Therefore Server - MS-SQL-S (SQL Server) (TCP-In)"]


def test_filter_name_prefix_in_any_case(batches: Batches) -> None:
    wanted = [rule["Name"] for rule in ordinary_rules()[:150] if rule["Name"].startswith("Remote Desktop")]
    assert wanted
    assert names(batches.info("member_client", "by name")) == wanted


def test_filter_port_finds_ranges_and_rules_for_any_port(batches: Batches) -> None:
    found = names(batches.info("blocked_host", "by port"))
    assert "Hardening: no SQL from the network" in found
    assert "Remote Desktop - Shadow (TCP-In)" in found
    assert not {"Remote Desktop - User Mode (TCP-In)", "Core Networking - DNS (UDP-Out)"} & set(found)
    assert not [
        rule for rule in batches.info("blocked_host", "by port").result["rules"] if rule["protocol"] == "icmpv6"
    ]


def test_filters_apply_to_rules_of_group_policy(batches: Batches) -> None:
    found = names(batches.info("policy_host", "by policy port"))
    assert "Policy: no device network" in found
    assert not {"Policy: event log", "Policy: ping"} & set(found)


def test_filter_keyword(batches: Batches) -> None:
    rules = batches.info("domain_server", "by keyword").result["rules"]
    found = {rule["localport"] for rule in rules}
    assert "RPC-EPMap" in found
    assert found <= {"RPC-EPMap", "any"}


def test_filters_narrow_the_rules_only(batches: Batches) -> None:
    whole, part = batches.info("half_done_host").result, batches.info("half_done_host", "by group").result
    assert part["counts"] == whole["counts"] | {"returned": 1}
    assert part["profiles"] == whole["profiles"]


def test_check_mode_answers_the_same(batches: Batches) -> None:
    whole, check = batches.info("half_done_host"), batches.info("half_done_host", "info in check mode")
    assert check.result["rules"] == whole.result["rules"]


def outbound(answer: Answer) -> set[str]:
    return {profile["outbound"] for profile in answer.store["profiles"].values()}


def test_win_firewall_denies_outbound_traffic_in_the_same_store(batches: Batches) -> None:
    steps = ("deny in check mode", "deny", "deny again")
    assert [batches.info("workgroup_host", step).result["changed"] for step in steps] == [True, True, False]
    assert [outbound(batches.info("workgroup_host", step)) for step in steps] == [
        {"not_configured"},
        {"block"},
        {"block"},
    ]


def test_info_sees_what_win_firewall_did(batches: Batches) -> None:
    profiles = batches.info("workgroup_host", "info after").result["profiles"]
    assert {profile["outbound"] for profile in profiles.values()} == {"block"}
    assert [profiles[name]["enabled"] for name in ("domain", "private", "public")] == [True, True, False]
