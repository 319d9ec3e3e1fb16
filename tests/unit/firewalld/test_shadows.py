# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others have in firewalld that refuses packets before our rules allow them, as firewalld runs its policies."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
import yaml
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import shadows
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.traffic import End, Reader
from ansible_collections.therefore.firewall.plugins.modules import firewalld_ruleset
from hypothesis import given
from hypothesis import strategies as st
from rulesets import built, forward, rule

RETURN = yaml.safe_load(firewalld_ruleset.RETURN)
DROP = 'rule port port="443" protocol="tcp" drop'
ACCEPT = 'rule port port="443" protocol="tcp" accept'


class Host(Firewalld):
    """Stands for a firewalld with some policies of others, and nothing else."""

    def __init__(self, policies: dict[str, dict[str, Any]], version: str = "2.3.1", lockdown: bool = False) -> None:
        self.version = version
        self.policies = {**policies, "thf-two-in": settings(priority=-100, target="DROP")}
        self.answers = {
            "queryLockdown": lockdown,
            "getActiveZones": {"work": {"interfaces": ["eth1"]}},
            "getDefaultZone": "public",
        }

    def ask(self, interface: str, method: str) -> Any:
        return self.answers[method]

    def names(self, kind: str) -> list[str]:
        return {"policy": list(self.policies), "service": ["https"]}[kind]

    def policy_settings(self, name: str) -> dict[str, Any]:
        return self.policies[name]

    def ipset_settings(self, name: str) -> list[Any]:
        entries = {"near": ["192.0.2.0/25"], "far": ["198.51.100.0/24"], "ports": ["192.0.2.0/24,tcp:443"]}
        entries["macs"] = ["00:11:22:33:44:55"]
        return ["", "", "", "hash:net", {}, entries[name]]

    def service_ports(self, name: str) -> list[str]:
        return {"https": ["443/tcp", "443/udp"]}[name]


def settings(**changed: Any) -> dict[str, Any]:
    return {"priority": -200, "target": "CONTINUE", "ingress_zones": ["ANY"], "egress_zones": ["HOST"], **changed}


def found(*rules: dict[str, Any], version: str = "2.3.1", name: str = "other", **changed: Any) -> list[dict[str, str]]:
    return shadows.findings(Host({name: settings(**changed)}, version), built(*(rules or [rule()])))


@pytest.mark.parametrize(
    "changed",
    [
        {"target": "DROP"},
        {"target": "REJECT"},
        {"rich_rules": [DROP]},
        {"rich_rules": ["rule drop"]},
        {"rich_rules": ['rule priority="100" port port="440-450" protocol="tcp" reject type="tcp-reset"']},
        {"rich_rules": ['rule family="ipv6" reject']},
        {"rich_rules": ['rule service name="https" drop']},
        {"rich_rules": ['rule protocol value="tcp" drop']},
        {"rich_rules": ['rule family="ipv4" source address="192.0.2.7" drop']},
        {"rich_rules": ['rule family="ipv4" source ipset="near" drop']},
        {"rich_rules": ['rule family="ipv4" source NOT address="192.0.2.0/25" drop']},
        # accepted too late, or not all of it
        {"rich_rules": [DROP, ACCEPT]},
        {"rich_rules": [DROP], "ports": [["443", "tcp"]]},
        {"target": "DROP", "ports": [["443", "udp"]]},
        # only what it logs is limited
        {"rich_rules": [DROP.replace("drop", 'log prefix="x" limit value="1/m" drop')]},
        {"target": "DROP", "rich_rules": [ACCEPT.replace("rule", 'rule family="ipv4"')]},
        {"target": "DROP", "rich_rules": [f'{ACCEPT} limit value="1/m"']},
        # some of it
        {"rich_rules": [f'{DROP} limit value="1/m"']},
        {"rich_rules": ['rule source-port port="1024-65535" protocol="tcp" drop']},
        {"rich_rules": ['rule source mac="00:11:22:33:44:55" drop']},
        {"rich_rules": ['rule source ipset="macs" drop']},
        {"rich_rules": ['rule source NOT ipset="macs" drop']},
        {"rich_rules": ['rule source ipset="ports" drop']},
        {"target": "DROP", "source_ports": [["1024-65535", "tcp"]]},
        {"target": "DROP", "rich_rules": ['rule source mac="00:11:22:33:44:55" accept']},
        {"target": "DROP", "ingress_zones": ["work"]},
        {"target": "DROP", "ingress_zones": ["public"]},
        {"target": "DROP", "name": "zzz", "priority": -100},
        {"target": "DROP", "name": "aaa", "priority": -100, "version": "1.3.3"},
    ],
)
def test_what_refuses_first_is_found(changed: dict[str, Any]) -> None:
    (one,) = found(**changed)
    assert (one["kind"], one["object"]) == ("shadow", f"policy {changed.get('name', 'other')}")
    assert "refuses 443/tcp, which they allow: " in one["message"]
    assert "\n" not in one["message"]


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"target": "ACCEPT"},
        {"target": "DROP", "priority": -99},
        {"target": "DROP", "egress_zones": ["ANY"]},
        {"target": "DROP", "ingress_zones": ["HOST"], "egress_zones": ["ANY"]},
        {"target": "DROP", "ingress_zones": ["home"]},
        {"target": "DROP", "ingress_zones": ["public"], "version": "1.3.3"},
        {"target": "DROP", "name": "aaa", "priority": -100},
        {"target": "DROP", "name": "zzz", "priority": -100, "version": "1.3.3"},
        {"target": "DROP", "name": "zzz", "priority": -100, "version": "2.1.1"},
        {"rich_rules": [DROP.replace("443", "444")]},
        {"rich_rules": [DROP.replace("tcp", "udp")]},
        {"rich_rules": ['rule icmp-type name="echo-request" drop']},
        {"rich_rules": ['rule port port="443" protocol="tcp" log prefix="drop"']},
        {"rich_rules": ['rule port port="443" protocol="tcp" mark set="1"']},
        {"rich_rules": ['rule family="ipv4" source address="192.0.3.0/24" drop']},
        {"rich_rules": ['rule family="ipv4" source ipset="far" drop']},
        {"rich_rules": ['rule family="ipv4" source NOT address="192.0.2.0/23" drop']},
        {"target": "DROP", "ports": [["440-443", "tcp"]]},
        {"target": "DROP", "services": ["https"]},
        {"target": "DROP", "source_ports": [["1-65535", "tcp"]]},
        {"target": "DROP", "rich_rules": [ACCEPT.replace("rule", 'rule priority="9"')]},
        {"rich_rules": [DROP.replace("rule", 'rule priority="5"')], "ports": [["443", "tcp"]]},
        {"rich_rules": [DROP, ACCEPT.replace("rule", 'rule priority="-1"')]},
    ],
)
def test_what_does_not_is_not(changed: dict[str, Any]) -> None:
    assert found(**changed) == []


