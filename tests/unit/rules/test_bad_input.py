# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad settings: each is refused in one line with the variable as the user writes it, the value, and a remedy."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.rules import rules_for
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError
from wanted import CLIENT, GATEWAY, LEAST, ONLINE, SERVER

Case = tuple[str, dict[str, Any], str, str, str]

ANY_SOURCE = "set therefore_server_allow_any_source: true"
ANY_ENDPOINT = "set therefore_online_client_allow_any_endpoint: true"
WHOLE_PORT = "write a whole number from 1 to 65535"
DIRECTORY = "Valid: rpc_dynamic, netbios_datagram"


def addresses(name: str, value: Any, shown: str, remedy: str, role: str = SERVER) -> Case:
    return (role, {name: value}, f"{role}_{name}", shown, remedy)


def overrides(value: Any, shown: str, remedy: str, row: str = "") -> Case:
    return (SERVER, {"port_overrides": value}, f"therefore_server_port_overrides{row}", shown, remedy)


OWN = ("::1", "::1/128", "::1-::9", "::", "127.0.0.1", "127.0.0.0/8", "127.0.0.1-127.0.0.9", "0.0.0.0")
ADDRESSES: list[Case] = [
    addresses("trusted_subnets", [], "[]", ANY_SOURCE),
    addresses("trusted_subnets", ["10.0.0.0/33"], "'10.0.0.0/33'", "0 to 32 for IPv4"),
    addresses("trusted_subnets", ["10.0.0.0/-1"], "'10.0.0.0/-1'", "such as"),
    addresses("trusted_subnets", ["10.0.0.1/8"], "'10.0.0.1/8'", "write 10.0.0.0/8"),
    addresses("trusted_subnets", ["2001:db8::1/64"], "'2001:db8::1/64'", "write 2001:db8::/64"),
    addresses("trusted_subnets", ["2001:db8::/129"], "'2001:db8::/129'", "0 to 128 for IPv6"),
    addresses("trusted_subnets", ["10.0.0.9-10.0.0.1"], "'10.0.0.9-10.0.0.1'", "write 10.0.0.1-10.0.0.9"),
    addresses("trusted_subnets", ["10.0.0.1-2001:db8::1"], "'10.0.0.1-2001:db8::1'", "write two ranges"),
    addresses("trusted_subnets", ["10.0.0.1-20"], "'10.0.0.1-20'", "such as 192.0.2.7"),
    addresses("trusted_subnets", ["0.0.0.0/0"], "'0.0.0.0/0'", ANY_SOURCE),
    addresses("trusted_subnets", ["::/0"], "'::/0'", ANY_SOURCE),
    addresses("trusted_subnets", ["0.0.0.0-255.255.255.255"], "'0.0.0.0-255.255.255.255'", ANY_SOURCE),
    addresses("trusted_subnets", ["0.0.0.0/1", "128.0.0.0/1"], "['0.0.0.0/1', '128.0.0.0/1']", ANY_SOURCE),
    addresses("trusted_subnets", ["any"], "'any'", ANY_SOURCE),
    addresses("trusted_subnets", ["*"], "'*'", ANY_SOURCE),
    *(addresses("trusted_subnets", [one], repr(one), "leave it out") for one in OWN),
    addresses("admin_addresses", ["::1"], "'::1'", "is the host itself"),
    addresses("trusted_subnets", ["fe80::1%eth0"], "'fe80::1%eth0'", "without it"),
    addresses("trusted_subnets", ["10.0.0"], "'10.0.0'", "such as 192.0.2.7"),
    addresses("trusted_subnets", ["300.1.1.1"], "'300.1.1.1'", "such as 192.0.2.7"),
    addresses("trusted_subnets", [""], "''", "'192.0.2.0/24'"),
    addresses("trusted_subnets", [None], "None", "'192.0.2.0/24'"),
    addresses("trusted_subnets", [10], "10", "'192.0.2.0/24'"),
    addresses("trusted_subnets", [["10.0.0.0/8"]], "['10.0.0.0/8']", "'192.0.2.0/24'"),
    addresses("trusted_subnets", None, "None", "[] for none"),
    addresses("trusted_subnets", {"net": "10.0.0.0/8"}, "{'net': '10.0.0.0/8'}", "[] for none"),
    addresses("trusted_subnets", "10.0.0.0/8", "'10.0.0.0/8'", "write a list: ['10.0.0.0/8']"),
    addresses("trusted_subnets", "10.0.0.0/8, 10.1.0.0/16", "'10.0.0.0/8, 10", "['10.0.0.0/8', '10.1.0.0/16']"),
    addresses("trusted_subnets", ["office.example.com"], "'office.example.com'", "write its address"),
    addresses("admin_addresses", ["admin.example.com"], "'admin.example.com'", "write its address"),
    addresses("admin_addresses", ["::/0"], "'::/0'", "name the administrators"),
    addresses("mfp_addresses", ["mfp-1.example.com"], "'mfp-1.example.com'", "write its address"),
    addresses("mfp_addresses", ["0.0.0.0/0"], "'0.0.0.0/0'", "leave the list empty for the trusted subnets"),
    addresses("internet_sources", ["0.0.0.0/0"], "'0.0.0.0/0'", "leave the list empty for any source"),
    addresses("server_addresses", ["therefore"], "'therefore'", "write its address", CLIENT),
    addresses("server_addresses", ["0.0.0.0/0"], "'0.0.0.0/0'", "name the servers", GATEWAY),
    addresses("online_endpoints", [], "[]", ANY_ENDPOINT, ONLINE),
    addresses("online_endpoints", ["::/0"], "'::/0'", ANY_ENDPOINT, ONLINE),
    addresses("online_endpoints", ["any"], "'any'", ANY_ENDPOINT, ONLINE),
    addresses("online_endpoints", ["*.example.com"], "'*.example.com'", "no scheme, port, path or wildcard", ONLINE),
    addresses("online_endpoints", ["https://a.example.com/"], "'https://a.ex", "such as archive.example.com", ONLINE),
    addresses("online_endpoints", ["a.example.com:443"], "'a.example.com:443'", "write the name alone", ONLINE),
    addresses("online_endpoints", ["my!host.example.com"], "'my!host.", "write the name alone", ONLINE),
    addresses("online_endpoints", ["-a.example.com"], "'-a.example.com'", "write the name alone", ONLINE),
    addresses("online_endpoints", ["x" * 64 + ".example"], "'xxxx", "write the name alone", ONLINE),
    addresses("online_endpoints", "a.example.com,b.example.com", "'a.ex", "['a.example.com', 'b.example.com']", ONLINE),
]

