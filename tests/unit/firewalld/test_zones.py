# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What zones open of the ports that are for named peers only: all of it is said, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import zones as _zones
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.session import FirewalldError
from hypothesis import given
from hypothesis import strategies as st

SERVICES = {"wide": ["1-20/tcp"], "exact": ["7/tcp"], "udp": ["7/udp"], "none": []}

NUMBERS = st.integers(1, 30).map(str)
RANGES = st.tuples(st.integers(1, 30), st.integers(1, 9)).map(lambda one: f"{one[0]}-{one[0] + one[1]}")
PORTS = st.tuples(st.one_of(NUMBERS, RANGES), st.sampled_from(["tcp", "udp"]))
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "ports": st.lists(PORTS.map(list), max_size=4),
        "services": st.lists(st.sampled_from(sorted(SERVICES)), max_size=2),
    },
)
# a zone's runtime and permanent settings, of which one may be missing
ZONES = st.dictionaries(st.sampled_from(["public", "work"]), st.lists(SETTINGS, min_size=1, max_size=2), min_size=1)
ASKED = st.lists(PORTS.map("/".join), max_size=4, unique=True)


class Host(Firewalld):
    """Stands for a firewalld with some zones, and nothing else."""

    def __init__(self, zones: dict[str, list[dict[str, Any]]]) -> None:
        self.zones = zones

    def names(self, kind: str) -> list[str]:
        return list(self.zones)

    def permanent_names(self, kind: str) -> list[str]:
        return ["later"]

    def settings_of_zone(self, name: str) -> list[dict[str, Any]]:
        return self.zones[name]

    def service_ports(self, name: str) -> list[str]:
        return SERVICES[name]


def numbers(port: str) -> set[tuple[int, str]]:
    """Every single port of a port or range."""
    span, _slash, protocol = port.partition("/")
    low, _dash, high = span.partition("-")
    return {(number, protocol) for number in range(int(low), int(high or low) + 1)}


def listed(settings: list[dict[str, Any]]) -> list[str]:
    """Ports and ranges that a zone lists itself."""
    return [f"{port}/{protocol}" for one in settings for port, protocol in one.get("ports", [])]


def of_services(settings: list[dict[str, Any]]) -> list[str]:
    """Those of its services."""
    return [port for one in settings for name in one.get("services", []) for port in SERVICES[name]]


@given(ZONES, ASKED)
def test_just_what_a_zone_opens_is_found(zones: dict[str, list[dict[str, Any]]], asked: list[str]) -> None:
    found, findings = _zones.opened(Host(zones), list(zones), asked)
    for zone, settings in zones.items():
        own = {*listed(settings)}
        # what is asked for and listed as such can be closed, and opens nothing else after that
        others = set().union(*map(numbers, [*own - {*asked}, *of_services(settings)]))
        said = {one["port"] for one in found if one["zone"] == zone}
        texts = " ".join(one["message"] for one in findings if one["object"].endswith(f" of zone {zone}"))
        for port in asked:
            is_open = port in own or bool(numbers(port) & others)
            assert is_open is (port in said or port in texts.replace(",", " ").split())
    assert {one["zone"] for one in found} <= set(zones)


@given(ZONES, ASKED)
def test_what_can_be_closed_is_a_port_that_the_zone_lists_itself(
    zones: dict[str, list[dict[str, Any]]], asked: list[str]
) -> None:
    found, _findings = _zones.opened(Host(zones), list(zones), asked)
    for one in found:
        assert one["port"] in asked
        assert one["port"].split("/") in [port for settings in zones[one["zone"]] for port in settings.get("ports", [])]
    assert len({(one["zone"], one["port"]) for one in found}) == len(found)


@given(ZONES)
def test_nothing_is_asked_of_zones_for_no_ports(zones: dict[str, list[dict[str, Any]]]) -> None:
    assert _zones.opened(Host(zones), list(zones), []) == ([], [])


@pytest.mark.parametrize("ports", [[], ["80/tcp"]])
def test_a_zone_that_is_not_there_is_refused(ports: list[str]) -> None:
    with pytest.raises(FirewalldError, match="zones: 'publik' is no zone of this host; write one of later, public"):
        _zones.opened(Host({"public": [{}]}), ["publik"], ports)


@pytest.mark.parametrize(
    ("settings", "opened"),
    [
        ({"target": "ACCEPT"}, "target ACCEPT of zone public"),
        ({"protocols": ["tcp"]}, "protocol tcp of zone public"),
        ({"source_ports": [["1024-65535", "tcp"]]}, "source port 1024-65535/tcp of zone public"),
        ({"rules_str": ['rule port port="7" protocol="tcp" accept']}, 'rule port port="7" protocol="tcp" accept of'),
        ({"rules_str": ['rule source address="192.0.2.7" accept'], "target": "default"}, None),
        ({"rules_str": ['rule source mac="02:00:5e:00:00:01" accept']}, None),
        ({"rules_str": ["rule drop"], "target": "DROP", "protocols": ["udp", "gre"]}, None),
    ],
)
def test_what_opens_ports_without_naming_just_them(settings: dict[str, Any], opened: str | None) -> None:
    _found, findings = _zones.opened(Host({"public": [settings]}), ["public"], ["7/tcp"])
    assert len(findings) == (opened is not None)
    for one in findings:
        assert one["object"].startswith(str(opened))
        who = "whoever sends from port 1024-65535" if "source_ports" in settings else "everybody"
        assert one["message"].startswith(f"opens 7/tcp to {who} in zone public")
