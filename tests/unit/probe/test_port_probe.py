# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""port_probe with mode probe: what each answer on a real socket is called, names, limits, and the documentation."""

from __future__ import annotations

import errno
import resource
import socket
import struct
import subprocess
import sys
import threading
from typing import Any

import pytest
import yaml
from ansible_collections.therefore.firewall.plugins.module_utils._probe import flow, netlink, probe, words
from ansible_collections.therefore.firewall.plugins.module_utils._probe import icmp as _icmp
from ansible_collections.therefore.firewall.plugins.modules import port_probe as module
from probe_servers import CLOSED, probed, target, tcp_server, udp_server
from test_firewalld_ruleset_module import documented, specified

NONCE = "0123456789abcdef"
LOOPBACKS = ["127.0.0.1", "::1"]
DOCUMENTATION = yaml.safe_load(module.DOCUMENTATION)
RETURN = yaml.safe_load(module.RETURN)


def silent(connection: socket.socket) -> None:
    connection.recv(1)


def test_options_are_those_of_the_documentation() -> None:
    assert specified(module.OPTIONS) == documented(DOCUMENTATION["options"])


def test_the_documented_samples_have_the_keys_of_a_result() -> None:
    (result,) = probed(target("127.0.0.1", CLOSED))
    for sample in RETURN["results"]["sample"]:
        assert set(sample) == set(result) == set(RETURN["results"]["contains"])


@pytest.mark.parametrize("address", LOOPBACKS)
def test_open(address: str) -> None:
    with tcp_server(silent, address) as port:
        (result,) = probed(target(address, port, id="web"))
    assert (result["state"], result["id"], result["source"]) == ("open", "web", address)
    assert (result["icmp"], result["error"], result["tls"], result["listener"]) == (None, None, None, False)
    assert 0 < result["latency_ms"] < 500


@pytest.mark.parametrize("address", LOOPBACKS)
@pytest.mark.parametrize(("protocol", "icmp"), [("tcp", None), ("udp", "port-unreachable")])
def test_refused(address: str, protocol: str, icmp: str | None) -> None:
    (result,) = probed(target(address, CLOSED, protocol))
    assert (result["state"], result["icmp"], result["source"]) == ("refused", icmp, address)
    assert result["error"]
    assert result["latency_ms"] > 0


@pytest.mark.parametrize("address", LOOPBACKS)
def test_udp_with_an_answer(address: str) -> None:
    with udp_server(b"whatever", address) as port:
        (result,) = probed(target(address, port, "udp"))
    assert (result["state"], result["listener"]) == ("open", False)
    assert result["latency_ms"] > 0


@pytest.mark.parametrize("address", LOOPBACKS)
def test_udp_and_silence(address: str) -> None:
    with udp_server(None, address) as port:
        (result,) = probed(target(address, port, "udp"), timeout=0.1, attempts=2)
    assert (result["state"], result["latency_ms"], result["source"]) == ("udp-unknown", None, address)


def test_tcp_and_silence() -> None:
    # a full queue of connections that nobody accepts is silence, as a firewall that drops is
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        waiting = [socket.socket() for _number in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(server.getsockname())
        (result,) = probed(target("127.0.0.1", server.getsockname()[1]), timeout=0.2, attempts=2)
        for one in waiting:
            one.close()
    assert (result["state"], result["latency_ms"], result["icmp"]) == ("filtered", None, None)


def test_the_answer_to_the_second_attempt_counts() -> None:
    asked = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)

        def answer_the_second() -> None:
            for _attempt in range(2):
                asked.append(server.recvfrom(100))
            server.sendto(b"late", asked[1][1])

        thread = threading.Thread(target=answer_the_second)
        thread.start()
        (result,) = probed(target("127.0.0.1", server.getsockname()[1], "udp"), timeout=0.3, attempts=2)
        thread.join(10)
    assert result["state"] == "open"
    assert len({sender for _data, sender in asked}) == 2


