# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each place broken in several ways, with real packets between namespaces: the diagnosis names the right one."""

from __future__ import annotations

import datetime
import functools
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from ansible_collections.therefore.firewall.plugins.filter.verify import verify_jobs
from ansible_collections.therefore.firewall.plugins.plugin_utils._diagnosis.diagnosis import document, text
from ansible_collections.therefore.firewall.plugins.plugin_utils._diagnosis.request import connections, request_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.jobs import job_of
from estates import host
from spaces import ARCHIVE, DESK, MISSING, ROUTER, Spaces, spaces

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"real packets between namespaces: {MISSING}")

SUBNETS = ["198.18.0.0/16"]
NONCE = "0123456789abcdef0123456789abcdef"
NAME = "archive.example.com"
NOW = datetime.datetime.now(datetime.UTC)
AUTHORITY = trustme.CA(organization_name="Trusted")
SERVER = {"trusted_subnets": SUBNETS, "components": ["xml_service", "web"], "profile": "minimal"}
CLIENT = {"trusted_subnets": SUBNETS, "server_addresses": [ARCHIVE], "profile": "minimal"}


@pytest.fixture(scope="module")
def made() -> Iterator[Spaces]:
    with spaces() as one:
        yield one


@pytest.fixture
def lab(made: Spaces, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Spaces]:
    """Three hosts with nothing of another test; the desk trusts one authority."""
    AUTHORITY.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    tmp_path.chmod(0o755)
    made.names("desk", f"{ARCHIVE} {NAME}")
    yield made
    made.restore()


def estate() -> list[dict[str, Any]]:
    archive = host("archive", ARCHIVE, therefore_server=SERVER)
    return [host("desk", DESK, therefore_client=CLIENT), archive | {"targets": {NAME: [ARCHIVE]}}]


def diagnosed(lab: Spaces, port: str = "8000", to: str = "archive", **options: Any) -> dict[str, Any]:
    """What is said of one port, as the playbook does it."""
    hosts = estate()
    request = request_of(["desk", "archive"], "desk", to, None, port)
    hosts = [one for one in hosts if one["host"] in request.hosts]
    found = verify_jobs(connections(request, hosts), hosts)
    asked = {"nonce": NONCE, "explain": True}
    if len(hosts) > 1:
        said = lab.module("archive", mode="listen", listen=job_of(found, "archive")["listen"], **asked)
        hosts[1] |= {key: said[key] for key in ("listening", "in_use", "services", "watching", "addresses")}
    targets = job_of(verify_jobs(found, hosts), "desk")["targets"]
    probe = {"mode": "probe", "timeout": 1, "attempts": 1, "targets": targets, **asked, **options}
    hosts[0]["results"] = lab.module("desk", **probe)["results"]
    if len(hosts) > 1:
        ports = job_of(found, "archive")["listen"]
        said = lab.module("archive", mode="stop", listen=ports, **asked)
        hosts[1] |= {key: said[key] for key in ("stopped", "arrived", "seen", "decided", "logging", "logged")}
    report = document(found, hosts, [], "2026-11-28T00:00:00Z")
    print(text(report))
    return dict(report["connections"][0])


