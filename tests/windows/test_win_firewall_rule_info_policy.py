# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What win_firewall_rule_info says of group policy, of the domain, and of a firewall in an unusual state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hosts import stores
from playbook import named, names

if TYPE_CHECKING:
    from conftest import Batches

HOSTS = list(stores())
JOINED = ["domain_server", "member_client", "policy_host", "blocked_host", "half_done_host"]


@pytest.mark.parametrize("host", HOSTS)
def test_domain_joined(host: str, batches: Batches) -> None:
    assert batches.info(host).result["domain_joined"] is (host in JOINED)


def test_member_without_its_domain_network_is_a_member(batches: Batches) -> None:
    answer = batches.info("member_client")
    assert answer.result["profiles"]["domain"]["active"] is False
    assert answer.result["domain_joined"] is True


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
        "service": "any",
        "interfacetypes": ["any"],
        "icmp_type_code": ["any"],
        "edge": "no",
        "security": "notrequired",
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
    "Policy: support = desk": {
        "action": "allow",
        "localport": "80,443,5000-6000,5000-10000",
        "remoteport": "1024-65535",
        "remoteip": ("2001:db8:66::7/128,2001:db8::1-2001:db8::9,Intranet,LocalSubnet6,fe80::/64"),
        "security": "authdynenc",
        "edge": "deferuser",
    },
    "Policy: ping of IPv6": {
        "protocol": "icmpv6",
        "icmp_type_code": ["128:*"],
        "remoteip": "RmtIntranet",
        "security": "authenc",
        "edge": "yes",
    },
    "Policy: everything": {"protocol": "any", "localport": "any", "direction": "out", "security": "authenticate"},
    "Policy: tunnel": {"protocol": "47"},
}


@pytest.mark.parametrize("name", POLICY_RULES)
def test_rules_of_group_policy(name: str, batches: Batches) -> None:
    rule = named(batches.info("policy_host"), name)
    assert rule["policy_source"] == "group_policy"
    assert {key: rule[key] for key in POLICY_RULES[name]} == POLICY_RULES[name]


def test_rules_of_group_policy_come_last_in_the_order_of_their_keys(batches: Batches) -> None:
    found = [rule["name"] for rule in batches.info("policy_host").result["rules"]]
    assert found[-len(POLICY_RULES) :] == list(POLICY_RULES)


def test_filters_apply_to_rules_of_group_policy(batches: Batches) -> None:
    found = names(batches.info("policy_host", "by policy port"))
    assert "Policy: no device network" in found
    assert not {"Policy: event log", "Policy: ping"} & set(found)


def test_a_firewall_that_cannot_be_read_is_one_line_with_a_remedy(batches: Batches) -> None:
    result = batches.unusual("domain_server").result
    assert result["failed"] is True
    assert result["msg"].startswith("The Windows Firewall cannot be read: ")
    assert "0x800706D9" in result["msg"]
    assert result["msg"].endswith("Is its service (mpssvc) running, and is the user an administrator?")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        # an active profile whose inbound traffic is all blocked, whatever the rules say
        ("member_client", ("inbound_blocked", False)),
        # group policy ignores local rules on a profile that is not active
        ("policy_host", ("ok", True)),
        # the registry forbids local rules on the active profile, and the firewall does not say so
        ("blocked_host", ("ok", False)),
    ],
)
def test_what_the_firewall_says_and_the_policy_both_count(
    host: str, expected: tuple[str, bool], batches: Batches
) -> None:
    result = batches.unusual(host).result
    assert (result["local_policy_modify_state"], result["local_rules_honoured"]) == expected


@pytest.mark.parametrize(
    ("host", "joined"),
    [
        # a DNS suffix of its own makes no member of a workgroup host, nor does a Netlogon that starts by itself
        ("workgroup_host", False),
        ("half_done_host", False),
        # the network says it, whatever the registry says
        ("blocked_host", True),
    ],
)
def test_signs_of_a_domain(host: str, joined: bool, batches: Batches) -> None:
    assert batches.unusual(host).result["domain_joined"] is joined


def test_inbound_default_of_each_profile(batches: Batches) -> None:
    profiles = batches.unusual("member_client").result["profiles"]
    assert [profiles[name]["inbound"] for name in ("domain", "private", "public")] == ["block", "allow", "block"]
