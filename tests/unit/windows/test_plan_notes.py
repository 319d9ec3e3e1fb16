# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told beside the plan: rules of others that let in more, other networks, traffic that others refuse."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.plan import plan
from wanted import CLIENT
from windows_hosts import converged, foreign, host, plan_for

XML = {"protocol": "tcp", "localport": "8000"}


def notes(*found: dict[str, Any], **settings: Any) -> list[dict[str, str]]:
    made = plan_for(host(*found), **settings)
    # no difference, and nothing in the way
    assert made["findings"] == []
    return made["notes"]


def test_an_ordinary_host_has_none() -> None:
    assert plan_for(converged())["notes"] == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "'Foreign' (from any, on Domain)"),
        ({"remoteip": "192.0.0.0/255.255.0.0"}, "(from 192.0.0.0/16, on Domain)"),
        ({"remoteip": "LocalSubnet"}, "(from LocalSubnet, on Domain)"),
        ({"localport": "80,7990-8010"}, "on Domain)"),
        ({"protocol": "any", "program": r"C:\\Therefore\\TheServer.exe", "localport": "any"}, "on Domain)"),
        ({"program": "System"}, "on Domain)"),
        ({"policy_source": "group_policy"}, "on Domain)"),
        ({"display_name": "Shown", "name": "@x.dll,-1"}, "'Shown' (from any"),
    ],
)
def test_a_rule_that_lets_more_in_on_our_port_is_told(changed: dict[str, Any], words: str) -> None:
    found = notes(foreign(**{**XML, **changed}))
    (note,) = [one for one in found if "8000/tcp" in one["object"]]
    assert note["kind"] == "wider_rule"
    assert words in note["message"]


@pytest.mark.parametrize(
    "changed",
    [
        {"remoteip": "192.0.2.0/255.255.255.0"},
        {"remoteip": "192.0.2.7"},
        {"localport": "any"},
        {"localport": "1024-65535"},
        {"localport": "8001"},
        {"protocol": "udp"},
        {"direction": "out"},
        {"action": "block", "remoteip": "203.0.113.0/255.255.255.0"},
        {"enabled": False},
        {"profiles": ["private", "public"]},
        {"program": r"C:\\Other\\other.exe"},
        {"service": "Spooler"},
        {"security": "authenticate"},
        {"interfacetypes": ["wireless"]},
        {"localip": "192.0.2.1"},
        {"conditions": {"remote_users": ["O:LSD:"]}},
        {"not_understood": ["remoteip"]},
        {"group": "Therefore Client"},
    ],
)
def test_what_is_narrower_or_for_others_is_not_told(changed: dict[str, Any]) -> None:
    assert plan_for(host(foreign(**{**XML, **changed})))["notes"] == []


def test_our_own_block_beats_it_on_another_profile() -> None:
    found = host(foreign(**XML, remoteip="192.0.2.0/255.255.255.0"))
    found["profiles"]["public"]["active"] = True
    assert [one["kind"] for one in plan_for(found)["notes"]] == ["other_network"]
    without = plan_for(found, block_public=False)["notes"]
    assert [(one["kind"], one["object"]) for one in without] == [
        ("other_network", "public"),
        ("wider_rule", "8000/tcp"),
    ]
    assert "(from 192.0.2.0/24, on Public)" in without[1]["message"]


def test_rules_for_the_same_ports_are_one_note() -> None:
    many = [foreign(f"Web {number}", protocol="tcp", localport="80,443") for number in range(5)]
    (note,) = notes(*many)
    assert note["object"] == "80/tcp, 443/tcp"
    assert "Rules of others let more in than this set asks: 'Web 0'" in note["message"]
    assert " and 2 more. " in note["message"]


def test_a_rule_that_is_taken_over_is_not_told() -> None:
    wanted = {
        "id": "x",
        "direction": "in",
        "protocol": "tcp",
        "ports": [8000],
        "peers": ["any"],
        "profiles": ["domain"],
    }
    found = host(foreign(**XML, profiles=["domain"]), foreign("Wide", **XML))
    made = plan([wanted], found, "metrics", "present", "allow", adopt=True)
    assert (made["adopt"], made["notes"]) == (["Foreign"], [])


def test_another_network_is_named_with_its_profile() -> None:
    found = host(networks=[{"name": "corp", "profile": "domain"}, {"name": "VPN", "profile": "public"}])
    found["profiles"]["public"]["active"] = True
    (note,) = plan_for(found)["notes"]
    assert (note["kind"], note["object"]) == ("other_network", "public")
    assert note["message"].startswith("Of this host's networks, 'VPN' is Public: no allow rule of this set")


def test_the_only_network_is_a_finding_instead() -> None:
    found = host()
    found["profiles"]["domain"]["active"], found["profiles"]["public"]["active"] = False, True
    made = plan_for(found)
    assert ([one["kind"] for one in made["findings"]], made["notes"]) == (["profile_not_active"], [])


def test_outbound_traffic_that_others_refuse_is_told() -> None:
    found = host()
    found["profiles"]["domain"]["outbound"] = "block"
    (note,) = plan_for(found, CLIENT)["notes"]
    assert (note["kind"], note["object"]) == ("outbound_blocked", "domain")


def test_outbound_traffic_that_we_refuse_is_not() -> None:
    found = converged(CLIENT, egress="deny")
    assert plan_for(found, CLIENT, egress="deny")["notes"] == []
    # nor where another set of ours does
    assert plan_for(found)["notes"] == []
