# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways in which port checks deceive, with real packets: what is said is true, or unknown."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from typing import Any

import pytest
import trustme
from ansible_collections.therefore.firewall.plugins.filter.verify import verify_jobs
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.flows import flows
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.jobs import job_of, listening
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.verification import document
from estates import host
from slow_link import slow
from spaces import ARCHIVE, DESK, MISSING, ROUTER, Spaces, spaces

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"real packets between namespaces: {MISSING}")

SUBNETS = ["198.18.0.0/16"]
NONCE = "0123456789abcdef0123456789abcdef"
NAME = "archive.example.com"
DROP_8000 = "tcp dport 8000 drop"


@pytest.fixture(scope="module")
def made() -> Iterator[Spaces]:
    with spaces() as one:
        yield one


@pytest.fixture
def lab(made: Spaces) -> Iterator[Spaces]:
    yield made
    made.restore()


def estate(trusted: bool, **settings: Any) -> list[dict[str, Any]]:
    """An archive and a desk, which is a client of it, or (not trusted) a stranger."""
    subnets = SUBNETS if trusted else ["198.18.9.0/24"]
    server = {"trusted_subnets": subnets, "components": ["xml_service"], "profile": "minimal", **settings}
    client = {"trusted_subnets": SUBNETS, "server_addresses": [ARCHIVE], "profile": "minimal", **settings}
    desk = host("desk", DESK, **({"therefore_client": client} if trusted else {}))
    return [host("archive", ARCHIVE, therefore_server=server), desk]


def verified(
    lab: Spaces,
    trusted: bool = True,
    listen: bool = True,
    as_root: bool = True,
    ended: bool = False,
    port: int = 8000,
    protocol: str = "tcp",
    name: str | None = None,
    **settings: Any,
) -> dict[str, Any]:
    """What the verification says of a port of the archive, as seen from the desk, by its address or a name."""
    hosts = estate(trusted, **settings)
    if name:
        hosts[0]["targets"] = {name: [ARCHIVE]}
    found = flows(hosts, seed=7)
    found["flows"] = [one for one in found["flows"] if (one["port"], one["protocol"]) == (port, protocol)]
    job = listening(found["flows"])["archive"]
    if listen:
        said = lab.module(
            "archive", mode="listen", nonce=NONCE, name="archive", listen=job["listen"], ranges=job["ranges"]
        )
        hosts[0] |= {key: said[key] for key in ("listening", "in_use", "services", "watching", "addresses")}
        if ended:
            lab.module("archive", mode="stop", nonce=NONCE)
    targets = job_of(verify_jobs(found, hosts), "desk")["targets"]
    wanted = {"mode": "probe", "nonce": NONCE, "timeout": 0.7, "attempts": 1, "targets": targets}
    hosts[1]["results"] = lab.module("desk", as_root=as_root, **wanted)["results"]
    if listen:
        said = lab.module("archive", mode="stop", nonce=NONCE)
        hosts[0] |= {key: said[key] for key in ("stopped", "arrived", "seen")}
    (proof,) = document(found, hosts, [], "2026-11-27T00:00:00Z")["flows"]
    return dict(proof)


def judged(proof: dict[str, Any]) -> tuple[str, str]:
    return proof["outcome"], proof["proof"]


def test_what_arrives_and_comes_back_is_proved_from_both_ends(lab: Spaces) -> None:
    for port, protocol in ((8000, "tcp"), (137, "udp")):
        assert judged(verified(lab, port=port, protocol=protocol)) == ("passed", "two_ended")


@pytest.mark.parametrize("listen", [True, False])
def test_a_service_is_the_weaker_proof(lab: Spaces, listen: bool) -> None:
    lab.serve("archive", 8000)
    assert judged(verified(lab, listen=listen)) == ("passed", "by_service")
    assert judged(verified(lab, trusted=False)) == ("failed", "by_service")


def test_a_firewall_that_drops_what_follows_the_handshake_does_not_pass(lab: Spaces) -> None:
    lab.rules("router", "forward", "tcp sport 8000 tcp flags & psh == psh drop")
    proof = verified(lab)
    assert judged(proof) == ("failed", "none")
    assert "reaches our listener on archive, and its words do not come back" in proof["hint"]


@pytest.mark.parametrize(("way", "which"), [("ip saddr", "from"), ("ip daddr", "to")])
def test_small_packets_that_pass_prove_nothing_of_large_ones(lab: Spaces, way: str, which: str) -> None:
    lab.rules("router", "forward", f"{way} {ARCHIVE} ip length > 1300 drop")
    proof = verified(lab)
    assert judged(proof) == ("failed", "two_ended")
    assert proof["stopped_at"] == "way"
    assert f"large ones {which} the listener do not arrive, as when the MTU of a tunnel" in proof["hint"]
    # what must not pass has passed, and whoever says less of his packets gets through
    assert judged(verified(lab, trusted=False)) == ("failed", "two_ended")


