# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Profiles, blocks, overrides, supplements, and what a rule is called: each test is named after its decision."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.rules import rules_for
from wanted import CLIENT, DEVICES, GATEWAY, LEAST, ONLINE, SERVER, SERVERS, SUBNETS, SUPPLEMENTS, allowed, by_id, rules

BLOCKED = {
    "ldap-in-tcp-block": [389],
    "ldap-in-udp-block": [389],
    "dcom-in-tcp-block": [135, 137, 139],
    "dcom-in-udp-block": [135, 137, 139],
    "smb-in-tcp-block": [445],
    "sql_server-in-tcp-block": [1433],
    "xml_service-in-tcp-block": [8000],
    "mfp_web_service-in-tcp-block": [8372],
    "mfp_file_transfer-in-tcp-block": [8373],
}


def blocks(role: str, **settings: Any) -> dict[str, list[Any]]:
    return {name: rule["ports"] for name, rule in by_id(role, **settings).items() if rule["action"] == "block"}


def test_block_public_closes_inbound_domain_rows() -> None:
    assert blocks(SERVER) == BLOCKED


def test_block_public_is_for_every_source_on_the_public_profile() -> None:
    for rule in rules(SERVER, windows_profiles=["domain", "private"]):
        if rule["action"] == "block":
            assert (rule["direction"], rule["peers"], rule["profiles"]) == ("in", ["any"], ["public"])


def test_block_public_off_gives_no_block() -> None:
    assert blocks(SERVER, block_public=False) == {}


@pytest.mark.parametrize(("role", "settings"), [(CLIENT, {}), (ONLINE, {}), (GATEWAY, {"mode": "route"})])
def test_block_public_needs_something_inbound(role: str, settings: dict[str, Any]) -> None:
    assert blocks(role, **settings) == {}


def test_ports_that_reach_the_internet_are_never_blocked() -> None:
    assert not {80, 443} & {port for ports in blocks(SERVER).values() for port in ports}
    assert blocks(GATEWAY, mode="relay", edition="online") == {}


def test_a_domain_row_on_a_port_that_reaches_the_internet_is_not_blocked_there() -> None:
    found = blocks(SERVER, port_overrides={"xml_service": [443, 8000]}, supplements=["mfp_http"])
    assert found["xml_service-in-tcp-block"] == [8000]
    assert "mfp_http-in-tcp-block" not in found


def test_a_blocked_range_leaves_out_a_port_that_reaches_the_internet() -> None:
    settings = {"supplements": ["rpc_dynamic"], "port_overrides": {"https": [49152, 50443, 65535]}}
    assert blocks(SERVER, **settings)["rpc_dynamic-in-tcp-block"] == ["49153-50442", "50444-65534"]


def test_blocks_of_rows_on_one_port_merge() -> None:
    found = by_id(SERVER, mfp_addresses=DEVICES, port_overrides={"mfp_web_service": [8000]})
    assert found["xml_service-in-tcp-block"]["rows"] == ["mfp_web_service", "xml_service"]
    assert "mfp_web_service-in-tcp-block" not in found
    assert found["mfp_web_service-in-tcp"]["peers"] == DEVICES


def test_windows_profile_domain_for_domain_rows_domain_and_private_for_the_internet() -> None:
    found = by_id(SERVER, internet=True)
    assert found["https-in-tcp"]["profiles"] == ["domain"]
    assert found["https-in-tcp-internet"]["profiles"] == ["domain", "private"]
    assert by_id(ONLINE)["online_xml_service-out-tcp"]["profiles"] == ["domain", "private"]


def test_windows_profiles_override_all_allow_rules() -> None:
    for rule in rules(CLIENT, internet=True, windows_profiles=["public", "domain"]):
        assert rule["profiles"] == ["domain", "public"]


def test_public_is_a_contradiction_only_where_something_is_blocked() -> None:
    assert rules(SERVER, windows_profiles=["public"], block_public=False)
    assert rules(CLIENT, windows_profiles=["public"])


def test_135_137_139_is_six_tuples_as_written() -> None:
    found = by_id(SERVER)
    assert found["dcom-in-tcp"]["ports"] == found["dcom-in-udp"]["ports"] == [135, 137, 139]


