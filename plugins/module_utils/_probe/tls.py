# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS over a connection that is there already: what was agreed on, and whether the certificate is to be trusted."""

from __future__ import annotations

import asyncio
import functools
import ssl
import time
from typing import Any, Awaitable, Callable, Dict, NamedTuple, Optional, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._probe import certificate as _certificate
from ansible_collections.therefore.firewall.plugins.module_utils._probe import waiting

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
    result, failure = empty(), None
    way = STRICT
    while True:
        try:
            if sock is None:
                sock = await connect()
            with sock:
                handshake = await waiting.within(timeout, _shake(sock, way, name))
        except asyncio.TimeoutError:
            return {**result, "error": failure or f"the server did not answer the handshake in {timeout:g} s"}
        except OSError as error:
            failure = failure or _text(error)
            following = _next(way, error)
            if following is None:
                return {**result, "error": failure}
            way, sock = following, None
        else:
            return _report(handshake, verified=way[0], name=name, failure=failure)


def _next(way: Tuple[bool, bool], error: OSError) -> Optional[Tuple[bool, bool]]:
    if way == STRICT and not isinstance(error, ssl.SSLCertVerificationError):
        return OUTDATED
    return None if way == ANYTHING or not isinstance(error, ssl.SSLCertVerificationError) else ANYTHING


def empty() -> Dict[str, Any]:
    """The result where nothing was agreed on."""
    names = ("version", "cipher", "subject", "issuer", "expires", "days_left", "error")
    return {**dict.fromkeys(names), "chain_verified": False, "name_verified": False}


async def _shake(sock: Any, way: Tuple[bool, bool], name: str) -> Handshake:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context(*way).wrap_bio(incoming, outgoing, server_hostname=name)
    loop = asyncio.get_running_loop()
    while True:
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            await _flush(sock, outgoing)
            data = await loop.sock_recv(sock, 1 << 16)
            incoming.write(data) if data else incoming.write_eof()
        except ssl.SSLError:
            # the alert tells the server why
            await _flush(sock, outgoing)
            raise
        else:
            await _flush(sock, outgoing)
            cipher = tls.cipher()
            fields = tls.getpeercert() if way[0] else None
            return Handshake(tls.version(), cipher and cipher[0], tls.getpeercert(True) or b"", dict(fields or {}))


async def _flush(sock: Any, outgoing: ssl.MemoryBIO) -> None:
    if outgoing.pending:
        await asyncio.get_running_loop().sock_sendall(sock, outgoing.read())


def _report(handshake: Handshake, verified: bool, name: str, failure: Optional[str]) -> Dict[str, Any]:
    found = {**empty(), "version": handshake.version, "cipher": handshake.cipher, "chain_verified": verified}
    problems = [] if verified or not failure else [failure]
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