def test_a_source_address_to_which_no_way_leads_back_is_named(lab: Spaces) -> None:
    lab.at("desk", "ip", "address", "add", "198.18.9.9/32", "dev", "eth0")
    try:
        lab.at("desk", "ip", "route", "replace", "default", "via", ROUTER, "src", "198.18.9.9")
        proof = verified(lab)
    finally:
        lab.at("desk", "ip", "address", "delete", "198.18.9.9/32", "dev", "eth0")
    assert (proof["outcome"], proof["stopped_at"]) == ("failed", "way")
    assert "the answer is lost on the way back to 198.18.9.9" in proof["hint"]


def test_a_name_that_leads_back_to_the_source_itself_proves_nothing(lab: Spaces) -> None:
    """As Debian has a host's own name in its hosts file, and a service of the source's own answers."""
    lab.names("desk", f"127.0.1.1 {NAME}")
    lab.serve("desk", 8000)
    proof = verified(lab, name=NAME)
    assert (proof["outcome"], proof["stopped_at"]) == ("failed", "source")
    assert proof["hint"] == f"desk itself answers: it resolves {NAME} to 127.0.1.1, and the inventory to {ARCHIVE}"


def test_a_dead_address_beside_a_good_one_is_named(lab: Spaces) -> None:
    lab.names("desk", f"{ARCHIVE} {NAME}", f"198.18.2.77 {NAME}")
    proof = verified(lab, name=NAME)
    assert proof["outcome"] == "failed"
    assert proof["hint"].startswith("only 198.18.2.77 fails: ")


@pytest.mark.parametrize(
    ("host", "chain", "rule", "place", "said"),
    [
        ("archive", "input", DROP_8000, "target", "it came to archive, whose rules are as wanted"),
        ("archive", "output", "tcp sport 8000 drop", "target", "the answer does not leave that host"),
        ("router", "forward", "tcp sport 8000 drop", "way", f"the answer is lost on the way back to {DESK}"),
    ],
)
def test_a_packet_that_came_is_told_by_whether_it_was_let_in_and_its_answer_left(
    lab: Spaces, host: str, chain: str, rule: str, place: str, said: str
) -> None:
    lab.rules(host, chain, rule)
    proof = verified(lab)
    assert (proof["outcome"], proof["stopped_at"]) == ("failed", place)
    assert said in proof["hint"]


def test_a_smaller_mtu_that_both_ends_learn_of_is_none_of_our_business(lab: Spaces) -> None:
    lab.at("router", "ip", "route", "change", "198.18.2.0/24", "dev", "to-archive", "mtu", "1300")
    assert judged(verified(lab)) == ("passed", "two_ended")


def test_a_proxy_that_answers_for_the_archive_does_not_pass(lab: Spaces) -> None:
    lab.serve("router", 9999, closes=True)
    lab.answer("router", 9999, b"?")
    lab.rules("archive", "input", DROP_8000, "udp dport 137 drop")
    for port, protocol in ((8000, "tcp"), (137, "udp")):
        lab.rules("router", "prerouting", f"ip daddr {ARCHIVE} {protocol} dport {port} redirect to :9999")
        proof = verified(lab, port=port, protocol=protocol)
        assert judged(proof) == ("failed", "none")
        assert (proof["stopped_at"], proof["results"][0]["state"]) == ("way", "open")
        assert "nothing of it came to our listener on archive" in proof["hint"]


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize(("where", "port"), [("router", 8000), ("archive", 9000)])
def test_the_listener_of_another_host_or_port_is_none_of_the_archives(
    lab: Spaces, where: str, port: int, trusted: bool
) -> None:
    lab.module(where, mode="listen", nonce=NONCE, name=where, listen=[{"port": port}])
    to = f"dnat to {ARCHIVE}:{port}" if where == "archive" else f"redirect to :{port}"
    lab.rules("router", "prerouting", f"ip daddr {ARCHIVE} tcp dport 8000 {to}")
    lab.rules("archive", "input", DROP_8000)
    try:
        proof = verified(lab, trusted=trusted)
    finally:
        lab.module(where, mode="stop", nonce=NONCE)
    assert proof["outcome"] == "failed"
    assert "it is the listener of another host or port of this run" in proof["hint"]
    assert proof["stopped_at"] == ("way" if trusted else None)


def test_a_question_over_udp_that_another_host_gets_is_not_answered(lab: Spaces) -> None:
    lab.module("router", mode="listen", nonce=NONCE, name="router", listen=[{"port": 137, "protocol": "udp"}])
    lab.rules("router", "prerouting", f"ip daddr {ARCHIVE} udp dport 137 redirect to :137")
    try:
        assert judged(verified(lab, port=137, protocol="udp")) == ("failed", "two_ended")
    finally:
        lab.module("router", mode="stop", nonce=NONCE)


