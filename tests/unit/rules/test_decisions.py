# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who owes which rows, and who may talk: each test is named after the decision that it holds."""

from __future__ import annotations

from typing import Any

import pytest
from wanted import (
    ADMINS,
    ARTICLE,
    CLIENT,
    DEVICES,
    ENDPOINTS,
    GATEWAY,
    ONLINE,
    SERVER,
    SERVERS,
    SUBNETS,
    allowed,
    by_id,
    rows_of,
    rules,
)

ALWAYS = {"ldap", "dcom", "smb"}
MFP = {"mfp_web_service", "mfp_file_transfer"}
ONLINE_MFP = {"online_mfp_web_service", "online_mfp_file_transfer"}


@pytest.mark.parametrize(
    ("components", "inbound"),
    [
        ([], set()),
        (["sql_server"], {"sql_server"}),
        (["xml_service"], {"xml_service"}),
        (["mfp_manager"], MFP),
        (["mobile_manager"], {"mobile_manager"}),
        (["web"], {"http", "https"}),
        (["web", "sql_server"], {"http", "https", "sql_server"}),
    ],
)
def test_server_inbound_rows_follow_the_components(components: list[str], inbound: set[str]) -> None:
    assert rows_of(rules(SERVER, components=components), "in") == ALWAYS | inbound


def test_server_default_is_a_single_machine_installation() -> None:
    found = rules(SERVER)
    assert rows_of(found, "in") == set(ARTICLE) - ONLINE_MFP - {"online_xml_service"}
    assert rows_of(found, "out") == ALWAYS


def test_server_reaches_a_database_on_another_host() -> None:
    assert rows_of(rules(SERVER, components=["xml_service"]), "out") == ALWAYS | {"sql_server"}


def test_clients_outbound_only_as_recommendation_3_has_it() -> None:
    found = rules(CLIENT)
    assert rows_of(found, "in") == set()
    assert rows_of(found, "out") == ALWAYS | {"sql_server", "http", "https", "xml_service", "mobile_manager"}


def test_client_inbound_is_an_opt_in_to_the_table() -> None:
    assert rows_of(rules(CLIENT, inbound=True), "in") == ALWAYS


def test_the_tables_decide_who_gets_which_ports_not_recommendation_4() -> None:
    out = {port for rule in rules(CLIENT) if rule["direction"] == "out" for port in rule["ports"]}
    assert not out & {8372, 8373, 8091}


def test_online_client_needs_the_online_xml_service_alone() -> None:
    assert set(by_id(ONLINE)) == {"online_xml_service-out-tcp"}


def test_online_client_with_mfp_needs_the_two_online_mfp_rows_too() -> None:
    found = by_id(ONLINE, components=["mfp"])
    assert found["online_xml_service-out-tcp"]["rows"] == ["online_mfp_web_service", "online_xml_service"]
    assert found["online_mfp_file_transfer-out-tcp"]["ports"] == [8091]


@pytest.mark.parametrize(("edition", "asks"), [("on_premises", {"xml_service"}), ("online", set())])
def test_gateway_that_terminates_lets_the_devices_in_and_asks_the_server(edition: str, asks: set[str]) -> None:
    found = rules(GATEWAY, edition=edition, mfp_addresses=DEVICES, server_addresses=SERVERS, admin_addresses=ADMINS)
    assert (rows_of(found, "in"), rows_of(found, "out"), rows_of(found, "forward")) == (MFP, asks, set())
    for rule in found:
        if rule["action"] == "allow":
            assert rule["peers"] == (DEVICES if rule["direction"] == "in" else SERVERS)


def test_gateway_that_relays_passes_the_same_rows_on_to_the_server() -> None:
    found = by_id(GATEWAY, mode="relay", mfp_addresses=DEVICES, server_addresses=SERVERS)
    assert (rows_of([*found.values()], "in"), rows_of([*found.values()], "out")) == (MFP, MFP)
    assert found["mfp_web_service-in-tcp"]["peers"] == DEVICES
    assert found["mfp_web_service-out-tcp"]["peers"] == SERVERS


def test_gateway_that_relays_to_online_takes_443_and_8091_from_the_devices() -> None:
    found = by_id(GATEWAY, mode="relay", edition="online", mfp_addresses=DEVICES)
    assert {name: (rule["ports"], rule["peers"]) for name, rule in found.items()} == {
        "online_mfp_web_service-in-tcp": ([443], DEVICES),
        "online_mfp_file_transfer-in-tcp": ([8091], DEVICES),
        "online_mfp_web_service-out-tcp": ([443], ENDPOINTS),
        "online_mfp_file_transfer-out-tcp": ([8091], ENDPOINTS),
    }


@pytest.mark.parametrize(("edition", "far_end"), [("on_premises", SERVERS), ("online", ENDPOINTS)])
def test_gateway_that_routes_only_forwards(edition: str, far_end: list[str]) -> None:
    found = rules(GATEWAY, mode="route", edition=edition, mfp_addresses=DEVICES, server_addresses=SERVERS)
    rows = MFP if edition == "on_premises" else ONLINE_MFP
    assert {rule["id"] for rule in found} == {f"{row}-fwd-tcp" for row in rows}
    for rule in found:
        assert (rule["direction"], rule["sources"], rule["peers"]) == ("forward", DEVICES, far_end)


def test_only_forward_rules_have_sources() -> None:
    for found in (rules(SERVER), rules(CLIENT), rules(GATEWAY, mode="relay"), rules(ONLINE)):
        assert not any("sources" in rule for rule in found)