@pytest.mark.parametrize("direction", ["in", "out"])
def test_minimal_drops_135_udp_137_tcp_139_udp(direction: str) -> None:
    found = by_id(SERVER, profile="minimal")
    assert found[f"dcom-{direction}-tcp"]["ports"] == [135, 139]
    assert found[f"dcom-{direction}-udp"]["ports"] == [137]


def test_minimal_drops_inbound_ldap() -> None:
    dropped = set(by_id(SERVER)) - set(by_id(SERVER, profile="minimal"))
    assert dropped == {"ldap-in-tcp", "ldap-in-udp", "ldap-in-tcp-block", "ldap-in-udp-block"}
    assert not {name for name in by_id(CLIENT, profile="minimal", inbound=True) if name.startswith("ldap-in")}


def test_minimal_keeps_inbound_ldap_on_a_domain_controller() -> None:
    assert {"ldap-in-tcp", "ldap-in-udp"} <= set(by_id(SERVER, profile="minimal", domain_controller=True))


def test_port_overrides_change_the_ports_and_keep_row_and_provenance() -> None:
    own, other = (by_id(SERVER, port_overrides=ports)["xml_service-in-tcp"] for ports in ({}, {"xml_service": [8443]}))
    assert other == {**own, "ports": [8443]}
    assert "Mon, 1 Sep at 4:27 PM" in other["description"]


def test_port_overrides_win_over_the_mobile_port() -> None:
    found = by_id(SERVER, components=["mobile_manager"], mobile_port=80, port_overrides={"mobile_manager": [8080]})
    assert found["mobile_manager-in-tcp"]["ports"] == [8080]


def test_overridden_ports_are_sorted_as_numbers() -> None:
    assert by_id(SERVER, port_overrides={"smb": [10445, 445, 9445, 445]})["smb-in-tcp"]["ports"] == [445, 9445, 10445]


def test_rows_that_give_the_same_flow_merge_and_both_stay_named() -> None:
    found = by_id(SERVER)
    assert found["https-in-tcp"]["rows"] == ["https", "mobile_manager"]
    assert "mobile_manager-in-tcp" not in found
    assert found["https-in-tcp"]["description"].startswith("rows https, mobile_manager of: Standard ports")


def test_only_the_given_rows_give_rules() -> None:
    found = rules_for(catalogue.find(["smb"]), SERVER, LEAST[SERVER])
    assert {rule["id"] for rule in found} == {"smb-in-tcp", "smb-in-tcp-block", "smb-out-tcp"}


def test_supplements_need_not_be_among_the_rows() -> None:
    settings = {**LEAST[SERVER], "supplements": ["smtp"]}
    assert [rule["id"] for rule in rules_for([], SERVER, settings)] == ["smtp-out-tcp"]


def test_supplements_are_off_by_default_even_when_among_the_rows() -> None:
    assert rules_for(catalogue.find([], list(SUPPLEMENTS)), SERVER, LEAST[SERVER]) == rules(SERVER)


