# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for the rules of any role with any settings: never wider than asked, nothing owed left out."""

from __future__ import annotations

import json
import random
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.rules import Rule, rules_for
from hypothesis import given
from hypothesis import strategies as st
from wanted import ARTICLE, CLIENT, GATEWAY, ONLINE, SERVER, SUPPLEMENTS

ROLES = (SERVER, CLIENT, GATEWAY, ONLINE)
PORTS = {**{row: (ports, protocols) for row, (ports, protocols, _ways) in ARTICLE.items()}, **SUPPLEMENTS}
DEVICE_ROWS = {"mfp_web_service", "mfp_file_transfer", "mfp_http", "mfp_device_admin"}
ENDPOINT_ROWS = {"online_xml_service", "online_mfp_web_service", "online_mfp_file_transfer"}
REACHING = ENDPOINT_ROWS | {"http", "https", "mobile_manager"}
USEFUL = {
    SERVER: list(SUPPLEMENTS),
    CLIENT: ["rpc_dynamic", "netbios_datagram", "ldaps", "sql_browser", "kerberos", "dns"],
    GATEWAY: ["mfp_device_admin", "mfp_http"],
    ONLINE: [],
}
DIRECTORY = {"ldap", "ldaps", "kerberos", "dns"}
LEFT_OUT = {
    SERVER: ["ldap", "dcom", "smb", "sql_server", "https", "xml_service", "mfp_web_service"],
    CLIENT: ["ldap", "dcom", "smb", "sql_server", "https", "xml_service"],
    GATEWAY: ["dcom", "xml_service", "mfp_web_service", "online_mfp_web_service"],
    ONLINE: ["online_xml_service"],
}
TRANSPORTS = {"both": set(), "xml_service": {"dcom", "rpc_dynamic"}, "dcom": {"xml_service"}}

# Written as the rules write them, so that peers can be compared as text.
NETWORKS = st.one_of(
    st.integers(0, 2**16 - 1).map(lambda number: f"10.{number >> 8}.{number & 255}.0/24"),
    st.integers(1, 2**16 - 1).map(lambda number: f"2001:db8:{number:x}::/64"),
    st.integers(0, 253).map(lambda number: f"192.0.2.{number}-192.0.2.{number + 1}"),
    st.integers(0, 255).map(lambda number: f"198.51.100.{number}"),
)
SOME, ANY_NUMBER = st.lists(NETWORKS, min_size=1, max_size=3), st.lists(NETWORKS, max_size=3)
NAMES = st.sampled_from(["a.example.com", "b.example.com", "c.example.com"])


def words(*valid: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(valid), unique=True) if valid else st.just([])


