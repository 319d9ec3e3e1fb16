# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which flows must pass between hosts, and which must not."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.filter.verify import verify_flows
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.flows import flows
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.jobs import held_by, job_of, listen_seconds
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError
from estates import CLIENT, SERVER, SUBNETS, archive, between, desk, host, outsider


def expectations(source: str, target: str, *estate: dict[str, Any]) -> dict[str, str]:
    return {port: flow["expect"] for port, flow in between(source, target, *estate).items()}


def test_a_client_must_reach_what_both_ends_name() -> None:
    found = expectations("desk", "archive", archive(), desk())
    assert found == {
        "135/tcp": "allow",
        "137/udp": "allow",
        "139/tcp": "allow",
        "445/tcp": "allow",
        "8000/tcp": "allow",
    }


def test_nothing_is_asked_of_a_client() -> None:
    assert between("archive", "desk", archive(), desk()) == {}


def test_a_host_that_is_no_peer_must_reach_nothing() -> None:
    found = expectations("outsider", "archive", archive(), outsider())
    assert found == {"135/tcp": "deny", "137/udp": "deny", "139/tcp": "deny", "445/tcp": "deny", "8000/tcp": "deny"}


def test_a_peer_that_does_not_need_a_port_may_reach_it_and_is_not_asked() -> None:
    online = host("laptop", "192.0.2.60", therefore_online_client={"online_endpoints": ["tenant.example.com"]})
    assert between("laptop", "archive", archive(), online) == {}


def test_a_peer_that_refuses_other_outbound_traffic_must_not_reach_it() -> None:
    settings = {"online_endpoints": ["tenant.example.com"], "egress": "deny"}
    online = host("laptop", "192.0.2.60", therefore_online_client=settings)
    found = between("laptop", "archive", archive(), online)
    assert {flow["expect"] for flow in found.values()} == {"deny"}
    assert found["8000/tcp"]["because"] == "the source refuses other outbound traffic"
    assert all(flow["refuses"] for flow in found.values())
    assert not any(flow["refuses"] for flow in between("outsider", "archive", archive(), outsider()).values())


def test_server_addresses_narrow_what_is_asked() -> None:
    assert between("desk", "archive", archive("192.0.2.11"), desk()) == {}


def test_a_source_with_one_foreign_address_is_judged_by_the_address_that_it_uses() -> None:
    found = between("desk", "archive", archive(), desk("192.0.2.50", "203.0.113.7"))
    assert found["8000/tcp"]["expect"] == "by_source"
    assert found["8000/tcp"]["peers"] == sorted(SUBNETS)


def test_each_address_of_a_target_is_asked() -> None:
    found = flows([archive("192.0.2.10", "2001:db8::10"), desk("192.0.2.50", "2001:db8::50")])["flows"]
    assert {one["target"] for one in found if one["port"] == 8000} == {"192.0.2.10", "2001:db8::10"}


def test_tls_is_asked_for_on_443_with_the_name_of_the_certificate() -> None:
    web = archive(components=["web"]) | {"server_name": "archive.example.com"}
    found = between("desk", "archive", web, desk())
    assert (found["443/tcp"]["tls"], found["443/tcp"]["server_name"]) == (True, "archive.example.com")
    assert found["80/tcp"]["tls"] is False


def test_ports_that_no_service_uses_are_marked() -> None:
    found = between("desk", "archive", archive(profile="documented"), desk(profile="documented"))
    assert {port for port, flow in found.items() if flow["unused"]} == {"135/udp", "137/tcp", "139/udp"}


def test_endpoints_of_therefore_online_are_asked_by_name_and_networks_are_not() -> None:
    endpoints = ["tenant.example.com", "203.0.113.5", "203.0.113.128/25"]
    laptop = host("laptop", "192.0.2.60", therefore_online_client={"online_endpoints": endpoints})
    found = flows([laptop])["flows"]
    assert [(one["target"], one["port"], one["tls"], one["server_name"]) for one in found] == [
        ("203.0.113.5", 443, True, None),
        ("tenant.example.com", 443, True, "tenant.example.com"),
    ]


def test_devices_that_are_no_host_of_the_run_are_named_with_what_was_proved_instead() -> None:
    devices = {"mfp_addresses": ["198.51.100.20"]}
    server = host("archive", "192.0.2.10", therefore_server=SERVER | devices | {"components": ["mfp_manager"]})
    relay = CLIENT | devices | {"mode": "relay"}
    relay = {key: value for key, value in relay.items() if key != "components"}
    gateway = host("gate", "198.51.100.20", therefore_mfp_gateway=relay)
    assert flows([server])["unproved"] == [
        {
            "source": "198.51.100.20",
            "to": "archive",
            "ports": ["8373/tcp"],
            "rows": ["mfp_file_transfer"],
            "instead": [],
        },
        {"source": "198.51.100.20", "to": "archive", "ports": ["8372/tcp"], "rows": ["mfp_web_service"], "instead": []},
    ]
    found = flows([server | {"targets": {"192.0.2.10": ["192.0.2.10"]}}, gateway])
    assert [one for one in found["unproved"] if one["to"] == "archive"] == []