def test_a_listener_says_whose_it_is_where_it_has_a_name() -> None:
    own = words.own(NONCE, "archive", "tcp", 8000)
    # sha256sum of "archive tcp 8000"
    assert own == NONCE + "7568aa41"
    others = [("archive2", "tcp", 8000), ("archive", "udp", 8000), ("archive", "tcp", 80)]
    assert own not in {words.own(NONCE, *other) for other in others}
    assert words.own(NONCE, None, "tcp", 8000) == NONCE


def test_a_listener_without_a_name_is_anybodys() -> None:
    own = words.own(NONCE, "archive", "tcp", 8000)
    for said, seen in ((words.answer(own, "192.0.2.1"), "192.0.2.1"), (words.short_answer(NONCE), "")):
        assert words.seen_as(said, NONCE, own) == seen
    assert words.seen_as(words.answer(words.own(NONCE, "other", "tcp", 8000), "192.0.2.1"), NONCE, own) is None
    question = words.question(own, "tag")
    assert words.tag_of(question, NONCE, None, "tcp", 8000) == words.tag_of(question, NONCE, "archive", "tcp", 8000)
    assert words.tag_of(question, NONCE, "archive", "tcp", 8001) is None


@pytest.mark.parametrize(
    ("greeting", "listener"),
    [
        (f"therefore-probe {NONCE}\n", True),
        ("therefore-probe another0another0\n", False),
        ("220 mail.example.com\r\n", False),
    ],
)
def test_a_listener_is_known_by_the_nonce(greeting: str, listener: bool) -> None:
    with tcp_server(lambda connection: connection.sendall(greeting.encode())) as port:
        (tcp,) = probed(target("127.0.0.1", port), nonce=NONCE)
    with udp_server(greeting.encode()) as port:
        (udp,) = probed(target("127.0.0.1", port, "udp"), nonce=NONCE)
    assert [(one["state"], one["listener"]) for one in (tcp, udp)] == [("open", listener)] * 2


def test_results_come_in_the_order_of_the_targets_and_of_the_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    def answers(host: str, *_given: Any, **_more: Any) -> list[Any]:
        if host == "absent.example":
            raise socket.gaierror(-2, "Name or service not known")
        found = ["127.0.0.10", "127.0.0.2", "127.0.0.10"] if host == "two.example" else [host]
        kinds = [(socket.AF_INET6, (one, 0, 0, 0)) if ":" in one else (socket.AF_INET, (one, 0)) for one in found]
        kinds += [(socket.AF_INET6, ("::1", 0, 0, 0))] if host == "two.example" else []
        return [(family, socket.SOCK_STREAM, 6, "", sockaddr) for family, sockaddr in reversed(kinds)]

    # the names of a test cannot be had from the machine's resolver
    monkeypatch.setattr(socket, "getaddrinfo", answers)
    results = probed(*(target(host, CLOSED) for host in ("two.example", "absent.example", "127.0.0.1")))
    assert [(one["host"], one["address"], one["state"]) for one in results] == [
        ("two.example", "127.0.0.2", "refused"),
        ("two.example", "127.0.0.10", "refused"),
        ("two.example", "::1", "refused"),
        ("absent.example", None, "name-not-resolved"),
        ("127.0.0.1", "127.0.0.1", "refused"),
    ]
    assert results[3]["error"] == "Name or service not known"
    assert probe.counts(results) == {"refused": 4, "name-not-resolved": 1}


def test_a_family_without_addresses_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(netlink, "families", lambda: frozenset({socket.AF_INET}))
    skipped, tried = probed(target("2001:db8::1", CLOSED), target("::1", CLOSED))
    assert (skipped["state"], skipped["source"]) == ("skipped", None)
    assert skipped["error"] == "this host has no IPv6 address that others can answer to"
    assert tried["state"] == "refused"


