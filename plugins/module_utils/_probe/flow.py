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
from typing import Any, Dict, FrozenSet, List, NamedTuple, Optional

from ansible_collections.therefore.firewall.plugins.module_utils._probe import icmp as _icmp
from ansible_collections.therefore.firewall.plugins.module_utils._probe import (
    large,
    limits,
    netlink,
    tls,
    waiting,
    words,
)
from ansible_collections.therefore.firewall.plugins.module_utils._probe.departures import Departures

# Our listener speaks as soon as it has accepted, and its words take as long as the handshake did.
LISTENER_SECONDS = 0.3
ROUND_TRIPS = 3
UNREACHABLE = ("host-unreachable", "net-unreachable", "time-exceeded")
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.ENOPROTOOPT)
# a connection that was there, and was ended before anybody looked
ENDED = (errno.ECONNRESET, errno.EPIPE)
CLOSED = "accepted, then closed"
SILENCE = {"tcp": "filtered", "udp": "udp-unknown"}


class Settings(NamedTuple):
    """What is the same for all flows of a call."""

    timeout: float
    attempts: int
    nonce: Optional[str]
    # the host's own addresses
    own: FrozenSet[str] = frozenset()
    # what was seen leaving, None where this user may not look
    departures: Optional[Departures] = None


class Flow(NamedTuple):
    """Where to, and how."""

    family: int
    sockaddr: Any
    protocol: str
    # name or address that the certificate must be for; None without TLS
    server_name: Optional[str]
    # whether a listener of ours is expected there
    listener: bool = False
    # the host's name, as it was told to its listener
    name: Optional[str] = None


def judge(protocol: str, code: int, icmp: Optional[_icmp.IcmpError], by_target: bool = True) -> str:
    """The state that an error means."""
    if icmp is not None:
        if icmp.name in UNREACHABLE:
            return "unreachable"
        # a TCP stack answers with a reset: this ICMP comes from a firewall, as does one that the target did not send
        told = (icmp.name, protocol, by_target) == ("port-unreachable", "udp", True)
        return "refused" if told else "filtered"
    if code == errno.ECONNREFUSED:
        return "refused"
    if code == errno.ETIMEDOUT:
        return SILENCE[protocol]
    if limits.reason(code):
        return "not-sent"
    return "filtered" if code in FORBIDDEN else "unreachable"


async def attempt_all(flow: Flow, settings: Settings) -> Dict[str, Any]:
    """What the flow's result has beside the target: the first answer of the attempts, or their silence."""
    found: Dict[str, Any] = {}
    ports: List[int] = []
    tag = words.new_tag() if settings.nonce else None
    for _attempt in range(settings.attempts):
        try:
            one = _Try(flow, settings, tag)
        except OSError as error:
            found = _no_socket(error)
            break
        with one.sock:
            found = await (_tcp if flow.protocol == "tcp" else _udp)(one)
            ports += [one.port] if one.port else []
        if not found.pop("silent", False):
            break
    if found["sent"] is None and settings.departures:
        found["sent"] = settings.departures.saw(flow.protocol, ports, flow.sockaddr[0], flow.sockaddr[1])
        if not found["sent"]:
            found["error"] = limits.FULL_TABLE if limits.table_is_full() else limits.NOT_SEEN
    return {**found, "source_ports": ports, "tag": tag}


def _no_socket(error: OSError) -> Dict[str, Any]:
    code = error.errno or errno.EIO
    return {"state": judge("tcp", code, None), "sent": False, "error": limits.reason(code) or os.strerror(code)}