@pytest.mark.parametrize(
    ("wanted", "zones"),
    [
        (rule(), (["ANY"], ["HOST"])),
        (rule(direction="out"), (["HOST"], ["ANY"])),
        (forward(), (["ANY"], ["ANY"])),
        (forward(), (["work"], ["public"])),
        (rule(peers=["any"]), (["work", "home"], ["HOST"])),
    ],
)
def test_every_direction(wanted: dict[str, Any], zones: tuple[list[str], list[str]]) -> None:
    ingress, egress = zones
    assert len(found(wanted, target="DROP", ingress_zones=ingress, egress_zones=egress)) == 1
    assert found(wanted, target="DROP", ingress_zones=egress, egress_zones=["other"]) == []


def test_blocks_of_ours_are_not_shadowed_by_who_refuses_first() -> None:
    assert found(rule(action="block", peers=["any"]), target="DROP") == []


def test_a_set_that_allows_nothing_costs_one_question() -> None:
    class Silent(Host):
        """Stands for a firewalld that is asked for its lockdown only."""

        def names(self, kind: str) -> list[str]:
            raise AssertionError(kind)

    assert shadows.findings(Silent({}), built()) == []


def test_lockdown_is_found_and_both_kinds_are_documented() -> None:
    both = shadows.findings(Host({"other": settings(target="DROP")}, lockdown=True), built(rule()))
    assert [one["object"] for one in both] == ["lockdown", "policy other"]
    described = str(RETURN["findings"]["contains"]["kind"]["description"])
    assert all(f"V({one['kind']})" in described for one in both)


SMALL = st.tuples(st.integers(0, 15), st.integers(28, 32)).map(
    lambda one: ipaddress.ip_network(f"192.0.2.{one[0]}/{one[1]}", strict=False)
)
OURS = st.lists(SMALL, min_size=1, max_size=3).map(lambda networks: End(tuple(ipaddress.collapse_addresses(networks))))
THEIRS = st.tuples(OURS, st.booleans()).map(lambda one: End(one[0].networks, one[1]))
EVERY = [ipaddress.ip_address(f"192.0.2.{number}") for number in range(16)]


def addresses(end: End) -> set[Any]:
    return {one for one in EVERY if any(one in network for network in end.networks) is not end.inverted}


@given(OURS, THEIRS)
def test_ends_meet_where_they_have_an_address_in_common(ours: End, theirs: End) -> None:
    if len(theirs.networks) == 1:
        assert ours.meets(theirs) is bool(addresses(ours) & addresses(theirs))
        assert ours.within(theirs) is (addresses(ours) <= addresses(theirs))
    # with several, one network may be held by two together, which is not looked for: rather found than missed
    assert ours.meets(theirs) or not addresses(ours) & addresses(theirs)
    assert not ours.within(theirs) or addresses(ours) <= addresses(theirs)


@given(st.sampled_from(["accept", "drop", "reject"]), st.integers(-32768, 32767))
def test_action_and_priority_are_read(action: str, priority: int) -> None:
    reader = Reader(lambda _name: [], lambda _name: [])
    text = f'rule priority="{priority}" family="ipv4" port port="443" protocol="tcp" log prefix="a b" {action}'
    assert reader.priority(text) == priority
    assert reader.action(text) == ("accept" if action == "accept" else "refuse")
    assert [(flow.version, flow.protocol, flow.ports) for flow in reader.flows(text)] == [(4, "tcp", "443")]
