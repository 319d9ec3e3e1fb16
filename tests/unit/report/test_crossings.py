# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What crosses networks. Random inventories are in test_aerleon_oracle.py; here is what each kind looks like."""

from __future__ import annotations

from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.inventory import Inventory
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.crossings import crossings
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.groups import fold
from inventories import ARCHIVE, SHARED, desks, inventory

DATABASE = {"therefore_addresses": ["10.1.0.11"], "therefore_server_components": ["sql_server"]}


def lines(given: Inventory, *rows: str) -> list[str]:
    """A line for each crossing of these rows, all without any."""
    return [
        f"{one['source']} > {one['to']}: {' '.join(one['sources'])} > {' '.join(one['destinations'])} "
        f"{','.join(map(str, one['ports']))}/{one['protocol']} {'+'.join(one['rows'])}"
        for one in crossings(fold(given).folds, given.segments)
        if not rows or {*rows} & {*one["rows"]}
    ]


def test_clients_reach_servers_in_another_network() -> None:
    found = inventory(therefore_server={"archive": ARCHIVE}, therefore_client=desks(3))
    assert lines(found) == [
        "office > servers: 10.2.0.1-10.2.0.3 > 10.1.0.10 fd00:1::10 135,139/tcp dcom",
        "office > servers: 10.2.0.1-10.2.0.3 > 10.1.0.10 fd00:1::10 445/tcp smb",
        "office > servers: 10.2.0.1-10.2.0.3 > 10.1.0.10 fd00:1::10 8000/tcp xml_service",
        "office > servers: 10.2.0.1-10.2.0.3 > 10.1.0.10 fd00:1::10 137/udp dcom",
    ]


def test_what_stays_within_a_network_does_not_cross() -> None:
    clients = {"desk": {"ansible_host": "10.1.0.50"}}
    assert lines(inventory(therefore_server={"archive": ARCHIVE}, therefore_client=clients)) == []


def test_servers_with_the_same_ports_share_a_line() -> None:
    found = inventory(therefore_server={"archive": ARCHIVE, "database": DATABASE}, therefore_client=desks(3))
    assert lines(found, "smb") == ["office > servers: 10.2.0.1-10.2.0.3 > 10.1.0.10/31 fd00:1::10 445/tcp smb"]
    assert lines(found, "sql_server") == ["office > servers: 10.2.0.1-10.2.0.3 > 10.1.0.11 1433/tcp sql_server"]


def test_only_the_peers_of_the_server_are_sources() -> None:
    narrow = ARCHIVE | {"therefore_server_trusted_subnets": ["10.2.0.0/31"]}
    found = inventory(therefore_server={"archive": narrow}, therefore_client=desks(3))
    assert lines(found, "smb") == ["office > servers: 10.2.0.1 > 10.1.0.10 fd00:1::10 445/tcp smb"]


def test_only_the_peers_of_the_client_are_destinations() -> None:
    found = inventory(
        {"therefore_server_addresses": ["10.1.0.10"]}, therefore_server={"archive": ARCHIVE}, therefore_client=desks(1)
    )
    assert lines(found, "smb") == ["office > servers: 10.2.0.1 > 10.1.0.10 445/tcp smb"]


def test_a_port_that_one_end_overrides_does_not_cross() -> None:
    other = ARCHIVE | {"therefore_server_port_overrides": {"xml_service": [8443]}}
    found = inventory(therefore_server={"archive": other}, therefore_client=desks(1))
    assert lines(found, "xml_service") == []


def test_ports_that_both_ends_have_of_a_range() -> None:
    ranged = {"therefore_server_supplements": ["rpc_dynamic"], "therefore_client_supplements": ["rpc_dynamic"]}
    found = inventory(ranged, therefore_server={"archive": ARCHIVE}, therefore_client=desks(1))
    (line,) = lines(found, "rpc_dynamic")
    assert "49152-65535/tcp" in line


def test_machines_outside_ansible_are_sources_as_a_network() -> None:
    segments = SHARED["therefore_segments"] | {"office": {"networks": ["10.2.0.0/24"], "roles": ["therefore_client"]}}
    found = inventory(
        {"therefore_segments": segments}, therefore_server={"archive": ARCHIVE}, therefore_client=desks(3)
    )
    assert lines(found, "smb") == ["office > servers: 10.2.0.0/24 > 10.1.0.10 fd00:1::10 445/tcp smb"]


def test_machines_of_a_network_are_not_in_a_narrower_one_within() -> None:
    segments = SHARED["therefore_segments"] | {
        "office": {"networks": ["10.2.0.0/24"], "roles": ["therefore_client"]},
        "lobby": {"networks": ["10.2.0.128/25"]},
    }
    found = inventory({"therefore_segments": segments}, therefore_server={"archive": ARCHIVE})
    assert lines(found, "smb") == ["office > servers: 10.2.0.0/25 > 10.1.0.10 fd00:1::10 445/tcp smb"]
    segments["office"] = {"networks": ["10.2.0.0/24"]}
    found = inventory(
        {"therefore_segments": segments},
        therefore_server={"archive": ARCHIVE},
        therefore_client={"desk": {"therefore_segment": "office"}},
    )
    assert lines(found, "smb") == ["office > servers: 10.2.0.0/25 > 10.1.0.10 fd00:1::10 445/tcp smb"]


def test_devices() -> None:
    servers = {"archive": ARCHIVE | {"therefore_server_components": ["mfp_manager"]}}
    found = inventory({"therefore_mfp_addresses": ["10.3.0.20-10.3.0.39"]}, therefore_server=servers)
    assert lines(found) == [
        "devices > servers: 10.3.0.20-10.3.0.39 > 10.1.0.10 fd00:1::10 8372/tcp mfp_web_service",
        "devices > servers: 10.3.0.20-10.3.0.39 > 10.1.0.10 fd00:1::10 8373/tcp mfp_file_transfer",
    ]


