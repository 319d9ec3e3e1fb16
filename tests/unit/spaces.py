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
from typing import Any, TypeVar

from ansible_collections.therefore.firewall.plugins.modules import port_probe
from collection import COLLECTIONS

T = TypeVar("T")
DESK, ARCHIVE = "198.18.1.10", "198.18.2.20"
ROUTER = "198.18.1.1"
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

    def build(self) -> None:
        for name in self._names.values():
            run("ip", "netns", "add", name)
        for host in self._names:
            self.at(host, "ip", "link", "set", "lo", "up")
        for host, net, own in (("desk", 1, DESK), ("archive", 2, ARCHIVE)):
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
        for name in self._names.values():
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)

    def at(self, host: str, *command: str, text: str | None = None) -> str:
        return run("ip", "netns", "exec", self._names[host], *command, text=text)

    def rules(self, host: str, chain: str, *rules: str) -> None:
        """Rules of nftables in place of those that are there; a chain is its hook, such as C(forward)."""
        kind = "nat" if chain == "prerouting" else "filter"
        lines = "\n".join(rules)
        head = f"flush ruleset\ntable ip t {{\nchain c {{\ntype {kind} hook {chain} priority 0\n"
        self.at(host, "nft", "-f", "-", text=f"{head}{lines}\n}}\n}}\n" if rules else "flush ruleset\n")

    def probe(self, host: str, *targets: tuple[str, int, str], prefix: tuple[str, ...] = (), **options: Any) -> Any:
        """The results of port_probe; targets are (host, port, protocol)."""
        wanted = [{"host": one, "port": port, "protocol": protocol} for one, port, protocol in targets]
        options = {"mode": "probe", "timeout": 0.5, "attempts": 1, "targets": wanted} | options
        return self.module(host, prefix=prefix, **options)["results"]

    def module(self, host: str, prefix: tuple[str, ...] = (), **arguments: Any) -> dict[str, Any]:
        """The answer of port_probe in a process of its own."""
        command = ["ip", "netns", "exec", self._names[host], *prefix, sys.executable, "-m", port_probe.__name__]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(COLLECTIONS), *sys.path])}
        text = json.dumps({"ANSIBLE_MODULE_ARGS": arguments})
        done = subprocess.run(command, input=text, env=environment, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        answer: dict[str, Any] = json.loads(done.stdout)
        assert not answer.get("failed"), answer
        return answer

    def serve(self, host: str, port: int, address: str = "0.0.0.0", closes: bool = False) -> None:
        """A TCP service that holds what comes, or ends it at once."""
        server = self._open.enter_context(self._within(host, lambda: socket.create_server((address, port))))
        kept: list[socket.socket] = []

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection = server.accept()[0]
                    connection.close() if closes else kept.append(connection)

        threading.Thread(target=accept, daemon=True).start()

    def answer(self, host: str, port: int, line: bytes) -> None:
        """A UDP service that says a line to whoever asks."""

        def make() -> socket.socket:
            sock = socket.socket(type=socket.SOCK_DGRAM)
            sock.bind(("0.0.0.0", port))
            return sock

        server = self._open.enter_context(self._within(host, make))

        def loop() -> None:
            with contextlib.suppress(OSError):
                while True:
                    server.sendto(line, server.recvfrom(2000)[1])

        threading.Thread(target=loop, daemon=True).start()

    def _within(self, host: str, call: Callable[[], T]) -> T:
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