@st.composite
def hosts(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A role with settings that it accepts; all are given, so that a test can ask each of them."""
    role = draw(st.sampled_from(ROLES))
    every = draw(st.booleans())
    settings: dict[str, Any] = {
        "profile": draw(st.sampled_from(["documented", "minimal"])),
        "supplements": draw(words(*USEFUL[role])),
        "block_public": draw(st.booleans()),
        "leave_out": draw(words(*LEFT_OUT[role])),
        "port_overrides": draw(
            st.dictionaries(st.sampled_from(sorted(PORTS)), st.lists(st.integers(1, 65535), min_size=1, max_size=2))
        ),
    }
    profiles = ["domain", "private"] if settings["block_public"] else ["domain", "private", "public"]
    settings["windows_profiles"] = draw(words(*profiles))
    if role != ONLINE:
        settings["transport"] = draw(st.sampled_from(sorted(TRANSPORTS)))
        settings.update(trusted_subnets=[] if every else draw(SOME), allow_any_source=every)
    if role in (GATEWAY, ONLINE):
        named = draw(st.lists(st.one_of(NETWORKS, NAMES), min_size=1, max_size=3))
        settings.update(online_endpoints=[] if every else named, allow_any_endpoint=every)
    if role in (SERVER, CLIENT):
        internet = draw(st.booleans())
        settings.update(internet=internet, internet_http=internet and draw(st.booleans()))
        settings["domain_controllers"] = draw(ANY_NUMBER)
        settings.update(admin_addresses=draw(ANY_NUMBER), mobile_port=draw(st.sampled_from([80, 443])))
    if role in (SERVER, GATEWAY):
        settings["mfp_addresses"] = draw(ANY_NUMBER)
    if role in (SERVER, CLIENT, GATEWAY):
        settings["server_addresses"] = draw(ANY_NUMBER)
    if role == SERVER:
        settings["components"] = draw(words("sql_server", "xml_service", "mfp_manager", "mobile_manager", "web"))
        # both are refused
        settings["domain_controller"] = not settings["block_public"] and draw(st.booleans())
        settings["internet_sources"] = draw(ANY_NUMBER) if settings["internet"] else []
    return role, settings | draw(own_settings(role))


@st.composite
def own_settings(draw: st.DrawFn, role: str) -> dict[str, Any]:
    """Settings that one role alone has."""
    if role == CLIENT:
        return {"inbound": draw(st.booleans())}
    if role == GATEWAY:
        mode, edition = st.sampled_from(["terminate", "relay", "route"]), st.sampled_from(["on_premises", "online"])
        return {"mode": draw(mode), "edition": draw(edition), "admin_addresses": draw(SOME)}
    return {"components": draw(words("mfp"))} if role == ONLINE else {}


def wanted(host: tuple[str, dict[str, Any]]) -> list[Rule]:
    return rules_for(catalogue.find([]), *host)


def ports_of(row: str, settings: dict[str, Any]) -> list[Any]:
    own = [settings["mobile_port"]] if row == "mobile_manager" else PORTS[row][0]
    return list(settings["port_overrides"].get(row, own))


def span(port: Any) -> range:
    low, _dash, high = str(port).partition("-")
    return range(int(low), int(high or low) + 1)


def peers_asked(row: str, rule: Rule, settings: dict[str, Any]) -> set[str]:
    """All that the settings let a rule of this row have at its far end."""
    inbound = rule["direction"] == "in"
    admins = settings.get("admin_addresses", []) if inbound and "mode" not in settings else []
    trusted = {*(settings.get("trusted_subnets") or ["any"]), *admins}
    if row in DIRECTORY and not inbound and settings.get("domain_controllers"):
        return set(settings["domain_controllers"])
    if row in ENDPOINT_ROWS and not inbound:
        return set(settings["online_endpoints"] or ["any"])
    if row in DEVICE_ROWS | ENDPOINT_ROWS and (inbound or row == "mfp_device_admin"):
        return set(settings["mfp_addresses"]) or trusted
    if rule["scope"] == "internet":
        assert settings["internet"]
        assert row != "http" or settings["internet_http"]
        return set((settings.get("internet_sources") if inbound else []) or ["any"])
    # a server narrows what it asks of another server, and nothing else
    narrowed = not inbound and ("components" not in settings or row == "xml_service")
    return set(settings.get("server_addresses", []) if narrowed else []) or trusted


@given(hosts())
def test_no_rule_has_peers_that_the_settings_do_not_ask_for(host: tuple[str, dict[str, Any]]) -> None:
    for rule in wanted(host):
        if rule["action"] == "allow":
            for row in rule["rows"]:
                assert set(rule["peers"]) <= peers_asked(row, rule, host[1]), rule
            assert "any" not in rule["peers"] or rule["peers"] == ["any"]


@given(hosts())
def test_no_forward_rule_has_sources_that_the_settings_do_not_ask_for(host: tuple[str, dict[str, Any]]) -> None:
    for rule in wanted(host):
        if rule["direction"] == "forward":
            devices = host[1]["mfp_addresses"] or host[1]["trusted_subnets"] or ["any"]
            administrates = rule["rows"] == ["mfp_device_admin"]
            assert set(rule["sources"]) == set(host[1]["admin_addresses"] if administrates else devices)


@given(hosts())
def test_no_rule_has_a_port_or_protocol_that_none_of_its_rows_has(host: tuple[str, dict[str, Any]]) -> None:
    for rule in wanted(host):
        asked = {number for row in rule["rows"] for port in ports_of(row, host[1]) for number in span(port)}
        assert {number for port in rule["ports"] for number in span(port)} <= asked
        assert all(rule["protocol"] in PORTS[row][1] for row in rule["rows"])


@given(hosts())
def test_no_rule_has_a_windows_profile_that_the_settings_do_not_ask_for(host: tuple[str, dict[str, Any]]) -> None:
    for rule in wanted(host):
        default = ["domain"] if rule["scope"] == "domain" else ["domain", "private"]
        asked = ["public"] if rule["action"] == "block" else host[1]["windows_profiles"] or default
        assert set(rule["profiles"]) == set(asked)


def owed(role: str, settings: dict[str, Any]) -> set[tuple[str, str]]:
    """Row and direction, by the table of roles: written from it, not from the data."""
    always, mfp = ("ldap", "dcom", "smb"), ("mfp_web_service", "mfp_file_transfer")
    parts = settings.get("components", [])
    if role == SERVER:
        component = {
            "sql_server": ["sql_server"], "xml_service": ["xml_service"], "mfp_manager": mfp,
            "mobile_manager": ["mobile_manager"], "web": ["http", "https"],
        }  # fmt: skip
        inbound = [*always, *(row for part in parts for row in component[part])]
        outbound = [*always, *([] if "sql_server" in parts else ["sql_server"])]
        if {"web", "mfp_manager", "mobile_manager"} & {*parts} and "xml_service" not in parts:
            outbound.append("xml_service")
    elif role == CLIENT:
        inbound = [*always] if settings["inbound"] else []
        outbound = [*always, "sql_server", "http", "https", "xml_service", "mobile_manager"]
    elif role == ONLINE:
        more = ["online_mfp_web_service", "online_mfp_file_transfer"] if parts else []
        inbound, outbound = [], ["online_xml_service", *more]
    else:
        rows = [f"online_{row}" for row in mfp] if settings["edition"] == "online" else list(mfp)
        if settings["mode"] == "route":
            return {(row, "forward") for row in rows}
        inbound = list(mfp) if settings["mode"] == "terminate" else rows
        outbound = rows if settings["mode"] == "relay" else []
        if (settings["mode"], settings["edition"]) == ("terminate", "on_premises"):
            outbound = ["dcom" if settings["transport"] == "dcom" else "xml_service"]
    return {(row, "in") for row in inbound} | {(row, "out") for row in outbound}


def gone(settings: dict[str, Any]) -> set[str]:
    return {*settings["leave_out"]} | TRANSPORTS[settings.get("transport", "both")]


@given(hosts())
def test_every_row_that_the_role_owes_is_covered_and_no_other(host: tuple[str, dict[str, Any]]) -> None:
    role, settings = host
    allow = [rule for rule in wanted(host) if rule["action"] == "allow"]
    expected = {(row, direction) for row, direction in owed(role, settings) if row not in gone(settings)}
    for row, direction in expected:
        for protocol in PORTS[row][1]:
            for port in ports_of(row, settings):
                minimal = settings["profile"] == "minimal"
                unused = row == "dcom" and (port, protocol) in {(135, "udp"), (137, "tcp"), (139, "udp")}
                asked = row == "ldap" and direction == "in" and not settings.get("domain_controller")
                dropped = (minimal and unused) or (asked and (minimal or bool(settings["domain_controllers"])))
                found = [
                    rule
                    for rule in allow
                    if (rule["direction"], rule["protocol"]) == (direction, protocol)
                    and row in rule["rows"]
                    and port in rule["ports"]
                ]
                assert dropped or found, (row, direction, protocol, port)
    given_rows = {(row, rule["direction"]) for rule in allow for row in rule["rows"] if row in ARTICLE}
    assert given_rows <= expected


@given(hosts())
def test_a_port_that_reaches_the_internet_is_never_blocked(host: tuple[str, dict[str, Any]]) -> None:
    inbound = [rule for rule in wanted(host) if rule["direction"] == "in"]
    blocks = [rule for rule in inbound if rule["action"] == "block"]
    blocked = {(rule["protocol"], number) for rule in blocks for port in rule["ports"] for number in span(port)}
    for rule in inbound:
        for row in set(rule["rows"]) & REACHING if rule["action"] == "allow" else ():
            assert not blocked & {(rule["protocol"], port) for port in ports_of(row, host[1])}


@given(hosts())
def test_block_public_closes_every_other_inbound_port(host: tuple[str, dict[str, Any]]) -> None:
    inbound = [rule for rule in wanted(host) if rule["direction"] == "in"]
    opened, closed, reaching = (
        {(rule["protocol"], n) for rule in rules for port in rule["ports"] for n in span(port)}
        for rules in (
            [rule for rule in inbound if rule["action"] == "allow"],
            [rule for rule in inbound if rule["action"] == "block"],
            [rule for rule in inbound if set(rule["rows"]) & REACHING and rule["action"] == "allow"],
        )
    )
    assert closed <= opened
    assert not host[1]["block_public"] or opened - reaching <= closed


@given(hosts())
def test_ids_and_names_are_unique_and_the_order_is_theirs(host: tuple[str, dict[str, Any]]) -> None:
    ids = [rule["id"] for rule in wanted(host)]
    assert ids == sorted(set(ids))
    assert len({rule["name"] for rule in wanted(host)}) == len(ids)


@given(hosts())
def test_no_flow_comes_twice(host: tuple[str, dict[str, Any]]) -> None:
    flows = [
        (rule["action"], rule["direction"], rule["protocol"], rule["scope"], *rule["peers"], *rule["profiles"], port)
        for rule in wanted(host)
        for port in rule["ports"]
    ]
    assert len(flows) == len(set(flows))


@given(hosts(), st.randoms())
def test_order_and_repetition_of_the_input_do_not_matter(
    host: tuple[str, dict[str, Any]], generator: random.Random
) -> None:
    role, settings = host
    shuffled = {name: value * 2 if isinstance(value, list) else value for name, value in settings.items()}
    for value in shuffled.values():
        if isinstance(value, list):
            generator.shuffle(value)
    rows = catalogue.find([]) * 2
    generator.shuffle(rows)
    assert rules_for(rows, role, shuffled) == wanted(host)


@given(hosts(), NETWORKS)
def test_ids_do_not_change_with_unrelated_settings(host: tuple[str, dict[str, Any]], other: str) -> None:
    role, settings = host
    ids = {rule["id"] for rule in wanted(host)}

    def changed(**settings_: Any) -> set[str]:
        return {rule["id"] for rule in wanted((role, {**settings, **settings_}))}

    # under deny what the domain controllers need is kept by rules of its own
    rows = {name for name in ids if name.split("-out-")[0] not in DIRECTORY or not settings.get("domain_controllers")}
    assert rows <= {name for name in changed(egress="deny") if not name.endswith("-dc")} <= ids
    assert changed(windows_profiles=["private"]) == ids
    assert changed(block_public=False) == {name for name in ids if not name.endswith("-block")}
    if "admin_addresses" in settings:
        assert changed(admin_addresses=[other]) >= {name for name in ids if "mfp" not in name}
    if settings.get("internet_sources"):
        assert changed(internet_sources=[other]) == ids
    if "allow_any_source" in settings and settings["trusted_subnets"]:
        assert changed(allow_any_source=True) == ids


@given(hosts())
def test_a_supplement_takes_no_id_away(host: tuple[str, dict[str, Any]]) -> None:
    role, settings = host
    without = {rule["id"] for rule in wanted((role, {**settings, "supplements": []}))}
    assert without <= {rule["id"] for rule in wanted(host)}


@given(hosts())
def test_rules_survive_json(host: tuple[str, dict[str, Any]]) -> None:
    assert json.loads(json.dumps(wanted(host))) == wanted(host)
