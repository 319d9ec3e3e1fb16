# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stays open under egress: deny besides the rows: domain controllers, and what the user names."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.domain import missing_ways
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError
from wanted import CLIENT, SERVER, by_id, rules

CONTROLLERS = ["192.0.2.20", "2001:db8::20"]
WSUS: dict[str, Any] = {"id": "wsus", "protocol": "tcp", "ports": [8530, 8531], "peers": ["192.0.2.30"]}
PROFILES = ["domain", "private", "public"]


@pytest.mark.parametrize("role", [CLIENT, SERVER])
def test_domain_controllers_stay_reachable_on_every_profile(role: str) -> None:
    kept = [one for one in rules(role, egress="deny", domain_controllers=CONTROLLERS) if one["id"].endswith("-dc")]
    assert {(one["direction"], one["action"], tuple(one["peers"]), tuple(one["profiles"])) for one in kept} == {
        ("out", "allow", tuple(CONTROLLERS), tuple(PROFILES))
    }
    tcp = {port for one in kept if one["protocol"] == "tcp" for port in one["ports"]}
    udp = {port for one in kept if one["protocol"] == "udp" for port in one["ports"]}
    assert tcp == {88, 135, 389, 445, 464, 636, 3268, 3269, "49152-65535"}
    assert udp == {88, 389, 464}
    assert missing_ways(kept, PROFILES) == []


def test_without_deny_nothing_is_kept() -> None:
    assert rules(CLIENT, egress_keep=[WSUS]) == rules(CLIENT)
    assert not [name for name in by_id(CLIENT, domain_controllers=CONTROLLERS) if name.endswith("-dc")]


def test_names_and_ids_are_distinct_from_those_of_the_rows() -> None:
    made = rules(
        CLIENT, egress="deny", domain_controllers=CONTROLLERS, supplements=["kerberos", "ldaps", "rpc_dynamic"]
    )
    assert len({one["id"] for one in made}) == len({one["name"] for one in made}) == len(made)


def test_what_the_user_keeps_is_a_rule_of_the_set() -> None:
    kept = by_id(CLIENT, egress="deny", egress_keep=[WSUS])["keep-wsus"]
    assert kept == {
        "id": "keep-wsus",
        "rows": [],
        "name": "Therefore Client - wsus (Keep) (TCP-Out)",
        "description": "Kept open while other outbound traffic is refused (therefore_client_egress_keep)",
        "direction": "out",
        "protocol": "tcp",
        "ports": ["8530", "8531"],
        "peers": ["192.0.2.30"],
        "scope": "domain",
        "profiles": PROFILES,
        "action": "allow",
        "source": "supplement",
    }


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"direction": "in"}, "direction: 'in'"),
        ({"protocol": "icmp"}, "protocol: 'icmp'"),
        ({"ports": [70000]}, "70000"),
        ({"ports": None}, "has no ports"),
        ({"peers": ["192.0.2.300"]}, "192.0.2.300"),
        ({"peers": "192.0.2.30"}, "is a string; write a list"),
        ({"port": 8530}, "'port' is no part of a rule that is kept"),
        ({"id": "a b"}, "is not an id"),
        ({"profiles": ["home"]}, "home"),
    ],
)
def test_a_wrong_rule_is_refused_with_the_variable(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as error:
        rules(CLIENT, egress_keep=[{**WSUS, **changed}])
    assert str(error.value).startswith("therefore_client_egress_keep")
    assert words in str(error.value)


def test_no_blocks_on_a_domain_controller_unless_asked() -> None:
    assert not [one for one in rules(SERVER, domain_controller=True) if one["action"] == "block"]
    assert [one for one in rules(SERVER, domain_controller=False) if one["action"] == "block"]


def test_blocks_on_a_domain_controller_are_refused() -> None:
    with pytest.raises(InputError, match="therefore_server_block_public: True blocks on the Public profile, which a"):
        rules(SERVER, domain_controller=True, block_public=True)