PORTS: list[Case] = [
    overrides({"smb": [0]}, "0", WHOLE_PORT, ".smb"),
    overrides({"smb": [-1]}, "-1", WHOLE_PORT, ".smb"),
    overrides({"smb": [65536]}, "65536", WHOLE_PORT, ".smb"),
    overrides({"smb": ["abc"]}, "'abc'", WHOLE_PORT, ".smb"),
    overrides({"smb": [80.0]}, "80.0", WHOLE_PORT, ".smb"),
    overrides({"smb": ["80.0"]}, "'80.0'", WHOLE_PORT, ".smb"),
    overrides({"smb": [True]}, "True", WHOLE_PORT, ".smb"),
    overrides({"smb": [None]}, "None", WHOLE_PORT, ".smb"),
    overrides({"smb": ["9000-8000"]}, "'9000-8000'", WHOLE_PORT, ".smb"),
    overrides({"smb": ["9" * 5000]}, "'999", WHOLE_PORT, ".smb"),
    overrides({"smb": []}, "[]", "leave the row out to keep its own", ".smb"),
    overrides({"smb": 8445}, "8445", "write one", ".smb"),
    overrides({"smb": "8445,9445"}, "'8445,9445'", "write a list: ['8445', '9445']", ".smb"),
    overrides({"xml_servce": [8443]}, "'xml_servce'", "did you mean xml_service"),
    overrides({8000: [8443]}, "8000", "Valid: ldap, dcom"),
    overrides([8443], "[8443]", "{xml_service: [8443]}"),
    overrides("xml_service", "'xml_service'", "{xml_service: [8443]}"),
    (SERVER, {"mobile_port": 8080}, "therefore_server_mobile_port", "8080", "write 443 or 80, or use port_overrides"),
    (SERVER, {"mobile_port": [443]}, "therefore_server_mobile_port", "[443]", WHOLE_PORT),
    (CLIENT, {"mobile_port": True}, "therefore_client_mobile_port", "True", WHOLE_PORT),
]

