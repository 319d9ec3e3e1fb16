# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How traffic is refused: with an answer or in silence, and with a line in the kernel's log or without."""

from __future__ import annotations

import secrets
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import FRIEND, STRANGER, STRANGERS, Shared, rule

XML = rule("xml", 8000)
EVERY_NAMESPACE = Path("/proc/sys/net/netfilter/nf_log_all_netns")


@pytest.fixture
def kernel_log() -> Iterator[None]:
    """The kernel logs for the lab's hosts, too."""
    before = EVERY_NAMESPACE.read_text()
    EVERY_NAMESPACE.write_text("1")
    yield
    EVERY_NAMESPACE.write_text(before)


def logged(host: Shared, prefix: str) -> list[str]:
    """What the kernel has logged of this host's packets."""
    time.sleep(0.2)
    lines = subprocess.run(["dmesg"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [line for line in lines if f" {prefix}: " in line and any(_full(one) in line for one in host.addresses)]


def _full(address: str) -> str:
    """As the kernel writes it."""
    net, _colons, number = address.partition("::")
    return (
        f"{net}:0000:0000:0000:0000:0000:".replace("fd85:1", "fd85:0001") + number.rjust(4, "0") if number else address
    )


def test_a_block_may_be_silent(host: Shared) -> None:
    host.run("firewall-cmd -q --zone=public --add-port=8000/tcp")
    host.applied(rules=[XML], block_public=True)
    assert host.seen_from(STRANGER, 8000) == ["refused"]
    silent = host.told(rules=[XML], block_public=True, block_action="drop")
    assert ([one["id"] for one in silent["changes"]], silent["reloaded"]) == (["xml-block"], False)
    assert "xml-block: block (drop) in tcp 8000" in silent["diff"]["after"]
    assert host.seen_from(STRANGER, 8000) == ["filtered"]
    assert host.seen_from(FRIEND, 8000) == ["open"]


def test_who_is_refused_is_logged(host: Shared, kernel_log: None) -> None:
    # a name that no other run had: the machine's log has the lines of earlier ones
    name = f"l{secrets.token_hex(2)}"
    host.applied(name, rules=[XML], block_public=True, egress="deny")
    host.seen_from(STRANGER, 8000)
    assert logged(host, f"thf-{name}-block") == []
    more = host.applied(name, rules=[XML], block_public=True, egress="deny", log=True)
    assert ([one["id"] for one in more["changes"]], more["reloaded"]) == (["egress-deny", "xml-block"], False)
    assert host.applied(name, rules=[XML], block_public=True, egress="deny", log=True)["changed"] is False
    host.seen_from(FRIEND, 8000)
    assert logged(host, f"thf-{name}-block") == []
    assert host.seen_from(STRANGER, 8000) == ["refused"]
    lines = logged(host, f"thf-{name}-block")
    assert all(any("DPT=8000" in line and text in line for line in lines) for text in ("SRC=10.85.1.30", "SRC=fd85:"))
    assert host.reaches(STRANGERS, 443) == ["filtered"]
    assert any("DPT=443" in line for line in logged(host, f"thf-{name}-deny"))
    assert host.reaches(STRANGERS, 53) == ["refused"]
    assert not any("DPT=53 " in line for line in logged(host, f"thf-{name}-deny"))
    # it says who, not how often
    host.seen_from(STRANGER, 8000, addresses=host.addresses[:1] * 30)
    assert len(logged(host, f"thf-{name}-block")) < 20
    host.applied(name, state="absent")
