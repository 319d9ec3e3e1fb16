# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The listener of port_probe: a process of its own, started and stopped as Ansible does it, one program for each."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import secrets
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._probe import listener, listener_sockets
from ansible_collections.therefore.firewall.plugins.module_utils._probe.watch import Watch
from ansible_collections.therefore.firewall.plugins.modules import port_probe as module
from collection import COLLECTIONS
from probe_servers import probed, target

ANOTHER = "another0another0"


@pytest.fixture
def nonce() -> Iterator[str]:
    """A nonce; what listens with it ends with the test."""
    one = secrets.token_hex(16)
    yield one
    listener.stop(one)


def free_port() -> int:
    """A port that nothing uses, TCP or UDP."""
    while True:
        with contextlib.suppress(OSError), socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("", 0))
            udp.bind(tcp.getsockname())
            return tcp.getsockname()[1]


def run(**arguments: Any) -> dict[str, Any]:
    """Run the module in a process of its own, which is over when this returns."""
    argv = [sys.executable, "-m", module.__name__]
    text = json.dumps({"ANSIBLE_MODULE_ARGS": arguments})
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(COLLECTIONS), *sys.path])}
    said = subprocess.run(argv, input=text, env=environment, capture_output=True, text=True, check=False, timeout=30)
    assert said.stderr == ""
    return json.loads(said.stdout)


def listen(nonce: str, *ports: tuple[int, str], **more: Any) -> dict[str, Any]:
    return run(
        mode="listen", nonce=nonce, listen=[{"port": port, "protocol": protocol} for port, protocol in ports], **more
    )


def answers(nonce: str, *targets: tuple[str, int, str]) -> list[tuple[str, bool]]:
    """State, and whether the listener answered."""
    return [(one["state"], one["listener"]) for one in probed(*(target(*one) for one in targets), nonce=nonce)]


def processes(nonce: str) -> list[int]:
    """Ids of the processes that hold the names of this nonce's listeners."""
    with open("/proc/net/unix", encoding="utf-8") as file:
        inodes = {line.split()[6] for line in file if listener.control_name(nonce) in line}
    found = set()
    for process in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            for descriptor in os.listdir(f"/proc/{process}/fd"):
                if os.readlink(f"/proc/{process}/fd/{descriptor}")[8:-1] in inodes:
                    found.add(int(process))
    return sorted(found)


def wait_for_end(process: int) -> float:
    """Wait until a process is no more; its seconds."""
    started = time.monotonic()
    descriptor = os.pidfd_open(process)
    try:
        assert select.select([descriptor], [], [], 20)[0], "it did not end"
    finally:
        os.close(descriptor)
    return time.monotonic() - started


def test_it_answers_on_all_addresses_until_it_is_stopped(nonce: str) -> None:
    port = free_port()
    said = listen(nonce, (port, "tcp"), (port, "udp"))
    assert said["listening"] == [{"port": port, "protocol": "tcp"}, {"port": port, "protocol": "udp"}]
    assert (said["in_use"], said["changed"]) == ([], False)
    everywhere = [(address, port, protocol) for address in ("127.0.0.1", "::1") for protocol in ("tcp", "udp")]
    assert answers(nonce, *everywhere) == [("open", True)] * 4
    assert run(mode="stop", nonce=ANOTHER)["stopped"] == 0
    assert answers(nonce, *everywhere) == [("open", True)] * 4
    stopped = run(mode="stop", nonce=nonce)
    assert (stopped["stopped"], stopped["changed"]) == (1, False)
    # the ports are free when stop returns, and not a minute later
    assert answers(nonce, *everywhere) == [("refused", False)] * 4
    again = listen(nonce, (port, "tcp"), (port, "udp"))
    assert again["in_use"] == []


def test_only_the_question_with_the_nonce_is_answered(nonce: str) -> None:
    port = free_port()
    listen(nonce, (port, "udp"))
    question = f"therefore-probe? {nonce}\n".encode()
    answer = f"therefore-probe {nonce}\n".encode()
    with socket.socket(type=socket.SOCK_DGRAM) as stranger, socket.socket(type=socket.SOCK_DGRAM) as friend:
        for sock in (stranger, friend):
            sock.settimeout(10)
            sock.connect(("127.0.0.1", port))
        for wrong in (b"", b"therefore-probe? " + ANOTHER.encode() + b"\n", question + b"x", question[:-1]):
            stranger.send(wrong)
        friend.send(question)
        assert friend.recv(1000) == answer
        assert len(answer) < len(question)
        # what was asked before is answered before, if at all
        stranger.setblocking(False)
        with pytest.raises(BlockingIOError):
            stranger.recv(1000)


