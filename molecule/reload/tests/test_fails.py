# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A reload that fails leaves a firewalld without rules. It is foreseen, and where it fails all the same, undone.

The same packets as before prove that, from a friend and from a stranger.
"""

from __future__ import annotations

import json

import pytest
from conftest import Loading, rule

WEB = rule("web", 8000)
NOBODY_ELSE = {"rules": [WEB], "block_public": True}

BAD_SOURCE = '<zone><source ipset="no-such-set"/></zone>'
OVERLAP = '<ipset type="hash:net"><entry>192.0.2.0/24</entry><entry>192.0.2.0/28</entry></ipset>'
SIX = '<ipset type="hash:net"><option name="family" value="inet6"/></ipset>'
DIRECT = '<direct><rule ipv="ipv4" table="filter" chain="NO_CHAIN" priority="0">-j ACCEPT</rule></direct>'
IN_PUBLIC = '<zone><rule family="ipv4">{}<port port="1" protocol="tcp"/><accept/></rule></zone>'

# what others store, and the file that is to blame
CAUSES = {
    "zone source": ([("zones", "drop", BAD_SOURCE)], "zones/drop"),
    "overlap": ([("ipsets", "bans", OVERLAP)], "ipsets/bans"),
    "family": (
        [("ipsets", "six", SIX), ("zones", "public", IN_PUBLIC.format('<source ipset="six"/>'))], "zones/public"),
    "type": ([("ipsets", "bans", OVERLAP.replace("hash:net", "hash:nothing"))], "ipsets/bans"),
    # "." for the folder itself
    "direct rule": ([(".", "direct", DIRECT)], "direct"),
    "damaged direct rules": ([(".", "direct", DIRECT[:20])], "direct"),
    "rich rule, ipset": ([("zones", "public", IN_PUBLIC.format('<source ipset="missing"/>'))], "zones/public"),
    "rich rule, service": (
        [("policies", "theirs2", '<policy target="CONTINUE"><ingress-zone name="ANY"/><egress-zone name="HOST"/>'
          '<rule><service name="missing"/><accept/></rule></policy>')],
        "policies/theirs2",
    ),
}  # fmt: skip


@pytest.mark.parametrize("cause", CAUSES)
def test_a_reload_that_would_fail_is_refused(host: Loading, cause: str) -> None:
    stored, blamed = CAUSES[cause]
    for folder, name, text in stored:
        host.store(folder, name, text)
    message = host.refused_as_said(rules=[WEB])
    assert message.startswith(f"firewalld cannot load what is stored in /etc/firewalld/{blamed}.xml (")
    assert "leave the host open" in message
    assert host.state() == "running"


def test_two_causes_are_refused_as_well(host: Loading) -> None:
    host.store("zones", "drop", BAD_SOURCE)
    host.store("zones", "block", BAD_SOURCE.replace("no-such-set", "nor-this"))
    assert host.refused_as_said(rules=[WEB]).startswith("firewalld cannot load what is stored below /etc/firewalld (")


def test_what_needs_no_reload_is_not_held_up(host: Loading) -> None:
    host.applied(rules=[WEB])
    host.store("zones", "drop", BAD_SOURCE)
    host.applied(rules=[WEB | {"ports": [1433]}])
    assert host.packets()["rfriend"] == ["open", "filtered", "filtered", "open"]


@pytest.fixture
def closed(host: Loading) -> Loading:
    """A host whose zone opens nothing, ssh neither, and that lets a friend alone to port 8000."""
    host.run(
        "firewall-cmd -q --permanent --zone=public --remove-service=ssh; "
        "firewall-cmd -q --permanent --zone=public --add-port=80/tcp; firewall-cmd -q --reload"
    )
    host.applied(**NOBODY_ELSE)
    return host


def struck(host: Loading, command: str, method: str, **change: object) -> dict:
    """Run the module, and the command when it calls this method of firewalld."""
    host.wrapper = ("python3", "/opt/lab/when_called.py", method, "1", command)
    try:
        return host.apply(**change)
    finally:
        host.wrapper = ()


def test_a_reload_that_fails_all_the_same(closed: Loading) -> None:
    """Somebody stores the cause at the last moment, when nothing can foresee it any more."""
    before = closed.packets()
    assert before == {"rfriend": ["filtered", "open", "open", "filtered"],
                      "rstranger": ["filtered", "open", "refused", "filtered"]}  # fmt: skip
    fault = f"echo {json.dumps(BAD_SOURCE)} >/etc/firewalld/zones/drop.xml"
    change = {"rules": [WEB, rule("more", 1433, peers=["10.84.1.30"])], "block_public": True}
    result = struck(closed, fault, "reload", **change)
    assert result["failed"]
    assert result["firewalld"] == "failed"
    assert "no-such-set" in result["msg"]
    assert "the host filters as before" in result["msg"]
    assert closed.packets() == before
    # once the cause is gone, everything is as anywhere else
    closed.run("rm /etc/firewalld/zones/drop.xml; systemctl restart firewalld; firewall-cmd --state")
    assert closed.packets() == before
    closed.applied(**change)
    assert closed.packets()["rstranger"] == ["filtered", "open", "refused", "open or refused"]


def test_a_guard_that_cannot_have_the_former_rules_loaded(closed: Loading) -> None:
    """They go into the kernel as they were before the guarded change."""
    before = closed.packets()
    other = rule("zz", 443, peers=["10.84.1.30"])
    closed.applied(rules=[rule("web", 1433), other], block_public=True, guard="always", guard_seconds=600)
    assert closed.packets() != before
    closed.store("zones", "drop", BAD_SOURCE)
    closed.run("systemctl start --wait therefore-firewall-guard.service")
    assert closed.packets() == before
    said = closed.run("journalctl --unit=therefore-firewall-guard --output=cat")
    assert "/etc/firewalld/zones/drop.xml" in said
    assert "the host filters as before" in said