def test_denied_flows_of_the_user() -> None:
    denied = [{"from": "desk", "to": "archive", "port": 22}, {"from": "desk", "to": "198.51.100.1", "port": 53,
              "protocol": "udp"}]  # fmt: skip
    found = [one for one in flows([archive(), desk()], denied)["flows"] if one["because"] == "therefore_verify_denied"]
    assert [(one["target"], one["port"], one["protocol"], one["expect"]) for one in found] == [
        ("198.51.100.1", 53, "udp", "deny"),
        ("192.0.2.10", 22, "tcp", "deny"),
    ]


@pytest.mark.parametrize(
    ("denied", "message"),
    [
        ({"from": "nobody", "to": "archive", "port": 1}, r"therefore_verify_denied\[0\]\.from: 'nobody' is no host"),
        ({"from": "desk", "to": "archive", "port": 0}, r"therefore_verify_denied\[0\]\.port: 0 is no port"),
        ({"from": "desk", "to": "archive", "port": "ssh"}, r"therefore_verify_denied\[0\]\.port: 'ssh' is no port"),
        ({"from": "desk", "to": "archive", "port": 1, "protocol": "icmp"}, r"\.protocol: 'icmp' is no protocol"),
        ({"from": "desk", "port": 1}, r"therefore_verify_denied\[0\]\.to: None names nobody"),
    ],
)
def test_a_denied_flow_that_is_none_is_refused(denied: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        flows([archive(), desk()], [denied])


def test_settings_of_two_hosts_that_contradict_each_other() -> None:
    other_port = desk(port_overrides={"xml_service": [8443]})
    (said,) = flows([archive(), other_port])["disagreements"]
    assert said.startswith("desk uses xml_service (tcp) of archive on 8443, and archive opens 8000: make")
    said_of_peers = flows([archive(), desk("203.0.113.7")])["disagreements"]
    assert any("whose rules do not name it among their peers: add 203.0.113.7" in one for one in said_of_peers)
    assert flows([archive(), desk()])["disagreements"] == []


def test_a_host_without_a_known_address_is_left_out_and_named() -> None:
    lost = {"host": "lost", "targets": {"lost.example.com": []}, "wanted": {}}
    found = flows([archive(), lost])
    assert found["flows"] == []
    assert found["disagreements"] == [
        "lost was left out: no address of lost.example.com is known here; set its therefore_addresses."
    ]
    assert job_of(found, "lost") == {"targets": [], "listen": [], "ranges": []}


def test_jobs_name_what_each_host_tries_and_where_it_may_answer() -> None:
    found = flows([archive(components=["web"]), desk()])
    assert {"port": 443, "protocol": "tcp"} in job_of(found, "archive")["listen"]
    assert job_of(found, "archive")["targets"] == []
    (tls,) = [one for one in job_of(found, "desk")["targets"] if one["port"] == 443]
    assert tls == {
        "id": "desk 192.0.2.10 443/tcp", "host": "192.0.2.10", "port": 443, "protocol": "tcp", "tls": True,
        "server_name": "archive", "listener": False, "name": "archive",
    }  # fmt: skip


def test_hosts_of_a_cluster_are_one_to_those_who_ask_its_address() -> None:
    first, second, third = host("b", "192.0.2.1"), host("c", "192.0.2.2"), host("d", "192.0.2.3")
    first["targets"]["192.0.2.9"] = ["192.0.2.9"]
    second["targets"]["archive.example.com"] = ["192.0.2.9", "192.0.2.8"]
    third["targets"]["192.0.2.8"] = ["192.0.2.8"]
    alone = host("a", "192.0.2.4")
    assert flows([alone, first, second, third])["shared"] == {"b": "b", "c": "b", "d": "b"}
    assert flows([alone, host("e", "192.0.2.5")])["shared"] == {}


def test_the_jobs_of_all_hosts_are_those_of_each() -> None:
    estate = [archive(), desk(), outsider()]
    found = flows(estate)
    assert found["jobs"] == {one["host"]: job_of(found, one["host"]) for one in estate}
    assert found["jobs"]["desk"]["targets"]


def test_a_wide_range_is_asked_for_its_first_port_only() -> None:
    rpc = {"supplements": ["rpc_dynamic"]}
    found = between("desk", "archive", archive(**rpc), desk(**rpc))
    assert [port for port in found if int(port.split("/")[0]) > 40000] == ["49152/tcp"]


def test_a_device_that_is_a_host_of_the_run_must_reach_the_devices_ports_and_no_others() -> None:
    settings = SERVER | {"components": ["mfp_manager"], "mfp_addresses": ["198.51.100.20"]}
    server = host("archive", "192.0.2.10", therefore_server=settings)
    found = expectations("device", "archive", server, host("device", "198.51.100.20"))
    assert {port for port, expect in found.items() if expect == "allow"} == {"8372/tcp", "8373/tcp"}
    assert found["445/tcp"] == "deny"


def test_a_host_with_a_role_is_no_device() -> None:
    settings = SERVER | {"components": ["mfp_manager"], "mfp_addresses": ["198.51.100.20"]}
    server = host("archive", "192.0.2.10", therefore_server=settings)
    laptop = host("laptop", "198.51.100.20", therefore_online_client={"online_endpoints": ["tenant.example.com"]})
    assert "8372/tcp" not in between("laptop", "archive", server, laptop)


def test_what_a_rule_for_something_else_lets_out_is_not_asked() -> None:
    other = {"id": "other", "rows": ["other"], "direction": "out", "action": "allow", "protocol": "tcp",
             "ports": [8000], "peers": ["any"], "scope": "internet"}  # fmt: skip
    laptop = host("laptop", "192.0.2.60") | {"wanted": {"theirs": {"rules": [other], "egress": "deny"}}}
    found = expectations("laptop", "archive", archive(), laptop)
    assert "8000/tcp" not in found
    assert found["445/tcp"] == "deny"


RANGE = {"supplements": ["rpc_dynamic"]}


def ranged(*hosts: dict[str, Any], seed: int = 7) -> tuple[dict[str, Any], dict[str, Any]]:
    """The flows, and the one that stands for the range of dynamic RPC."""
    found = flows(hosts, seed=seed)
    (flow,) = [one for one in found["flows"] if one["range"] and one["protocol"] == "tcp"]
    return found, flow


def test_a_range_is_tried_all_over_and_the_seed_says_where() -> None:
    estate = archive(**RANGE), desk(**RANGE)
    found, flow = ranged(*estate)
    assert (flow["port"], flow["range"]) == (49152, "49152-65535")
    assert (flow["ports"][0], flow["ports"][-1], len(flow["ports"])) == (49152, 65535, 6)
    assert ranged(*estate)[1]["ports"] == flow["ports"] != ranged(*estate, seed=8)[1]["ports"]
    assert {one["port"] for one in job_of(found, "desk")["targets"]} >= {*flow["ports"]}
    assert {one["port"] for one in job_of(found, "archive")["listen"]} >= {*flow["ports"]}
    assert {"first": 49152, "last": 65535, "protocol": "tcp"} in job_of(found, "archive")["ranges"]


def test_of_a_range_those_ports_are_tried_on_which_somebody_listens() -> None:
    said = {
        "listening": [{"port": 49152, "protocol": "tcp"}, {"port": 8000, "protocol": "tcp"}],
        "services": [{"port": 49664, "protocol": "tcp", "addresses": ["0.0.0.0"]}],
    }
    estate = archive(**RANGE), desk(**RANGE)
    found, flow = ranged(*estate)
    targets = job_of(found | {"held": held_by([estate[0] | said, estate[1]])}, "desk")["targets"]
    assert [(one["port"], one["listener"]) for one in targets if one["id"] == flow["id"]] == [
        (49152, True),
        (49664, False),
    ]
    assert [one["listener"] for one in targets if one["port"] == 8000] == [True]


@pytest.mark.parametrize(("hosts", "seconds"), [(1, 378), (125, 2250), (100000, 86400)])
def test_a_listener_waits_as_long_as_the_work_takes(hosts: int, seconds: int) -> None:
    known = {"flows": [{"group": "g1", "ports": [8000]}], "groups": {"g1": [f"desk{one}" for one in range(hosts)]}}
    assert listen_seconds(known, 5, 3, 2) == seconds


def test_the_order_of_the_inventory_changes_nothing() -> None:
    """A slice's order is by name, that of verify by group: who stands for alike hosts must be the same."""
    desks = [host(name, f"192.0.2.{50 + number}", therefore_client=CLIENT) for number, name in enumerate("cab")]
    estate = [outsider(), archive(), *desks]
    assert verify_flows(estate) == verify_flows(estate[::-1])