@pytest.mark.parametrize("own", ["127.0.0.2", "127.0.0.1"])
def test_an_answer_over_udp_comes_from_the_address_that_was_asked(nonce: str, own: str) -> None:
    port = free_port()
    listen(nonce, (port, "udp"))
    assert answers(nonce, (own, port, "udp")) == [("open", True)]


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.9", "::1", ""])
@pytest.mark.parametrize(("protocol", "kind"), [("tcp", socket.SOCK_STREAM), ("udp", socket.SOCK_DGRAM)])
def test_a_port_in_use_on_any_address_is_left_alone(nonce: str, address: str, protocol: str, kind: int) -> None:
    port = free_port()
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, kind) as used:
        # as most servers do
        used.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        used.bind((address, port))
        if protocol == "tcp":
            used.listen()
        said = listen(nonce, (port, protocol))
    assert said["listening"] == []
    held = {"port": port, "protocol": protocol, "error": "Address already in use", "programs": None}
    full = {"tcp": False, "udp": None}[protocol]
    assert said["in_use"] == [held | {"addresses": [address or "0.0.0.0"], "full": full}]
    # where it may look, it looks at what comes all the same
    assert len(processes(nonce)) == said["watching"]


def test_a_second_one_with_the_same_nonce_takes_nothing_away(nonce: str) -> None:
    first, second = free_port(), free_port()
    listen(nonce, (first, "tcp"))
    said = listen(nonce, (first, "tcp"), (second, "tcp"))
    assert said["listening"] == [{"port": second, "protocol": "tcp"}]
    assert [one["port"] for one in said["in_use"]] == [first]
    assert answers(nonce, ("127.0.0.1", first, "tcp"), ("127.0.0.1", second, "tcp")) == [("open", True)] * 2
    assert run(mode="stop", nonce=nonce, _ansible_check_mode=True)["stopped"] == 2
    assert run(mode="stop", nonce=nonce)["stopped"] == 2
    assert run(mode="stop", nonce=nonce)["stopped"] == 0


def test_it_ends_by_itself(nonce: str) -> None:
    port = free_port()
    before = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    said = listen(nonce, (port, "tcp"), seconds=1)
    until = datetime.datetime.fromisoformat(said["until"].replace("Z", "+00:00"))
    assert datetime.timedelta(seconds=1) <= until - before < datetime.timedelta(seconds=10)
    for process in processes(nonce):
        assert wait_for_end(process) < 5
    assert answers(nonce, ("127.0.0.1", port, "tcp")) == [("refused", False)]


def test_it_is_a_process_on_its_own_without_rights_or_inherited_files(nonce: str) -> None:
    listen(nonce, (free_port(), "tcp"))
    (process,) = processes(nonce)
    with open(f"/proc/{process}/status", encoding="ascii") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    # the process that started it is over: somebody else is its parent, and it leads no terminal's group
    assert os.getsid(process) not in (process, os.getsid(0))
    assert int(status["PPid"]) != os.getpid()
    assert int(status["CapEff"], 16) == 0
    if os.getuid() == 0:
        assert "0" not in status["Uid"].split() + status["Gid"].split()
        assert status["Groups"].strip() == ""
    files = [os.readlink(f"/proc/{process}/fd/{one}") for one in os.listdir(f"/proc/{process}/fd")]
    assert {one.split(":")[0] for one in files} == {"/dev/null", "socket", "anon_inode"}
    assert files.count("/dev/null") == 3
    assert os.readlink(f"/proc/{process}/cwd") == "/"


def test_whoever_stays_connected_is_cut_off(nonce: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "CONNECTION_SECONDS", 0.5)
    port = free_port()
    listen(nonce, (port, "tcp"))
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        assert connection.recv(100) == f"therefore-probe {nonce} 127.0.0.1\n".encode()
        with pytest.raises(ConnectionResetError):
            connection.recv(100)


def test_only_who_knows_the_nonce_stops_it(nonce: str) -> None:
    listen(nonce, (free_port(), "tcp"))
    (name,) = listener.running(nonce)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as guess:
        guess.settimeout(10)
        guess.connect("\0" + name)
        guess.send(ANOTHER.encode())
        assert guess.recv(1) == b""
    assert nonce not in name
    assert listener.running(nonce) == [name]


def test_check_mode_says_what_it_would_and_starts_nothing(nonce: str) -> None:
    port = free_port()
    said = listen(nonce, (port, "tcp"), _ansible_check_mode=True)
    assert said["listening"] == [{"port": port, "protocol": "tcp"}]
    assert processes(nonce) == []
    assert answers(nonce, ("127.0.0.1", port, "tcp")) == [("refused", False)]


def test_a_listener_that_cannot_start_is_an_error(nonce: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise KeyError("getpwnam(): name not found: 'nobody'")

    # a host without that user cannot be had here
    monkeypatch.setattr(listener, "_give_up_privileges", refuse)
    sockets, listening, _in_use = listener_sockets.open_ports([{"port": free_port(), "protocol": "tcp"}])
    with pytest.raises(OSError, match="nobody"):
        listener.start(nonce, sockets, 10)
    assert listener.running(nonce) == []
    assert len(listening) == 1


def test_a_question_renews_the_time_of_a_listener(nonce: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(listener.time, "monotonic", lambda: clock[0])
    ours, control = socket.socketpair()
    with ours, control:
        one = listener.Listener(nonce, [], control, 10, Watch())
        clock[0] += 6
        one._keep("tcp", 8000, "192.0.2.1", 40000, "tag")
        assert one.end == 116.0
