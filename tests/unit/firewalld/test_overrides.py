# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of others our rules beat, as firewalld runs its policies and zones."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import overrides, routes
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import State
from rulesets import OFFICE, built, forward, rule

DROP = 'rule family="ipv4" source address="192.0.2.7" drop'
OTHER = "203.0.113.9"


ENTRIES = {
    "far": [OTHER], "near": ["192.0.2.7"], "macs": ["02:00:5e:00:00:01"], "ports": [f"{OTHER},tcp:1024"],
    "near-ports": ["192.0.2.7,tcp:1024"],
}  # fmt: skip


class Host(Firewalld):
    """Stands for a firewalld with zones and policies of others, and sets of ours."""

    def __init__(self, zones: dict[str, dict[str, Any]], policies: dict[str, dict[str, Any]], ours: State) -> None:
        self.version = "2.3.1"
        self.zones = {"public": {"target": "default"}, **zones}
        self.policies, self.ours = policies, ours

    def ask(self, interface: str, method: str) -> Any:
        ends = ("sources", "interfaces")
        active = {
            name: {end: zone[end] for end in ends if end in zone}
            for name, zone in self.zones.items()
            if any(end in zone for end in ends)
        }
        return {"getActiveZones": active, "getDefaultZone": "public"}[method]

    def names(self, kind: str) -> list[str]:
        return {"policy": list(self.policies), "service": ["https"]}[kind]

    def policy_settings(self, name: str) -> dict[str, Any]:
        return self.policies[name]

    def zone_settings(self, name: str) -> dict[str, Any]:
        return self.zones[name]

    def ipset_settings(self, name: str) -> list[Any]:
        return ["", "", "", "hash:net", {}, ENTRIES[name]]

    def service_ports(self, name: str) -> list[str]:
        return {"https": ["443/tcp", "443/udp"]}[name]

    def permanent(self, prefix: str) -> State:
        return self.ours

    def runtime(self, prefix: str, kept: State | None = None) -> State:
        return self.ours


def found(
    *rules: dict[str, Any],
    zones: dict[str, dict[str, Any]] | None = None,
    policies: dict[str, dict[str, Any]] | None = None,
    ours: State | None = None,
) -> dict[str, str]:
    host = Host(zones or {}, policies or {}, ours or State())
    return {one["object"]: one["message"] for one in overrides.findings(host, built(*rules))}


def policy(**changed: Any) -> dict[str, dict[str, Any]]:
    shape = {"priority": -1, "target": "CONTINUE", "ingress_zones": ["ANY"], "egress_zones": ["HOST"]}
    return {"other": {**shape, **changed}}


BLOCKED = (rule(), rule("https-block", action="block", peers=["any"]))
BY_MAC = "senders by their MAC address, 02:00:5e:00:00:01"
BY_PORT = f"whom the ipset ports names, by more than their address, {OTHER},tcp:1024"
ACCEPT = f'rule family="ipv4" source address="{OTHER}" port port="443" protocol="tcp" accept'


@pytest.mark.parametrize(
    ("place", "peers"),
    [
        ({"policies": policy(rich_rules=[ACCEPT])}, OTHER),
        ({"policies": policy(priority=100, ports=[("443", "tcp")])}, "everybody"),
        ({"policies": policy(target="ACCEPT")}, "everybody"),
        ({"zones": {"public": {"rules_str": [ACCEPT]}}}, OTHER),
        ({"zones": {"public": {"services": ["https"]}}}, "everybody"),
        ({"zones": {"trusted": {"target": "ACCEPT", "sources": [OTHER]}}}, OTHER),
        ({"zones": {"work": {"ports": [("400-500", "tcp")], "sources": ["ipset:far"]}}}, OTHER),
        # some of what they send
        ({"zones": {"public": {"rules_str": [f'{ACCEPT} limit value="1/m"']}}}, OTHER),
        ({"zones": {"public": {"rules_str": ['rule source mac="02:00:5e:00:00:01" accept']}}}, BY_MAC),
        ({"zones": {"trusted": {"target": "ACCEPT", "sources": ["02:00:5e:00:00:01"]}}}, BY_MAC),
        ({"zones": {"trusted": {"target": "ACCEPT", "sources": ["ipset:macs"]}}}, BY_MAC),
        ({"zones": {"public": {"rules_str": ['rule source ipset="macs" accept']}}}, BY_MAC),
        ({"zones": {"public": {"rules_str": ['rule source NOT ipset="macs" accept']}}}, f"all but {BY_MAC}"),
        ({"zones": {"trusted": {"target": "ACCEPT", "sources": ["ipset:ports"]}}}, BY_PORT),
        ({"policies": policy(rich_rules=['rule family="ipv4" source ipset="ports" accept'])}, BY_PORT),
        ({"zones": {"public": {"source_ports": [("53", "tcp")]}}}, "whoever sends from port 53"),
        ({"policies": policy(source_ports=[("1-65535", "tcp")])}, "everybody"),
        (
            {"policies": policy(rich_rules=['rule source-port port="1024-65535" protocol="tcp" accept'])},
            "whoever sends from port 1024-65535",
        ),
        # of several, those are named whom no rule allows
        ({"zones": {"trusted": {"target": "ACCEPT", "sources": [OTHER, "192.0.2.7"]}}}, OTHER),
    ],
)
def test_whom_others_allow_and_a_block_refuses(place: dict[str, Any], peers: str) -> None:
    (message,) = found(*BLOCKED, **place).values()
    assert message.startswith(f"allows 443/tcp to {peers} (")
    assert "block_public: false" in message


