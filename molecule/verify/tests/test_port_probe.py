# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every state of port_probe, with real packets through a real firewalld."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import CLIENT, IPV4, IPV6, SERVERS, Server, probed, states, target
from on_host import run_module

NONCE = "0123456789abcdefVERIFY"
# one of the lab's listeners, and a port that nobody answers on
BUSY, IDLE = 8000, 9000
UDP_BUSY, UDP_IDLE = 389, 9000
# firewalld's name of each answer that a rule can give: what port_probe says of TCP and of UDP
REJECTED = {
    "ipv4": {
        "icmp-port-unreachable": (("filtered", "port-unreachable"), ("refused", "port-unreachable")),
        "icmp-admin-prohibited": (("filtered", "admin-prohibited"),) * 2,
        "icmp-host-prohibited": (("filtered", "host-prohibited"),) * 2,
        "icmp-net-prohibited": (("filtered", "net-prohibited"),) * 2,
        "icmp-proto-unreachable": (("filtered", "protocol-unreachable"),) * 2,
        "icmp-host-unreachable": (("unreachable", "host-unreachable"),) * 2,
        "icmp-net-unreachable": (("unreachable", "net-unreachable"),) * 2,
    },
    "ipv6": {
        "icmp6-port-unreachable": (("filtered", "port-unreachable"), ("refused", "port-unreachable")),
        "icmp6-adm-prohibited": (("filtered", "admin-prohibited"),) * 2,
        "icmp6-addr-unreachable": (("unreachable", "host-unreachable"),) * 2,
        "icmp6-no-route": (("unreachable", "net-unreachable"),) * 2,
    },
}
CASES = [(family, kind, *found) for family, kinds in REJECTED.items() for kind, found in kinds.items()]
ALONE = 'unshare --net sh -ec \'ip link set lo up; exec "$@"\' sh "$@"'
# the link-local address stays
OWN = "fd81:1::20/64 dev verify"
WITHOUT_IPV6 = f"ip address delete {OWN}; trap 'ip address add {OWN} nodad' EXIT; \"$@\""


def test_open_and_refused_at_every_address_of_a_name(server: Server) -> None:
    server.firewall(f"--add-port={BUSY}/tcp", f"--add-port={IDLE}/tcp")
    found = probed(target(f"{server.name}.example", BUSY, id="busy"), target(f"{server.name}.example", IDLE))
    expected = [("open", "busy"), ("open", "busy"), ("refused", None), ("refused", None)]
    assert [(one["state"], one["id"]) for one in found] == expected
    assert [one["address"] for one in found] == server.addresses * 2
    assert [one["source"] for one in found] == [IPV4[CLIENT], IPV6[CLIENT]] * 2
    assert all(one["icmp"] is None and 0 < one["latency_ms"] < 1000 for one in found)


def test_only_one_family_is_let_through(server: Server) -> None:
    server.firewall(f"--add-rich-rule=rule family=ipv4 port port={BUSY} protocol=tcp accept")
    found = states(target(f"{server.name}.example", BUSY))
    assert found == [("open", None), ("filtered", "admin-prohibited")]


def test_what_firewalld_rejects_by_default_is_filtered(server: Server) -> None:
    targets = [target(address, BUSY, protocol) for address in server.addresses for protocol in ("tcp", "udp")]
    found = probed(*targets)
    assert [(one["state"], one["icmp"]) for one in found] == [("filtered", "admin-prohibited")] * 4
    for one in found:
        assert one["error"] == f"ICMP admin-prohibited from {one['address']}"
        assert one["latency_ms"] > 0


