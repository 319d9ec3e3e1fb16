# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers on loopback for the tests of port_probe, each in a thread of the test."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Any

from ansible_collections.therefore.firewall.plugins.module_utils._probe import flow, probe

# nobody assigns it, so nobody listens there
CLOSED = 1


def target(host: str, port: int, protocol: str = "tcp", **changed: Any) -> dict[str, Any]:
    """A target with all keys that Ansible fills in."""
    return {"id": None, "host": host, "port": port, "protocol": protocol, "tls": False, "server_name": None} | changed


def probed(*targets: dict[str, Any], timeout: float = 0.5, attempts: int = 1, nonce: str | None = None) -> Any:
    """The results of these targets."""
    return probe.probe(targets, flow.Settings(timeout, attempts, nonce), 1000)


@contextlib.contextmanager
def tcp_server(handle: Callable[[socket.socket], None], host: str = "127.0.0.1") -> Iterator[int]:
    """The port of a server that handles one connection after the other."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _address = server.accept()
                    with connection, contextlib.suppress(OSError):
                        handle(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            # a thread that waits in accept() is not woken by close()
            server.shutdown(socket.SHUT_RDWR)
            thread.join(10)


@contextlib.contextmanager
def udp_server(answer: bytes | None, host: str = "127.0.0.1") -> Iterator[int]:
    """The port of a server that gives this answer, or none, to whatever comes."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as server:
        server.bind((host, 0))

        def serve() -> None:
            while True:
                data, sender = server.recvfrom(1000)
                if data == b"end":
                    return
                if answer is not None:
                    server.sendto(answer, sender)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            with socket.socket(family, socket.SOCK_DGRAM) as ender:
                ender.sendto(b"end", server.getsockname())
            thread.join(10)


@contextlib.contextmanager
def tls_server(context: ssl.SSLContext, host: str = "127.0.0.1") -> Iterator[int]:
    """The port of a server that does handshakes."""

    def handle(connection: socket.socket) -> None:
        connection.settimeout(10)
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)

    with tcp_server(handle, host) as port:
        yield port