def test_domain_rows_inbound_from_trusted_subnets_and_admins() -> None:
    found = by_id(SERVER, admin_addresses=ADMINS)
    assert found["smb-in-tcp"]["peers"] == sorted([*SUBNETS, *ADMINS])
    assert found["smb-out-tcp"]["peers"] == sorted(SUBNETS)


@pytest.mark.parametrize(("role", "settings"), [(CLIENT, {}), (GATEWAY, {"mode": "relay"})])
def test_server_addresses_narrow_outbound_domain_rows(role: str, settings: dict[str, Any]) -> None:
    for addresses, expected in (([], sorted(SUBNETS)), (SERVERS, SERVERS)):
        found = rules(role, server_addresses=addresses, **settings)
        assert all(rule["peers"] == expected for rule in found if rule["direction"] == "out")


def test_server_addresses_leave_inbound_alone() -> None:
    assert by_id(CLIENT, inbound=True, server_addresses=SERVERS)["smb-in-tcp"]["peers"] == sorted(SUBNETS)


def test_mfp_rows_from_the_devices_when_given_and_from_nobody_else() -> None:
    found = by_id(SERVER, mfp_addresses=DEVICES, admin_addresses=ADMINS, supplements=["mfp_http"])
    for row in (*MFP, "mfp_http"):
        assert found[f"{row}-in-tcp"]["peers"] == DEVICES


def test_mfp_rows_from_the_trusted_subnets_otherwise() -> None:
    found = by_id(SERVER, admin_addresses=ADMINS)
    assert found["mfp_web_service-in-tcp"]["peers"] == sorted([*SUBNETS, *ADMINS])


def test_any_source_only_by_opt_in() -> None:
    found = rules(SERVER, trusted_subnets=[], allow_any_source=True)
    assert all(rule["peers"] == ["any"] for rule in found)


def test_a_list_wins_over_the_opt_out() -> None:
    assert rules(SERVER, allow_any_source=True, block_public=False) == rules(SERVER, block_public=False)
    assert rules(ONLINE, allow_any_endpoint=True) == rules(ONLINE)


def test_endpoints_by_name_and_address() -> None:
    found = by_id(ONLINE, online_endpoints=["Archive.Example.com.", "203.0.113.128/25", "2001:DB8::1"])
    assert found["online_xml_service-out-tcp"]["peers"] == ["2001:db8::1", "203.0.113.128/25", "archive.example.com"]


def test_any_endpoint_only_by_opt_in() -> None:
    found = by_id(ONLINE, online_endpoints=[], allow_any_endpoint=True)
    assert found["online_xml_service-out-tcp"]["peers"] == ["any"]


def test_ipv4_and_ipv6_stay_one_rule() -> None:
    assert by_id(SERVER)["smb-in-tcp"]["peers"] == ["192.0.2.0/24", "2001:db8::/64"]


def test_peers_are_normalised_sorted_and_once() -> None:
    subnets = ["2001:DB8:0::/64", "192.0.2.0/255.255.255.0", "192.0.2.7/32", "192.0.2.0/24", "192.0.2.9-192.0.2.9"]
    peers = by_id(SERVER, trusted_subnets=subnets)["smb-in-tcp"]["peers"]
    assert peers == ["192.0.2.0/24", "192.0.2.7", "192.0.2.9", "2001:db8::/64"]


def test_internet_half_only_when_asked_for() -> None:
    assert not any("-internet" in name for role in (SERVER, CLIENT) for name in by_id(role))


@pytest.mark.parametrize(("sources", "peers"), [([], ["any"]), (["203.0.113.0/24"], ["203.0.113.0/24"])])
def test_internet_half_of_a_server_from_any_source_or_the_given_ones(sources: list[str], peers: list[str]) -> None:
    found = by_id(SERVER, internet=True, internet_sources=sources)
    assert found["https-in-tcp-internet"]["peers"] == peers
    assert found["https-in-tcp"]["peers"] == sorted(SUBNETS)


def test_internet_half_of_a_client_to_any_destination() -> None:
    found = by_id(CLIENT, internet=True, server_addresses=SERVERS)
    assert found["https-out-tcp-internet"]["peers"] == ["any"]
    assert found["https-out-tcp"]["peers"] == SERVERS


@pytest.mark.parametrize("role", [SERVER, CLIENT])
def test_internet_on_80_is_a_separate_choice(role: str) -> None:
    names = {name.split("-")[0] for name in by_id(role, internet=True) if "-internet" in name}
    assert names == {"https"}
    names = {name.split("-")[0] for name in by_id(role, internet=True, internet_http=True) if "-internet" in name}
    assert names == {"http", "https"}


def test_80_or_443_is_a_choice_with_default_443() -> None:
    assert by_id(SERVER, components=["mobile_manager"])["mobile_manager-in-tcp"]["ports"] == [443]
    assert by_id(SERVER, components=["mobile_manager"], mobile_port=80)["mobile_manager-in-tcp"]["ports"] == [80]


def test_mobile_manager_follows_its_port_to_the_internet() -> None:
    found = by_id(SERVER, components=["mobile_manager"], mobile_port=80, internet=True)
    assert found["mobile_manager-in-tcp-internet"]["ports"] == [80]


def test_state_absent_gives_no_rules() -> None:
    assert rules(SERVER, state="absent") == []
    assert rules(SERVER, state="absent", trusted_subnets=[]) == []


def test_egress_is_the_engines_business_and_changes_no_rule() -> None:
    assert rules(CLIENT, egress="deny") == rules(CLIENT)


def test_a_server_that_is_not_a_client_owes_no_online_row() -> None:
    assert not {name for name in allowed(SERVER) if name.startswith("online")}
