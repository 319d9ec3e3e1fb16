# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The listener: a process of its own that answers on ports for a limited time, and can be told to end."""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import resource
import selectors
import socket
import struct
import time
from contextlib import suppress
from itertools import chain
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._probe import (
    arrivals,
    detached,
    large,
    limits,
    listener_sockets,
    services,
    trace,
    words,
)
from ansible_collections.therefore.firewall.plugins.module_utils._probe.watch import Watch

# connections that are taken before anything else is looked at
AT_ONCE = 256
# The prober ends the connection as soon as it has read, and a busy one takes its time; whoever does not is cut off.
CONNECTION_SECONDS = 5.0
STOP_SECONDS = 5.0
# a connection whose confirmation is lost stays half open for at least three seconds
HALF_OPEN_SECONDS = 2.0
PEER_CREDENTIALS = struct.Struct("3i")


def control_name(nonce: str) -> str:
    """Where a listener can be reached: a name in the kernel, no file. All may see the name, so it hides the nonce."""
    return "therefore-probe-" + hashlib.sha256(nonce.encode()).hexdigest()[:32]


class Stopped(NamedTuple):
    """How many listeners were ended, what had reached them, what was seen coming, and what was decided on it."""

    listeners: int
    arrived: List[Dict[str, Any]]
    seen: List[Dict[str, Any]]
    decided: List[Dict[str, Any]]


class Listener:
    """Answers until its time is over or somebody who knows the nonce says stop. Each question renews its time."""

    selector: selectors.BaseSelector

    def __init__(
        self,
        nonce: str,
        sockets: Sequence[socket.socket],
        control: socket.socket,
        seconds: float,
        watch: Watch,
        name: Optional[str] = None,
    ) -> None:
        self.name = name
        self.nonce, self.sockets, self.control, self.seconds, self.watch = nonce, sockets, control, seconds, watch
        self.end = time.monotonic() + seconds
        self.owner = os.getuid()
        self.arrivals = arrivals.Arrivals()
        # when each is cut off, the oldest first, and whose it is
        self.connections: Dict[socket.socket, Tuple[float, Tuple[int, str, int]]] = {}
        self.tcp_ports = {sock.getsockname()[1] for sock in sockets if sock.type == socket.SOCK_STREAM}
        self.look = time.monotonic() + HALF_OPEN_SECONDS
        # counted now: who has given up its rights may not look any more
        self.most = limits.allowed_files()

    def serve(self) -> None:
        """Answer until the end."""
        self.selector = selectors.DefaultSelector()
        seen = [self.watch.sightings.sock] if self.watch.sightings else []
        for sock in (*self.sockets, self.control, *seen):
            self.selector.register(sock, selectors.EVENT_READ, sock)
        stopped = None
        while stopped is None and time.monotonic() < self.end:
            for key, _events in self.selector.select(self._until_next()):
                stopped = self._handle(key.data) or stopped
            self._end_overdue()
            if stopped is not None or time.monotonic() >= self.look:
                self._look_for_half_open()
        listener_sockets.close(self.sockets)
        for connection in list(self.connections):
            listener_sockets.reset(connection)
        self.control.close()
        if stopped is not None:
            self._report(stopped)
        self.watch.close()

    def _until_next(self) -> float:
        cut = next(iter(self.connections.values()))[0] if self.connections else self.end
        return max(0.0, min(self.end, self.look, cut) - time.monotonic())

    def _handle(self, sock: socket.socket) -> Optional[socket.socket]:
        if sock is self.control:
            return self._asked_to_stop()
        if self.watch.sightings and sock is self.watch.sightings.sock:
            self.watch.sightings.look()
        elif sock in self.connections:
            self._read(sock)
        elif sock.type == socket.SOCK_STREAM:
            self._accept(sock)
        else:
            asked = listener_sockets.answer_datagram(sock, self.nonce, self.name)
            if asked:
                self._keep("udp", sock.getsockname()[1], *asked)
        return None

    def _keep(self, protocol: str, port: int, source: str, source_port: int, tag: str) -> None:
        self.arrivals.keep(protocol, port, source, source_port, tag)
        self.end = max(self.end, time.monotonic() + self.seconds)

    def _look_for_half_open(self) -> None:
        self.look = time.monotonic() + HALF_OPEN_SECONDS
        for line in services.half_open(self.tcp_ports) if self.tcp_ports else ():
            self.arrivals.keep("tcp", line.port, line.other_address, line.other_port)

    def _accept(self, sock: socket.socket) -> None:
        for _number in range(AT_ONCE):
            if len(self.connections) >= self.most:
                # it has been told what there is to tell, and a reset would take that away if it has not read it yet
                self._forget(next(iter(self.connections)), socket.socket.close)
            try:
                connection, peer = sock.accept()
            except OSError:
                return
            self._greet(connection, (sock.getsockname()[1], peer[0], peer[1]))

    def _greet(self, connection: socket.socket, whose: Tuple[int, str, int]) -> None:
        self.arrivals.keep("tcp", *whose)
        connection.setblocking(False)
        self.connections[connection] = time.monotonic() + CONNECTION_SECONDS, whose
        self.selector.register(connection, selectors.EVENT_READ, connection)
        try:
            connection.send(words.answer(words.own(self.nonce, self.name, "tcp", whose[0]), whose[1]))
        except OSError:
            self._forget(connection)

    def _read(self, connection: socket.socket) -> None:
        """The prober's question is kept, anything else thrown away; the end of it ends the connection."""
        try:
            said = connection.recv(4096)
        except OSError:
            said = b""
        whose = self.connections[connection][1]
        tag = words.tag_of(said, self.nonce, self.name, "tcp", whose[0])
        if tag:
            self._keep("tcp", *whose, tag)
            # who has ended the connection already does not want it
            with suppress(OSError):
                large.send(connection)
        if not said:
            self._forget(connection)

    def _report(self, asker: socket.socket) -> None:
        """Whoever stops is told what came, and by the end of the connection that the ports are free."""
        seen = self.watch.sightings.as_list() if self.watch.sightings else []
        decided = self.watch.trace.finish() if self.watch.trace else []
        try:
            asker.settimeout(STOP_SECONDS)
            asker.sendall(json.dumps(Stopped(1, self.arrivals.as_list(), seen, decided)._asdict()).encode())
        except OSError:
            pass
        asker.close()

    def _forget(self, connection: socket.socket, end: Callable[[socket.socket], None] = listener_sockets.reset) -> None:
        del self.connections[connection]
        self.selector.unregister(connection)
        end(connection)

    def _end_overdue(self) -> None:
        while self.connections:
            oldest, (moment, _whose) = next(iter(self.connections.items()))
            if moment > time.monotonic():
                return
            self._forget(oldest)

    def _asked_to_stop(self) -> Optional[socket.socket]:
        try:
            asker, _address = self.control.accept()
        except OSError:
            return None
        credentials = asker.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER_CREDENTIALS.size)
        try:
            asker.settimeout(0.5)
            if PEER_CREDENTIALS.unpack(credentials)[1] in (0, self.owner) and asker.recv(100) == self.nonce.encode():
                return asker
        except OSError:
            pass
        asker.close()
        return None


