# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One flow: one port of one address, tried with real packets, and what the answer means."""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
import socket
import time
from typing import Any, Dict, NamedTuple, Optional

from ansible_collections.therefore.firewall.plugins.module_utils._probe import icmp as _icmp
from ansible_collections.therefore.firewall.plugins.module_utils._probe import tls, waiting

# Our listener speaks as soon as it has accepted.
LISTENER_SECONDS = 0.3
UNREACHABLE = ("host-unreachable", "net-unreachable")
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.ENOPROTOOPT)
NO_NEIGHBOUR = "nobody in the network has this address (no answer to ARP or neighbour discovery)"
OWN_FIREWALL = "this host's own firewall does not let it out"
SILENCE = {"tcp": "filtered", "udp": "udp-unknown"}


class Settings(NamedTuple):
    """What is the same for all flows of a call."""

    timeout: float
    attempts: int
    nonce: Optional[str]


class Flow(NamedTuple):
    """Where to, and how."""

    family: int
    sockaddr: Any
    protocol: str
    # name or address that the certificate must be for; None without TLS
    server_name: Optional[str]


def greeting(nonce: str) -> bytes:
    """What our listener says."""
    return f"therefore-probe {nonce}\n".encode()


def question(nonce: str) -> bytes:
    """What our listener is asked over UDP."""
    return f"therefore-probe? {nonce}\n".encode()


def judge(protocol: str, code: int, icmp: Optional[_icmp.IcmpError]) -> str:
    """The state that an error means."""
    if icmp is not None:
        if icmp.name in UNREACHABLE:
            return "unreachable"
        # a TCP stack answers with a reset: this ICMP comes from a firewall
        return "refused" if (icmp.name, protocol) == ("port-unreachable", "udp") else "filtered"
    if code == errno.ECONNREFUSED:
        return "refused"
    if code == errno.ETIMEDOUT:
        return SILENCE[protocol]
    return "filtered" if code in FORBIDDEN else "unreachable"


async def attempt_all(flow: Flow, settings: Settings) -> Dict[str, Any]:
    """What the flow's result has beside the target: the first answer of the attempts, or their silence."""
    found: Dict[str, Any] = {}
    for _attempt in range(settings.attempts):
        try:
            found = await (_tcp if flow.protocol == "tcp" else _udp)(flow, settings)
        except OSError as error:
            return {"state": "unreachable", "error": error.strerror or str(error)}
        if not found.get("silent"):
            break
    return {key: value for key, value in found.items() if key != "silent"}


class _Try:
    """A socket of one attempt, and the time since it was made."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        kind = socket.SOCK_STREAM if flow.protocol == "tcp" else socket.SOCK_DGRAM
        self.sock = socket.socket(flow.family, kind | socket.SOCK_NONBLOCK)
        _icmp.watch(self.sock)
        self.started = time.perf_counter()

    def answer(self, state: str, **more: Any) -> Dict[str, Any]:
        """A result with the time that the answer took."""
        latency = round((time.perf_counter() - self.started) * 1000, 3)
        return {"state": state, "source": self.source(), "latency_ms": latency, **more}

    def silence(self) -> Dict[str, Any]:
        """The result when nothing came."""
        return {"state": SILENCE[self.flow.protocol], "source": self.source(), "silent": True}

    def failure(self, code: int) -> Dict[str, Any]:
        """The result of an error."""
        icmp = _icmp.received(self.sock)
        state = judge(self.flow.protocol, code, icmp)
        if icmp is None:
            if code == errno.ECONNREFUSED:
                return self.answer(state, error=os.strerror(code))
            text = OWN_FIREWALL if code == errno.EPERM else os.strerror(code)
            return {"state": state, "source": self.source(), "error": text, "silent": code == errno.ETIMEDOUT}
        if icmp.name == "host-unreachable" and icmp.sender == self.source() != self.flow.sockaddr[0]:
            # the kernel's own word for a neighbour that it cannot find
            return {"state": state, "source": self.source(), "error": NO_NEIGHBOUR}
        return self.answer(state, icmp=icmp.name, error=f"ICMP {icmp.name} from {icmp.sender}")

    def source(self) -> Optional[str]:
        """The own address used."""
        return _icmp.source(self.sock)


async def _connect(one: _Try, timeout: float) -> int:
    """The error number of a TCP connection, 0 when it is there. Raises asyncio.TimeoutError."""
    code = one.sock.connect_ex(one.flow.sockaddr)
    if code != errno.EINPROGRESS:
        return code
    await waiting.writable(one.sock, timeout)
    code = one.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code == 0 and one.sock.getsockname() == one.sock.getpeername():
        # a closed port of this host's own range for outgoing connections can meet itself
        return errno.ECONNREFUSED
    return code


async def _tcp(flow: Flow, settings: Settings) -> Dict[str, Any]:
    one = _Try(flow)
    with one.sock:
        try:
            code = await _connect(one, settings.timeout)
        except asyncio.TimeoutError:
            return one.silence()
        if code:
            return one.failure(code)
        found = one.answer("open")
        if settings.nonce:
            found["listener"] = await _is_listener(one.sock, settings.nonce, settings.timeout)
        if flow.server_name:
            found["tls"] = await _tls(one.sock, flow, settings, found.get("listener", False))
    return found


async def _is_listener(sock: socket.socket, nonce: str, timeout: float) -> bool:
    expected = greeting(nonce)
    try:
        await waiting.readable(sock, min(LISTENER_SECONDS, timeout))
        # a TLS server lets the client speak first, so that nothing of it is lost here
        return sock.recv(len(expected)) == expected
    except (asyncio.TimeoutError, OSError):
        return False


async def _tls(sock: socket.socket, flow: Flow, settings: Settings, listener: bool) -> Dict[str, Any]:
    if listener:
        return {**tls.empty(), "error": "the listener of a verification answered, which does not speak TLS"}

    async def again() -> socket.socket:
        another = _Try(flow)
        code = await _connect(another, settings.timeout)
        if code:
            another.sock.close()
            raise OSError(code, os.strerror(code))
        return another.sock

    return await tls.examine(sock, again, str(flow.server_name), settings.timeout)


async def _udp(flow: Flow, settings: Settings) -> Dict[str, Any]:
    one = _Try(flow)
    # a nonce of its own does not wake anybody's listener
    nonce = settings.nonce or secrets.token_hex(16)
    with one.sock:
        try:
            one.sock.connect(flow.sockaddr)
            one.sock.send(question(nonce))
            await waiting.readable(one.sock, settings.timeout)
            said = one.sock.recv(1 << 16)
        except asyncio.TimeoutError:
            return one.silence()
        except OSError as error:
            return one.failure(error.errno or errno.EIO)
        return one.answer("open", listener=settings.nonce is not None and said == greeting(nonce))
