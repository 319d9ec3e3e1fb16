# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others decide about some packets only, those of a MAC address, of a source port or within a limit, is said."""

from __future__ import annotations

import pytest
from conftest import FRIEND, STRANGER, Shared, found, rule
from lab_hosts import run_on

ALL = ["10.85.1.0/24", "fd85:1::/64"]
LIMIT = "rule family=ipv4 source address=10.85.1.30 port port=8000 protocol=tcp accept limit value=100/s"
ACCEPTED = f"""
$p --zone=public --add-rich-rule='{LIMIT}'
$p --zone=public --add-rich-rule="rule source mac=$mac port port=1433 protocol=tcp accept"
$p --zone=public --add-source-port=1024-65535/tcp
"""
MAC = "senders by their MAC address"


def with_mac(host: Shared, command: str) -> None:
    """Run a command on the host that knows the stranger's MAC address, and load what it stored."""
    mac = run_on(STRANGER, "cat", "/sys/class/net/over/address").strip()
    host.run(f'mac={mac}; p="firewall-cmd -q --permanent"; {command.strip()}; firewall-cmd -q --reload')


def test_what_a_block_refuses(host: Shared) -> None:
    with_mac(host, ACCEPTED)
    assert host.seen_from(STRANGER, 8000, 1433) == ["open"] * 2
    applied = host.told(rules=[rule("xml", 8000), rule("sql", 1433)], block_public=True, zones=["public"])
    assert host.seen_from(STRANGER, 443, 8000, 1433) == ["open", "refused", "refused"]
    assert host.seen_from(FRIEND, 8000, 1433) == ["open"] * 2
    said = [one["message"] for one in applied["findings"] if one["kind"] == "override"]
    for start in ("8000/tcp to 10.85.1.30", f"1433/tcp to {MAC}", "1433/tcp, 8000/tcp to whoever sends from port 1024"):
        assert [one for one in said if one.startswith(f"allows {start}")]
    assert list(found(applied, "open_range")) == ["source port 1024-65535/tcp of zone public"]


@pytest.mark.parametrize("host", ["over12"], indirect=True)
def test_whom_a_rule_lets_in_though_their_mac_address_is_refused(host: Shared) -> None:
    with_mac(host, "$p --zone=drop --add-source=$mac")
    assert host.seen_from(STRANGER, 22, 8000) == ["filtered"] * 2
    message = found(host.told(rules=[rule("xml", 8000, peers=ALL)]), "override")["zone drop"]
    assert host.seen_from(STRANGER, 22, 8000) == ["filtered", "open"]
    assert f"refuses {MAC}" in message
    # as the message says
    first = "$p --policy=theirs --set-priority=-101; $p --policy=theirs --add-rich-rule"
    with_mac(host, f'{first}="rule source mac=$mac drop"')
    assert host.seen_from(STRANGER, 8000) == ["filtered"]
    assert host.seen_from(FRIEND, 8000) == ["open"]