def test_where_nobody_listens_a_refusal_proves_nothing(lab: Spaces) -> None:
    assert judged(verified(lab, trusted=False, listen=False)) == ("unknown", "none")
    assert judged(verified(lab, trusted=False)) == ("failed", "two_ended")


def test_a_firewall_on_the_archive_is_proved_by_our_listener(lab: Spaces) -> None:
    lab.rules("archive", "input", DROP_8000)
    assert judged(verified(lab, trusted=False)) == ("passed", "two_ended")
    assert judged(verified(lab, trusted=False, as_root=False)) == ("unknown", "none")
    lab.rules("archive", "input", "tcp dport 8000 reject with tcp reset")
    assert judged(verified(lab, trusted=False)) == ("passed", "refused_by_firewall")
    lab.rules("archive", "input", "tcp dport 8000 reject with icmp type admin-prohibited")
    assert judged(verified(lab, trusted=False)) == ("passed", "refused_by_firewall")


@pytest.mark.parametrize("how", ["drop", "reject", "no route", "no gateway"])
def test_a_prober_that_cannot_send_proves_nothing(lab: Spaces, how: str) -> None:
    if how.startswith("no"):
        lab.at("desk", "ip", "route", "delete", "default")
        if how == "no gateway":
            lab.at("desk", "ip", "route", "add", "default", "via", "198.18.1.77")
    else:
        lab.rules("desk", "output", f"ip daddr {ARCHIVE} {how}")
    for port, protocol in ((8000, "tcp"), (137, "udp")):
        proof = verified(lab, trusted=False, port=port, protocol=protocol)
        assert judged(proof) == ("unknown", "none")
        assert proof["results"][0]["sent"] is False
        assert verified(lab, port=port, protocol=protocol)["stopped_at"] == "source"


@pytest.mark.parametrize("kind", ["blackhole", "unreachable", "prohibit"])
def test_a_route_of_the_prober_that_keeps_it_back_is_named(lab: Spaces, kind: str) -> None:
    lab.at("desk", "ip", "route", "add", kind, f"{ARCHIVE}/32")
    for port, protocol in ((8000, "tcp"), (137, "udp")):
        proof = verified(lab, port=port, protocol=protocol)
        assert judged(proof) == ("failed", "none")
        assert proof["stopped_at"] == "source"
        assert f"a route of this host's own keeps it back ({kind}: ip route get {ARCHIVE})" in proof["hint"]
        assert "host is down" not in proof["hint"]


def test_a_listener_that_has_ended_proves_nothing(lab: Spaces) -> None:
    for trusted in (True, False):
        proof = verified(lab, trusted=trusted, ended=True)
        assert judged(proof) == ("unknown", "none")
        assert "our listener on archive had ended" in proof["hint"]


@pytest.mark.parametrize(("port", "protocol"), [(137, "udp"), (8000, "tcp")])
def test_what_arrives_while_the_answer_is_lost_did_arrive(lab: Spaces, port: int, protocol: str) -> None:
    lab.rules("router", "forward", f"{protocol} sport {port} drop")
    proof = verified(lab, trusted=False, port=port, protocol=protocol)
    assert judged(proof) == ("failed", "two_ended")
    assert proof["hint"].startswith("arrives at archive, and only the answer is lost")
    assert verified(lab, port=port, protocol=protocol)["hint"].startswith(
        "it arrives at archive, and the answer is lost"
    )


def test_an_icmp_error_is_of_him_who_sent_it(lab: Spaces) -> None:
    lab.serve("archive", 8000)
    lab.answer("archive", 137, b"!")
    for place, chain, sender, stopped in (("router", "forward", ROUTER, "way"), ("desk", "output", DESK, "source")):
        lab.rules(place, chain, f"ip daddr {ARCHIVE} reject")
        for port, protocol in ((8000, "tcp"), (137, "udp")):
            proof = verified(lab, port=port, protocol=protocol)
            assert (proof["outcome"], proof["state"], proof["stopped_at"]) == ("failed", "filtered", stopped)
            assert sender in proof["hint"]
        lab.rules(place, chain)


def test_a_loop_is_said_with_the_router(lab: Spaces) -> None:
    lab.at("router", "ip", "route", "add", "198.18.3.0/24", "via", ARCHIVE)
    lab.at("archive", "sysctl", "-qw", "net.ipv4.ip_forward=1")
    for one in lab.probe("desk", ("198.18.3.3", 80, "tcp"), ("198.18.3.3", 80, "udp")):
        assert (one["state"], one["icmp"], one["icmp_by"]) == ("unreachable", "time-exceeded", "other")


