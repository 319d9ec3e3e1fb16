# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries with a time limit, which a reload would lose, forbid it."""

from __future__ import annotations

from conftest import Shared, found, rule


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
