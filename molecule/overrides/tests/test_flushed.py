# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A firewalld whose rules somebody flushed is not taken for one that filters, nor what will do that at a boot."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import FRIEND, STRANGER, Shared, found, rule

XML = rule("xml", 8000)
PORTS = (22, 443, 8000)
ANEW = "systemctl restart firewalld"


@pytest.fixture
def unowned(host: Shared) -> Iterator[Shared]:
    """A host whose firewalld does not own its table, as none does before 2.0."""
    host.run(f"sed -i s/^NftablesTableOwner=.*/NftablesTableOwner=no/ /etc/firewalld/firewalld.conf; {ANEW}")
    yield host
    host.run(ANEW)
    host.reset()
    host.run(ANEW)


def test_a_flushed_firewalld_is_refused(unowned: Shared) -> None:
    unowned.applied(rules=[XML], block_public=True)
    assert unowned.seen_from(STRANGER, *PORTS) == ["open", "filtered", "refused"]
    unowned.run("nft flush ruleset")
    assert unowned.seen_from(STRANGER, *PORTS) == ["open"] * 3
    checked = unowned.applied(rules=[XML], block_public=True, check=True)
    assert (checked["changed"], checked["firewalld"]) == (True, "failed")
    (message,) = found(checked, "refused").values()
    assert "the kernel has none of its rules" in message
    assert message in unowned.refused(rules=[XML], block_public=True)
    # as the message says
    unowned.run(ANEW)
    assert unowned.seen_from(STRANGER, *PORTS) == ["open", "filtered", "refused"]
    again = unowned.applied(rules=[XML], block_public=True)
    assert (again["changed"], again["firewalld"], again["findings"]) == (False, "running", [])


def test_one_that_is_flushed_in_the_middle_of_a_run_is_started_anew(unowned: Shared) -> None:
    """A reload would fail, and leave the host shut to its own administrator."""
    unowned.applied(rules=[XML], block_public=True)
    unowned.wrapper = ("python3", "/opt/lab/when_called.py", "addPolicy", "1", "nft flush ruleset")
    changed = unowned.applied("two", rules=[rule("web", 443)])
    unowned.wrapper = ()
    assert (changed["changed"], changed["firewalld"]) == (True, "running")
    assert unowned.seen_from(STRANGER, *PORTS) == ["open", "filtered", "refused"]
    assert unowned.seen_from(FRIEND, *PORTS) == ["open"] * 3
    assert unowned.applied("two", rules=[rule("web", 443)])["changed"] is False


@pytest.mark.parametrize("host", ["over12"], indirect=True)
def test_what_will_not_be_there_after_the_next_boot(host: Shared) -> None:
    assert found(host.applied(rules=[XML], check=True), "boot") == {}
    host.run("systemctl -q disable firewalld; systemctl -q enable nftables")
    try:
        told = found(host.told(rules=[XML]), "boot")
        assert found(host.applied(state="absent"), "boot") == {}
    finally:
        host.run("systemctl -q disable nftables; systemctl -q enable firewalld")
    assert sorted(told) == ["firewalld", "nftables.service"]
    assert "disabled in systemd" in told["firewalld"]
    assert "flushes all rules of the kernel" in told["nftables.service"]


@pytest.fixture
def without_ipset(host: Shared) -> Iterator[Shared]:
    """A host without the program ipset, as Debian installs firewalld."""
    host.run(f"mv /usr/sbin/ipset /root/; {ANEW}")
    yield host
    host.run(f"mv /root/ipset /usr/sbin/; {ANEW}")


@pytest.mark.parametrize("host", ["over13"], indirect=True)
def test_direct_rules_without_the_program_ipset(without_ipset: Shared) -> None:
    host = without_ipset
    # which firewalld keeps, and says that it lacks the program
    host.run("firewall-cmd -q --direct --add-rule ipv4 filter INPUT 0 -p tcp --dport 9 -j ACCEPT || true")
    (message,) = found(host.applied(rules=[XML], check=True), "refused").values()
    assert "makes ipsets by the program ipset" in message
    assert message in host.refused(rules=[XML])
    assert host.firewall_cmd("--state") == "running"
