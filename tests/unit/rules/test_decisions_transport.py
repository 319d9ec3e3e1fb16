# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decisions on the transport, what is left out, who the directory is, and parts of a server that stand apart."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError
from wanted import ADMINS, CLIENT, DEVICES, GATEWAY, ONLINE, SERVER, SERVERS, SUBNETS, by_id, rows_of, rules

CONTROLLERS = ["192.0.2.5"]
ASKS = {"xml_service"}


@pytest.mark.parametrize("role", [SERVER, CLIENT])
def test_both_transports_unless_one_is_chosen(role: str) -> None:
    assert {"dcom", "xml_service"} <= rows_of(rules(role), "out") | rows_of(rules(role), "in")


@pytest.mark.parametrize("role", [SERVER, CLIENT])
@pytest.mark.parametrize(
    ("transport", "gone"), [("xml_service", {"dcom", "rpc_dynamic"}), ("dcom", {"xml_service"})]
)  # fmt: skip
def test_one_transport_leaves_the_other_out(role: str, transport: str, gone: set[str]) -> None:
    every = {row for rule in rules(role, supplements=["rpc_dynamic"]) for row in rule["rows"]}
    kept = {row for rule in rules(role, transport=transport, supplements=["rpc_dynamic"]) for row in rule["rows"]}
    assert every - kept == gone


def test_no_port_of_dcom_is_left_with_the_xml_service() -> None:
    ports = {str(port) for rule in rules(SERVER, transport="xml_service", supplements=["rpc_dynamic"])
             for port in rule["ports"]}  # fmt: skip
    assert not ports & {"135", "137", "139", "49152-65535"}


def test_any_row_can_be_left_out_and_takes_its_block_with_it() -> None:
    found = {row for rule in rules(SERVER, leave_out=["smb", "ldap"]) for row in rule["rows"]}
    assert not {"smb", "ldap"} & found
    assert "dcom" in found


def test_what_shares_a_port_with_a_row_that_is_left_out_stays() -> None:
    assert by_id(SERVER, leave_out=["https"])["mobile_manager-in-tcp"]["ports"] == [443]


def refused(role: str, **settings: Any) -> str:
    with pytest.raises(InputError) as error:
        rules(role, **settings)
    return str(error.value)


def test_a_row_that_the_role_never_has_cannot_be_left_out() -> None:
    said = refused(ONLINE, leave_out=["smb"])
    assert said.startswith("therefore_online_client_leave_out: 'smb' is no row of therefore_online_client; remove it.")


def test_the_xml_service_reaches_the_internet_where_the_settings_say_so() -> None:
    rows = ["https", "mobile_manager", "xml_service"]
    found = by_id(SERVER, internet=True, internet_rows=rows)
    opened, https = found["xml_service-in-tcp-internet"], found["https-in-tcp-internet"]
    assert (opened["peers"], opened["profiles"], opened["scope"]) == (https["peers"], https["profiles"], "internet")
    assert "xml_service-in-tcp-block" not in found
    assert opened["tls"]
    assert found["xml_service-in-tcp"]["tls"]


def test_the_xml_service_stays_inside_by_default() -> None:
    found = by_id(SERVER, internet=True)
    assert "xml_service-in-tcp-internet" not in found
    assert "xml_service-in-tcp-block" in found
    assert "tls" not in found["xml_service-in-tcp"]


def test_a_row_taken_from_the_list_stays_inside() -> None:
    found = by_id(SERVER, internet=True, internet_rows=["mobile_manager"], components=["web"])
    assert "https-in-tcp-internet" not in found


def test_the_list_of_rows_needs_the_internet_and_the_transport() -> None:
    rows = ["xml_service"]
    assert "has no effect while therefore_server_internet is false" in refused(SERVER, internet_rows=rows)
    said = refused(SERVER, internet=True, internet_rows=rows, transport="dcom")
    assert "is left out by therefore_server_transport: dcom" in said
    assert "set therefore_server_internet_http: true" in refused(SERVER, internet=True, internet_rows=["http"])


def test_tls_of_the_xml_service_is_a_setting_of_the_server() -> None:
    found = by_id(SERVER, xml_service_tls=True)
    assert [name for name, rule in found.items() if rule.get("tls")] == ["xml_service-in-tcp"]


@pytest.mark.parametrize("role", [SERVER, CLIENT])
def test_the_directory_is_the_domain_controllers_where_they_are_given(role: str) -> None:
    supplements = ["ldaps", "kerberos", "dns"]
    found = by_id(role, domain_controllers=CONTROLLERS, supplements=supplements, server_addresses=SERVERS)
    for row in ("ldap", *supplements):
        assert found[f"{row}-out-tcp"]["peers"] == CONTROLLERS
    assert found["smb-out-tcp"]["peers"] != CONTROLLERS


def test_a_host_that_is_no_domain_controller_opens_no_ldap_when_they_are_given() -> None:
    assert "ldap" not in rows_of(rules(SERVER, domain_controllers=CONTROLLERS), "in")
    assert "ldap" not in rows_of(rules(CLIENT, domain_controllers=CONTROLLERS, inbound=True), "in")
    assert "ldap" in rows_of(rules(SERVER, domain_controllers=CONTROLLERS, domain_controller=True), "in")
    assert "ldap" in rows_of(rules(SERVER), "in")


@pytest.mark.parametrize("component", ["web", "mfp_manager", "mobile_manager"])
def test_a_part_that_stands_apart_asks_the_servers(component: str) -> None:
    apart = by_id(SERVER, components=[component], server_addresses=SERVERS, port_overrides={"xml_service": [8443]})
    assert (apart["xml_service-out-tcp"]["peers"], apart["xml_service-out-tcp"]["ports"]) == (SERVERS, [8443])
    assert by_id(SERVER, components=[component])["xml_service-out-tcp"]["peers"] == sorted(SUBNETS)
    assert "xml_service-out-tcp" not in by_id(SERVER, components=[component, "xml_service"])


def test_a_database_asks_no_server() -> None:
    assert "xml_service" not in rows_of(rules(SERVER, components=["sql_server"]), "out")


@pytest.mark.parametrize(("transport", "asks"), [("both", ASKS), ("xml_service", ASKS), ("dcom", {"dcom"})])
def test_a_gateway_that_terminates_asks_the_server_by_the_transport(transport: str, asks: set[str]) -> None:
    found = rules(GATEWAY, transport=transport, mfp_addresses=DEVICES, server_addresses=SERVERS)
    assert rows_of(found, "out") == asks


def test_a_router_lets_administrators_through_to_the_devices() -> None:
    asked = {"mode": "route", "mfp_addresses": DEVICES, "supplements": ["mfp_device_admin"]}
    rule = by_id(GATEWAY, **asked, admin_addresses=ADMINS)["mfp_device_admin-fwd-tcp"]
    assert (rule["sources"], rule["peers"], rule["ports"]) == (ADMINS, DEVICES, [8000, 8443])
    assert "therefore_mfp_gateway_admin_addresses: [] names nobody" in refused(GATEWAY, **asked)
