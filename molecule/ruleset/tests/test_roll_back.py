# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A step that fails half-way leaves what was there, stored and at runtime, and says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from conftest import FRIEND, rule
from engine_host import Host

XML = rule("xml", 8000)
PUT_BACK = "the former rules were put back"


@contextmanager
def read_only(host: Host, folder: str) -> Iterator[str]:
    """Nobody can write below this folder of /etc/firewalld, as on a full or broken disk; gives what is said of that."""
    path = f"/etc/firewalld/{folder}"
    # firewalld may see another tree of mounts than we do
    there = "nsenter --mount --target=$(systemctl show --property=MainPID --value firewalld)"
    host.run(f"{there} mount --bind {path} {path}; {there} mount -o remount,bind,ro {path}")
    try:
        # on Debian 13 firewalld has its mounts for itself, so that only writing tells
        yield PUT_BACK if host.name == "trixie01" else f"nothing can be written to {path}"
    finally:
        host.run(f"{there} umount {path}")


@pytest.mark.parametrize(
    "change",
    [
        {"rules": [XML, rule("zother", 80, peers=["10.79.1.30"])]},  # the ipset is written, the policy is not
        {"rules": [XML | {"ports": [8091]}]},
        {"state": "absent"},
    ],
)
def test_policies_cannot_be_written(host: Host, change: dict) -> None:
    host.applied(rules=[XML])
    with read_only(host, "policies") as said:
        assert said in host.refused(**change)
    assert host.seen_from(FRIEND, 8000) == ["open"]
    host.applied(**change)


def test_ipsets_cannot_be_removed(host: Host) -> None:
    """The policies are gone already when this fails: they are made again."""
    host.applied(rules=[XML])
    with read_only(host, "ipsets") as said:
        assert said in host.refused(state="absent")
    assert host.seen_from(FRIEND, 8000) == ["open"]


def test_the_first_of_all_fails_and_nothing_is_left(host: Host) -> None:
    with read_only(host, "policies") as said:
        assert said in host.refused(rules=[XML], egress="deny")
    assert "thf-" not in host.stored() + host.runtime()


def test_firewalld_cannot_load_what_others_wrote(host: Host) -> None:
    """A reload would fail for a reason that is not ours: that is known before anything is written."""
    host.applied(rules=[XML])
    host.run(
        'sed \'s#<zone>#<zone><rule><source ipset="missing"/><port port="1" protocol="tcp"/><accept/></rule>#\' '
        "/usr/lib/firewalld/zones/public.xml >/etc/firewalld/zones/public.xml"
    )
    message = host.refused(rules=[XML], egress="deny")
    assert "in /etc/firewalld/zones/public.xml (INVALID_IPSET" in message
    assert host.seen_from(FRIEND, 22, 8000) == ["open", "open"]
