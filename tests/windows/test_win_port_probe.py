# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""win_port_probe on the engine, with real sockets of this machine; nothing of it is simulated.

What only Windows does is not seen here: its error codes, and the start of the listener by the WMI service.
"""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._probe import words
from playbook import PROBE, Answers, Step, run
from servers import FAMILIES, Authority, Servers, free_port

if TYPE_CHECKING:
    from simulation import Simulation

HOST = "workgroup_host"
NONCE = "Nonce0123456789abcdef"
LINE = f"therefore-probe {NONCE}\n".encode()
NAMED = "Named0123456789abcdef"
TAG = "0123456789abcdef" * 3
QUESTION = f"therefore-probe? {NONCE}\n".encode()

BAD = {
    "port": (
        {"targets": [{"host": "127.0.0.1", "port": 1}, {"host": "::1", "port": 65536}]},
        "targets[1].port: 65536 is no port",
    ),
    "port to listen on": (
        {"mode": "listen", "nonce": NONCE, "listen": [{"port": 0}]},
        "listen[0].port: 0 is no port; give a number from 1 to 65535",
    ),
    "TLS over UDP": (
        {"targets": [{"host": "127.0.0.1", "port": 1, "protocol": "udp", "tls": True}]},
        "targets[0].tls: true with protocol udp",
    ),
    "host": ({"targets": [{"host": "a b", "port": 1}]}, "targets[0].host: 'a b' is neither an address nor a host name"),
    "server name": (
        {"targets": [{"host": "::1", "port": 1, "server_name": "a:b"}]},
        "targets[0].server_name: 'a:b' is neither an address nor a host name",
    ),
    "nothing to listen on": ({"mode": "listen", "nonce": NONCE}, "listen: [] with mode listen"),
    "port twice": (
        {"mode": "listen", "nonce": NONCE, "listen": [{"port": 1}, {"port": 1}]},
        "listen[1].port: 1 with protocol tcp is there twice",
    ),
    "short nonce": ({"nonce": "short"}, "nonce: 'short' with mode probe; give 16 to 64 letters"),
    "no nonce": ({"mode": "stop"}, "nonce: '' with mode stop"),
    "seconds": ({"mode": "listen", "nonce": NONCE, "seconds": 86401}, "seconds: 86401"),
    "attempts": ({"attempts": 0}, "attempts: 0"),
}


def strict(authority: Authority, version: ssl.TLSVersion, mode: ssl.VerifyMode = ssl.CERT_REQUIRED) -> ssl.SSLContext:
    """A server that asks its clients for a certificate."""
    context = authority.context("localhost", 13)
    context.load_verify_locations(authority.file)
    context.minimum_version = context.maximum_version = version
    context.verify_mode = mode
    return context


class World:
    """What the steps found, and what was said to the listener between them."""

    def __init__(self, simulation: Simulation, folder: Path) -> None:
        self._simulation = simulation
        self.folder = folder
        self.servers = Servers()
        self.free = free_port()
        self.later = free_port()
        self.named = free_port()
        self.answers: Answers = {}
        self.said: dict[str, bytes | None] = {}
        self.process = 0
        self.files: list[str] = []
        authority = Authority(folder)
        old = authority.context("localhost")
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        self.ports = {
            "open": self.servers.tcp(),
            "open over IPv6": self.servers.tcp("::1"),
            "closed": free_port(),
            "full": self.servers.full(),
            "udp answers": self.servers.udp(answer=b"hello"),
            "udp silent": self.servers.udp(),
            "udp closed": free_port(),
            "good": self.servers.tls(authority.context("localhost", 10)),
            "old": self.servers.tls(old),
            "other name": self.servers.tls(authority.context("other.example.com", 11)),
            "expired": self.servers.tls(authority.context("localhost", -3)),
            "stranger": self.servers.tls(authority.context("localhost", 12, signed=False)),
            "mute": self.servers.tcp(),
            "closes": self.servers.speaks(b""),
            "resets": self.servers.speaks(b"", reset=True),
            "STARTTLS": self.servers.speaks(b"220 mail.example.com ESMTP\r\n"),
            "HTTP": self.servers.replies(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
            "hangs up": self.servers.replies(b""),
            "wants a certificate, 1.2": self.servers.tls(strict(authority, ssl.TLSVersion.TLSv1_2)),
            "wants a certificate, 1.3": self.servers.tls(strict(authority, ssl.TLSVersion.TLSv1_3)),
            "would like one": self.servers.tls(strict(authority, ssl.TLSVersion.TLSv1_3, ssl.CERT_OPTIONAL)),
        }
        self.used = {
            "tcp of IPv6": self.servers.tcp("::1"),
            "tcp bound only": self.servers.bound(),
            "udp": self.servers.udp(),
        }
        self.authority = authority.file

    def targets(self) -> list[dict[str, Any]]:
        local = {"host": "127.0.0.1"}
        listed: dict[str, dict[str, Any]] = {
            "open": local,
            "open over IPv6": {"host": "::1"},
            "closed": local,
            "full": local,
            "udp answers": local | {"protocol": "udp"},
            "udp silent": local | {"protocol": "udp"},
            "udp closed": local | {"protocol": "udp"},
            "good": {"host": "localhost", "tls": True},
            "old": {"host": "localhost", "tls": True},
            "other name": {"host": "localhost", "tls": True},
            "expired": local | {"server_name": "localhost", "tls": True},
            "stranger": local | {"server_name": "localhost", "tls": True},
            "mute": local | {"tls": True},
            "closes": local,
            "resets": local,
            "STARTTLS": local | {"tls": True},
            "HTTP": local | {"tls": True},
            "hangs up": local | {"tls": True},
            "wants a certificate, 1.2": local | {"server_name": "localhost", "tls": True},
            "wants a certificate, 1.3": local | {"server_name": "localhost", "tls": True},
            "would like one": local | {"server_name": "localhost", "tls": True},
        }
        nowhere = {"id": "no such name", "host": "no-such-name.invalid", "port": 80}
        return [entry | {"id": name, "port": self.ports[name]} for name, entry in listed.items()] + [nowhere]

    def ends(self, port: int) -> list[dict[str, Any]]:
        return [
            {"id": f"{protocol} {host}", "host": host, "port": port, "protocol": protocol}
            for protocol in ("tcp", "udp")
            for host in FAMILIES
        ]

    def under_a_name(self) -> list[Step]:
        ports = [{"port": self.named, "protocol": protocol} for protocol in ("tcp", "udp")]
        asked = [{"host": "127.0.0.1", "name": name, **port} for name in ("archive", "other") for port in ports]
        listen = {"mode": "listen", "nonce": NAMED, "name": "archive", "listen": ports}
        return [
            Step("listen under a name", PROBE, listen),
            self.probe("probe under names", asked, nonce=NAMED),
            Step("stop under a name", PROBE, {"mode": "stop", "nonce": NAMED}),
        ]

    def listen(self, name: str, check: bool = False, seconds: int = 300, more: list[int] | None = None) -> Step:
        wanted = [{"port": port, "protocol": "tcp"} for port in [self.free, *(more or [])]]
        wanted += [{"port": port, "protocol": "udp"} for port in [self.free, *(more or [])]]
        ranges = [{"first": port, "last": port} for port in (self.ports["open over IPv6"], self.free)]
        options = {"mode": "listen", "nonce": NONCE, "seconds": seconds, "listen": wanted, "ranges": ranges}
        return Step(name, PROBE, options, check)

    def probe(self, name: str, targets: list[dict[str, Any]], **options: Any) -> Step:
        return Step(name, PROBE, {"targets": targets, "timeout": 1.5, "attempts": 1} | options)

    def play(self) -> None:
        self._run(
            [
                self.probe("probe", self.targets()),
                self.probe("probe one at a time", self.targets()[:3], concurrency=1, attempts=2),
                *(Step(f"bad {name}", PROBE, BAD[name][0]) for name in BAD),
                self.listen("listen in check mode", check=True),
                self.listen("listen", more=list(self.used.values())),
                self.probe("probe the listener", self.ends(self.free), nonce=NONCE),
                self.probe("probe with another nonce", self.ends(self.free), nonce="Another0123456789"),
            ]
        )
        self.files = [path.name for path in self.folder.glob("therefore-probe-*")]
        self.process = json.loads((self.folder / self.files[0]).read_text())["pid"]
        self.converse()
        short = {"mode": "listen", "nonce": NONCE[::-1], "seconds": 1, "listen": [{"port": self.later}]}
        self._run(
            [
                self.listen("listen again"),
                Step("listen shortly", PROBE, short),
                *self.under_a_name(),
                Step("stop in check mode", PROBE, {"mode": "stop", "nonce": NONCE}, True),
                Step("stop", PROBE, {"mode": "stop", "nonce": NONCE}),
                self.probe("probe after stop", self.ends(self.free), nonce=NONCE),
                Step("stop again", PROBE, {"mode": "stop", "nonce": NONCE}),
                self.probe("probe after its time", [{"host": "127.0.0.1", "port": self.later}]),
            ]
        )

    def converse(self) -> None:
        for host, family in FAMILIES.items():
            with socket.create_connection((host, self.free), timeout=5) as client:
                self.said[f"tcp {host}"] = client.makefile("rb").readline()
            for name, text in {
                "udp": QUESTION,
                "udp, with a tag": QUESTION[:-1] + f" {TAG}\n".encode(),
                "udp, another nonce": b"therefore-probe? x\n",
                "udp, more": b"x" * 999,
            }.items():
                with socket.socket(family, socket.SOCK_DGRAM) as client:
                    client.settimeout(5 if QUESTION[:-1] in text else 0.3)
                    client.connect((host, self.free))
                    client.send(text)
                    try:
                        self.said[f"{name} {host}"] = client.recv(512)
                    except TimeoutError:
                        self.said[f"{name} {host}"] = None

    def _run(self, steps: list[Step]) -> None:
        self.answers |= run(self._simulation, steps, [HOST])

    def result(self, step: str) -> dict[str, Any]:
        return self.answers[HOST, step].result

    def found(self, target: str, step: str = "probe") -> dict[str, Any]:
        """The first result of a target; a name can have several addresses."""
        return next(dict(entry) for entry in self.result(step)["results"] if entry["id"] == target)


@pytest.fixture(scope="module")
def world(simulation: Simulation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("probe")
    made = World(simulation, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        patch.setenv("SSL_CERT_FILE", str(made.authority))
        made.play()
    yield made
    made.servers.close()


@pytest.mark.parametrize(
    ("target", "state"),
    [
        ("open", "open"),
        ("open over IPv6", "open"),
        ("closed", "refused"),
        ("full", "filtered"),
        ("udp answers", "open"),
        ("udp silent", "udp-unknown"),
        ("udp closed", "refused"),
        ("good", "open"),
        ("mute", "open"),
        ("closes", "open"),
        ("resets", "open"),
        ("no such name", "name-not-resolved"),
    ],
)
def test_state(target: str, state: str, world: World) -> None:
    assert world.found(target)["state"] == state


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("open", {"address": "127.0.0.1", "source": "127.0.0.1", "icmp": None, "error": None, "tls": None}),
        ("open over IPv6", {"address": "::1", "source": "::1", "listener": False, "protocol": "tcp"}),
        ("closed", {"icmp": None, "error": "Connection refused", "source": "127.0.0.1"}),
        ("full", {"latency_ms": None, "error": None, "source": "127.0.0.1"}),
        ("udp silent", {"latency_ms": None, "icmp": None, "error": None}),
        ("udp closed", {"icmp": "port-unreachable", "sent": True}),
        ("closes", {"closed": True, "error": "accepted, then closed"}),
        ("resets", {"closed": True, "error": "accepted, then closed"}),
        ("open", {"closed": False, "sent": True, "tag": None, "seen_as": None}),
        ("no such name", {"address": None, "host": "no-such-name.invalid", "source": None, "latency_ms": None}),
    ],
)
def test_what_else_is_said(target: str, expected: dict[str, Any], world: World) -> None:
    found = world.found(target)
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize("target", ["open", "closed", "udp answers", "udp closed"])
def test_latency_of_what_answered(target: str, world: World) -> None:
    assert 0 < world.found(target)["latency_ms"] < 1500


def test_results_are_in_the_order_of_the_targets(world: World) -> None:
    found = [entry["id"] for entry in world.result("probe")["results"]]
    assert list(dict.fromkeys(found)) == [target["id"] for target in world.targets()]


def test_a_name_gives_one_result_for_each_address(world: World) -> None:
    addresses = [entry["address"] for entry in world.result("probe")["results"] if entry["id"] == "good"]
    known = {entry[4][0] for entry in socket.getaddrinfo("localhost", 1, type=socket.SOCK_STREAM)}
    assert addresses == sorted(known, key=lambda address: (":" in address, address))


def test_counts(world: World) -> None:
    result = world.result("probe")
    states = [entry["state"] for entry in result["results"]]
    assert result["counts"] == {state: states.count(state) for state in states}
    assert result["changed"] is False


def test_one_flow_at_a_time_gives_the_same(world: World) -> None:
    assert [entry["state"] for entry in world.result("probe one at a time")["results"]] == ["open", "open", "refused"]


MUTE = (
    "the server did not answer the handshake in 1.5 s; if the service is well, large packets are lost on the way (a "
    "tunnel's MTU with ICMP filtered)"
)
SPEAKS = (
    "the server speaks first, in clear text (220 mail.example.com ESMTP): STARTTLS or another protocol, not TLS from "
    "the start"
)
CLOSED = "the server closed the connection before the handshake was done"
WANTS = "the server wants a client certificate"
VERIFIED = {"chain_verified": True, "name_verified": True, "error": None}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("good", VERIFIED | {"version": "TLSv1.3", "subject": "CN=localhost", "issuer": "CN=Test authority"}),
        ("good", {"days_left": 10}),
        ("old", VERIFIED | {"version": "TLSv1.2"}),
        ("other name", {"chain_verified": True, "name_verified": False, "days_left": 11}),
        ("other name", {"error": "the certificate is not for localhost"}),
        ("expired", {"chain_verified": False, "name_verified": True, "days_left": -3}),
        ("stranger", {"chain_verified": False, "name_verified": True, "version": "TLSv1.3"}),
        ("mute", {"version": None, "cipher": None, "chain_verified": False, "name_verified": False}),
        ("mute", {"error": MUTE}),
        ("STARTTLS", {"version": None, "error": SPEAKS}),
        ("HTTP", {"version": None, "error": "the server speaks plain HTTP, no TLS"}),
        ("hangs up", {"version": None, "error": CLOSED}),
        ("wants a certificate, 1.2", {"client_certificate": True, "error": WANTS}),
        ("wants a certificate, 1.3", {"client_certificate": True, "error": WANTS}),
        ("would like one", VERIFIED | {"client_certificate": False, "version": "TLSv1.3"}),
    ],
)
def test_tls(target: str, expected: dict[str, Any], world: World) -> None:
    tls = world.found(target)["tls"]
    assert {key: tls[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("target", "reason"),
    [("expired", "a certificate is expired or not valid yet"), ("stranger", "a signature is wrong")],
)
def test_what_is_wrong_with_a_chain_is_said(target: str, reason: str, world: World) -> None:
    error = world.found(target)["tls"]["error"]
    assert error.startswith("the chain does not verify: ")
    assert reason in error


def test_cipher_and_end_of_a_certificate(world: World) -> None:
    tls = world.found("good")["tls"]
    assert tls["cipher"].startswith("TLS_")
    assert tls["expires"].endswith("Z")


@pytest.mark.parametrize("name", BAD)
def test_a_bad_option_is_refused_by_name(name: str, world: World) -> None:
    result = world.result(f"bad {name}")
    assert result["failed"] is True
    assert result["msg"].startswith(BAD[name][1])
    assert "\n" not in result["msg"]


def test_check_mode_listens_on_nothing(world: World) -> None:
    result = world.result("listen in check mode")
    assert [entry["protocol"] for entry in result["listening"]] == ["tcp", "udp"]
    # the next step had the ports
    assert world.result("listen")["listening"] == [
        {"port": world.free, "protocol": "tcp"},
        *({"port": world.used[name], "protocol": "tcp"} for name in ("udp",)),
        {"port": world.free, "protocol": "udp"},
        *({"port": world.used[name], "protocol": "udp"} for name in ("tcp of IPv6", "tcp bound only")),
    ]


def test_a_port_in_use_on_any_address_is_left_alone(world: World) -> None:
    taken = {(entry["port"], entry["protocol"]) for entry in world.result("listen")["in_use"]}
    assert taken == {
        (world.used["tcp of IPv6"], "tcp"),
        (world.used["tcp bound only"], "tcp"),
        (world.used["udp"], "udp"),
    }
    assert all(entry["error"] for entry in world.result("listen")["in_use"])
    addresses = {entry["port"]: entry["addresses"] for entry in world.result("listen")["in_use"]}
    assert addresses[world.used["tcp of IPv6"]] == ["::1"]
    # a port that is taken by nobody who listens is no service
    assert addresses[world.used["tcp bound only"]] == []


def test_the_listener_outlives_its_task_and_is_known_by_its_nonce(world: World) -> None:
    found = world.result("probe the listener")["results"]
    assert [(entry["state"], entry["listener"]) for entry in found] == [("open", True)] * 4
    assert [entry["seen_as"] for entry in found] == ["127.0.0.1", "::1"] * 2


def test_the_listener_of_another_name_is_none(world: World) -> None:
    tcp, udp, other_tcp, other_udp = world.result("probe under names")["results"]
    assert [(one["state"], one["listener"]) for one in (tcp, udp)] == [("open", True)] * 2
    assert (other_tcp["state"], other_tcp["listener"], other_tcp["error"]) == ("open", False, words.ANOTHER)
    assert (other_udp["state"], other_udp["listener"]) == ("udp-unknown", False)
    tags = {one["tag"] for one in world.result("stop under a name")["arrived"] if one["protocol"] == "udp"}
    assert tags == {udp["tag"]}


def test_what_arrived_is_known_when_the_listener_ends(world: World) -> None:
    arrived = world.result("stop")["arrived"]
    assert {entry["port"] for entry in arrived} == {world.free}
    probed = world.result("probe the listener")["results"]
    tags = {entry["tag"] for entry in probed if entry["protocol"] == "udp"}
    assert len(tags) == 2
    assert tags | {TAG} <= {entry["tag"] for entry in arrived}
    # a connection is known by its port, and by its tag only where the prober's question was read in time
    ports = {port for entry in probed for port in entry["source_ports"]}
    assert ports <= {entry["source_port"] for entry in arrived}
    # another nonce reaches a port over TCP, too, and says nothing that counts over UDP
    ports = [one for entry in world.result("probe with another nonce")["results"] for one in entry["source_ports"]]
    assert {entry["protocol"] for entry in arrived if entry["source_port"] in ports} == {"tcp"}


def test_services_in_ranges_are_those_that_others_can_reach(world: World) -> None:
    # all that the tests have is on loopback
    assert world.result("listen")["services"] == []


def test_another_nonce_is_another_listener(world: World) -> None:
    found = world.result("probe with another nonce")["results"]
    assert [(entry["state"], entry["listener"]) for entry in found] == [("open", False)] * 2 + [
        ("udp-unknown", False)
    ] * 2


@pytest.mark.parametrize("host", FAMILIES)
@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("tcp", LINE[:-1]),
        ("udp", LINE),
        ("udp, with a tag", LINE[:-1]),
        ("udp, another nonce", None),
        ("udp, more", None),
    ],
)
def test_what_the_listener_answers(question: str, answer: bytes | None, host: str, world: World) -> None:
    # whoever asks as a prober does hears also under which address it is seen
    seen = f" {host}\n".encode() if answer == LINE[:-1] else b""
    assert world.said[f"{question} {host}"] == (answer + seen if answer else None)


def test_a_second_listener_takes_nothing_from_the_first(world: World) -> None:
    result = world.result("listen again")
    assert result["listening"] == []
    assert {(entry["port"], entry["protocol"]) for entry in result["in_use"]} == {
        (world.free, "tcp"),
        (world.free, "udp"),
    }


def test_stop_ends_the_listener(world: World) -> None:
    assert [world.result(step)["stopped"] for step in ("stop in check mode", "stop")] == [1, 1]
    assert [entry["state"] for entry in world.result("probe after stop")["results"]] == ["refused"] * 4
    assert not Path(f"/proc/{world.process}").exists()


def test_stop_of_none_is_no_error(world: World) -> None:
    assert world.result("stop again")["stopped"] == 0


def test_a_listener_ends_by_itself(world: World) -> None:
    assert world.result("listen shortly")["listening"] == [{"port": world.later, "protocol": "tcp"}]
    assert [entry["state"] for entry in world.result("probe after its time")["results"]] == ["refused"]


def test_nothing_is_left(world: World) -> None:
    assert len(world.files) == 1
    assert not list(world.folder.glob("therefore-probe-*"))


@pytest.mark.parametrize("step", ["listen", "listen again", "stop", "probe the listener"])
def test_nothing_is_changed(step: str, world: World) -> None:
    assert world.result(step)["changed"] is False