def test_own_families_are_those_of_the_addresses_that_ip_shows() -> None:
    said = subprocess.run(
        ["ip", "-o", "address", "show", "scope", "global"], capture_output=True, text=True, check=True
    )
    words = {line.split()[2] for line in said.stdout.splitlines()}
    assert netlink.families() == {{"inet": socket.AF_INET, "inet6": socket.AF_INET6}[word] for word in words}


def icmp_error(origin: int, kind: int, code: int, sender: str) -> bytes:
    """A struct sock_extended_err with the sender's address behind it, as the kernel gives it."""
    error = struct.pack("=IBBBBII", errno.EHOSTUNREACH, origin, kind, code, 0, 0, 0)
    if ":" in sender:
        packed = socket.inet_pton(socket.AF_INET6, sender)
        return error + struct.pack("=HHI16sI", socket.AF_INET6, 0, 0, packed, 0)
    return error + struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_pton(socket.AF_INET, sender))


@pytest.mark.parametrize(
    ("origin", "kind", "code", "name"),
    [
        (2, 3, 13, "admin-prohibited"),
        (2, 3, 3, "port-unreachable"),
        (2, 3, 7, "other"),
        (2, 11, 0, "time-exceeded"),
        (2, 12, 0, "other"),
        (3, 1, 1, "admin-prohibited"),
        (3, 1, 5, "policy-failed"),
        (3, 1, 6, "reject-route"),
        (3, 3, 0, "time-exceeded"),
        (3, 4, 0, "other"),
    ],
)
def test_an_icmp_error_has_its_name_and_its_sender(origin: int, kind: int, code: int, name: str) -> None:
    sender = {2: "192.0.2.1", 3: "2001:db8::1"}[origin]
    assert _icmp.parse(icmp_error(origin, kind, code, sender)) == _icmp.IcmpError(name, sender)


def test_an_error_of_this_host_is_no_icmp() -> None:
    assert _icmp.parse(icmp_error(1, 0, 0, "192.0.2.1")) is None


@pytest.mark.parametrize(
    ("protocol", "code", "icmp", "state"),
    [
        ("tcp", errno.ECONNREFUSED, None, "refused"),
        ("tcp", errno.ECONNREFUSED, "port-unreachable", "filtered"),
        ("udp", errno.ECONNREFUSED, "port-unreachable", "refused"),
        ("tcp", errno.EHOSTUNREACH, "admin-prohibited", "filtered"),
        ("udp", errno.EHOSTUNREACH, "host-unreachable", "unreachable"),
        ("tcp", errno.ENETUNREACH, "net-unreachable", "unreachable"),
        ("tcp", errno.EACCES, "policy-failed", "filtered"),
        ("tcp", errno.EPROTO, "other", "filtered"),
        ("tcp", errno.ENETUNREACH, None, "unreachable"),
        ("udp", errno.EPERM, None, "filtered"),
        ("tcp", errno.ETIMEDOUT, None, "filtered"),
        ("udp", errno.ETIMEDOUT, None, "udp-unknown"),
    ],
)
def test_what_an_error_means(protocol: str, code: int, icmp: str | None, state: str) -> None:
    assert flow.judge(protocol, code, _icmp.IcmpError(icmp, "192.0.2.1") if icmp else None) == state


def test_a_thousand_flows_with_few_files() -> None:
    program = "\n".join(
        [
            f"import sys; sys.path[:0] = {sys.path!r}",
            "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (30, 60))",
            "import conftest",
            "from probe_servers import CLOSED, probed, target",
            "from ansible_collections.therefore.firewall.plugins.module_utils._probe import probe",
            "results = probed(*[target('127.0.0.1', CLOSED)] * 1000)",
            "print(probe.counts(results), resource.getrlimit(resource.RLIMIT_NOFILE), probe.allowed_files() < 60)",
        ]
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert said.stdout == "{'refused': 1000} (60, 60) True\n", said.stderr


def test_the_limit_of_open_files_leaves_room() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert hard == resource.RLIM_INFINITY or 0 < probe.allowed_files() <= hard - 14