@pytest.mark.parametrize(("family", "kind", "tcp", "udp"), CASES)
def test_what_a_rule_rejects(server: Server, family: str, kind: str, tcp: Any, udp: Any) -> None:
    for protocol in ("tcp", "udp"):
        server.firewall(f"--add-rich-rule=rule family={family} port port={IDLE} protocol={protocol} reject type={kind}")
    address = server.ipv4 if family == "ipv4" else server.ipv6
    assert states(target(address, IDLE), target(address, IDLE, "udp")) == [tcp, udp]


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_a_reset_by_the_firewall_looks_like_a_host_that_does_not_listen(server: Server, family: str) -> None:
    server.firewall(f"--add-rich-rule=rule family={family} port port={BUSY} protocol=tcp reject type=tcp-reset")
    address = server.ipv4 if family == "ipv4" else server.ipv6
    assert states(target(address, BUSY)) == [("refused", None)]


def test_what_is_dropped_is_filtered_without_a_word(server: Server) -> None:
    server.firewall("--zone=drop", "--change-interface=verify")
    ports = [(BUSY, "tcp"), (UDP_BUSY, "udp")]
    targets = [target(address, port, protocol) for address in server.addresses for port, protocol in ports]
    found = probed(*targets, timeout=0.5)
    assert [one["state"] for one in found] == ["filtered", "udp-unknown"] * 2
    assert all((one["icmp"], one["latency_ms"], one["error"]) == (None, None, None) for one in found)
    assert [one["source"] for one in found] == [IPV4[CLIENT]] * 2 + [IPV6[CLIENT]] * 2


def test_udp_with_and_without_somebody_who_answers(server: Server) -> None:
    server.firewall(f"--add-port={UDP_BUSY}/udp", f"--add-port={UDP_IDLE}/udp")
    targets = [target(address, port, "udp") for address in server.addresses for port in (UDP_BUSY, UDP_IDLE)]
    found = probed(*targets, nonce=NONCE)
    assert [(one["state"], one["icmp"]) for one in found] == [("open", None), ("refused", "port-unreachable")] * 2
    # the lab's listeners send back what they get, which is no listener's answer
    assert not any(one["listener"] for one in found)


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
@pytest.mark.parametrize("timeout", [0.5, 4])
def test_nobody_in_the_network_has_the_address(protocol: str, timeout: float) -> None:
    found = probed(target("10.81.1.99", BUSY, protocol), target("fd81:1::99", BUSY, protocol), timeout=timeout)
    assert [(one["state"], one["icmp"]) for one in found] == [("unreachable", None)] * 2
    assert all("nobody in the network" in one["error"] and one["latency_ms"] is None for one in found)


def test_there_is_no_route() -> None:
    found = probed(target("203.0.113.1", BUSY), target("2001:db8::1", BUSY), target("203.0.113.1", BUSY, "udp"))
    assert [(one["state"], one["source"]) for one in found] == [("unreachable", None)] * 3
    assert {one["error"] for one in found} == {"Network is unreachable"}


def test_a_name_that_does_not_resolve_sends_nothing() -> None:
    (found,) = probed(target("absent.example", BUSY))
    assert (found["state"], found["address"], found["source"]) == ("name-not-resolved", None, None)
    assert found["error"]


def test_a_family_that_this_host_does_not_have_is_skipped() -> None:
    targets = [target("vserver01.example", 22), target("::1", 22)]
    assert states(*targets, through=WITHOUT_IPV6) == [("open", None), ("skipped", None), ("open", None)]


def test_without_any_address_only_loopback_is_tried() -> None:
    targets = [target("vserver01.example", 22), target("127.0.0.1", IDLE), target("::1", IDLE)]
    found = states(*targets, through=ALONE)
    assert found == [("skipped", None), ("skipped", None), ("refused", None), ("refused", None)]


