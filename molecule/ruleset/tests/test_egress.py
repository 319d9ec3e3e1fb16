# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Egress deny refuses what nobody allowed, and keeps what a host cannot do without."""

from __future__ import annotations

from conftest import FRIENDS, STRANGER, STRANGERS, rule
from engine_host import Host

OUT = rule("out", 443, direction="out")


def test_deny_keeps_what_a_host_needs(host: Host) -> None:
    before = host.stored(), host.runtime()
    assert host.reaches(STRANGERS, 443, 8000) == ["open", "open"]
    host.applied(rules=[OUT], egress="deny")
    # allowed to the friend only
    assert host.reaches(FRIENDS, 443) == ["open"]
    assert host.reaches(STRANGERS, 443) + host.reaches(FRIENDS, 8000) == ["filtered", "filtered"]
    # nobody listens on DNS there: refused by the far end, which was asked
    assert host.reaches(STRANGERS, 53) == ["refused"]
    for address in (*STRANGERS, "127.0.0.1", "::1"):
        host.run(f"ping -c 1 -W 2 {address}")
    assert host.reaches(["127.0.0.1", "::1"], 8000, 22) == ["open", "open"]
    # established flows and answers: ssh to this host, over both
    assert host.seen_from(STRANGER, 22) == ["open"]
    host.applied(state="absent")
    assert (host.stored(), host.runtime()) == before
    assert host.reaches(STRANGERS, 443) == ["open"]


def test_an_established_connection_survives_the_deny(host: Host) -> None:
    """This host holds a connection to the friend's ssh, and sends over it when it is told to."""
    host.run(
        "cat >/run/hold.py; systemd-run -q --unit=hold --service-type=notify python3 /run/hold.py",
        stdin=f"""
import os, socket, time
held = socket.create_connection(({FRIENDS[0]!r}, 22))
held.recv(100)
ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
ready.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
while not os.path.exists("/run/hold.go"):
    time.sleep(0.05)
held.settimeout(5)
held.send(b"SSH-2.0-lab\\r\\n")
open("/run/hold.answer", "wb").write(held.recv(1000))
""",
    )
    try:
        host.applied(rules=[], egress="deny")
        assert host.reaches(FRIENDS[:1], 22) == ["filtered"]
        host.run("touch /run/hold.go; while systemctl -q is-active hold; do sleep 0.05; done")
        assert host.run("stat -c %s /run/hold.answer").strip() not in ("", "0")
    finally:
        host.run("systemctl stop hold 2>/dev/null || true; rm -f /run/hold.*")


def test_the_user_s_own_outbound_policy_still_works(host: Host) -> None:
    host.run(
        "for option in --new-policy=mine '--policy=mine --add-ingress-zone=HOST' '--policy=mine --add-egress-zone=ANY' "
        "'--policy=mine --set-priority=100' '--policy=mine --add-port=8372/tcp'; do "
        "firewall-cmd -q --permanent $option; done; firewall-cmd -q --reload"
    )
    host.applied(rules=[], egress="deny")
    assert host.reaches(STRANGERS, 8372) == ["open"]
    assert host.reaches(STRANGERS, 8373) == ["filtered"]


def test_one_set_s_deny_refuses_nothing_that_another_allows(host: Host) -> None:
    host.applied("denies", egress="deny")
    host.applied("allows", rules=[OUT])
    assert host.reaches(FRIENDS, 443) == ["open"]
    host.applied("denies", state="absent")
    assert host.reaches(STRANGERS, 443) == ["open"]


def test_a_dhcp_server_still_answers(host: Host) -> None:
    """A packet from port 67 to 68: the far end, where nobody listens, refuses it, and was asked."""
    host.applied(egress="deny")
    assert answer(host) != "refused by the far end"
    host.run(
        "systemd-run -q --unit=dhcp python3 -c 'import socket, time; "
        'one = socket.socket(type=socket.SOCK_DGRAM); one.bind(("127.0.0.1", 67)); time.sleep(600)\'; '
        "until grep -q :0043 /proc/net/udp; do sleep 0.05; done"
    )
    try:
        applied = host.applied(egress="deny")
        assert [one["id"] for one in applied["changes"]] == ["thf-one-deny"]
        assert host.applied(egress="deny")["changed"] is False
        assert answer(host) == "refused by the far end"
    finally:
        host.run("systemctl stop dhcp")


def answer(host: Host) -> str:
    """What becomes of a packet to a client of DHCP."""
    return host.run(
        "python3 -",
        stdin=f"""
import socket
one = socket.socket(type=socket.SOCK_DGRAM)
one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
one.bind(({host.addresses[0]!r}, 67))
one.connect(({FRIENDS[0]!r}, 68))
one.settimeout(2)
try:
    one.send(b"x")
    one.recv(1)
except ConnectionRefusedError:
    print("refused by the far end")
except OSError as error:
    print(error)
""",
    ).strip()
