# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sockets of this machine for a probe to find: open, silent, and with TLS."""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import struct
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

FAMILIES = {"127.0.0.1": socket.AF_INET, "::1": socket.AF_INET6}
NOW = datetime.datetime.now(datetime.UTC)


class Authority:
    """Issues certificates. Its own lies in ca.pem."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = name("Test authority")
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        certificate = (
            self._builder(self._name, self._key.public_key(), NOW + datetime.timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.file = folder / "ca.pem"
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def context(self, host: str, days: float = 10, signed: bool = True) -> ssl.SSLContext:
        """TLS of a server with a certificate for this name, for so many days; from a stranger unless signed."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = self if signed else Authority(self._strangers())
        certificate = (
            issuer._builder(name(host), key.public_key(), NOW + datetime.timedelta(days=days, hours=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .sign(issuer._key, hashes.SHA256())
        )
        file = self._folder / f"{host}-{days}-{signed}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, until: datetime.datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - datetime.timedelta(days=60))
            .not_valid_after(until)
        )

    def _strangers(self) -> Path:
        folder = self._folder / "strangers"
        folder.mkdir(exist_ok=True)
        return folder


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


class Servers:
    """Opens sockets, and closes them all."""

    def __init__(self) -> None:
        self._sockets = contextlib.ExitStack()

    def close(self) -> None:
        self._sockets.close()

    def tcp(self, address: str = "127.0.0.1") -> int:
        """A server that takes connections and says nothing."""
        return self._port(self._socket(address, socket.SOCK_STREAM, listen=16))

    def bound(self) -> int:
        """A socket that has a port, and does not listen."""
        return self._port(self._socket("127.0.0.1", socket.SOCK_STREAM))

    def full(self) -> int:
        """A server whose queue is full: Linux drops what comes, like a firewall."""
        server = self._socket("127.0.0.1", socket.SOCK_STREAM, listen=0)
        for client in (socket.socket() for place in range(3)):
            self._sockets.enter_context(client)
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        return self._port(server)

    def tls(self, context: ssl.SSLContext) -> int:
        server = self._socket("127.0.0.1", socket.SOCK_STREAM, listen=16)
        Thread(target=handshakes, args=(server, context), daemon=True).start()
        return self._port(server)

    def replies(self, line: bytes) -> int:
        """A server that says a line once it was asked something, and ends the connection."""
        server = self._socket("127.0.0.1", socket.SOCK_STREAM, listen=16)
        Thread(target=replies, args=(server, line), daemon=True).start()
        return self._port(server)

    def speaks(self, line: bytes, reset: bool = False) -> int:
        """A server that says a line to whoever comes, and ends the connection."""
        server = self._socket("127.0.0.1", socket.SOCK_STREAM, listen=16)
        Thread(target=lines, args=(server, line, reset), daemon=True).start()
        return self._port(server)

    def udp(self, address: str = "127.0.0.1", answer: bytes = b"") -> int:
        server = self._socket(address, socket.SOCK_DGRAM)
        if answer:
            Thread(target=answers, args=(server, answer), daemon=True).start()
        return self._port(server)

    def _socket(self, address: str, kind: socket.SocketKind, listen: int | None = None) -> socket.socket:
        server = self._sockets.enter_context(socket.socket(FAMILIES[address], kind))
        server.bind((address, 0))
        if listen is not None:
            server.listen(listen)
        return server

    @staticmethod
    def _port(server: socket.socket) -> int:
        return int(server.getsockname()[1])


def handshakes(server: socket.socket, context: ssl.SSLContext) -> None:
    for client in connections(server):
        with contextlib.suppress(OSError), context.wrap_socket(client, server_side=True) as stream:
            stream.recv(1)


def lines(server: socket.socket, line: bytes, reset: bool) -> None:
    for client in connections(server):
        with contextlib.suppress(OSError), client:
            client.sendall(line)
            if reset:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def replies(server: socket.socket, line: bytes) -> None:
    for client in connections(server):
        with contextlib.suppress(OSError), client:
            client.recv(4096)
            client.sendall(line)


def connections(server: socket.socket) -> Iterator[socket.socket]:
    with contextlib.suppress(OSError):
        while True:
            yield server.accept()[0]


def answers(server: socket.socket, answer: bytes) -> None:
    with contextlib.suppress(OSError):
        while True:
            server.sendto(answer, server.recvfrom(512)[1])


def free_port() -> int:
    """A port that nothing uses for TCP, nor for UDP."""
    while True:
        with socket.socket(socket.AF_INET6) as tcp, socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as udp:
            tcp.bind(("::", 0))
            with contextlib.suppress(OSError):
                udp.bind(("::", tcp.getsockname()[1]))
                return int(tcp.getsockname()[1])
