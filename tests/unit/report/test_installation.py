# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the papers of a whole installation must have, and must not have; written by hand from what is needed there."""

from __future__ import annotations

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.change_request import (
    change_request_markdown,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.perimeter import request_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.estate import host_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.flows import flows
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import ReportDocument
from installation import (
    ADMINS,
    APP,
    CONTROLLER,
    GROUPS,
    HOSTS,
    PRINTERS,
    RELAY,
    SQL,
    WEB,
    between,
    cells,
    crossing_lines,
    installation,
    papers,
    title,
)


@pytest.fixture(scope="module")
def report() -> ReportDocument:
    return papers(installation())


@pytest.fixture(scope="module")
def with_controller() -> ReportDocument:
    return papers(installation({"therefore_domain_controllers": [CONTROLLER]}))


def test_the_web_server_asks_the_application_server_without_being_a_client(report: ReportDocument) -> None:
    assert "tfweb01" not in GROUPS["therefore_client"]
    assert f"dmz > servers: {WEB} > {APP} 8000/tcp" in crossing_lines(report, "xml_service")


def test_printers_reach_the_relay_and_the_relay_the_server(report: ReportDocument) -> None:
    assert [line for line in crossing_lines(report) if line.startswith("printers")] == [
        f"printers > servers: {PRINTERS} > {RELAY} 8372/tcp",
        f"printers > servers: {PRINTERS} > {RELAY} 8373/tcp",
    ]
    within = cells(report, "lnxscan01", "tfapp01")
    assert (within["8372/tcp"], within["8373/tcp"]) == ("allowed", "allowed")


def test_administrators_are_a_party(report: ReportDocument) -> None:
    lines = [line for line in crossing_lines(report) if line.startswith("admin")]
    assert f"admin > servers: {ADMINS} > {SQL} 1433/tcp" in lines
    assert f"admin > servers: {ADMINS} > {APP} 8000/tcp" in lines
    assert f"admin > dmz: {ADMINS} > {WEB} 443/tcp" in lines
    named = {title(report, group) for one in report["crossings"] if one["source"] == "admin"
             for group in one["source_groups"]}  # fmt: skip
    assert named == {"Administrators"}
    assert {cell["state"] for cell in between(report, "Administrators")} == {"allowed", "refused"}
    assert cells(report, "Administrators", "tfapp01")["445/tcp"] == "allowed"


@pytest.mark.parametrize(("network", "addresses"), [("office", "10.10.30.0/24"), ("branch", "10.20.0.0/16")])
def test_desks_reach_what_they_use(report: ReportDocument, network: str, addresses: str) -> None:
    lines = crossing_lines(report)
    both = f"{APP}-{SQL}"
    for to, ports in ((both, "135,137,139/tcp"), (both, "445/tcp"), (both, "389/tcp"), (both, "389/udp"),
                      (APP, "8000/tcp"), (APP, "443/tcp"), (SQL, "1433/tcp")):  # fmt: skip
        assert f"{network} > servers: {addresses} > {to} {ports}" in lines
    for ports in ("80/tcp", "443/tcp"):
        assert f"{network} > dmz: {addresses} > {WEB} {ports}" in lines


def test_the_directory_is_the_domain_controller_and_nobody_else(with_controller: ReportDocument) -> None:
    assert crossing_lines(with_controller, "ldap") == [
        f"{network} > servers: {addresses} > {CONTROLLER} 389/{protocol}"
        for network, addresses in (("dmz", WEB), ("office", "10.10.30.0/24"), ("branch", "10.20.0.0/16"))
        for protocol in ("tcp", "udp")
    ]
    for server in ("tfapp01", "tfsql01"):
        assert cells(with_controller, server, "Domain controllers") == {"389/tcp": "allowed", "389/udp": "allowed"}
    asked = {title(with_controller, cell["to"]) for cell in with_controller["matrix"] if cell["port"] == 389}
    assert asked == {"Domain controllers"}


def test_the_internet_reaches_https_of_the_web_server_and_nothing_else(report: ReportDocument) -> None:
    (line,) = [one for one in report["crossings"] if one["source"] == "Internet"]
    assert (line["sources"], line["destinations"], line["ports"]) == (["any"], [WEB], [443])
    assert "WIDE: any source" in change_request_markdown(report, request_of("", "", ""))


def test_laptops_reach_therefore_online_and_printers_do_not(report: ReportDocument) -> None:
    assert [line for line in crossing_lines(report) if "Online" in line] == [
        "office > Therefore Online: 10.10.30.0/24 > tenant.example.com 443/tcp"
    ]


@pytest.mark.parametrize("source", ["lap-", "Other machines of office", "Other machines of branch",
                                    "Other machines of dmz", "Other machines of servers"])  # fmt: skip
def test_what_trusted_networks_may_do_is_no_blank(report: ReportDocument, source: str) -> None:
    assert cells(report, source, "tfsql01")["1433/tcp"] == "open"
    assert cells(report, source, "tfapp01")["8000/tcp"] == "open"
    assert cells(report, source, "tfapp01")["8372/tcp"] == "refused"
    assert cells(report, source, "tfweb01")["445/tcp"] == "open"


def test_what_is_let_in_and_not_asked_for_is_in_no_change_request(report: ReportDocument) -> None:
    groups = {title(report, group) for one in report["crossings"] for group in one["source_groups"]}
    assert not [name for name in groups if name.startswith("Other machines")]


def test_devices_reach_the_relay_and_nobody_else(report: ReportDocument) -> None:
    reached = {(title(report, cell["to"]), cell["port"]) for cell in between(report, "MFP devices")
               if cell["state"] == "allowed"}  # fmt: skip
    assert reached == {("lnxscan01", 8372), ("lnxscan01", 8373)}
    for server, ports in (("tfapp01", (135, 137, 139, 389, 445, 8000, 8372)), ("tfsql01", (135, 445, 1433)),
                          ("tfweb01", (80, 135, 137, 139, 389, 445))):  # fmt: skip
        states = cells(report, "MFP devices", server)
        assert {states[f"{port}/tcp"] for port in ports} == {"refused"}


def test_the_relay_is_no_device_and_the_devices_stand_in_their_network(report: ReportDocument) -> None:
    (devices,) = [group for group in report["groups"] if group["kind"] == "devices"]
    assert (devices["addresses"], devices["segment"]) == ([PRINTERS], "printers")


def test_one_transport_leaves_no_trace_of_the_other() -> None:
    chosen = papers(installation({"therefore_transport": "xml_service"}))
    ports = {str(port) for one in chosen["crossings"] for port in one["ports"]}
    assert not ports & {"135", "137", "139", "49152-65535"}
    assert {"8000", "445"} <= ports
    assert {(one["role"], left["row"], left["by"]) for one in chosen["rule_sets"] for left in one["left_out"]} == {
        ("therefore_server", "dcom", "therefore_server_transport: xml_service"),
        ("therefore_client", "dcom", "therefore_client_transport: xml_service"),
    }


def test_a_server_behind_a_relay_is_told_the_line_to_set() -> None:
    found = papers(installation(hosts={"tfapp01": {"therefore_server_mfp_addresses": [PRINTERS]}}))
    (text,) = [one["text"] for one in found["findings"] if one["kind"] == "disagreement"]
    assert f"set therefore_server_mfp_addresses: [{RELAY}] for tfapp01" in text
    assert "trusted subnets" not in text


def test_lists_of_devices_that_differ_are_a_finding() -> None:
    other = {"lnxscan01": {"therefore_mfp_gateway_mfp_addresses": ["10.10.40.20"]}}
    hosts = other | {"tfapp01": {"therefore_server_mfp_addresses": [PRINTERS, RELAY]}}
    (one,) = [one for one in papers(installation(hosts=hosts))["findings"] if one["kind"] == "devices"]
    assert f"tfapp01: {PRINTERS}" in one["text"]
    assert "lnxscan01: 10.10.40.20" in one["text"]
    assert not [one for one in papers(installation())["findings"] if one["kind"] == "devices"]


@pytest.mark.parametrize("name", [*GROUPS["therefore_server"], "lnxscan01", "desk-01", "lap-01"])
def test_no_rule_depends_on_who_else_is_in_the_inventory(name: str) -> None:
    shared = {"therefore_domain_controllers": [CONTROLLER]}
    (alone,) = installation(shared, only={name}).parties
    among = next(party for party in installation(shared).parties if party.name == name)
    assert alone.wanted == among.wanted


def test_devices_are_administrated_from_the_administrators_network() -> None:
    shared = {"therefore_server_supplements": ["mfp_device_admin"]}
    report = papers(installation(shared, {"tfapp01": {"therefore_server_mfp_addresses": [PRINTERS]}}))
    assert f"admin > printers: {ADMINS} > {PRINTERS} 8000,8443/tcp" in crossing_lines(report)
    assert cells(report, "Administrators", "MFP devices") == {"8000/tcp": "allowed", "8443/tcp": "allowed"}


def test_a_router_lets_administrators_through_to_the_devices() -> None:
    router = {"therefore_mfp_gateway_mode": "route", "therefore_mfp_gateway_supplements": ["mfp_device_admin"]}
    hosts = {"lnxscan01": router, "tfapp01": {"therefore_server_mfp_addresses": [PRINTERS]}}
    lines = crossing_lines(papers(installation(hosts=hosts)))
    assert f"printers > servers: {PRINTERS} > {APP} 8372/tcp" in lines
    assert f"admin > printers: {ADMINS} > {PRINTERS} 8000,8443/tcp" in lines


def test_tls_of_the_xml_service_is_proved_and_its_warning_goes() -> None:
    secured = {"tfapp01": {"therefore_server_xml_service_tls": True}}
    report = papers(installation(hosts=secured))
    assert all(one["tls"] for one in report["crossings"] if "xml_service" in one["rows"])
    assert not [one for one in report["findings"] if one["kind"] == "clear text"]
    assert "clear text" not in change_request_markdown(report, request_of("", "", ""))
    estate = [
        {"host": party.name, "targets": {text: [text] for text in party.addresses.texts()}, "wanted": party.wanted}
        for party in installation(hosts=secured).parties if party.name in ("tfapp01", "lnxapp01")
    ]  # fmt: skip
    (flow,) = [one for one in flows(estate)["flows"] if one["port"] == 8000 and one["expect"] == "allow"]
    assert flow["tls"]
    assert {host_of(one).name for one in estate} == {"tfapp01", "lnxapp01"}


def test_everybody_of_the_installation_is_in_the_report(report: ReportDocument) -> None:
    assert {host["name"] for host in report["hosts"]} == {*HOSTS}


def test_devices_of_two_networks_stand_in_two_boxes() -> None:
    branch = "10.20.0.77"
    report = papers(installation({"therefore_mfp_addresses": [PRINTERS, branch]}))
    where = {one["title"]: (one["segment"], one["addresses"]) for one in report["groups"] if one["kind"] == "devices"}
    assert where == {
        "MFP devices of printers": ("printers", [PRINTERS]),
        "MFP devices of branch": ("branch", [branch]),
    }
    assert crossing_lines(report, "mfp_web_service") == [
        f"printers > servers: {PRINTERS} > {RELAY} 8372/tcp",
        f"branch > servers: {branch} > {RELAY} 8372/tcp",
    ]
    ids = {one["title"]: one["id"] for one in report["groups"]}
    assert [one["source_groups"] for one in report["crossings"] if "mfp_web_service" in one["rows"]] == [
        [ids["MFP devices of printers"]],
        [ids["MFP devices of branch"]],
    ]
    assert cells(report, "MFP devices of branch", "lnxscan01")["8372/tcp"] == "allowed"


def test_domain_controllers_and_administrators_of_two_networks_as_well() -> None:
    shared = {
        "therefore_domain_controllers": [CONTROLLER, "10.20.0.5"],
        "therefore_admin_addresses": [ADMINS, "10.10.30.9"],
    }
    report = papers(installation(shared))
    titles = {one["title"] for one in report["groups"]}
    assert {f"Domain controllers of {name}" for name in ("servers", "branch")} <= titles
    assert {f"Administrators of {name}" for name in ("admin", "office")} <= titles
    assert "office > branch: 10.10.30.0/24 > 10.20.0.5 389/tcp" in crossing_lines(report, "ldap")
