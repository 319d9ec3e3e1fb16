# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory says without asking a host, and which hosts are alike."""

from __future__ import annotations

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.inventory import Inventory, Party
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.groups import fold
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError
from inventories import ARCHIVE, SHARED, desks, inventory


def party(given: Inventory, name: str) -> Party:
    return next(one for one in given.parties if one.name == name)


def titles(given: Inventory) -> list[str]:
    return [one.group["title"] for one in fold(given).folds if one.group["kind"] != "others"]


def others(given: Inventory) -> dict[str, list[str]]:
    """The machines of trusted networks that nobody manages, by title."""
    return {one.group["title"]: one.group["addresses"] for one in fold(given).folds if one.group["kind"] == "others"}


def test_the_variables_of_a_role_win_over_the_shared_ones() -> None:
    own = {"therefore_client_trusted_subnets": ["10.9.0.0/24"]}
    found = inventory(therefore_client={"desk": own, "other": {}})
    peers = {one.name: one.wanted["therefore_client"]["rules"][0]["peers"] for one in found.parties}
    assert peers == {"desk": ["10.9.0.0/24"], "other": sorted(SHARED["therefore_trusted_subnets"])}


def test_a_host_with_two_roles_has_the_rules_of_both() -> None:
    found = inventory(therefore_server={"one": ARCHIVE}, therefore_client={"one": {}})
    assert [*party(found, "one").wanted] == ["therefore_server", "therefore_client"]


def test_a_role_that_is_absent_leaves_no_rules_and_refuses_nothing() -> None:
    gone = {"therefore_client_state": "absent", "therefore_client_egress": "deny"}
    wanted = party(inventory(therefore_client={"desk": gone}), "desk").wanted["therefore_client"]
    assert (wanted["rules"], wanted["egress"], wanted["left_out"], wanted["hints"]) == ([], "allow", [], [])


def test_machines_that_nobody_manages_are_those_of_trusted_networks_alone() -> None:
    found = others(inventory(therefore_server={"archive": ARCHIVE}, therefore_client=desks(2)))
    assert found == {
        "Other machines of servers": [
            "10.1.0.0-10.1.0.9", "10.1.0.11-10.1.0.255", "fd00:1::/124",
            "fd00:1::11-fd00:1::ffff:ffff:ffff:ffff",
        ],
        "Other machines of office": ["10.2.0.0", "10.2.0.3-10.2.0.255", "fd00:2::/64"],
    }  # fmt: skip
    # of a desk that is anywhere in its network nobody knows which addresses are left
    anywhere = inventory(
        therefore_server={"archive": ARCHIVE}, therefore_client={"desk": {"therefore_segment": "office"}}
    )
    assert others(anywhere)["Other machines of office"] == ["10.2.0.0/24", "fd00:2::/64"]


def test_machines_of_a_trusted_network_without_a_name_are_elsewhere() -> None:
    servers = {"archive": ARCHIVE | {"therefore_server_trusted_subnets": ["10.9.0.0/24"]}}
    assert others(inventory(therefore_server=servers)) == {"Other machines elsewhere": ["10.9.0.0/24"]}


def test_machines_under_group_policy_are_no_others() -> None:
    segments = SHARED["therefore_segments"] | {"office": {"networks": ["10.2.0.0/24"], "roles": ["therefore_client"]}}
    found = others(inventory({"therefore_segments": segments}, therefore_server={"archive": ARCHIVE}))
    assert "Other machines of office" not in found


def test_a_relay_is_no_device() -> None:
    shared = {"therefore_mfp_addresses": ["10.3.0.5"]}
    archive = ARCHIVE | {
        "therefore_server_components": ["mfp_manager"],
        "therefore_server_mfp_addresses": ["10.1.0.21"],
    }
    relay = {"ansible_host": "10.1.0.21", "therefore_mfp_gateway_mode": "relay"}
    found = inventory(shared, therefore_server={"archive": archive}, therefore_mfp_gateway={"relay": relay})
    (devices,) = [one.group for one in fold(found).folds if one.group["kind"] == "devices"]
    assert (devices["addresses"], devices["segment"]) == (["10.3.0.5"], "devices")


