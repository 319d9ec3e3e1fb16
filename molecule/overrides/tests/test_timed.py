# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time limits outlive a reload of ours: those of zones do, and entries of ipsets, which would be lost, forbid it."""

from __future__ import annotations

import time

import pytest
from conftest import STRANGER, Shared, found, rule


def test_entries_with_a_time_limit_are_not_lost(host: Shared) -> None:
    host.run(
        "firewall-cmd -q --permanent --new-ipset=timed --type=hash:ip --option=timeout=3600; firewall-cmd -q --reload"
    )
    assert host.applied(rules=[rule("web", 443)], check=True)["findings"] == []
    host.firewall_cmd("-q", "--ipset=timed", "--add-entry=10.85.1.77")
    refused = found(host.applied(rules=[rule("web", 443)], check=True), "refused")
    assert list(refused) == ["ipset timed"]
    assert refused["ipset timed"] in host.refused(rules=[rule("web", 443)])
    assert "10.85.1.77" in host.run("nft list set inet firewalld timed")
    # the remedy
    host.firewall_cmd("-q", "--reload")
    host.applied(rules=[rule("web", 443)])


@pytest.mark.parametrize("host", ["over13"], indirect=True)
def test_what_a_zone_opens_for_a_time_is_closed_when_that_is_over(host: Shared) -> None:
    host.firewall_cmd("-q", "--timeout=20", "--add-port=8000/tcp")
    assert host.seen_from(STRANGER, 8000) == ["open"]
    (message,) = [found(host.told(rules=[rule("web", 443)]), "runtime_only")["zone public"]]
    assert "what has a time limit in a zone ends when it would have" in message
    deadline = time.monotonic() + 60
    while host.firewall_cmd("--list-ports") and time.monotonic() < deadline:
        time.sleep(0.5)
    assert host.seen_from(STRANGER, 8000) == ["filtered"]
