# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nobody confirms: the host is as it was, byte for byte, and nothing of the guard is left."""

from __future__ import annotations

from conftest import BLOCK_SSH, CONTROL, SECONDS, GuardedHost, rule, until

XML = rule("xml", 8000)


def test_a_change_that_cuts_ssh(host: GuardedHost) -> None:
    host.applied(rules=[XML])
    former = host.former()
    guard = host.guarded(rules=[XML, BLOCK_SSH, rule("web", 443)], egress="deny")
    assert host.seen_from(CONTROL, 22) == ["filtered"] or host.seen_from(CONTROL, 22) == ["refused"]
    assert host.traces()
    took = until(lambda: not host.traces())
    print(f"{host.name}: back {took:.1f} s after the change, of {SECONDS} s")
    assert host.former() == former
    assert host.seen_from(CONTROL, 22, 8000) == ["open", "open"]
    assert "nobody confirmed the change within 10 seconds" in host.journal()
    late = host.guard(state="confirmed", token=guard["token"])
    assert late["failed"]
    assert "the host went back to its former rules at 20" in late["msg"]