def test_supplements_for_devices() -> None:
    extra = {"therefore_server_supplements": ["mfp_http", "mfp_device_admin"]}
    servers = {"archive": ARCHIVE | extra | {"therefore_server_components": ["mfp_manager"]}}
    found = inventory({"therefore_mfp_addresses": ["10.3.0.20"]}, therefore_server=servers)
    assert lines(found, "mfp_http", "mfp_device_admin") == [
        "servers > devices: 10.1.0.10 fd00:1::10 > 10.3.0.20 8000,8443/tcp mfp_device_admin",
        "devices > servers: 10.3.0.20 > 10.1.0.10 fd00:1::10 80/tcp mfp_http",
    ]


def test_the_internet_where_the_settings_ask_for_it() -> None:
    web: dict[str, Any] = {"therefore_server_components": ["web"], "therefore_server_internet": True}
    assert lines(inventory(therefore_server={"archive": ARCHIVE | web})) == [
        "Internet > servers: any > 10.1.0.10 fd00:1::10 443/tcp https"
    ]
    web["therefore_server_internet_sources"] = ["198.51.100.0/24"]
    assert lines(inventory(therefore_server={"archive": ARCHIVE | web})) == [
        "Internet > servers: 198.51.100.0/24 > 10.1.0.10 fd00:1::10 443/tcp https"
    ]


def test_endpoints_of_therefore_online_names_apart_from_addresses() -> None:
    shared = {"therefore_online_endpoints": ["tenant.example.com", "203.0.113.7", "cdn.example.com"]}
    assert lines(inventory(shared, therefore_online_client=desks(1))) == [
        "office > Therefore Online: 10.2.0.1 > 203.0.113.7 443/tcp online_xml_service",
        "office > Therefore Online: 10.2.0.1 > cdn.example.com tenant.example.com 443/tcp online_xml_service",
    ]


def test_any_endpoint_is_the_internet() -> None:
    shared = {"therefore_online_client_allow_any_endpoint": True}
    assert lines(inventory(shared, therefore_online_client=desks(1))) == [
        "office > Internet: 10.2.0.1 > any 443/tcp online_xml_service"
    ]


def test_devices_behind_a_router_reach_therefore_online() -> None:
    shared = {"therefore_mfp_addresses": ["10.3.0.20"], "therefore_online_endpoints": ["203.0.113.7"]}
    router = {
        "ansible_host": "10.3.0.1", "therefore_mfp_gateway_mode": "route", "therefore_mfp_gateway_edition": "online",
    }  # fmt: skip
    assert lines(inventory(shared, therefore_mfp_gateway={"gate": router})) == [
        "devices > Therefore Online: 10.3.0.20 > 203.0.113.7 443/tcp online_mfp_web_service",
        "devices > Therefore Online: 10.3.0.20 > 203.0.113.7 8091/tcp online_mfp_file_transfer",
    ]


def test_devices_that_a_gateway_relays_to_therefore_online_are_not_the_internet() -> None:
    shared = {"therefore_mfp_addresses": ["10.3.0.20"], "therefore_online_endpoints": ["203.0.113.7"]}
    relay = {"therefore_mfp_gateway_mode": "relay", "therefore_mfp_gateway_edition": "online"}
    found = inventory(shared, therefore_mfp_gateway={"gate": relay | {"therefore_addresses": ["10.1.0.5"]}})
    assert lines(found, "online_mfp_web_service") == [
        "servers > Therefore Online: 10.1.0.5 > 203.0.113.7 443/tcp online_mfp_web_service",
        "devices > servers: 10.3.0.20 > 10.1.0.5 443/tcp online_mfp_web_service",
    ]
    beside = inventory(shared, therefore_mfp_gateway={"gate": relay | {"therefore_addresses": ["10.3.0.1"]}})
    assert [line for line in lines(beside) if "devices > devices" in line or "Internet" in line] == []


def test_a_router_that_lets_any_device_through() -> None:
    shared = {"therefore_trusted_subnets": [], "therefore_online_endpoints": ["203.0.113.7"]}
    router = {
        "therefore_addresses": ["10.1.0.5"], "therefore_mfp_gateway_mode": "route",
        "therefore_mfp_gateway_edition": "online", "therefore_mfp_gateway_allow_any_source": True,
    }  # fmt: skip
    found = lines(inventory(shared, therefore_mfp_gateway={"gate": router}), "online_mfp_web_service")
    assert found == ["Internet > Therefore Online: any > 203.0.113.7 443/tcp online_mfp_web_service"]


def test_an_address_in_no_network_is_elsewhere() -> None:
    clients = {"desk": {"ansible_host": "10.9.0.1", "therefore_client_server_addresses": ["10.1.0.10"]}}
    servers = {"archive": ARCHIVE | {"therefore_server_trusted_subnets": ["10.9.0.0/24"]}}
    found = inventory(therefore_server=servers, therefore_client=clients)
    assert lines(found, "smb") == ["elsewhere > servers: 10.9.0.1 > 10.1.0.10 445/tcp smb"]


def test_ends_of_different_ip_versions_do_not_reach_each_other() -> None:
    desk = {"desk": {"therefore_addresses": ["fd00:2::1"]}}
    assert lines(inventory(therefore_server={"database": DATABASE}, therefore_client=desk)) == []


def test_a_host_without_a_known_address_is_left_out() -> None:
    assert lines(inventory(therefore_server={"archive": ARCHIVE}, therefore_client={"desk": {}})) == []
