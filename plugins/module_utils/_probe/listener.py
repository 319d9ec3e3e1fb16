# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The listener: a process of its own that answers on ports for a limited time, and can be told to end."""

from __future__ import annotations

import hashlib
import os
import pwd
import resource
import selectors
import signal
import socket
import struct
import time
from typing import Dict, List, Optional, Sequence, Set

from ansible_collections.therefore.firewall.plugins.module_utils._probe import flow, listener_sockets

# Open connections; more are ended at once.
MOST_CONNECTIONS = 256
# The prober ends the connection as soon as it has read; whoever does not is cut off.
CONNECTION_SECONDS = 1.0
STOP_SECONDS = 5.0
PEER_CREDENTIALS = struct.Struct("3i")


def control_name(nonce: str) -> str:
    """Where a listener can be reached: a name in the kernel, no file. All may see the name, so it hides the nonce."""
    return "therefore-probe-" + hashlib.sha256(nonce.encode()).hexdigest()[:32]


class Listener:
    """Answers until its time is over or somebody who knows the nonce says stop."""

    selector: selectors.BaseSelector

    def __init__(self, nonce: str, sockets: Sequence[socket.socket], control: socket.socket, seconds: float) -> None:
        self.nonce, self.sockets, self.control = nonce, sockets, control
        self.end = time.monotonic() + seconds
        self.owner = os.getuid()
        self.connections: Dict[socket.socket, float] = {}

    def serve(self) -> None:
        """Answer until the end."""
        self.selector = selectors.DefaultSelector()
        for sock in (*self.sockets, self.control):
            self.selector.register(sock, selectors.EVENT_READ, sock)
        stopped = None
        while stopped is None and time.monotonic() < self.end:
            for key, _events in self.selector.select(self._until_next()):
                stopped = self._handle(key.data) or stopped
            self._end_overdue()
        listener_sockets.close(self.sockets)
        for connection in list(self.connections):
            listener_sockets.reset(connection)
        self.control.close()
        if stopped is not None:
            # whoever stops is told by the end of the connection, when the ports are free
            stopped.close()

    def _until_next(self) -> float:
        moments = [self.end, *self.connections.values()]
        return max(0.0, min(moments) - time.monotonic())

    def _handle(self, sock: socket.socket) -> Optional[socket.socket]:
        if sock is self.control:
            return self._asked_to_stop()
        if sock in self.connections:
            self._read(sock)
        elif sock.type == socket.SOCK_STREAM:
            self._accept(sock)
        else:
            listener_sockets.answer_datagram(sock, flow.question(self.nonce), flow.greeting(self.nonce))
        return None

    def _accept(self, sock: socket.socket) -> None:
        try:
            connection, _address = sock.accept()
        except OSError:
            return
        connection.setblocking(False)
        if len(self.connections) >= MOST_CONNECTIONS:
            listener_sockets.reset(connection)
            return
        self.connections[connection] = time.monotonic() + CONNECTION_SECONDS
        self.selector.register(connection, selectors.EVENT_READ, connection)
        try:
            connection.send(flow.greeting(self.nonce))
        except OSError:
            self._forget(connection)

    def _read(self, connection: socket.socket) -> None:
        """What anybody says is thrown away; the end of it ends the connection."""
        try:
            over = not connection.recv(4096)
        except OSError:
            over = True
        if over:
            self._forget(connection)

    def _forget(self, connection: socket.socket) -> None:
        del self.connections[connection]
        self.selector.unregister(connection)
        listener_sockets.reset(connection)

    def _end_overdue(self) -> None:
        for connection in [one for one, moment in self.connections.items() if moment <= time.monotonic()]:
            self._forget(connection)

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


def start(nonce: str, sockets: Sequence[socket.socket], seconds: float) -> None:
    """Have a process of its own answer on these sockets, which are closed here. Raises OSError."""
    control = _control(nonce)
    listener = Listener(nonce, sockets, control, seconds)
    started, says_started = os.pipe()
    child = os.fork()
    if child == 0:
        _detach(listener, says_started)
    os.close(says_started)
    os.waitpid(child, 0)
    with os.fdopen(started, "rb") as pipe:
        said = pipe.read()
    listener_sockets.close([*sockets, control])
    if said:
        raise OSError(said.decode(errors="replace"))


def stop(nonce: str) -> int:
    """End all listeners of this nonce; how many there were."""
    return sum(_stop(name, nonce) for name in running(nonce))


def running(nonce: str) -> List[str]:
    """The names of the listeners of this nonce."""
    with open("/proc/net/unix", encoding="utf-8", errors="replace") as file:
        names = {line.split()[-1].lstrip("@") for line in file if control_name(nonce) in line}
    return sorted(names)


def _stop(name: str, nonce: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(STOP_SECONDS)
        try:
            sock.connect("\0" + name)
            sock.send(nonce.encode())
            return sock.recv(1) == b""
        except OSError:
            return False


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
        os.setsid()
        if os.fork():
            os._exit(0)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        os.chdir("/")
        _close_inherited({sock.fileno() for sock in (*listener.sockets, listener.control)} | {says_started})
        _give_up_privileges()
        os.close(says_started)
        listener.serve()
    except (OSError, KeyError, ValueError) as error:
        # whoever started it is told why, if it still waits
        os.write(says_started, " ".join(str(error).split()).encode())
    finally:
        # neither the cleaning up nor the output of the process that this is a copy of
        os._exit(0)


def _close_inherited(kept: Set[int]) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        if descriptor > 2 and descriptor not in kept:
            try:
                os.close(descriptor)
            except OSError:
                # that of the listing itself
                continue


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
