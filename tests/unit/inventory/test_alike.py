# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that are alike are worked out together, and nothing comes out otherwise than one by one."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory import flows as module
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.alike import Places, alike, sample
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.estate import address_set, host_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.flows import asking, flows
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.jobs import job_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.address_sets import AddressSet
from estates import CLIENT, SERVER, host
from hypothesis import given
from hypothesis import strategies as st

ADDRESSES = ["192.0.2.10", "192.0.2.11", "192.0.2.77", "203.0.113.9", "203.0.113.10", "2001:db8::10", "2001:db8:f::1"]
LISTS = [["192.0.2.0/24"], ["192.0.2.0/28", "2001:db8::/64"], ["192.0.2.11"], ["192.0.2.10-192.0.2.11"], ["any"]]
ROLES: list[dict[str, Any]] = [
    {},
    {"therefore_server": SERVER},
    {"therefore_server": SERVER | {"components": ["web"], "trusted_subnets": ["192.0.2.0/28"]}},
    {"therefore_server": SERVER | {"mfp_addresses": ["192.0.2.77"], "components": ["mfp_manager"]}},
    {"therefore_client": CLIENT},
    {"therefore_client": CLIENT | {"egress": "deny"}},
    {"therefore_client": CLIENT | {"port_overrides": {"xml_service": [8443]}}},
]


