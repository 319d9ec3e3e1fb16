# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules as the options of win_firewall_rule."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.rules import (
    Options,
    changed_profiles,
    is_keep_rule,
    keep_rules,
    render,
)
from wanted import CLIENT, GATEWAY, ONLINE, SERVER, rules
from windows_hosts import RESOLVED, TITLES

EVERY_OPTION = {
    "name", "description", "group", "direction", "action", "enabled", "profiles", "protocol", "localport", "remoteport",
    "localip", "remoteip", "program", "service", "interfacetypes", "edge", "security",
}  # fmt: skip
BY_HAND: dict[str, Any] = {
    "id": "metrics-in-tcp", "direction": "in", "protocol": "tcp", "ports": [9115, 9100], "peers": ["192.0.2.20"],
}  # fmt: skip


def options(role: str, **settings: Any) -> dict[str, Options]:
    return {rule.id: rule.options for rule in render(rules(role, **settings), TITLES[role], RESOLVED)}


def by_hand(**changed: Any) -> Options:
    (rule,) = render([{**BY_HAND, **changed}], "metrics", {})
    return rule.options


def test_an_inbound_rule_whole() -> None:
    assert options(SERVER)["dcom-in-tcp"] == {
        "name": "Therefore Server - DCOM (EPMAP) (TCP-In)",
        "description": "row dcom of: Standard ports and protocols required for Therefore communication "
        "(modified Mon, 1 Sep at 4:27 PM)",
        "group": "Therefore Server",
        "direction": "in",
        "action": "allow",
        "enabled": True,
        "profiles": ["domain"],
        "protocol": "tcp",
        "localport": "135,137,139",
        "remoteport": "any",
        "localip": "any",
        "remoteip": "192.0.2.0/255.255.255.0,2001:db8::/64",
        "program": "any",
        "service": "any",
        "interfacetypes": ["any"],
        "edge": "no",
        "security": "notrequired",
    }


def test_an_outbound_rule_has_its_ports_at_the_far_end() -> None:
    found = options(CLIENT)["xml_service-out-tcp"]
    assert (found["direction"], found["localport"], found["remoteport"]) == ("out", "any", "8000")


def test_a_block_is_for_everybody_on_the_public_profile() -> None:
    found = options(SERVER)["xml_service-in-tcp-block"]
    assert (found["action"], found["profiles"], found["remoteip"]) == ("block", ["public"], "any")


def test_ports_are_sorted_by_number_without_spaces() -> None:
    found = options(SERVER, port_overrides={"xml_service": [10000, 8443, 9000]})
    assert found["xml_service-in-tcp"]["localport"] == "8443,9000,10000"


def test_rpc_is_windows_own_keyword_inbound_and_a_range_outbound() -> None:
    found = options(SERVER, supplements=["rpc_dynamic"])
    assert found["rpc_dynamic-in-tcp"]["localport"] == "RPC"
    assert found["rpc_dynamic-out-tcp"]["remoteport"] == "49152-65535"


def test_a_keyword_by_hand_counts_inbound_only() -> None:
    # Windows refuses it on an outbound rule
    assert by_hand(keyword="RPC")["localport"] == "RPC"
    found = by_hand(keyword="RPC", direction="out")
    assert (found["localport"], found["remoteport"]) == ("any", "9100,9115")


@pytest.mark.parametrize(("role", "settings"), [(SERVER, {}), (CLIENT, {"inbound": True})])
def test_the_endpoint_mapper_is_open_wherever_rpc_is(role: str, settings: dict[str, Any]) -> None:
    found = options(role, supplements=["rpc_dynamic"], **settings)
    assert found["rpc_dynamic-in-tcp"]["remoteip"] == found["dcom-in-tcp"]["remoteip"]
    assert "135" in found["dcom-in-tcp"]["localport"].split(",")


def test_profiles_are_in_the_modules_order() -> None:
    found = options(SERVER, windows_profiles=["private", "domain"])
    assert found["smb-in-tcp"]["profiles"] == ["domain", "private"]


def test_names_are_distinct_by_protocol_and_direction() -> None:
    names = [found["name"] for found in options(SERVER).values()]
    assert {"Therefore Server - LDAP (TCP-In)", "Therefore Server - LDAP (UDP-Out)"} <= set(names)
    assert len(names) == len({name.casefold() for name in names})


def test_host_names_become_all_their_addresses() -> None:
    found = options(ONLINE, online_endpoints=["a.example.com", "198.51.100.0/24"])
    assert found["online_xml_service-out-tcp"]["remoteip"] == (
        "198.51.100.0/255.255.255.0,203.0.113.80/255.255.255.255,2001:db8:80::1/128"
    )


@pytest.mark.parametrize("resolved", [{}, {"gone.example.com": []}])
@pytest.mark.parametrize(("role", "settings"), [(ONLINE, {}), (GATEWAY, {"mode": "relay", "edition": "online"})])
def test_a_name_without_an_answer_is_refused(role: str, settings: dict[str, Any], resolved: dict[str, Any]) -> None:
    wanted = rules(role, online_endpoints=["gone.example.com"], **settings)
    with pytest.raises(
        InputError, match=f"^{role}_online_endpoints: 'gone.example.com' does not resolve on this host;"
    ):
        render(wanted, TITLES[role], resolved)


@pytest.mark.parametrize("role", [CLIENT, ONLINE, GATEWAY])
def test_a_name_that_is_kept_open_is_named_with_its_own_setting(role: str) -> None:
    kept = {"id": "wsus", "protocol": "tcp", "ports": [8530], "peers": ["gone.example.com"]}
    wanted = rules(role, egress="deny", egress_keep=[kept])
    with pytest.raises(InputError, match=f"^{role}_egress_keep: 'gone.example.com' does not resolve on this host;"):
        render(wanted, TITLES[role], RESOLVED)