WORDS: list[Case] = [
    (SERVER, {"state": "gone"}, "therefore_server_state", "'gone'", "Valid: present, absent"),
    (SERVER, {"state": None}, "therefore_server_state", "None", "Valid: present, absent"),
    (SERVER, {"egress": "Deny"}, "therefore_server_egress", "'Deny'", "did you mean deny"),
    (SERVER, {"profile": "minimum"}, "therefore_server_profile", "'minimum'", "did you mean minimal"),
    (SERVER, {"profile": ["minimal"]}, "therefore_server_profile", "['minimal']", "Valid: documented, minimal"),
    (SERVER, {"components": ["xml"]}, "therefore_server_components", "'xml'", "Valid: sql_server, xml_service"),
    (SERVER, {"components": ["mfp_manger"]}, "therefore_server_components", "'mfp_manger'", "did you mean mfp_manager"),
    (SERVER, {"components": "web, sql_server"}, "therefore_server_components", "'web, ", "['web', 'sql_server']"),
    (SERVER, {"components": {"web": True}}, "therefore_server_components", "{'web': True}", "[] for none"),
    (ONLINE, {"components": ["web"]}, "therefore_online_client_components", "'web'", "Valid: mfp"),
    (GATEWAY, {"mode": "router"}, "therefore_mfp_gateway_mode", "'router'", "did you mean route"),
    (GATEWAY, {"edition": "cloud"}, "therefore_mfp_gateway_edition", "'cloud'", "Valid: on_premises, online"),
    (SERVER, {"windows_profiles": ["work"]}, "therefore_server_windows_profiles", "'work'", "domain, private, public"),
    (SERVER, {"supplements": ["kerbros"]}, "therefore_server_supplements", "'kerbros'", "did you mean kerberos"),
    (SERVER, {"supplements": "dns,smtp"}, "therefore_server_supplements", "'dns,smtp'", "['dns', 'smtp']"),
    (CLIENT, {"supplements": ["smtp"]}, "therefore_client_supplements", "'smtp'", DIRECTORY),
    (
        GATEWAY,
        {"supplements": ["dns"]},
        "therefore_mfp_gateway_supplements",
        "'dns'",
        "Valid: mfp_device_admin, mfp_http",
    ),
    (ONLINE, {"supplements": ["dns"]}, "therefore_online_client_supplements", "'dns'", "leave the list empty"),
]

FLAGS: list[Case] = [
    (SERVER, {"block_public": "maybe"}, "therefore_server_block_public", "'maybe'", "write true or false"),
    (SERVER, {"block_public": ""}, "therefore_server_block_public", "''", "write true or false"),
    (SERVER, {"allow_any_source": 1}, "therefore_server_allow_any_source", "1", "write true or false"),
    (SERVER, {"allow_any_source": "1"}, "therefore_server_allow_any_source", "'1'", "write true or false"),
    (SERVER, {"internet": None}, "therefore_server_internet", "None", "write true or false"),
    (SERVER, {"internet_http": [True]}, "therefore_server_internet_http", "[True]", "write true or false"),
    (SERVER, {"domain_controller": "dc"}, "therefore_server_domain_controller", "'dc'", "write true or false"),
    (CLIENT, {"inbound": {}}, "therefore_client_inbound", "{}", "write true or false"),
    (ONLINE, {"allow_any_endpoint": 0.0}, "therefore_online_client_allow_any_endpoint", "0.0", "write true or false"),
]

TOGETHER: list[Case] = [
    (SERVER, {"internet_http": True}, "therefore_server_internet_http", "True", "therefore_server_internet is false"),
    (CLIENT, {"internet_http": True}, "therefore_client_internet_http", "True", "set both, or neither"),
    (
        SERVER,
        {"internet_sources": ["203.0.113.0/24"]},
        "therefore_server_internet_sources",
        "['203.0.113.0/24']",
        "set it to true, or empty the list",
    ),
    (
        SERVER,
        {"windows_profiles": ["domain", "public"]},
        "therefore_server_windows_profiles",
        "'public'",
        "set therefore_server_block_public: false",
    ),
    (
        CLIENT,
        {"windows_profiles": ["public"], "inbound": True},
        "therefore_client_windows_profiles",
        "'public'",
        "leave public out",
    ),
    (
        CLIENT,
        {"trusted_subnets": [], "server_addresses": ["192.0.2.10"], "inbound": True},
        "therefore_client_trusted_subnets",
        "[]",
        "set therefore_client_allow_any_source: true",
    ),
    (
        GATEWAY,
        {"mode": "route", "trusted_subnets": []},
        "therefore_mfp_gateway_trusted_subnets",
        "[]",
        "set therefore_mfp_gateway_allow_any_source: true",
    ),
    (
        GATEWAY,
        {"mode": "route", "trusted_subnets": [], "mfp_addresses": ["198.51.100.7"]},
        "therefore_mfp_gateway_trusted_subnets",
        "[]",
        "therefore_trusted_subnets for all roles",
    ),
    (
        GATEWAY,
        {"mode": "relay", "edition": "online", "online_endpoints": []},
        "therefore_mfp_gateway_online_endpoints",
        "[]",
        "set therefore_mfp_gateway_allow_any_endpoint: true",
    ),
    (
        GATEWAY,
        {"mode": "route", "edition": "online", "online_endpoints": []},
        "therefore_mfp_gateway_online_endpoints",
        "[]",
        "therefore_online_endpoints for all roles",
    ),
]