def start(
    nonce: str,
    sockets: Sequence[socket.socket],
    seconds: float,
    watch: Optional[Watch] = None,
    name: Optional[str] = None,
) -> None:
    """Have a process of its own answer on these sockets, and look on; all is closed here. Raises OSError."""
    control = _control(nonce)
    watch = watch or Watch()
    listener = Listener(nonce, sockets, control, seconds, watch, name)
    started, says_started = os.pipe()
    child = os.fork()
    if child == 0:
        _detach(listener, says_started)
    os.close(says_started)
    os.waitpid(child, 0)
    with os.fdopen(started, "rb") as pipe:
        said = pipe.read()
    listener_sockets.close([*sockets, control])
    watch.close()
    if said:
        raise OSError(said.decode(errors="replace"))


def stop(nonce: str) -> Stopped:
    """End all listeners of this nonce."""
    said = [one for one in (_stop(name, nonce) for name in running(nonce)) if one is not None]
    return Stopped(len(said), *(list(chain.from_iterable(one[part] for one in said)) for part in Stopped._fields[1:]))


def running(nonce: str) -> List[str]:
    """The names of the listeners of this nonce."""
    with open("/proc/net/unix", encoding="utf-8", errors="replace") as file:
        names = {line.split()[-1].lstrip("@") for line in file if control_name(nonce) in line}
    return sorted(names)


def _stop(name: str, nonce: str) -> Optional[Dict[str, Any]]:
    """What this listener says at its end, None where it could not be stopped."""
    said = b""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(STOP_SECONDS + trace.END_SECONDS)
        try:
            sock.connect("\0" + name)
            sock.send(nonce.encode())
            while True:
                more = sock.recv(1 << 16)
                if not more:
                    return dict(json.loads(said.decode()))
                said += more
        except (OSError, ValueError):  # it died meanwhile
            return None


def _control(nonce: str) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # two calls with one nonce make two listeners
    sock.bind(f"\0{control_name(nonce)}-{os.getpid()}-{time.time_ns()}")
    sock.listen(8)
    sock.setblocking(False)
    return sock


def _detach(listener: Listener, says_started: int) -> None:
    """In a child: become a process that nobody waits for and nothing ends but the listener's own end."""
    try:
        kept = {sock.fileno() for sock in (*listener.sockets, listener.control)}
        detached.leave({*kept, *listener.watch.descriptors(), says_started})
        _give_up_privileges()
        os.close(says_started)
        listener.serve()
    except (OSError, KeyError, ValueError) as error:
        # whoever started it is told why, if it still waits
        os.write(says_started, " ".join(str(error).split()).encode())
    finally:
        # neither the cleaning up nor the output of the process that this is a copy of
        os._exit(0)


def _give_up_privileges() -> None:
    """The ports are there: nothing is left to do that needs a right."""
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)
    # no process, no file
    for limit in (resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE):
        resource.setrlimit(limit, (0, 0))
