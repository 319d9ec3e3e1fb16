# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The TLS part of port_probe, against real servers on loopback, with certificates made for the test."""

from __future__ import annotations

import datetime
import re
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from ansible_collections.therefore.firewall.plugins.module_utils._probe import certificate as _certificate
from ansible_collections.therefore.firewall.plugins.module_utils._probe import tls as _tls
from probe_servers import probed, target, tcp_server, tls_server

NAME = "archive.example.com"
NOW = datetime.datetime.now(datetime.UTC)
BEFORE = NOW - datetime.timedelta(days=90)
AUTHORITY = trustme.CA(organization_name="Trusted")
STRANGER = trustme.CA(organization_name="Stranger")


@pytest.fixture(autouse=True)
def _trust(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """This host trusts one authority."""
    AUTHORITY.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    _tls.context.cache_clear()
    yield
    _tls.context.cache_clear()


def server_context(*names: str, authority: trustme.CA = AUTHORITY, days: float = 100) -> ssl.SSLContext:
    """Settings of a server whose certificate is for these names and ends in so many days."""
    expires = NOW + datetime.timedelta(days=days)
    certificate = authority.issue_cert(*names, not_before=BEFORE, not_after=expires, common_name="The Server")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def examined(context: ssl.SSLContext, server_name: str | None = NAME) -> dict[str, Any]:
    """What the probe says of such a server."""
    with tls_server(context) as port:
        (result,) = probed(target("127.0.0.1", port, tls=True, server_name=server_name), timeout=10)
    assert result["state"] == "open"
    return result["tls"]


def test_a_good_server() -> None:
    tls = examined(server_context(NAME))
    assert (tls["version"], tls["chain_verified"], tls["name_verified"], tls["error"]) == ("TLSv1.3", True, True, None)
    assert tls["cipher"].startswith("TLS_")
    assert re.fullmatch(r"CN=The Server, OU=.*, O=trustme v.*", tls["subject"])
    assert tls["issuer"].endswith("O=Trusted")
    assert tls["expires"] == (NOW + datetime.timedelta(days=100)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert tls["days_left"] == 99


def test_the_keys_are_those_of_a_failure() -> None:
    assert set(examined(server_context(NAME))) == set(_tls.empty())


@pytest.mark.parametrize(
    ("names", "options", "verified", "problem"),
    [
        ([NAME], {"authority": STRANGER}, (False, True), "unable to get local issuer certificate"),
        ([NAME], {"days": -3.5}, (False, True), "certificate has expired"),
        (["other.example.com"], {}, (True, False), "the certificate is for other.example.com, not for " + NAME),
        (["*.example.com"], {}, (True, True), None),
        (["other.example.com"], {"authority": STRANGER}, (False, False), "issuer certificate; the certificate is for"),
    ],
)
def test_chain_and_name_are_told_apart(
    names: list[str], options: dict[str, Any], verified: tuple[bool, bool], problem: str | None
) -> None:
    tls = examined(server_context(*names, **options))
    assert (tls["chain_verified"], tls["name_verified"]) == verified
    assert tls["error"] is None if problem is None else problem in tls["error"]
    # a bad certificate is described like a good one
    assert tls["version"] == "TLSv1.3"
    assert tls["subject"].startswith("CN=The Server")
    assert tls["days_left"] == (-4 if "days" in options else 99)


@pytest.mark.parametrize(("certified", "verified"), [("127.0.0.1", True), ("192.0.2.1", False)])
def test_without_a_name_the_certificate_must_be_for_the_address(certified: str, verified: bool) -> None:
    tls = examined(server_context(certified), server_name=None)
    assert (tls["chain_verified"], tls["name_verified"]) == (True, verified)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1")
@pytest.mark.parametrize("version", ["TLSv1", "TLSv1_1", "TLSv1_2"])
@pytest.mark.parametrize("authority", [AUTHORITY, STRANGER])
def test_outdated_servers_are_named(version: str, authority: trustme.CA) -> None:
    context = server_context(NAME, authority=authority)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    tls = examined(context)
    assert tls["version"] == version.replace("_", ".")
    assert (tls["chain_verified"], tls["name_verified"]) == (authority is AUTHORITY, True)
    # what today's settings refuse is said, whatever succeeds afterwards
    assert (tls["error"] is None) == (authority is AUTHORITY and version == "TLSv1_2")


def test_what_does_not_speak_tls_is_open_with_an_error() -> None:
    with tcp_server(lambda connection: connection.sendall(b"220 mail.example.com\r\n")) as port:
        (result,) = probed(target("127.0.0.1", port, tls=True, server_name=NAME))
    assert result["state"] == "open"
    assert result["tls"] == {**_tls.empty(), "error": result["tls"]["error"]}
    assert "\n" not in result["tls"]["error"]


def test_what_closes_at_once_is_open_with_an_error() -> None:
    with tcp_server(lambda connection: None) as port:
        (result,) = probed(target("127.0.0.1", port, tls=True))
    assert (result["state"], result["tls"]["version"]) == ("open", None)
    assert result["tls"]["error"]


def test_what_does_not_answer_the_handshake_is_waited_for_once() -> None:
    seen = []

    def swallow(connection: socket.socket) -> None:
        seen.append(connection.recv(10))
        while connection.recv(1000):
            pass

    with tcp_server(swallow) as port:
        (result,) = probed(target("127.0.0.1", port, tls=True), timeout=0.2)
    assert result["tls"]["error"].startswith("the server did not answer the handshake in 0.2 s; if the service is well")
    assert len(seen) == 1


def test_tls_after_the_question_whether_a_listener_is_there() -> None:
    with tls_server(server_context(NAME)) as port:
        one = target("127.0.0.1", port, tls=True, server_name=NAME)
        (result,) = probed(one, timeout=10, nonce="0123456789abcdef")
    assert (result["listener"], result["tls"]["version"], result["tls"]["error"]) == (False, "TLSv1.3", None)


def test_the_listener_of_a_verification_is_no_tls_server() -> None:
    with tcp_server(lambda connection: connection.sendall(b"therefore-probe 0123456789abcdef\n")) as port:
        (result,) = probed(target("127.0.0.1", port, tls=True), nonce="0123456789abcdef")
    assert result["listener"] is True
    assert "does not speak TLS" in result["tls"]["error"]


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("archive.example.com", "Archive.Example.Com.", True),
        ("*.example.com", "archive.example.com", True),
        ("*.example.com", "a.archive.example.com", False),
        ("*.example.com", "example.com", False),
        ("*.com", "example.com", False),
        ("a*.example.com", "archive.example.com", False),
        ("192.0.2.1", "192.0.2.1", False),
    ],
)
def test_names_of_certificates(pattern: str, name: str, matches: bool) -> None:
    assert _certificate.is_for({"subjectAltName": (("DNS", pattern),)}, name) is matches


def test_the_common_name_is_no_name() -> None:
    assert not _certificate.is_for({"subject": ((("commonName", NAME),),)}, NAME)


def test_ipv6_addresses_are_compared_as_numbers() -> None:
    certificate = {"subjectAltName": (("IP Address", "2001:DB8:0:0:0:0:0:1\n"),)}
    assert _certificate.is_for(certificate, "2001:db8::1")


def test_special_characters_of_a_name_are_quoted() -> None:
    name = ((("organizationName", 'Smith, "Sons"'),), (("commonName", "a"), ("1.2.3", "b")))
    assert _certificate.distinguished_name(name) == 'CN=a+1.2.3=b, O="Smith, ""Sons"""'


def test_a_certificate_that_cannot_be_read_is_said_to_be_so() -> None:
    with pytest.raises(ValueError, match="cannot read the certificate"):
        _certificate.decode(b"nonsense")
