# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A prober, a router and a target in network namespaces of their own, with real packets between them.

Nothing leaves the namespaces, and they are gone afterwards. Needs root, iproute2 and nftables.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import module_runner
from collection import COLLECTIONS

T = TypeVar("T")
DESK, ARCHIVE = "198.18.1.10", "198.18.2.20"
ROUTER = "198.18.1.1"
NOBODY = 65534
LEGS = (("desk", 1, DESK), ("archive", 2, ARCHIVE))
CLONE_NEWNET = 0x40000000
NEEDED = [name for name in ("ip", "nft") if not shutil.which(name)]
MISSING = "needs root" if os.getuid() else f"needs {' and '.join(NEEDED)}" if NEEDED else ""


def run(*command: str, text: str | None = None) -> str:
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


class Spaces:
    """The three hosts: desk -- router -- archive."""

    def __init__(self) -> None:
        mark = secrets.token_hex(3)
        self._names = {host: f"thf-{mark}-{host}" for host in ("desk", "router", "archive")}
        self._open = contextlib.ExitStack()
        self._runners: dict[str, subprocess.Popen[str]] = {}

    def build(self) -> None:
        for host, name in self._names.items():
            run("ip", "netns", "add", name)
            self._folder(host).mkdir(parents=True)
            self.names(host)
        for host in self._names:
            self.at(host, "ip", "link", "set", "lo", "up")
        for host, net, own in LEGS:
            ends = ("netns", self._names["router"], "type", "veth", "peer", "name", "eth0", "netns", self._names[host])
            run("ip", "link", "add", f"to-{host}", *ends)
            self.at("router", "ip", "address", "add", f"198.18.{net}.1/24", "dev", f"to-{host}")
            self.at(host, "ip", "address", "add", f"{own}/24", "dev", "eth0")
            self.at("router", "ip", "link", "set", f"to-{host}", "up")
            self.at(host, "ip", "link", "set", "eth0", "up")
            self.at(host, "ip", "route", "add", "default", "via", f"198.18.{net}.1")
        self.at("router", "sysctl", "-qw", "net.ipv4.ip_forward=1")

    def remove(self) -> None:
        self._open.close()
        for runner in self._runners.values():
            runner.communicate()
        for host, name in self._names.items():
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)
            shutil.rmtree(self._folder(host), ignore_errors=True)

    def at(self, host: str, *command: str, text: str | None = None) -> str:
        return run("ip", "netns", "exec", self._names[host], *command, text=text)

    def rules(self, host: str, chain: str, *rules: str) -> None:
        """Rules of nftables in place of those that are there; a chain is its hook, such as C(forward)."""
        kind = "nat" if chain == "prerouting" else "filter"
        family, device = ("netdev", " device eth0") if chain == "ingress" else ("ip", "")
        lines = "\n".join(rules)
        head = f"flush ruleset\ntable {family} t {{\nchain c {{\ntype {kind} hook {chain}{device} priority 0\n"
        self.at(host, "nft", "-f", "-", text=f"{head}{lines}\n}}\n}}\n" if rules else "flush ruleset\n")

    def probe(self, host: str, *targets: tuple[str, int, str], **options: Any) -> Any:
        """The results of port_probe; targets are (host, port, protocol)."""
        wanted = [{"host": one, "port": port, "protocol": protocol} for one, port, protocol in targets]
        options = {"mode": "probe", "timeout": 0.5, "attempts": 1, "targets": wanted} | options
        return self.module(host, **options)["results"]

    def module(self, host: str, as_root: bool = True, **arguments: Any) -> dict[str, Any]:
        """The answer of port_probe in a process of its own."""
        user = 0 if as_root else NOBODY
        environment = {name: os.environ[name] for name in ("SSL_CERT_FILE",) if name in os.environ}
        runner = self._runner(host)
        assert runner.stdin
        assert runner.stdout
        request = {"arguments": arguments, "user": user, "environment": environment}
        runner.stdin.write(json.dumps(request) + "\n")
        runner.stdin.flush()
        said = json.loads(runner.stdout.readline())
        answer: dict[str, Any] = json.loads(said)
        assert not answer.get("failed"), answer
        return answer

    def _runner(self, host: str) -> subprocess.Popen[str]:
        """What runs modules on a host; Python starts once."""
        if host not in self._runners:
            command = ["ip", "netns", "exec", self._names[host], sys.executable, module_runner.__file__]
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(COLLECTIONS), *sys.path])}
            pipe = subprocess.PIPE
            self._runners[host] = subprocess.Popen(command, stdin=pipe, stdout=pipe, env=environment, text=True)
        return self._runners[host]

    def names(self, host: str, *lines: str, resolver: str = "127.0.0.1") -> None:
        """The hosts file of a host, and who answers for names that are not in it."""
        for file, text in (("hosts", "\n".join(lines)), ("resolv.conf", f"nameserver {resolver}")):
            (self._folder(host) / file).write_text(f"{text}\n")

    def _folder(self, host: str) -> Path:
        return Path("/etc/netns") / self._names[host]

    def serve(self, host: str, port: int, address: str = "0.0.0.0", closes: bool = False) -> None:
        """A TCP service that holds what comes, or ends it at once."""
        kept: list[socket.socket] = []
        self.serve_with(host, port, socket.socket.close if closes else kept.append, address)

    def serve_with(
        self, host: str, port: int, handle: Callable[[socket.socket], Any], address: str = "0.0.0.0"
    ) -> None:
        """A TCP service that does this with each connection."""
        server = self._open.enter_context(self.within(host, lambda: socket.create_server((address, port))))
        # a thread that waits in accept() is not woken by close()
        self._open.callback(server.shutdown, socket.SHUT_RDWR)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection = server.accept()[0]
                    with contextlib.suppress(OSError):
                        handle(connection)

        threading.Thread(target=accept, daemon=True).start()

    def sleep(self, host: str, port: int) -> None:
        """A TCP service that takes no connection, and has as many that wait as may."""

        def make() -> list[socket.socket]:
            server = socket.create_server(("0.0.0.0", port), backlog=0)
            clients = [socket.socket() for _number in range(3)]
            for client in clients:
                client.setblocking(False)
                client.connect_ex(("127.0.0.1", port))
            return [server, *clients]

        for sock in self.within(host, make):
            self._open.enter_context(sock)

    def restore(self) -> None:
        """End all services, and have rules, names and routes as they were built."""
        self._open.close()
        forget = "nft flush ruleset && ip route flush table main && ip neigh flush dev"
        near = "ip route add 198.18.{net}.0/24 src {own} dev"
        usual = "net.ipv4.ip_forward=0 net.ipv4.ip_local_port_range='32768 60999'"
        self.at("router", "sh", "-ec", "; ".join(
            f"{forget} {dev}" if net is None else f"{near.format(net=net, own=f'198.18.{net}.1')} {dev}"
            for net, dev in ((None, "to-desk"), (1, "to-desk"), (2, "to-archive"))
        ))  # fmt: skip
        for host, net, own in LEGS:
            self.names(host)
            way = f"{near.format(net=net, own=own)} eth0; ip route add default via 198.18.{net}.1"
            self.at(host, "sh", "-ec", f"{forget} eth0; sysctl -qw {usual}; {way}")

    def answer(self, host: str, port: int, line: bytes) -> None:
        """A UDP service that says a line to whoever asks."""

        def make() -> socket.socket:
            sock = socket.socket(type=socket.SOCK_DGRAM)
            sock.bind(("0.0.0.0", port))
            return sock

        server = self._open.enter_context(self.within(host, make))

        def loop() -> None:
            with contextlib.suppress(OSError):
                while True:
                    server.sendto(line, server.recvfrom(2000)[1])

        threading.Thread(target=loop, daemon=True).start()

    def within(self, host: str, call: Callable[[], T]) -> T:
        """What a call gives in a thread that has moved to the host: its sockets belong there."""
        made: list[T] = []

        def move_and_call() -> None:
            with open(f"/run/netns/{self._names[host]}", "rb") as file:
                if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET) == 0:
                    made.append(call())

        thread = threading.Thread(target=move_and_call)
        thread.start()
        thread.join()
        return made[0]


@contextlib.contextmanager
def spaces() -> Iterator[Spaces]:
    made = Spaces()
    try:
        made.build()
        yield made
    finally:
        made.remove()
