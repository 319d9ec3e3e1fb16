# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of others in the tables of iptables, which a reload of firewalld before 2.0 flushes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import FRIEND, STRANGER, Shared, found, rule

WEB = rule("web", 443)
BANS = """
for one in iptables,10.85.1.30 ip6tables,fd85:1::30; do
    tables=${one%,*}
    $tables -N f2b-sshd; $tables -A f2b-sshd -s ${one#*,} -j DROP; $tables -I INPUT -p tcp --dport 22 -j f2b-sshd
done
"""
SAVED = "for tables in iptables ip6tables; do $tables-save | grep -v '^#' | sed 's/\\[.*\\]//'; done"
FLUSH = "for tables in iptables ip6tables; do $tables -P INPUT ACCEPT; $tables -F; $tables -X; done"


@pytest.fixture
def banning(host: Shared) -> Iterator[Shared]:
    """A host whose ssh is banned for the stranger, as fail2ban does."""
    host.run(f"{FLUSH}; {BANS}")
    yield host
    host.run(FLUSH)


def test_bans_hold_after_a_reload(banning: Shared) -> None:
    before = banning.run(SAVED)
    assert banning.seen_from(STRANGER, 22) == ["filtered"]
    applied = banning.told(rules=[WEB])
    assert applied["reloaded"] is True
    assert banning.run(SAVED) == before
    assert banning.seen_from(STRANGER, 22) == ["filtered"]
    assert banning.seen_from(FRIEND, 22, 443) == ["open", "open"]
    # firewalld 2 leaves them alone by itself
    flushed = found(applied, "flushed")
    assert sorted(flushed) == (["ip6tables", "iptables"] if banning.name == "over12" else [])
    assert all("flushes 2 rules" in message for message in flushed.values())
    banning.applied(state="absent")
    assert banning.run(SAVED) == before


def test_a_host_that_iptables_shuts_stays_reachable_for_whom_it_lets_in(banning: Shared) -> None:
    banning.run("iptables -A INPUT -p tcp --dport 22 -s 10.85.1.20 -j ACCEPT; iptables -P INPUT DROP")
    before = banning.run(SAVED)
    banning.applied(rules=[WEB])
    assert banning.run(SAVED) == before
    assert banning.seen_from(FRIEND, 22, 443, addresses=banning.addresses[:1]) == ["open", "filtered"]


# firewalld 2 makes ipsets of the kernel as soon as there is a direct rule, which the kernel of the lab need not have
@pytest.mark.parametrize("host", ["over12"], indirect=True)
def test_direct_rules_of_others_are_there_as_before(banning: Shared) -> None:
    banning.firewall_cmd("--direct", "--add-rule", "ipv4", "filter", "INPUT", "0", "-s", "10.85.1.30", "-j", "DROP")
    before = banning.run(SAVED)
    applied = banning.applied(rules=[WEB])
    assert "iptables" in found(applied, "flushed")
    assert banning.run(SAVED) == before
    assert banning.seen_from(STRANGER, 443, addresses=banning.addresses[:1]) == ["filtered"]
