# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""win_firewall_rule_info on the simulated hosts, and win_firewall over the same stores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from batches import FULL, RESOLVE
from hosts import stores
from ordinary_rules import ordinary_rules
from playbook import named, names

if TYPE_CHECKING:
    from conftest import Batches
    from playbook import Answer

HOSTS = list(stores())
OPTIONS = set(FULL)


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
        ("Core Networking - DNS (UDP-Out)", "description", "Outbound rule for Core Networking - DNS."),
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


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("on both sides of 5000", {"localport": "4000-4999,5001-6000,5001-10000,RPC,RPC-EPMap", "edge": "no"}),
        ("everything", {"protocol": "any", "localport": "any", "remoteport": "any"}),
        ("everything", {"interfacetypes": ["wireless"], "edge": "yes", "security": "authnoencap"}),
        ("ping", {"protocol": "icmpv4", "icmp_type_code": ["any"], "edge": "deferapp", "security": "authenticate"}),
        ("encrypted", {"security": "authenc"}),
    ],
)
def test_rules_by_hand_in_the_words_of_the_module(name: str, expected: dict[str, Any], batches: Batches) -> None:
    rule = named(batches.info("half_done_host"), f"By hand, {name}")
    assert {key: rule[key] for key in expected} == expected


@pytest.mark.parametrize("host", HOSTS)
def test_profiles(host: str, batches: Batches) -> None:
    profiles = batches.info(host).result["profiles"]
    active = stores()[host]["active_profiles"]
    for name in ("domain", "private", "public"):
        expected = {"enabled": True, "inbound": "block", "outbound": "allow"}
        assert profiles[name].items() >= {**expected, "local": expected, "active": name in active}.items()


def test_filter_group_in_any_case(batches: Batches) -> None:
    assert names(batches.info("half_done_host", "by group")) == ["Therefore Server - MS-SQL-S (SQL Server) (TCP-In)"]


def test_a_plan_sees_its_group_its_names_and_every_block(batches: Batches) -> None:
    assert names(batches.info("half_done_host", "for a plan")) == [
        "Therefore Server - XML Service (TCP-In)",
        "Therefore Server - MS-SQL-S (SQL Server) (TCP-In)",
    ]
    assert names(batches.info("blocked_host", "for a plan")) == ["Hardening: no SQL from the network"]


def test_what_a_plan_does_not_see_is_counted(batches: Batches) -> None:
    whole, part = batches.info("blocked_host").result["counts"], batches.info("blocked_host", "for a plan").result
    assert part["counts"] == {**whole, "returned": 1}
    assert part["counts"]["blocking"] == 1


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


def test_filter_port_takes_both_ends_of_a_range_and_nothing_beside_it(batches: Batches) -> None:
    found = names(batches.info("half_done_host", "by port at the end of a range"))
    assert {"By hand, in disorder", "By hand, everything", "AllJoyn Router (UDP-In)"} <= set(found)
    assert not {"By hand, on both sides of 5000", "By hand, ping"} & set(found)


def test_filter_remote_port(batches: Batches) -> None:
    rules = batches.info("half_done_host", "by remote port").result["rules"]
    assert "Core Networking - DNS (UDP-Out)" in [rule["name"] for rule in rules]
    assert {rule["remoteport"] for rule in rules} == {"53", "any"}


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


def test_resolves_names_on_the_host(batches: Batches) -> None:
    resolved = batches.info("workgroup_host", "info after").result["resolved"]
    assert resolved.keys() == set(RESOLVE)
    assert resolved["localhost"] in (["127.0.0.1"], ["127.0.0.1", "::1"], ["::1"])
    assert resolved["192.0.2.7"] == ["192.0.2.7"]
    assert resolved["no-such-host.invalid"] == []