@pytest.mark.parametrize(
    ("variables", "addresses", "segment"),
    [
        ({"therefore_addresses": ["10.1.0.10", "archive.example.com"]}, ["10.1.0.10"], "servers"),
        ({"ansible_host": "10.1.0.11"}, ["10.1.0.11"], "servers"),
        ({"ansible_host": "archive.example.com"}, [], None),
        ({}, [], None),
        ({"therefore_segment": "office"}, ["10.2.0.0/24", "fd00:2::/64"], "office"),
        ({"therefore_segment": "office", "ansible_host": "10.2.0.7"}, ["10.2.0.7"], "office"),
        ({"ansible_host": "198.51.100.1"}, ["198.51.100.1"], None),
    ],
)
def test_where_a_host_is(variables: dict[str, object], addresses: list[str], segment: str | None) -> None:
    found = party(inventory(therefore_client={"desk": variables}), "desk")
    assert (found.addresses.texts(), found.segment) == (addresses, segment)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"therefore_segment": "offices"}, "therefore_segment: 'offices' is no segment of the inventory; did you mean"),
        ({"therefore_server_name": "*.example.com"}, "therefore_server_name: '*.example.com' is no host name; write"),
        ({"therefore_server_name": ["archive"]}, "therefore_server_name: ['archive'] is no host name; write"),
        ({"therefore_addresses": [7]}, "therefore_addresses: [7] is no list of addresses"),
        ({"therefore_addresses": ["192.0.2.7/24"]}, "therefore_addresses: '192.0.2.7/24' is neither an address nor a"),
        (
            {"therefore_trusted_subnets": ["all"]},
            "therefore_client_trusted_subnets (from therefore_trusted_subnets): 'all' means every address",
        ),
    ],
)
def test_a_wrong_setting_is_the_problem_of_its_host_alone(variables: dict[str, object], message: str) -> None:
    found = inventory(therefore_client={"bad": variables, "good": {}})
    assert (party(found, "bad").problem or "").startswith(message)
    assert party(found, "bad").wanted == {}
    assert party(found, "good").problem is None


def test_machines_outside_ansible_have_the_settings_that_hold_for_all() -> None:
    segments = {"office": {"networks": ["10.2.0.0/24"], "roles": ["therefore_client"]}}
    found = inventory({"therefore_segments": segments})
    assert [(one.name, one.addresses.texts()) for one in found.parties] == [
        ("Therefore Client machines of office", ["10.2.0.0/24"])
    ]


def test_their_settings_must_be_right() -> None:
    segments = {"office": {"networks": ["10.2.0.0/24"], "roles": ["therefore_online_client"]}}
    with pytest.raises(InputError, match=r"therefore_online_client_online_endpoints: .* names nobody"):
        inventory({"therefore_segments": segments})


def test_alike_hosts_are_one_group() -> None:
    assert titles(inventory(therefore_server={"archive": ARCHIVE}, therefore_client=desks(12))) == [
        "archive",
        "desk-1 … desk-12 (12 hosts)",
        "Internet",
    ]


@pytest.mark.parametrize(
    "variables",
    [
        {"therefore_client_egress": "deny"},
        {"therefore_client_internet": True},
        # in another network, in none, not in the trusted subnets, of no known address
        {"ansible_host": "10.1.0.99"},
        {"ansible_host": "10.9.0.99"},
        {"ansible_host": "desk.example.com"},
        {"therefore_client_trusted_subnets": []},
    ],
)
def test_a_host_that_differs_is_a_group_of_its_own(variables: dict[str, object]) -> None:
    clients = desks(3) | {"odd": {"ansible_host": "10.2.0.99"} | variables}
    assert "odd" in titles(inventory(therefore_client=clients))


def test_hosts_of_one_network_of_which_some_are_peers_are_two_groups() -> None:
    clients = desks(2) | {"desk-200": {"ansible_host": "10.2.0.200"}}
    servers = {"archive": ARCHIVE | {"therefore_server_trusted_subnets": ["10.2.0.0/25"]}}
    assert titles(inventory(therefore_server=servers, therefore_client=clients)) == [
        "archive", "desk-1, desk-2", "desk-200", "Internet",
    ]  # fmt: skip


def test_devices_are_a_group_unless_each_is_a_host() -> None:
    servers = {"archive": ARCHIVE | {"therefore_server_components": ["mfp_manager"]}}
    shared = {"therefore_mfp_addresses": ["10.3.0.5", "10.3.0.6"]}
    devices = {"mfp-5": {"ansible_host": "10.3.0.5"}, "mfp-6": {"ansible_host": "10.3.0.6"}}
    assert "MFP devices" in titles(inventory(shared, therefore_server=servers))
    assert "MFP devices" not in titles(inventory(shared, therefore_server=servers, therefore_probe=devices))
    del devices["mfp-6"]
    assert "MFP devices" in titles(inventory(shared, therefore_server=servers, therefore_probe=devices))


def test_endpoints_are_one_group() -> None:
    shared = {"therefore_online_endpoints": ["tenant.example.com", "203.0.113.7"]}
    found = fold(inventory(shared, therefore_online_client=desks(1))).folds
    (online,) = [one.group for one in found if one.group["kind"] == "endpoints"]
    assert online["addresses"] == ["203.0.113.7", "tenant.example.com"]
