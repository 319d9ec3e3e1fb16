# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS over a connection that is there already: what was agreed on, and whether the certificate is to be trusted."""

from __future__ import annotations

import asyncio
import functools
import ssl
import time
from typing import Any, Awaitable, Callable, Dict, List, NamedTuple, Optional, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._probe import certificate as _certificate
from ansible_collections.therefore.firewall.plugins.module_utils._probe import waiting

CLOSED = "the server closed the connection before the handshake was done"
CLIENT_CERTIFICATE = "the server wants a client certificate"
PLAIN_HTTP = "the server speaks plain HTTP, no TLS"
HTTP = b"HTTP/"
# the length of a record, and of a message in it
RECORD_HEADER, MESSAGE_HEADER = 5, 4
CHANGE_CIPHER_SPEC, HANDSHAKE, CERTIFICATE_REQUEST = 20, 22, 13
# an alert after the handshake of TLS 1.3 comes as soon as the server has seen the client's last message
ALERT_SECONDS = 0.3

# Opens one more connection to the same server; raises OSError.
Connect = Callable[[], Awaitable[Any]]

# Verify, or not; with the limits that the host sets, or also what is out of date. Each is tried when that before it
# failed: a server that only has TLS 1.0 shall be named as one, and a bad certificate be described.
STRICT, OUTDATED, ANYTHING = (True, False), (True, True), (False, True)


class Handshake(NamedTuple):
    """A handshake that succeeded."""

    version: Optional[str]
    cipher: Optional[str]
    certificate: bytes
    # the fields, where the chain was verified
    fields: Dict[str, Any]


@functools.lru_cache(maxsize=None)
def context(verify: bool, outdated: bool) -> ssl.SSLContext:
    """Settings of a client that does not look at the name: that is told apart from the chain."""
    made = ssl.create_default_context()
    made.check_hostname = False
    if not verify:
        made.verify_mode = ssl.CERT_NONE
    if outdated:
        made.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        made.set_ciphers("ALL:@SECLEVEL=0")
    return made


async def examine(sock: Any, connect: Connect, name: str, timeout: float) -> Dict[str, Any]:
    """What the server on this connection has, as the module returns it. Closes the connection."""
    failures: List[str] = []
    way = STRICT
    while True:
        heard = bytearray()
        try:
            if sock is None:
                sock = await connect()
            with sock:
                started = time.monotonic()
                shaken = await waiting.within(timeout, _shake(sock, way, name, heard))
                # after an alert nothing of the handshake can be read any more
                handshake = _handshake(shaken[0], way)
                refuses = await _refuses(sock, shaken, ALERT_SECONDS + time.monotonic() - started)
        except asyncio.TimeoutError:
            return _failed([*failures, _no_answer(heard, timeout)])
        except OSError as error:
            known = _known(error, bytes(heard))
            failures.append(known or _text(error))
            following = None if known else _next(way, error)
            if following is None:
                return _failed(failures)
            way, sock = following, None
        else:
            if way == OUTDATED:
                failures = [f"only settings that are out of date succeed ({failures[0]})"]
            return _report(handshake, way[0], name, failures + [CLIENT_CERTIFICATE] * refuses)


def _failed(failures: List[str]) -> Dict[str, Any]:
    # what is less strict fails for the same reason, or for one of the prober
    return {**empty(), "client_certificate": CLIENT_CERTIFICATE in failures, "error": failures[0]}


def _no_answer(heard: bytearray, timeout: float) -> str:
    said = "began to answer the handshake and did not end" if heard else "did not answer the handshake"
    return (
        f"the server {said} in {timeout:g} s; if the service is well, large packets are lost on the way (a tunnel's "
        "MTU with ICMP filtered)"
    )


def clear_text(said: bytes) -> str:
    """What is wrong with a server that speaks before the client does, or answers something else than TLS."""
    if said.startswith(HTTP):
        return PLAIN_HTTP
    line = "".join(sign if sign.isprintable() else " " for sign in said[:40].decode("ascii", "replace")).strip()
    return f"the server speaks first, in clear text ({line}): STARTTLS or another protocol, not TLS from the start"


def _known(error: OSError, heard: bytes) -> Optional[str]:
    """The reason of a failure as far as what the server said tells it better than the library."""
    if heard.startswith(HTTP):
        return PLAIN_HTTP
    if heard and heard[0] not in (CHANGE_CIPHER_SPEC, 21, HANDSHAKE):
        return clear_text(heard)
    if asks_for_certificate(heard) and "ALERT" in str(getattr(error, "reason", "")):
        return CLIENT_CERTIFICATE
    ended = isinstance(error, (ssl.SSLEOFError, ConnectionError, BrokenPipeError))
    if ended or "EOF" in str(getattr(error, "reason", "")):
        return CLIENT_CERTIFICATE if asks_for_certificate(heard) else CLOSED
    return None


