# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""firewalld with its iptables backend, which makes its ipsets with the program ipset: the tests of several scenarios.

Where others have rules among firewalld's own, or entries that only the kernel knows, a reload of ours is refused: they
could not be put back exactly.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from engine_host import Host

BACKEND = "sed -i 's/^FirewallBackend=.*/FirewallBackend=iptables/' /etc/firewalld/firewalld.conf"
BAN = """
for one in iptables,{} ip6tables,{}; do
    tables=${{one%,*}}
    $tables -N f2b; $tables -A f2b -s ${{one#*,}} -j DROP; $tables -I INPUT -p tcp --dport 22 -j f2b
done
"""
UNBAN = "for tables in iptables ip6tables; do $tables -F; $tables -X f2b 2>/dev/null || true; done"
PORTS = (22, 8000, 1433)
TIMED = "firewall-cmd -q --permanent --new-ipset=timed --type=hash:ip --option=timeout=3600; firewall-cmd -q --reload"


# a stranger is let in, and a friend is not, before firewalld asks its policies
DIRECT = """
p="firewall-cmd -q --permanent --direct --add-rule"
$p ipv4 filter INPUT 0 -p tcp --dport 8000 -j ACCEPT; $p ipv6 filter INPUT 0 -p tcp --dport 8000 -j ACCEPT
$p ipv4 filter INPUT 0 -p tcp --dport 1433 -j DROP; $p ipv6 filter INPUT 0 -p tcp --dport 1433 -j DROP
$p ipv4 filter INPUT 0 -p vrrp -j ACCEPT; firewall-cmd -q --reload
"""


class IptablesBackend:
    """The tests; a scenario says who its friend and its stranger are, and gives the fixture C(host)."""

    friend: str
    friends: list[str]
    stranger: str
    strangers: list[str]
    # a zone that this firewalld takes, and fails to load
    zone = ("drop", '<zone><source ipset="missing"/></zone>')

    def rule(self, rule_id: str, *ports: int, **changed: Any) -> dict[str, Any]:
        """An inbound TCP rule for the friend's addresses."""
        return {"id": rule_id, "direction": "in", "protocol": "tcp", "ports": [*ports], "peers": self.friends} | changed

    def more(self) -> dict[str, Any]:
        """What needs a reload, after the rule that the host has."""
        return {"rules": [self.rule("web", 8000), self.rule("more", 1433, peers=self.strangers)], "block_public": True}

    def opened(self, host: Host) -> list[list[int]]:
        """The ports that the friend and the stranger reach, whichever way the others are refused."""
        return [
            [port for port, state in zip(PORTS, host.seen_from(source, *PORTS), strict=True) if "open" in state]
            for source in (self.friend, self.stranger)
        ]

    def refusals(self, host: Host) -> dict[str, str]:
        """Why what needs a reload is refused, by object, as check mode has it and the run itself."""
        checked = host.applied(check=True, **self.more())
        found = {one["object"]: one["message"] for one in checked["findings"] if one["kind"] == "refused"}
        if found:
            said = host.refused(**self.more())
            assert all(message in said for message in found.values())
        return found

    @pytest.fixture
    def shared(self, host: Host) -> Iterator[Host]:
        """The host with that backend, and the rule of a friend."""
        host.run(f"{BACKEND}; systemctl restart firewalld")
        host.applied(rules=[self.rule("web", 8000)], block_public=True)
        yield host
        host.run(f"systemctl stop firewalld; {UNBAN}")
        host.run("find /etc/firewalld -mindepth 1 -delete; cp -a /root/before/. /etc/firewalld")
        host.run("systemctl reset-failed firewalld; systemctl start firewalld")

    def test_rules_hold_also_through_a_reload_that_fails(self, shared: Host) -> None:
        assert self.opened(shared) == [[22, 8000], [22]]
        again = shared.applied(rules=[self.rule("web", 8000)], block_public=True)
        assert (again["changed"], again["findings"]) == (False, [])
        name, text = self.zone
        path = f"/etc/firewalld/zones/{name}.xml"
        fault = f"echo {json.dumps(text)} >{path}"
        shared.wrapper = ("python3", "/opt/lab/when_called.py", "reload", "1", fault)
        result = shared.apply(**self.more())
        shared.wrapper = ()
        assert result.get("failed")
        assert "the host filters as before" in result["msg"]
        assert self.opened(shared) == [[22, 8000], [22]]
        # once the cause is gone, everything is as anywhere else
        shared.run(f"rm {path}; systemctl restart firewalld; firewall-cmd --state")
        shared.applied(**self.more())
        assert self.opened(shared) == [[22, 8000], [22, 1433]]

    def test_what_a_reload_would_lose_forbids_one_and_nothing_else(self, shared: Host) -> None:
        shared.run(TIMED)
        shared.run(BAN.format(*self.strangers))
        refused = self.refusals(shared)
        assert sorted(refused) == ["ip6tables", "iptables"]
        assert all("f2b" in message for message in refused.values())
        assert shared.applied(rules=[self.rule("web", 8000, 1433)], block_public=True)["reloaded"] is False
        assert self.opened(shared) == [[22, 8000, 1433], []]
        # as the message says
        shared.run(UNBAN)
        shared.firewall_cmd("-q", "--ipset=timed", "--add-entry=192.0.2.77")
        assert list(self.refusals(shared)) == ["ipset timed"]
        assert "192.0.2.77" in shared.run("ipset save timed")
        shared.run("ipset del timed 192.0.2.77")
        assert self.refusals(shared) == {}

    def test_what_others_decide_before_ours_is_said(self, shared: Host) -> None:
        shared.run(DIRECT)
        rules = {"rules": [self.rule("web", 8000, 1433)], "block_public": True}
        predicted = shared.applied(check=True, **rules)
        applied = shared.applied(**rules)
        assert self.opened(shared) == [[22, 8000], [22, 8000]]
        assert applied["findings"] == predicted["findings"]
        said = sorted((one["kind"], one["object"], one["message"]) for one in applied["findings"])
        assert [one[:2] for one in said] == [
            ("shadow", f"{command}, chain INPUT") for command in ("ip6tables", "iptables") for _number in range(2)
        ]
        assert sum("allows 8000/tcp to everybody, whom a block rule" in message for *_key, message in said) == 2
        assert sum("refuses 1433/tcp of" in message for *_key, message in said) == 2