@st.composite
def estates(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Hosts of which many are alike."""
    kinds = draw(st.lists(st.tuples(st.sampled_from(range(len(ROLES))), st.integers(1, 2)), min_size=2, max_size=7))
    return [
        host(f"host{number}", *draw(st.lists(st.sampled_from(ADDRESSES), min_size=1, max_size=size, unique=True)),
             **ROLES[kind])
        for number, (kind, size) in enumerate(kinds)
    ]  # fmt: skip


def one_by_one(estate: list[dict[str, Any]], found: Any) -> dict[tuple[str, str, str, int], tuple[Any, ...]]:
    """What each host must find at each other, and with which rule."""
    addresses = {one["host"]: sorted(one["targets"]) for one in estate}
    return {
        (name, flow["target"], flow["protocol"], flow["port"]): (
            flow["expect"], flow["because"], flow["rows"], flow["refuses"], flow["tls"], flow["peers"]
        )
        for flow in found["flows"]
        for name in asking(found, flow)
        # two hosts with one address are one to whoever asks there
        if flow["target"] not in addresses[name]
    }  # fmt: skip


@given(estates())
def test_alike_hosts_must_find_what_each_of_them_must(estate: list[dict[str, Any]]) -> None:
    together = flows(estate)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "alike", lambda hosts, apart: alike(hosts, apart={one["host"] for one in estate}))
        alone = flows(estate)
    assert len(alone["groups"]) == len(estate)
    shared = [target for one in estate for target in one["targets"]]
    if len(shared) == len({*shared}):
        assert one_by_one(estate, together) == one_by_one(estate, alone)


@given(st.lists(st.sampled_from(LISTS)), st.lists(st.sampled_from(ADDRESSES)), st.lists(st.sampled_from(ADDRESSES)))
def test_addresses_with_one_place_are_alike_to_each_list(
    lists: list[list[str]], one: list[str], two: list[str]
) -> None:
    places, own, other = Places(lists), AddressSet.of(one), AddressSet.of(two)
    if places.of(own) == places.of(other):
        for peers in map(address_set, map(tuple, lists)):
            assert (bool(own & peers), own <= peers) == (bool(other & peers), other <= peers)


def test_what_a_list_cuts_apart_is_not_alike() -> None:
    hosts = [host_of(host(f"desk{last}", f"192.0.2.{last}", therefore_client=CLIENT)) for last in (50, 51, 52)]
    outside = host_of(host("laptop", "203.0.113.7", therefore_client=CLIENT))
    server = host_of(host("archive", "192.0.2.10", therefore_server=SERVER))
    together = [group.names for group in alike([*hosts, outside, server])]
    assert together == [["desk50", "desk51", "desk52"], ["laptop"], ["archive"]]
    assert [group.names for group in alike(hosts, apart={"desk51"})] == [["desk50", "desk52"], ["desk51"]]


def test_a_link_local_address_is_alike_without_its_interface() -> None:
    own = {"host": "one", "targets": {"fe80::1%eth0": ["fe80::1%eth0"]}, "wanted": {}}
    other = {"host": "two", "targets": {"fe80::2": ["fe80::2"]}, "wanted": {}}
    assert [group.names for group in alike([host_of(own), host_of(other)])] == [["one", "two"]]
    assert flows([own, other])["flows"] == []


def fleet(clients: int, servers: int = 1, outsiders: int = 0) -> list[dict[str, Any]]:
    """Servers, desks of theirs, and hosts in no trusted network."""
    first = host("archive", "192.0.2.10", therefore_server=SERVER | {"trusted_subnets": ["10.0.0.0/8"]})
    desk = host("desk", "10.1.0.1", therefore_client=CLIENT | {"server_addresses": ["192.0.2.0/24"]})
    base = int(ipaddress.ip_address("10.1.0.1"))
    return [
        *(_like(first, f"archive{one}", f"192.0.2.{10 + one}") for one in range(servers)),
        *(_like(desk, f"desk{one}", str(ipaddress.ip_address(base + one))) for one in range(clients)),
        *(_like(host("probe", "x"), f"probe{one}", f"198.51.100.{one + 1}") for one in range(outsiders)),
    ]


def _like(one: dict[str, Any], name: str, address: str) -> dict[str, Any]:
    return {**one, "host": name, "targets": {address: [address]}}


def test_ten_thousand_desks_are_the_flows_of_one() -> None:
    few, many = flows(fleet(2)), flows(fleet(10000))
    assert len(few["flows"]) == len(many["flows"]) == 5
    assert {len(asking(many, flow)) for flow in many["flows"]} == {10000}
    assert many["jobs"] == {}
    assert [one["host"] for one in job_of(many, "desk9999")["targets"]] == ["192.0.2.10"] * 5


def test_some_stand_for_the_others_in_what_must_not_pass_and_the_seed_says_who() -> None:
    estate = fleet(1000, servers=8, outsiders=20)
    found = flows(estate, seed=1)
    assert found["samples"] == 3
    refused = [flow for flow in found["flows"] if flow["expect"] == "deny"]
    names = {name for flow in refused for name in asking(found, flow)}
    targets = {flow["to"] for flow in refused}
    # servers are no clients of one another, and the hosts outside are nobody's
    assert len({name for name in names if name.startswith("probe")}) == 3
    assert len(targets) == 3
    assert flows(estate, seed=1) == found
    assert flows(estate, seed=2)["groups"] != found["groups"]
    allowed = [flow for flow in found["flows"] if flow["expect"] == "allow"]
    assert {len(asking(found, flow)) for flow in allowed} == {1000}
    everybody = flows(estate, samples=0)
    assert {len(asking(everybody, flow)) for flow in everybody["flows"] if flow["expect"] == "deny"} >= {20}


def test_a_flow_that_is_forbidden_by_name_is_tried_once_in_a_large_estate() -> None:
    denied = [{"from": "probe1", "to": "archive0", "port": 8000}]
    found = flows(fleet(10, outsiders=4), denied, samples=1)
    own = [one for one in job_of(found, "probe1")["targets"] if one["port"] == 8000]
    assert [one["id"] for one in own] == ["probe1 192.0.2.10 8000/tcp"]
    assert len({flow["id"] for flow in found["flows"]}) == len(found["flows"])


def test_a_small_estate_is_tried_whole() -> None:
    found = flows(fleet(5, servers=3, outsiders=5))
    assert found["samples"] == 0
    assert {len(asking(found, flow)) for flow in found["flows"] if flow["expect"] == "deny"} == {2, 5}


@given(st.integers(1, 9), st.integers(2, 30), st.integers(0, 99))
def test_a_sample_has_a_pair_for_each_two_that_are_alike(count: int, size: int, seed: int) -> None:
    names = [f"host{one}" for one in range(size)]
    ask, asked = sample(names, count, seed)
    assert {*ask, *asked} <= {*names}
    assert len(ask) == len(asked) == min(count, size) or size < 2 * count
    assert any(one != other for one in ask for other in asked)
    assert sample(names, 0, seed) == (names, names)


def test_alike_hosts_that_contradict_one_another_or_others_are_said_once() -> None:
    other = CLIENT | {"port_overrides": {"xml_service": [8443]}}
    desks = [host(f"desk{one}", f"192.0.2.{50 + one}", therefore_client=other) for one in range(4)]
    (said,) = flows([*fleet(0), *desks])["disagreements"][:1]
    assert said.startswith("desk0 … desk3 (4 hosts) ")