@pytest.mark.parametrize(
    "place",
    [
        {"policies": policy(egress_zones=["ANY"], rich_rules=[ACCEPT])},
        {"policies": policy(rich_rules=[ACCEPT.replace("443", "444")])},
        {"policies": policy(rich_rules=[ACCEPT.replace(OTHER, "192.0.2.7")])},
        {"policies": policy(rich_rules=['rule port port="80" protocol="tcp" accept limit value="1/m"'])},
        # refused there before it is allowed
        {"policies": policy(rich_rules=["rule drop", ACCEPT])},
        {"zones": {"public": {"target": "default"}}},
        {"zones": {"unused": {"target": "ACCEPT"}}},
        {"zones": {"trusted": {"target": "ACCEPT", "sources": ["192.0.2.0/25"]}}},
        {
            "zones": {"trusted": {"target": "ACCEPT", "sources": [OTHER]}},
            "ours": built(rule(peers=[OTHER]), name="two"),
        },
    ],
)
def test_whom_no_block_refuses(place: dict[str, Any]) -> None:
    assert found(*BLOCKED, **place) == {}


@pytest.mark.parametrize(
    "place",
    [
        {"zones": {"drop": {"target": "DROP", "sources": ["192.0.2.7"]}}},
        {"zones": {"block": {"target": "%%REJECT%%", "sources": ["ipset:near"]}}},
        {"zones": {"public": {"rules_str": [DROP]}}},
        {"policies": policy(rich_rules=[DROP])},
        {"policies": policy(rich_rules=[DROP.replace("drop", "reject")])},
    ],
)
def test_whom_others_refuse_and_a_rule_lets_in(place: dict[str, Any]) -> None:
    (message,) = found(rule(), **place).values()
    assert message.startswith("refuses 192.0.2.7 (")
    assert "opens 443/tcp. To keep them out, take their addresses out of the rule's peers" in message


MAC_RULE = 'rule source mac="02:00:5e:00:00:01"'


@pytest.mark.parametrize(
    ("place", "senders"),
    [
        ({"zones": {"drop": {"target": "DROP", "sources": ["02:00:5e:00:00:01"]}}}, BY_MAC),
        ({"zones": {"public": {"rules_str": [f"{MAC_RULE} drop"]}}}, BY_MAC),
        ({"policies": policy(rich_rules=[f"{MAC_RULE} reject"])}, BY_MAC),
        (
            {"policies": policy(rich_rules=['rule source-port port="6000-65535" protocol="tcp" drop'])},
            "whoever sends from port 6000-65535",
        ),
    ],
)
def test_whom_others_refuse_whose_address_nobody_knows(place: dict[str, Any], senders: str) -> None:
    (message,) = found(rule(), **place).values()
    assert message.startswith(f"refuses {senders} (")
    assert "opens 443/tcp if their address is among its peers. To keep them out, refuse them in a policy" in message
    assert found(rule(direction="out"), **place) == {}


