# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/etc/firewalld on a disk that is full, or that nobody can write to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import HOSTS, PUT_BACK, Faulty, faulty, rule

FOLDER = "/etc/firewalld"
FILL = "dd if=/dev/zero of=/etc/firewalld/filler bs=4096 2>/dev/null || true"
XML = rule("xml", 8000)
PEER = ["10.83.1.20"]
# longer than what a page of the disk holds
LONG = {"rules": [XML, *(rule(f"z{number}", 2000 + number, peers=PEER) for number in range(60))]}
CHANGES: list[dict[str, Any]] = [LONG, {"rules": [XML | {"ports": [8091]}], "egress": "deny"}, {"state": "absent"}]


@pytest.fixture(params=HOSTS, scope="module")
def small(request: pytest.FixtureRequest) -> Iterator[Faulty]:
    """A host with /etc/firewalld on a small disk of its own."""
    host = faulty(request.param)
    host.run(f"systemctl stop firewalld; mount -t tmpfs -o size=256k,mode=750 small {FOLDER}")
    host.run(f"cp -a /root/before/. {FOLDER}; systemctl start firewalld")
    yield host
    host.run(f"systemctl stop firewalld; umount {FOLDER}; systemctl start firewalld")


@pytest.mark.parametrize("change", CHANGES[:2])
def test_nearly_full(small: Faulty, change: dict[str, Any]) -> None:
    """Something of the change fits, the rest does not."""
    small.applied(rules=[XML])
    small.run(f"{FILL}; truncate -s -4096 {FOLDER}/filler")
    try:
        message = small.refused(**change)
        assert "No space left on device" in message
        assert PUT_BACK in message
    finally:
        small.run(f"rm {FOLDER}/filler")
    assert small.applied(**change)["changed"] is True


def refusals(small: Faulty, change: dict[str, Any]) -> list[str]:
    """Why the change is refused, as check mode has it and the run itself, before anything is tried."""
    checked = small.applied(check=True, **change)
    found = [one["message"] for one in checked["findings"] if one["kind"] == "refused"]
    assert not found or small.refused(**change) == "; ".join(found)
    # where nothing is to be written
    assert small.applied(rules=[XML])["findings"] == []
    return found


def test_full(small: Faulty) -> None:
    """Nothing fits; what only removes files needs no room."""
    small.applied(rules=[XML])
    small.run(FILL)
    try:
        (message,) = refusals(small, LONG)
        assert message.startswith(f"the disk of {FOLDER} is full")
        assert small.applied(state="absent")["changed"] is True
    finally:
        small.run(f"rm {FOLDER}/filler")


@pytest.mark.parametrize("change", CHANGES[::2])
def test_read_only(small: Faulty, change: dict[str, Any]) -> None:
    small.applied(rules=[XML])
    small.run(f"mount -o remount,ro {FOLDER}")
    try:
        (message,) = refusals(small, change)
        assert message.startswith(f"nothing can be written to {FOLDER}, which is mounted read-only or immutable")
    finally:
        small.run(f"mount -o remount,rw {FOLDER}")
    assert small.applied(**change)["changed"] is True
