# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others accept or refuse before firewalld's iptables backend asks our rules."""

from __future__ import annotations

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import direct, xtables
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import State
from rulesets import built, forward, rule

# as firewalld 1.3 has it, with what of others stands in its places
SAVED = """*nat
:PREROUTING ACCEPT [0:0]
-A PREROUTING -j PREROUTING_direct
COMMIT
*filter
:INPUT ACCEPT [0:0]
:INPUT_direct - [0:0]
{front}
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT
-A INPUT -i lo -j ACCEPT
-A INPUT -j INPUT_direct
-A INPUT -j INPUT_POLICIES_pre
-A INPUT -j INPUT_ZONES
-A INPUT -m conntrack --ctstate INVALID -j DROP
-A INPUT -j REJECT --reject-with icmp-host-prohibited
{behind}
{direct}
-A INPUT_POLICIES_pre -j IN_thf-web-block
COMMIT
"""
BLOCKED = (rule(), rule("https-block", action="block", peers=["any"]))


class Host(Firewalld):
    """Stands for a firewalld with this backend, and no other set."""

    def __init__(self, backend: str = "iptables") -> None:
        self.used = backend

    def backend(self) -> str:
        return self.used

    def permanent(self, prefix: str) -> State:
        return State()

    def runtime(self, prefix: str, kept: State | None = None) -> State:
        return State()


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """The IPv4 tables, with these rules of others."""
    places = {"front": "", "behind": "", "direct": "", **request.param}
    text = SAVED.format(**places)
    monkeypatch.setattr(xtables, "save", lambda name: xtables.Saved(name, text) if name == "iptables" else None)


def in_direct(*rules: str) -> dict[str, str]:
    return {"direct": "\n".join(f"-A INPUT_direct {text}" for text in rules)}


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (in_direct("-p tcp -m tcp --dport 443 -j ACCEPT"), "allows 443/tcp to everybody, whom a block rule"),
        (in_direct("-s 203.0.113.0/24 -j ACCEPT"), "allows 443/tcp to 203.0.113.0/24, whom a block rule"),
        (in_direct("-p tcp -m multiport --dports 80,400:500 -j ACCEPT"), "allows 443/tcp to everybody"),
        (in_direct("-i eth1 -j ACCEPT"), "allows 443/tcp to those who meet its other conditions"),
        (in_direct("-p tcp -m conntrack --ctstate NEW -j ACCEPT"), "allows 443/tcp to everybody"),
        ({"front": "-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT"}, "has -A INPUT -p tcp -m tcp --dport 443 -j ACCEPT"),
        ({"front": "-A INPUT -p tcp -j mine\n-A mine -s 203.0.113.9/32 -j ACCEPT"}, "to 203.0.113.9, whom"),
        (in_direct("-p tcp -m tcp --dport 443 -j DROP"), "refuses 443/tcp of 192.0.2.0/24, which a rule of the set"),
        (in_direct("-s 192.0.2.7/32 -j REJECT --reject-with icmp-port-unreachable"), "refuses 443/tcp of 192.0.2.7,"),
    ],
    indirect=["place"],
)
def test_what_is_decided_before_ours(place: None, said: str) -> None:
    (one,) = direct.findings(Host(), built(*BLOCKED))
    assert (one["kind"], one["object"]) == ("shadow", "iptables, chain INPUT")
    assert said in one["message"]
    assert "FirewallBackend in firewalld.conf" in one["message"]


@pytest.mark.parametrize(
    "place",
    [
        {},
        in_direct("-p vrrp -j ACCEPT", "-p udp -j ACCEPT", "-p icmp -j DROP"),
        in_direct("-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"),
        in_direct("-p tcp -m tcp --dport 444 -j ACCEPT"),
        in_direct("-s 192.0.2.7/32 -j ACCEPT"),
        in_direct("-s 203.0.113.9/32 -j DROP", "-s 203.0.113.9/32 -j ACCEPT"),
        in_direct("-p tcp -j LOG"),
        {"behind": "-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT"},
    ],
    indirect=True,
)
def test_what_decides_about_nothing_of_ours(place: None) -> None:
    assert direct.findings(Host(), built(*BLOCKED)) == []


@pytest.mark.parametrize("place", [in_direct("-j ACCEPT")], indirect=True)
def test_only_with_that_backend_and_where_packets_come_by(place: None) -> None:
    assert direct.findings(Host("nftables"), built(*BLOCKED)) == []
    assert direct.findings(Host(), built(forward())) == []
    assert direct.findings(Host(), State()) == []