@pytest.mark.parametrize(
    "place",
    [
        # what everybody meets whom no rule lets in
        {"zones": {"public": {"target": "DROP"}}},
        {"policies": policy(target="REJECT")},
        {"zones": {"drop": {"target": "DROP", "sources": [OTHER]}}},
        {"zones": {"work": {"target": "DROP", "sources": ["192.0.2.7"], "services": ["https"]}}},
        {"zones": {"work": {"target": "DROP", "sources": ["02:00:5e:00:00:01"], "services": ["https"]}}},
        # it comes first, and shadows ours
        {"policies": policy(priority=-101, rich_rules=[DROP])},
    ],
)
def test_whom_no_rule_lets_in_against_others(place: dict[str, Any]) -> None:
    assert found(rule(), **place) == {}


def test_what_passes_through_meets_targets_of_zones_only() -> None:
    passing = forward(sources=OFFICE)
    assert found(passing, zones={"public": {"rules_str": [DROP]}}) == {}
    assert list(found(passing, zones={"drop": {"target": "DROP", "sources": ["192.0.2.7"]}})) == ["zone drop"]


def test_outbound_rules_beat_refusals_of_later_policies() -> None:
    out = policy(ingress_zones=["HOST"], egress_zones=["ANY"], rich_rules=['rule port port="443" protocol="tcp" drop'])
    assert list(found(rule(direction="out"), policies=out)) == ["policy other"]


def test_an_interface_stands_for_what_is_behind_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    table = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n"
    table += "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\neth1\t006433C6\t00000000\t0001\t0\t0\t0\t00FFFFFF\n"
    (tmp_path / "route").write_text(table)
    ipv6 = "20010db8000000000000000000000000 40 " + "0" * 32 + " 00 " + "0" * 32 + " 0 0 0 00000001 eth0\n"
    (tmp_path / "ipv6").write_text(ipv6)
    monkeypatch.setattr(routes, "IPV4", str(tmp_path / "route"))
    monkeypatch.setattr(routes, "IPV6", str(tmp_path / "ipv6"))
    assert routes.networks(4) == [
        ("eth0", ipaddress.ip_network("192.0.2.0/24")),
        ("eth1", ipaddress.ip_network("198.51.100.0/24")),
    ]
    assert (
        "192.0.2.0/24, 2001:db8::/64"
        in found(rule(), zones={"drop": {"target": "DROP", "interfaces": ["eth0"]}})["zone drop"]
    )
    assert found(rule(), zones={"drop": {"target": "DROP", "interfaces": ["eth1"]}}) == {}


def test_one_host_that_a_policy_lets_in_first_is_named() -> None:
    said = found(*BLOCKED, policies=policy(priority=-60, rich_rules=[ACCEPT]))
    assert said["policy other"].startswith(f"comes before the set's rules and allows 443/tcp to {OTHER} (rule ")


@pytest.mark.parametrize(
    "opening",
    [
        {"target": "ACCEPT"},
        {"ports": [["443", "tcp"]]},
        {"protocols": ["tcp"]},
        {"source_ports": [["0-65535", "tcp"]]},
        {"rich_rules": ['rule port port="443" protocol="tcp" accept limit value="9/m"']},
    ],
)
def test_a_policy_that_comes_first_and_lets_in_whom_a_block_refuses(opening: dict[str, Any]) -> None:
    (message,) = found(*BLOCKED, policies=policy(priority=-200, **opening)).values()
    assert message.startswith("comes before the set's rules and allows 443/tcp to everybody (")
    assert "--policy=other --set-priority=-1" in message
    # without a block nobody is meant to be refused
    assert found(rule(), policies=policy(priority=-200, **opening)) == {}
    # what it refuses itself, it does not let in
    drop = 'rule priority="-1" port port="443" protocol="tcp" drop'
    refusing = {**opening, "rich_rules": [drop, *opening.get("rich_rules", [])]}
    assert found(*BLOCKED, policies=policy(priority=-200, **refusing)) == {}


def test_a_policy_for_the_packets_of_one_zone_is_about_these_only() -> None:
    zones = {"work": {"sources": [OTHER], "target": "default"}}
    for priority, word in ((-200, "comes before the set's rules and allows"), (-1, "allows")):
        said = found(*BLOCKED, zones=zones, policies=policy(priority=priority, target="ACCEPT", ingress_zones=["work"]))
        assert said["policy other"].startswith(f"{word} 443/tcp to {OTHER} (target ACCEPT)")