class _Try:
    """A socket of one attempt, and the time since it was made."""

    def __init__(self, flow: Flow, settings: Settings, tag: Optional[str]) -> None:
        self.flow, self.settings, self.tag = flow, settings, tag
        # what stands for the nonce there
        self.nonce: Optional[str] = None
        if settings.nonce:
            self.nonce = words.own(settings.nonce, flow.name, flow.protocol, flow.sockaddr[1])
        kind = socket.SOCK_STREAM if flow.protocol == "tcp" else socket.SOCK_DGRAM
        self.sock = socket.socket(flow.family, kind | socket.SOCK_NONBLOCK)
        _icmp.watch(self.sock)
        self.started = time.perf_counter()
        self.latency = 0.0
        # the own port, 0 where there was none
        self.port = 0

    def answer(self, state: str, **more: Any) -> Dict[str, Any]:
        """A result with the time that the answer took."""
        self.latency = time.perf_counter() - self.started
        return {
            "state": state,
            "source": self.source(),
            "sent": True,
            "latency_ms": round(self.latency * 1e3, 3),
            **more,
        }

    def silence(self) -> Dict[str, Any]:
        """The result when nothing came. A datagram that does not leave is an error at once, a TCP segment is not."""
        return {"state": SILENCE[self.flow.protocol], "source": self.source(), "sent": None, "silent": True}

    def failure(self, code: int) -> Dict[str, Any]:
        """The result of an error."""
        error = _icmp.received(self.sock)
        if error is not None:
            return self._icmp(code, error)
        state = judge(self.flow.protocol, code, None)
        if code == errno.ECONNREFUSED:
            return self.answer(state, error=os.strerror(code))
        if code == errno.ETIMEDOUT:
            return {**self.silence(), "error": os.strerror(code)}
        text = limits.refusal() if code == errno.EPERM else own_route(code, self.flow.sockaddr[0])
        text = text or limits.reason(code) or os.strerror(code)
        return {"state": state, "source": self.source(), "sent": False, "error": text}

    def _icmp(self, code: int, error: _icmp.IcmpError) -> Dict[str, Any]:
        by = self._sender(error.sender)
        state = judge(self.flow.protocol, code, error, by == "target")
        if by == "self" and error.name == "host-unreachable":
            # the kernel's own word for a neighbour that it cannot find
            text = neighbour_text(self.flow.sockaddr[0])
            return {"state": state, "source": self.source(), "sent": False, "error": text}
        return self.answer(
            state, sent=by != "self", icmp=error.name, icmp_from=error.sender, icmp_by=by,
            error=f"ICMP {error.name} from {error.sender}",
        )  # fmt: skip

    def _sender(self, address: str) -> str:
        if address == self.flow.sockaddr[0].partition("%")[0]:
            return "target"
        return "self" if address in self.settings.own or address == self.source() else "other"

    def source(self) -> Optional[str]:
        """The own address used."""
        self.port = self.sock.getsockname()[1]
        return _icmp.source(self.sock)


def neighbour_text(address: str) -> str:
    """Who it is that does not answer in this host's network: the address, or the gateway to it."""
    gateway = netlink.gateway(address)
    return f"the gateway {gateway} does not answer (ARP or neighbour discovery)" if gateway else limits.NO_NEIGHBOUR


def own_route(code: int, address: str) -> Optional[str]:
    """The route of this host's own that keeps back what goes to an address, where the error is that of one."""
    kind = limits.ROUTES.get(code)
    needs_interface = address.lower().startswith("fe80:") and "%" not in address
    if not kind or needs_interface or netlink.route(address):
        return None
    return f"{limits.OWN_ROUTE} keeps it back ({kind}: ip route get {address})"


async def _connect(one: _Try, timeout: float) -> int:
    """The error number of a TCP connection, 0 when it is there. Raises asyncio.TimeoutError."""
    code = one.sock.connect_ex(one.flow.sockaddr)
    if code != errno.EINPROGRESS:
        return code
    await waiting.writable(one.sock, timeout)
    code = one.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code == 0 and _meets_itself(one.sock):
        # a closed port of this host's own range for outgoing connections can meet itself
        return errno.ECONNREFUSED
    return code


def _meets_itself(sock: socket.socket) -> bool:
    try:
        return bool(sock.getsockname() == sock.getpeername())
    except OSError:  # ended again
        return False