def test_a_gateway_that_does_not_answer_is_named(lab: Spaces) -> None:
    lab.at("desk", "ip", "route", "replace", "default", "via", "198.18.1.77")
    far, near = lab.probe("desk", (ARCHIVE, 80, "tcp"), ("198.18.1.99", 80, "tcp"))
    assert far["error"] == "the gateway 198.18.1.77 does not answer (ARP or neighbour discovery)"
    assert near["error"].startswith("nobody in the network has this address")


def test_a_mapped_address_is_one_of_ipv4(lab: Spaces) -> None:
    lab.rules("router", "forward", f"ip daddr {ARCHIVE} reject with icmp type admin-prohibited")
    (one,) = lab.probe("desk", (f"::ffff:{ARCHIVE}", 80, "tcp"))
    assert (one["address"], one["icmp"], one["icmp_from"]) == (ARCHIVE, "admin-prohibited", ROUTER)


def test_a_host_without_ports_left_says_so_of_itself(lab: Spaces) -> None:
    lab.serve("archive", 8000)
    lab.at("desk", "sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 40000")
    found = lab.probe("desk", *[(ARCHIVE, 8000, "tcp")] * 3)
    assert sorted(one["state"] for one in found) == ["not-sent", "not-sent", "open"]
    assert {one["error"] for one in found if one["sent"] is False} == {
        "this host has no local port left for it, or no address to send from"
    }


def test_a_service_on_loopback_only_is_said(lab: Spaces) -> None:
    lab.serve("archive", 8000, address="127.0.0.1")
    proof = verified(lab)
    assert (proof["outcome"], proof["stopped_at"]) == ("failed", "service")
    assert proof["hint"] == "refused: the service on archive listens on 127.0.0.1 only"


def test_a_translated_address_is_said(lab: Spaces) -> None:
    lab.at("router", "nft", "-f", "-", text=(
        "table ip n {\nchain c {\ntype nat hook postrouting priority 100\noifname to-archive masquerade\n}\n}\n"
    ))  # fmt: skip
    proof = verified(lab)
    assert judged(proof) == ("passed", "two_ended")
    assert proof["warnings"] == [f"archive sees desk as 198.18.2.1, not as {DESK} (address translation)"]


@pytest.mark.skipif(not os.path.exists("/dev/net/tun"), reason="needs tun devices")
def test_a_slow_link_is_waited_for(lab: Spaces) -> None:
    """A round trip of 400 ms, at the timeout and attempts that are the default: our greeting, and TLS."""
    options = {"timeout": 3, "attempts": 2, "nonce": NONCE, "mode": "probe"}
    # a port that no service of another test has held
    lab.module("archive", mode="listen", nonce=NONCE, listen=[{"port": 8000}, {"port": 4137, "protocol": "udp"}])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(ARCHIVE).configure_cert(context)
    lab.serve_with("archive", 443, lambda connection: context.wrap_socket(connection, server_side=True))
    wanted = [(8000, "tcp", False), (4137, "udp", False), (443, "tcp", True)]
    targets = [{"host": ARCHIVE, "port": port, "protocol": protocol, "tls": tls} for port, protocol, tls in wanted]
    with slow(lab, 0.2):
        found = lab.module("desk", targets=targets, **options)["results"]
    assert [(one["state"], one["listener"]) for one in found] == [("open", True), ("open", True), ("open", False)]
    assert min(one["latency_ms"] for one in found) >= 400
    assert found[2]["tls"]["version"] == "TLSv1.3"
    assert lab.module("archive", mode="stop", nonce=NONCE)["stopped"] == 1


def test_a_range_is_not_its_first_port(lab: Spaces) -> None:
    range_of = {"supplements": ["rpc_dynamic"], "port": 49152}
    lab.serve("archive", 49664)
    healthy = verified(lab, **range_of)
    assert healthy["outcome"] == "passed"
    assert {49152, 49664, 65535} <= {*healthy["tried"]}
    assert verified(lab, listen=False, **range_of)["outcome"] == "unknown"
    lab.rules("router", "forward", "iifname to-desk tcp dport 49201-65535 drop")
    assert verified(lab, **range_of)["outcome"] == "failed"


def test_six_hundred_ports_and_two_thousand_flows(lab: Spaces) -> None:
    said = lab.module("archive", mode="listen", nonce=NONCE, listen=[{"port": port} for port in range(20000, 20600)])
    assert len(said["listening"]) + len(said["in_use"]) == 600
    assert {one["error"] for one in said["in_use"]} <= {"Too many open files"}
    target = {"host": ARCHIVE, "port": said["listening"][0]["port"], "listener": True}
    found = lab.module("desk", mode="probe", nonce=NONCE, timeout=10, concurrency=2000, targets=[target] * 2000)
    assert found["counts"] == {"open": 2000}
    assert [one["error"] for one in found["results"] if not one["listener"]] == []
    assert lab.module("archive", mode="stop", nonce=NONCE)["stopped"] == 1
