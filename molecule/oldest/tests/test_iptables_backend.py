# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""firewalld with its iptables backend, which this host has the program ipset for."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from conftest import FRIEND, STRANGER, rule, told
from engine_host import Host

WEB = rule("web", 8000)
BAN = "iptables -N f2b; iptables -A f2b -s 10.86.1.30 -j DROP; iptables -I INPUT -p tcp --dport 22 -j f2b"
BAD_RULE = (
    '<zone><service name="ssh"/><rule family="ipv4"><source ipset="missing"/><port port="1" protocol="tcp"/><accept/>'
    "</rule></zone>"
)


@pytest.fixture
def shared(host: Host) -> Iterator[Host]:
    """The host with that backend, and the rules."""
    host.run("sed -i 's/^FirewallBackend=.*/FirewallBackend=iptables/' /etc/firewalld/firewalld.conf")
    host.run("systemctl restart firewalld; firewall-cmd --state")
    host.applied(rules=[WEB], block_public=True)
    yield host
    host.reset()
    host.run("systemctl reset-failed; systemctl restart firewalld; iptables -F; iptables -X f2b 2>/dev/null || true")


def packets(host: Host) -> list[list[str]]:
    """What a friend and a stranger meet."""
    return [host.seen_from(source, 22, 8000, 1433) for source in (FRIEND, STRANGER)]


def test_rules_hold_and_firewalld_is_nobody_else(shared: Host) -> None:
    assert packets(shared) == [["open", "open", "filtered"], ["open", "refused", "filtered"]]
    again = shared.applied(rules=[WEB], block_public=True)
    assert (again["changed"], again["findings"]) == (False, [])


def test_a_reload_that_fails_leaves_the_rules_in_force(shared: Host) -> None:
    before = packets(shared)
    fault = f"echo {json.dumps(BAD_RULE)} >/etc/firewalld/zones/public.xml"
    shared.wrapper = ("python3", "/opt/lab/when_called.py", "reload", "1", fault)
    result = shared.apply(rules=[WEB, rule("more", 1433, peers=["10.86.1.30"])], block_public=True)
    shared.wrapper = ()
    assert result["failed"]
    assert "the host filters as before" in result["msg"]
    assert packets(shared) == before
    shared.run("rm /etc/firewalld/zones/public.xml; systemctl restart firewalld; firewall-cmd --state")
    assert packets(shared) == before


def test_bans_of_others_forbid_a_reload_and_nothing_else(shared: Host) -> None:
    shared.run(BAN)
    more = [WEB, rule("more", 1433, peers=["10.86.1.20"])]
    checked = shared.applied(rules=more, block_public=True, check=True)
    assert told(checked, "refused") == {"iptables": shared.refused(rules=more, block_public=True)}
    assert "f2b" in told(checked, "refused")["iptables"]
    assert shared.applied(rules=[rule("web", 8000, 1433)], block_public=True)["reloaded"] is False
    assert shared.seen_from(STRANGER, 22, addresses=shared.addresses[:1]) == ["filtered"]
    assert shared.seen_from(FRIEND, 22, 1433) == ["open", "open"]


def test_entries_with_a_time_limit_forbid_a_reload(shared: Host) -> None:
    shared.run(
        "firewall-cmd -q --permanent --new-ipset=timed --type=hash:ip --option=timeout=3600; firewall-cmd -q --reload"
    )
    more = [WEB, rule("more", 1433, peers=["10.86.1.20"])]
    assert told(shared.applied(rules=more, block_public=True, check=True), "refused") == {}
    shared.firewall_cmd("-q", "--ipset=timed", "--add-entry=10.86.1.77")
    assert list(told(shared.applied(rules=more, block_public=True, check=True), "refused")) == ["ipset timed"]
    shared.refused(rules=more, block_public=True)
    assert "10.86.1.77" in shared.run("ipset save timed")