KEYS: list[Case] = [
    (SERVER, {"trusted_subnet": []}, "settings", "'trusted_subnet'", "did you mean trusted_subnets"),
    (SERVER, {"mode": "route"}, "settings", "'mode'", "is no setting of therefore_server"),
    (CLIENT, {"components": []}, "settings", "'components'", "is no setting of therefore_client"),
    (GATEWAY, {"internet": True}, "settings", "'internet'", "is no setting of therefore_mfp_gateway"),
    (ONLINE, {"trusted_subnets": []}, "settings", "'trusted_subnets'", "is no setting of therefore_online_client"),
    (SERVER, {"therefore_server_internet": True}, "settings", "'therefore_server_internet'", "did you mean internet"),
    (SERVER, {1: 2}, "settings", "1", "Valid: state"),
]

CASES = [*ADDRESSES, *PORTS, *WORDS, *FLAGS, *TOGETHER, *KEYS]


def refusal(rows: Any, role: Any, settings: Any) -> str:
    with pytest.raises(InputError) as refused:
        rules_for(rows, role, settings)
    return str(refused.value)


@pytest.mark.parametrize(("role", "settings", "variable", "value", "remedy"), CASES)
def test_bad_setting(role: str, settings: dict[str, Any], variable: str, value: str, remedy: str) -> None:
    message = refusal(catalogue.find([]), role, {**LEAST[role], **settings})
    assert message.startswith(f"{variable}: {value}")
    assert remedy in message
    assert "\n" not in message


def test_there_are_at_least_60_cases() -> None:
    assert len(CASES) >= 60


@pytest.mark.parametrize(
    ("role", "remedy"),
    [
        ("server", "Valid: therefore_server, "),
        ("therefore_servr", "did you mean therefore_server"),
        (None, "Valid: "),
        (["therefore_server"], "Valid: "),
    ],
)
def test_unknown_role(role: Any, remedy: str) -> None:
    message = refusal([], role, {})
    assert message.startswith(f"role: {role!r} is unknown")
    assert remedy in message


@pytest.mark.parametrize("settings", [None, [], "trusted_subnets", 7])
def test_settings_that_are_no_dictionary(settings: Any) -> None:
    assert refusal([], SERVER, settings).startswith(f"settings: {settings!r} is no dictionary; write one")


@pytest.mark.parametrize("rows", [None, "smb", {"id": "smb"}, 7])
def test_rows_that_are_no_list(rows: Any) -> None:
    assert refusal(rows, SERVER, LEAST[SERVER]).startswith(f"rows: {rows!r} is no list; pass the rows that the lookup")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("smb", "rows: 'smb' is no row of the lookup therefore.firewall.ports"),
        ({"id": "smbb"}, "rows: 'smbb' is no row"),
        ({"id": ["smb"]}, "rows: ['smb'] is no row"),
        ({}, "rows: None is no row"),
        (None, "rows: None is no row"),
        ({"id": "smb"}, "rows: 'smb' differs from the port data"),
        ({"id": "smb", "ports": [8445], "protocols": ["tcp"]}, "port_overrides changes ports"),
        (catalogue.expand(catalogue.row("dcom"))[0], "gives it without expand"),
    ],
)
def test_rows_that_the_lookup_does_not_give(row: Any, message: str) -> None:
    assert message in refusal([row], SERVER, LEAST[SERVER])


@pytest.mark.parametrize("word", ["true", "True", "yes"])
def test_words_for_booleans_come_from_the_command_line_and_are_accepted(word: str) -> None:
    rows = catalogue.find([])
    wordy = rules_for(rows, SERVER, {**LEAST[SERVER], "internet": word, "block_public": "no"})
    assert wordy == rules_for(rows, SERVER, {**LEAST[SERVER], "internet": True, "block_public": False})


def test_settings_of_an_absent_role_are_checked_too() -> None:
    assert "10.0.0.0/33" in refusal([], SERVER, {"state": "absent", "trusted_subnets": ["10.0.0.0/33"]})