def asks_for_certificate(heard: bytes) -> bool:
    """Whether the server asked for a client certificate. Up to TLS 1.2 that can be read on the way."""
    messages = bytearray()
    while len(heard) >= RECORD_HEADER and heard[0] == HANDSHAKE:
        length = int.from_bytes(heard[3:RECORD_HEADER], "big")
        messages += heard[RECORD_HEADER : RECORD_HEADER + length]
        heard = heard[RECORD_HEADER + length :]
    while len(messages) >= MESSAGE_HEADER:
        if messages[0] == CERTIFICATE_REQUEST:
            return True
        del messages[: MESSAGE_HEADER + int.from_bytes(messages[1:MESSAGE_HEADER], "big")]
    return False


def _next(way: Tuple[bool, bool], error: OSError) -> Optional[Tuple[bool, bool]]:
    if way == STRICT and not isinstance(error, ssl.SSLCertVerificationError):
        return OUTDATED
    return None if way == ANYTHING or not isinstance(error, ssl.SSLCertVerificationError) else ANYTHING


def empty() -> Dict[str, Any]:
    """The result where nothing was agreed on."""
    names = ("version", "cipher", "subject", "issuer", "expires", "days_left", "error")
    return {**dict.fromkeys(names), "chain_verified": False, "name_verified": False, "client_certificate": False}


Shaken = Tuple[ssl.SSLObject, ssl.MemoryBIO]


async def _shake(sock: Any, way: Tuple[bool, bool], name: str, heard: bytearray) -> Shaken:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context(*way).wrap_bio(incoming, outgoing, server_hostname=name)
    while True:
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            await _flush(sock, outgoing)
            await _receive(sock, incoming, heard)
        except ssl.SSLError:
            # the alert tells the server why
            await _flush(sock, outgoing)
            raise
        else:
            await _flush(sock, outgoing)
            return tls, incoming


def _handshake(tls: ssl.SSLObject, way: Tuple[bool, bool]) -> Handshake:
    cipher = tls.cipher()
    fields = tls.getpeercert() if way[0] else None
    return Handshake(tls.version(), cipher and cipher[0], tls.getpeercert(True) or b"", dict(fields or {}))


async def _receive(sock: Any, incoming: ssl.MemoryBIO, heard: bytearray) -> None:
    data = await asyncio.get_running_loop().sock_recv(sock, 1 << 16)
    heard += data
    if data:
        incoming.write(data)
    else:
        incoming.write_eof()


async def _refuses(sock: Any, shaken: Shaken, seconds: float) -> bool:
    """Whether a server of TLS 1.3 says after the handshake, as it does, that it wants a client certificate."""
    tls, incoming = shaken
    until = time.monotonic() + seconds
    while tls.version() == "TLSv1.3":
        try:
            tls.read(1)
        except ssl.SSLWantReadError:  # nothing, or a session ticket
            try:
                await waiting.within(until - time.monotonic(), _receive(sock, incoming, bytearray()))
            except (asyncio.TimeoutError, OSError):
                return False
        except OSError as error:
            return "CERTIFICATE_REQUIRED" in str(getattr(error, "reason", ""))
        else:
            return False
    return False


async def _flush(sock: Any, outgoing: ssl.MemoryBIO) -> None:
    if outgoing.pending:
        await asyncio.get_running_loop().sock_sendall(sock, outgoing.read())


def _report(handshake: Handshake, verified: bool, name: str, problems: List[str]) -> Dict[str, Any]:
    found = {**empty(), "version": handshake.version, "cipher": handshake.cipher, "chain_verified": verified}
    found["client_certificate"] = CLIENT_CERTIFICATE in problems
    try:
        certificate = handshake.fields or _certificate.decode(handshake.certificate)
    except ValueError as error:
        return {**found, "error": "; ".join([*problems, str(error)])}
    found.update(_certificate.describe(certificate, time.time()))
    found["name_verified"] = _certificate.is_for(certificate, name)
    if not found["name_verified"]:
        names = ", ".join(_certificate.alternative_names(certificate)) or "no name at all"
        problems.append(f"the certificate is for {names}, not for {name}")
    return {**found, "error": "; ".join(problems) or None}


def _text(error: OSError) -> str:
    message = getattr(error, "verify_message", "") or getattr(error, "reason", "") or error.strerror or str(error)
    return " ".join(str(message).split())