@pytest.mark.parametrize(
    ("policy", "tcp", "udp", "error"),
    [
        ("DROP", ("filtered", None), ("filtered", None), "this host's own firewall does not let it out"),
        ("REJECT", ("filtered", "admin-prohibited"), ("filtered", "admin-prohibited"), "ICMP admin-prohibited from "),
    ],
)
def test_the_firewall_of_the_sender(server: Server, policy: str, tcp: Any, udp: Any, error: str) -> None:
    server.firewall("--permanent", "--new-policy=out")
    for setting in ("--add-ingress-zone=HOST", "--add-egress-zone=ANY", f"--set-target={policy}"):
        server.firewall("--permanent", "--policy=out", setting)
    server.firewall("--reload")
    found = probed(target(IPV4[CLIENT], BUSY), target(IPV4[CLIENT], UDP_BUSY, "udp"), source=server.name)
    assert [(one["state"], one["icmp"]) for one in found] == [tcp, udp]
    assert found[1]["error"].startswith(error)
    assert policy == "DROP" or found[1]["error"].endswith(found[1]["source"])


@pytest.fixture
def listening(server: Server) -> Iterator[dict[str, Any]]:
    """What the start of a listener on a server says."""
    ports = [{"port": IDLE, "protocol": "tcp"}, {"port": IDLE, "protocol": "udp"}, {"port": BUSY, "protocol": "tcp"}]
    yield run_module(server.name, "port_probe", {"mode": "listen", "nonce": NONCE, "listen": ports})
    run_module(server.name, "port_probe", {"mode": "stop", "nonce": NONCE})


def test_a_listener_proves_the_path_through_the_firewall(server: Server, listening: dict[str, Any]) -> None:
    assert listening["listening"] == [{"port": IDLE, "protocol": "tcp"}, {"port": IDLE, "protocol": "udp"}]
    assert [(one["port"], one["protocol"]) for one in listening["in_use"]] == [(BUSY, "tcp")]
    targets = [target(address, IDLE, protocol) for address in server.addresses for protocol in ("tcp", "udp")]
    assert states(*targets, nonce=NONCE) == [("filtered", "admin-prohibited")] * 4
    server.firewall(f"--add-port={IDLE}/tcp", f"--add-port={IDLE}/udp")
    found = probed(*targets, nonce=NONCE)
    assert [(one["state"], one["listener"]) for one in found] == [("open", True)] * 4
    stranger = probed(*targets, nonce="another0another0", timeout=0.5)
    assert [(one["state"], one["listener"]) for one in stranger] == [("open", False), ("udp-unknown", False)] * 2
    assert run_module(server.name, "port_probe", {"mode": "stop", "nonce": NONCE})["stopped"] == 1
    assert {state for state, _icmp in states(*targets, nonce=NONCE)} == {"refused"}


def test_the_listener_outlives_the_session_and_runs_as_nobody(server: Server, listening: dict[str, Any]) -> None:
    said = server.run("ps -C python3 -o user= -o args= | grep port_probe")
    assert [line.split()[0] for line in said.splitlines()] == ["nobody"]


@pytest.mark.parametrize("source", [CLIENT, "vserver02"])
def test_a_thousand_filtered_flows(source: str) -> None:
    server = Server("vserver01")
    try:
        server.firewall("--zone=drop", "--change-interface=verify")
        targets = [target(server.ipv4, port) for port in range(20000, 21000)]
        started = time.monotonic()
        found = states(*targets, source=source)
        took = time.monotonic() - started
    finally:
        server.reset()
    print(f"{source}: 1,000 filtered flows, with the way to the host and back: {took:.2f} s")
    assert found == [("filtered", None)] * 1000
    # two and a half seconds on a machine of its own; a flow at a time would take a quarter of an hour
    assert took < 200


def test_fewer_flows_at_a_time_where_few_files_may_be_open() -> None:
    addresses = [by_family[name] for name in SERVERS for by_family in (IPV4, IPV6)]
    targets = [target(address, IDLE, protocol) for address in addresses for protocol in ("tcp", "udp")] * 20
    # Linux sends 50 ICMP errors in one go, and then a limited number in a second: the second attempt is for the others
    found = states(*targets, through='ulimit -n 40; exec "$@"', attempts=2)
    assert found == [("filtered", "admin-prohibited")] * 160