def test_an_answer_that_is_no_address_is_refused() -> None:
    with pytest.raises(InputError, match=r"ruleset_rules: metrics-in-tcp: peers: .*has a zone id"):
        render([{**BY_HAND, "peers": ["a.example.com"]}], "metrics", {"a.example.com": ["fe80::1%4"]})


def test_forward_rules_are_refused_with_the_mode_to_use() -> None:
    wanted = rules(GATEWAY, mode="route")
    with pytest.raises(
        InputError, match=r"^therefore_mfp_gateway_mode: 'route' forwards .* is for Linux routers: use term"
    ):
        render(wanted, TITLES[GATEWAY], RESOLVED)


def test_a_forward_rule_by_hand_is_refused() -> None:
    with pytest.raises(InputError, match=r"^ruleset_rules: metrics-in-tcp: direction: 'forward' .*use a Linux host"):
        by_hand(direction="forward", sources=["192.0.2.1"])


def test_a_rule_by_hand_may_leave_things_out() -> None:
    found = by_hand()
    assert (found["name"], found["description"]) == (
        "metrics - metrics-in-tcp (TCP-In)", "Rule metrics-in-tcp of metrics",
    )  # fmt: skip
    assert (found["profiles"], found["action"], found["localport"]) == (["domain"], "allow", "9100,9115")


def test_a_rule_that_reaches_the_internet_is_for_private_networks_too() -> None:
    assert by_hand(scope="internet")["profiles"] == ["domain", "private"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"protocol": "icmp"}, "ruleset_rules: metrics-in-tcp: protocol: 'icmp' is unknown; .*Valid: tcp, udp"),
        ({"direction": "inbound"}, "ruleset_rules: metrics-in-tcp: direction: 'inbound' is unknown; .*Valid: in, out"),
        ({"profiles": ["work"]}, "ruleset_rules: metrics-in-tcp: profiles: 'work' is unknown;"),
        ({"peers": None}, "ruleset_rules: 'peers' is missing in"),
        ({"ports": [70000]}, "rules: metrics-in-tcp: ports has 70000; write a whole number from 1 to 65535"),
        ({"peers": ["192.0.2.1/24"]}, "ruleset_rules: metrics-in-tcp: peers: .*has host bits set"),
    ],
)
def test_a_wrong_rule_by_hand_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}"):
        by_hand(**changed)


def test_keep_rules_are_what_a_host_needs() -> None:
    found = [rule.options for rule in keep_rules("Therefore Server", ["domain"])]
    flows = {(one["name"], one["protocol"], one["localport"], one["remoteport"]) for one in found}
    assert flows == {
        ("Therefore Server - DNS (Egress) (TCP-Out)", "tcp", "any", "53"),
        ("Therefore Server - DNS (Egress) (UDP-Out)", "udp", "any", "53"),
        ("Therefore Server - DHCP (Egress) (UDP-Out)", "udp", "68", "67"),
        ("Therefore Server - DHCPv6 (Egress) (UDP-Out)", "udp", "546", "547"),
        ("Therefore Server - NTP (Egress) (UDP-Out)", "udp", "any", "123"),
        ("Therefore Server - ICMP (Egress) (ICMPv4-Out)", "icmpv4", "any", "any"),
        ("Therefore Server - ICMP (Egress) (ICMPv6-Out)", "icmpv6", "any", "any"),
    }
    for one in found:
        assert (one["direction"], one["action"], one["remoteip"]) == ("out", "allow", "any")
        assert one["profiles"] == ["domain", "private", "public"]


@pytest.mark.parametrize("group", ["Therefore Server", "Therefore Online Client", "metrics"])
@pytest.mark.parametrize("profiles", [[], ["public"], ["domain", "private", "public"]])
def test_keep_rules_are_known_again_and_say_whose_doing_the_block_is(group: str, profiles: list[str]) -> None:
    found = [rule.options for rule in keep_rules(group, profiles)]
    assert all(map(is_keep_rule, found))
    assert changed_profiles(found) == set(profiles)


def test_the_supplement_dns_is_no_keep_rule() -> None:
    assert not any(is_keep_rule(one) for one in options(SERVER, supplements=["dns"]).values())


@pytest.mark.parametrize("role", [SERVER, CLIENT, ONLINE])
def test_every_option_is_given_and_icmp_types_where_they_mean_something(role: str) -> None:
    for rule in [*render(rules(role), TITLES[role], RESOLVED), *keep_rules(TITLES[role], [])]:
        icmp = {"icmp_type_code"} if rule.options["protocol"].startswith("icmp") else set()
        assert set(rule.options) == EVERY_OPTION | icmp


def test_blocks_of_the_public_profile_have_names_of_their_own() -> None:
    wanted = [{**BY_HAND, "name": "Metrics"}, {**BY_HAND, "id": "web", "ports": [80], "scope": "internet"}]
    found = {rule.id: rule.options for rule in render(wanted, "metrics", {}, block_public=True)}
    assert set(found) == {"metrics-in-tcp", "metrics-in-tcp-block", "web"}
    block = found["metrics-in-tcp-block"]
    assert (block["name"], block["action"], block["profiles"]) == ("Metrics (Block Public)", "block", ["public"])
    assert (block["localport"], block["remoteip"]) == ("9100,9115", "any")
    names = [rule.options["name"] for rule in render([BY_HAND], "metrics", {}, block_public=True)]
    assert names == ["metrics - metrics-in-tcp (TCP-In)", "metrics - metrics-in-tcp-block (TCP-In)"]