async def _tcp(one: _Try) -> Dict[str, Any]:
    flow, settings = one.flow, one.settings
    try:
        code = await _connect(one, settings.timeout)
    except asyncio.TimeoutError:
        return one.silence()
    if code and code not in ENDED:
        return one.failure(code)
    found = one.answer("open")
    heard = Heard(closed=True) if code else Heard()
    if not code and (settings.nonce or not flow.server_name):
        heard = await _hear(one)
    found.update(listener=heard.seen_as is not None, seen_as=heard.seen_as or None, closed=heard.closed)
    if heard.closed:
        found["error"] = CLOSED
    if settings.nonce and words.is_of_run(heard.spoken, settings.nonce):
        found["error"] = words.ANOTHER
    if heard.lost:
        found["error"] = heard.lost
    if flow.server_name:
        found["tls"] = await _tls(one, heard)
    return found


class Heard(NamedTuple):
    """What a server said before it was asked anything: our listener's line, something else, or the end."""

    seen_as: Optional[str] = None
    closed: bool = False
    spoken: bytes = b""
    # what of larger packets does not pass
    lost: Optional[str] = None


async def _hear(one: _Try) -> Heard:
    """Wait for a listener's line. A TLS server lets the client speak first, so that nothing of it is lost here."""
    settings, spoken = one.settings, b""
    wait = LISTENER_SECONDS + ROUND_TRIPS * one.latency
    until = time.monotonic() + (max(wait, settings.timeout) if one.flow.listener else wait)
    while len(spoken) < words.LONGEST:
        try:
            await waiting.readable(one.sock, until - time.monotonic())
            more = one.sock.recv(words.LONGEST)
        except asyncio.TimeoutError:
            break
        except OSError:
            more = b""
        if not more:
            return Heard(closed=not spoken, spoken=spoken)
        spoken += more
        seen_as = words.seen_as(spoken, settings.nonce, one.nonce) if settings.nonce else None
        if seen_as is not None:
            # the question tells the listener whose connection it was
            asked = words.question(str(one.nonce), str(one.tag))
            return Heard(seen_as=seen_as, lost=await large.lost(one.sock, asked, max(wait, settings.timeout)))
        if not spoken.startswith(b"therefore-probe"[: len(spoken)]):
            break
    return Heard(spoken=spoken)


async def _tls(one: _Try, heard: Heard) -> Dict[str, Any]:
    if heard.seen_as is not None:
        return {**tls.empty(), "error": "the listener of a verification answered, which does not speak TLS"}
    if heard.closed:
        return {**tls.empty(), "error": tls.CLOSED}
    if heard.spoken:
        return {**tls.empty(), "error": tls.clear_text(heard.spoken)}
    timeout = max(one.settings.timeout, 2 * ROUND_TRIPS * one.latency)

    async def again() -> socket.socket:
        another = _Try(one.flow, one.settings, None)
        code = await _connect(another, timeout)
        if code:
            another.sock.close()
            raise OSError(code, os.strerror(code))
        return another.sock

    return await tls.examine(one.sock, again, str(one.flow.server_name), timeout)


async def _udp(one: _Try) -> Dict[str, Any]:
    # a nonce of its own does not wake anybody's listener
    asked = words.question(one.nonce or secrets.token_hex(16), one.tag or words.new_tag())
    try:
        one.sock.connect(one.flow.sockaddr)
        one.sock.send(asked)
        await waiting.readable(one.sock, one.settings.timeout)
        said = one.sock.recv(1 << 16)
    except asyncio.TimeoutError:
        return {**one.silence(), "sent": None if one.settings.departures else True}
    except OSError as error:
        return one.failure(error.errno or errno.EIO)
    nonce = one.settings.nonce
    seen_as = words.seen_as(said, nonce, one.nonce) if nonce else None
    return one.answer("open", listener=seen_as is not None, seen_as=seen_as or None)
