# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others had set in firewalld before us is as they set it, permanent and at runtime."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from testinfra.host import Host

MONITORING = 'source address="10.77.4.200" port port="9100" protocol="tcp" accept'
GUEST = 'source address="10.77.4.201" port port="9200" protocol="tcp" accept'


@pytest.mark.parametrize("permanent", ["", "--permanent"])
def test_port_opened_by_hand(lab_host: Callable[[str], Host], permanent: str) -> None:
    assert "8000/tcp" in lab_host("appserver").check_output(f"firewall-cmd {permanent} --zone=public --list-ports")


def test_rich_rules(lab_host: Callable[[str], Host]) -> None:
    dbserver = lab_host("dbserver")
    runtime = dbserver.check_output("firewall-cmd --zone=public --list-rich-rules")
    permanent = dbserver.check_output("firewall-cmd --permanent --zone=public --list-rich-rules")
    assert MONITORING in runtime
    assert MONITORING in permanent
    assert GUEST in runtime
    assert GUEST not in permanent


def test_zones_of_the_gateway(lab_host: Callable[[str], Host]) -> None:
    gateway = lab_host("gateway")
    zones = [gateway.check_output(f"firewall-cmd --get-zone-of-interface={leg}") for leg in ("servers", "devices")]
    assert zones == ["work", "dmz"]


def test_every_zone_at_runtime(firewalled: Host) -> None:
    before = firewalled.check_output("cat /root/before.runtime")
    assert before.startswith(firewalled.check_output("firewall-cmd --list-all-zones"))


def test_every_file_but_ours(firewalled: Host) -> None:
    command = "diff --recursive --exclude='thf-*' /root/before /etc/firewalld"
    assert firewalled.check_output(command) == ""


def test_ours_is_permanent_and_at_runtime(firewalled: Host) -> None:
    def ours(option: str) -> list[str]:
        names = firewalled.check_output(f"firewall-cmd {option} --get-policies; firewall-cmd {option} --get-ipsets")
        return [name for name in names.split() if name.startswith("thf-")]

    assert ours("") == ours("--permanent") != []