@pytest.mark.parametrize(
    ("role", "settings", "supplement", "ids"),
    [
        (SERVER, {}, "rpc_dynamic", {"rpc_dynamic-in-tcp", "rpc_dynamic-out-tcp"}),
        (SERVER, {}, "netbios_datagram", {"netbios_datagram-in-udp", "netbios_datagram-out-udp"}),
        (SERVER, {}, "ldaps", {"ldaps-out-tcp"}),
        (SERVER, {"domain_controller": True}, "ldaps", {"ldaps-in-tcp", "ldaps-out-tcp"}),
        (SERVER, {}, "kerberos", {"kerberos-out-tcp", "kerberos-out-udp"}),
        (SERVER, {}, "dns", {"dns-out-tcp", "dns-out-udp"}),
        (
            SERVER,
            {"domain_controller": True},
            "dns",
            {f"dns-{way}-{p}" for way in ("in", "out") for p in ("tcp", "udp")},
        ),
        (SERVER, {}, "sql_browser", {"sql_browser-in-udp"}),
        (SERVER, {"components": []}, "sql_browser", {"sql_browser-out-udp"}),
        (SERVER, {}, "smtp", {"smtp-out-tcp"}),
        (SERVER, {}, "mfp_device_admin", {"mfp_device_admin-out-tcp"}),
        (SERVER, {"components": []}, "mfp_device_admin", set()),
        (SERVER, {"mfp_addresses": DEVICES}, "mfp_http", {"mfp_http-in-tcp"}),
        (CLIENT, {}, "rpc_dynamic", {"rpc_dynamic-out-tcp"}),
        (CLIENT, {"inbound": True}, "rpc_dynamic", {"rpc_dynamic-in-tcp", "rpc_dynamic-out-tcp"}),
        (CLIENT, {}, "sql_browser", {"sql_browser-out-udp"}),
        (CLIENT, {}, "kerberos", {"kerberos-out-tcp", "kerberos-out-udp"}),
        (GATEWAY, {}, "mfp_http", {"mfp_http-in-tcp"}),
        (GATEWAY, {"mode": "relay"}, "mfp_http", {"mfp_http-in-tcp", "mfp_http-out-tcp"}),
        (GATEWAY, {"mode": "route"}, "mfp_http", {"mfp_http-fwd-tcp"}),
        (GATEWAY, {}, "mfp_device_admin", {"mfp_device_admin-out-tcp"}),
    ],
)
def test_supplements_by_role(role: str, settings: dict[str, Any], supplement: str, ids: set[str]) -> None:
    assert allowed(role, **settings, supplements=[supplement]) - allowed(role, **settings) == ids


def test_device_administration_goes_to_the_devices() -> None:
    found = by_id(SERVER, mfp_addresses=DEVICES, supplements=["mfp_device_admin"])["mfp_device_admin-out-tcp"]
    assert (found["peers"], found["ports"], found["source"]) == (DEVICES, [8000, 8443], "supplement")


def test_rpc_keyword_stands_for_the_dynamic_ports_inbound() -> None:
    found = by_id(SERVER, supplements=["rpc_dynamic"])
    assert found["rpc_dynamic-in-tcp"]["ports"] == ["49152-65535"]
    assert {name for name, rule in found.items() if "keyword" in rule} == {
        "rpc_dynamic-in-tcp",
        "rpc_dynamic-in-tcp-block",
    }


def test_rpc_keyword_does_not_stand_for_overridden_ports() -> None:
    found = rules(SERVER, supplements=["rpc_dynamic"], port_overrides={"rpc_dynamic": [5000]})
    assert not any("keyword" in rule for rule in found)


def test_a_rule_in_full() -> None:
    assert by_id(SERVER)["xml_service-in-tcp"] == {
        "id": "xml_service-in-tcp",
        "rows": ["xml_service"],
        "name": "Therefore Server - XML Service (TCP-In)",
        "description": "row xml_service of: Standard ports and protocols required for Therefore communication "
        "(modified Mon, 1 Sep at 4:27 PM)",
        "direction": "in",
        "protocol": "tcp",
        "ports": [8000],
        "peers": sorted(SUBNETS),
        "scope": "domain",
        "profiles": ["domain"],
        "action": "allow",
        "source": "documented",
    }


@pytest.mark.parametrize(
    ("role", "settings", "rule_id", "name"),
    [
        (CLIENT, {}, "ldap-out-udp", "Therefore Client - LDAP (UDP-Out)"),
        (SERVER, {"internet": True}, "https-in-tcp-internet", "Therefore Server - HTTPS (Internet) (TCP-In)"),
        (SERVER, {}, "smb-in-tcp-block", "Therefore Server - MICROSOFT-DS (SMB) (Block Public) (TCP-In)"),
        (
            GATEWAY,
            {"mode": "route", "server_addresses": SERVERS},
            "mfp_web_service-fwd-tcp",
            "Therefore MFP Gateway - MFP Manager - Web Service (TCP-Forward)",
        ),
        (ONLINE, {}, "online_xml_service-out-tcp", "Therefore Online Client - XML Service (TCP-Out)"),
    ],
)
def test_names_in_the_pattern_of_windows(role: str, settings: dict[str, Any], rule_id: str, name: str) -> None:
    assert by_id(role, **settings)[rule_id]["name"] == name