def certified(*names: str, days: float = 90, **versions: Any) -> ssl.SSLContext:
    """A server's TLS with a certificate for these names that ends in so many days."""
    before, after = NOW - datetime.timedelta(days=90), NOW + datetime.timedelta(days=days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(*names, not_before=before, not_after=after).configure_cert(context)
    for key, value in versions.items():
        setattr(context, key, value)
    return context


def shake(context: ssl.SSLContext, connection: socket.socket) -> None:
    connection.settimeout(10)
    with context.wrap_socket(connection, server_side=True) as secured:
        secured.recv(1)


def tls(lab: Spaces, context: ssl.SSLContext) -> None:
    lab.serve_with("archive", 443, functools.partial(shake, context))


def clear(lab: Spaces) -> None:
    """A service on 443 that takes a handshake for a bad request."""

    def answer(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        connection.close()

    lab.serve_with("archive", 443, answer)


def rules(place: str, chain: str, *lines: str) -> Callable[[Spaces], None]:
    """A service is there, and a firewall has these rules."""

    def broken(lab: Spaces) -> None:
        lab.serve("archive", 8000)
        lab.rules(place, chain, *lines)

    return broken


def route(place: str, *words: str) -> Callable[[Spaces], None]:
    def broken(lab: Spaces) -> None:
        lab.serve("archive", 8000)
        lab.at(place, "ip", "route", *words)

    return broken


def named(*lines: str, resolver: str = "127.0.0.1") -> Callable[[Spaces], None]:
    def broken(lab: Spaces) -> None:
        lab.serve("archive", 8000)
        lab.serve("router", 8000)
        lab.names("desk", *lines, resolver=resolver)

    return broken


def dnat(lab: Spaces) -> None:
    lab.rules("archive", "prerouting", "tcp dport 8000 redirect to :9")


def proxy(lab: Spaces) -> None:
    lab.serve("router", 9999)
    lab.rules("router", "prerouting", f"ip daddr {ARCHIVE} tcp dport 8000 redirect to :9999")


def closing(lab: Spaces) -> None:
    lab.serve("archive", 8000, closes=True)


DROP = "tcp dport 8000 drop"
TABLE = "the table ip t of archive, chain c"
WRONG = "the table ip t of desk, chain c"
CASES: list[tuple[str, str, Callable[[Spaces], Any], str, str]] = [
    ("nothing is broken", "8000", lambda lab: lab.serve("archive", 8000), "", "on 8000/tcp of archive answers"),
    ("TLS is well", "443", lambda lab: tls(lab, certified(NAME)), "", "on 443/tcp of archive answers"),
    ("no record", "8000", named(), "name", f"cannot resolve {NAME}"),
    ("dead resolver", "8000", named(resolver="198.18.1.77"), "name", "no answer from this host's resolver"),
    ("wrong record", "8000", named(f"198.18.9.9 {NAME}"), "name", f"to 198.18.9.9, and the inventory to {ARCHIVE}"),
    ("another host has the name", "8000", named(f"{ROUTER} {NAME}"), "name", f"resolves {NAME} to {ROUTER}"),
    # as Debian has a host's own name in its hosts file
    ("a name of its own", "8000", named(f"127.0.1.1 {NAME}"), "name", f"to 127.0.1.1, and the inventory to {ARCHIVE}"),
    ("own firewall drops", "8000", rules("desk", "output", DROP), "source", WRONG),
    ("own firewall rejects", "8000", rules("desk", "output", "tcp dport 8000 reject"), "source", WRONG),
    ("no route", "8000", route("desk", "del", "default"), "source", "Network is unreachable"),
    ("forbidden route", "8000", route("desk", "add", "prohibit", ARCHIVE), "source", f"cannot send it to {ARCHIVE}"),
    ("silent gateway", "8000", route("desk", "replace", "default", "via", "198.18.1.77"), "source", "198.18.1.77 does"),
    ("router drops", "8000", rules("router", "forward", DROP), "way", f"last router that answered is {ROUTER}"),
    ("router rejects", "8000", rules("router", "forward", "tcp dport 8000 reject"), "way", f"{ROUTER}, a router"),
    (
        "router resets", "8000", rules("router", "forward", "tcp dport 8000 reject with tcp reset"), "way",
        "refuses it with a reset, and nothing arrived at archive",
    ),
    ("router has a hole", "8000", route("router", "add", "blackhole", f"{ARCHIVE}/32"), "way", "does not arrive"),
    ("answer is dropped", "8000", rules("router", "forward", "tcp sport 8000 drop"), "way", "lost on the way back"),
    ("no route back", "8000", route("archive", "del", "default"), "way", f"no route back to {DESK}"),
    # to our listener: no service is there
    (
        "smaller MTU", "8000", lambda lab: lab.rules("router", "forward", "ip length > 1300 drop"), "way",
        "large ones from the listener do not arrive",
    ),
    ("proxy", "8000", proxy, "way", "answers in place of archive"),
    ("firewall drops", "8000", rules("archive", "input", DROP), "target", f"{TABLE} ({DROP})"),
    ("firewall rejects", "8000", rules("archive", "input", "tcp dport 8000 reject"), "target", TABLE),
    ("firewall resets", "8000", rules("archive", "input", "tcp dport 8000 reject with tcp reset"), "target", TABLE),
    ("nobody but ssh", "8000", rules("archive", "input", "tcp dport 22 accept", "drop"), "target", f"{TABLE} (drop)"),
    (
        "answer is refused", "8000", rules("archive", "output", "tcp sport 8000 drop"), "target",
        "the answer does not leave that host",
    ),
    ("early drop", "8000", rules("archive", "ingress", DROP), "target", "does not tell which of its rules"),
    ("translation", "8000", dnat, "target", "that sends it elsewhere"),
    ("no service", "8000", lambda lab: None, "service", "nothing listens on 8000/tcp of archive"),
    ("loopback only", "8000", lambda lab: lab.serve("archive", 8000, "127.0.0.1"), "service", "on 127.0.0.1 only"),
    ("no thread is free", "8000", lambda lab: lab.sleep("archive", 8000), "service", "accept queue is full"),
    ("closes at once", "8000", closing, "service", "ends it at once"),
    ("expired", "443", lambda lab: tls(lab, certified(NAME, days=-3)), "tls", "certificate has expired"),
    ("other name", "443", lambda lab: tls(lab, certified("other.example.com")), "tls", "for other.example.com, not"),
    ("plain HTTP", "443", clear, "tls", "speaks plain HTTP, no TLS"),
    ("wants a certificate", "443", lambda lab: tls(lab, strict()), "tls", "wants a client certificate"),
    ("never answers", "443", lambda lab: lab.serve("archive", 443), "tls", "did not answer the handshake"),
]  # fmt: skip


def strict() -> ssl.SSLContext:
    context = certified(NAME, verify_mode=ssl.CERT_REQUIRED)
    AUTHORITY.configure_trust(context)
    return context


@pytest.mark.parametrize(
    ("port", "broken", "place", "said"), [case[1:] for case in CASES], ids=[one[0] for one in CASES]
)
def test_the_sentence_names_the_place(
    lab: Spaces, port: str, broken: Callable[[Spaces], Any], place: str, said: str
) -> None:
    broken(lab)
    found = diagnosed(lab, port)
    assert (found["place"] or "", found["passes"]) == (place, not place)
    assert said in found["sentence"]
    assert bool(found["remedy"]) is bool(place)


def test_an_address_outside_the_inventory_is_seen_from_one_end(lab: Spaces) -> None:
    lab.serve("archive", 8000)
    assert diagnosed(lab, to=ARCHIVE)["passes"] is True
    lab.rules("router", "forward", "tcp dport 8000 reject")
    assert diagnosed(lab, to=ARCHIVE)["place"] == "way"
    lab.rules("router", "forward", DROP)
    found = diagnosed(lab, to=ARCHIVE)
    assert (found["place"], found["passes"]) == (None, False)
    assert found["sentence"].startswith("Not known: filtered")


def test_a_loop_is_said(lab: Spaces) -> None:
    lab.at("router", "ip", "route", "add", "198.18.3.0/24", "via", ARCHIVE)
    lab.at("archive", "sysctl", "-qw", "net.ipv4.ip_forward=1")
    found = diagnosed(lab, to="198.18.3.3")
    assert (found["place"], found["sentence"].startswith("Way: it goes round in a loop, says 198.18.")) == ("way", True)


@pytest.fixture
def kernel_log() -> Iterator[None]:
    """The kernel logs for namespaces, too."""
    switch = Path("/proc/sys/net/netfilter/nf_log_all_netns")
    before = switch.read_text()
    switch.write_text("1")
    yield
    switch.write_text(before)


def log_step(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(step["seen"], step["text"]) for step in found["steps"] if step["step"] == "log"]


def test_what_the_firewall_has_logged_is_said(lab: Spaces, kernel_log: None) -> None:
    lab.serve("archive", 8000)
    lab.rules("archive", "input", DROP)
    assert log_step(diagnosed(lab)) == []
    lab.rules("archive", "input", 'tcp dport 8000 log prefix "thf-one-block: " drop')
    assert log_step(diagnosed(lab)) == [
        ("seen", f"the firewall's log of archive has it: thf-one-block (from {DESK})"),
    ]
    # a line about another connection is none about this one
    lab.rules("archive", "input", 'tcp dport 9999 log prefix "other: " drop', DROP)
    assert [seen for seen, _text in log_step(diagnosed(lab))] == ["not seen"]


def test_nothing_is_left_behind(lab: Spaces) -> None:
    diagnosed(lab)
    # a process of its own takes the tables away, a moment after the module has answered
    for one in ("desk", "archive"):
        until = time.monotonic() + 30
        while "thf-trace" in lab.at(one, "nft", "list", "tables"):
            assert time.monotonic() < until, one
            time.sleep(0.05)
