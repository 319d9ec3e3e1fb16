# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rules of the hosts of a random inventory want to cross networks, packet by packet.

Read anew from the rules, without our sets of addresses, groups and crossings, so that these can be checked by it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any, NamedTuple

from inventories import inventory, report_on
from random_inventories import ENDPOINTS, NETWORKS, RandomInventory

DIRECTORY = {"ldap", "ldaps", "kerberos", "dns"}
DEVICES = {
    "mfp_web_service", "mfp_file_transfer", "mfp_http", "online_mfp_web_service", "online_mfp_file_transfer",
}  # fmt: skip
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Net = tuple[Address, Address]


class Packet(NamedTuple):
    """A packet that opens a connection."""

    source: Address
    to: Address
    protocol: str
    port: int


class Party(NamedTuple):
    """A host or a population: where it is, and its allow rules.

    Where only the network is known, C(segment) names it: then the narrower networks within are not meant.
    """

    name: str
    nets: list[Net]
    segment: str | None
    rules: list[dict[str, Any]]
    admins: list[Net]
    controllers: list[Net]


def nets(texts: Iterable[str]) -> list[Net]:
    """The first and the last address of each; names have none."""
    found = []
    for text in texts:
        try:
            if "-" in text and "/" not in text:
                low, high = map(ipaddress.ip_address, text.split("-"))
                found.append((low, high))
            else:
                network = ipaddress.ip_network(text)
                found.append((network[0], network[-1]))
        except ValueError:
            assert text.endswith("example.com")
    return found


def holds(places: Iterable[Net], address: Address) -> bool:
    return any(low.version == address.version and low <= address <= high for low, high in places)


class World:
    """An inventory as a test reads it: who is where, with which rules, and which network an address is in."""

    def __init__(self, seed: int) -> None:
        """Make the inventory and its report."""
        made = RandomInventory(seed)
        given = inventory(made.shared, **made.roles)
        self.report = report_on(given)
        self.segments = made.shared["therefore_segments"] or {
            text: {"networks": [text]} for text in made.shared["therefore_trusted_subnets"]
        }
        variables: dict[str, dict[str, Any]] = {}
        for hosts in made.roles.values():
            for name, one in hosts.items():
                variables[name] = one | variables.get(name, {})
        self.parties = [
            Party(party.name, *self._place(party, variables.get(party.name)), [
                rule for one in party.wanted.values() for rule in one["rules"] if rule["action"] == "allow"
            ], *(
                nets(text for one in party.wanted.values() for text in one[who]) for who in ("admins", "controllers")
            ))
            for party in given.parties
        ]  # fmt: skip
        assert not [party.problem for party in given.parties if party.problem]

    def _place(self, party: Any, variables: dict[str, Any] | None) -> tuple[list[Net], str | None]:
        if variables and "therefore_addresses" in variables:
            return nets(variables["therefore_addresses"]), None
        segment = variables["therefore_segment"] if variables else party.segment
        return nets(self.segments[segment]["networks"]), segment

    def is_at(self, party: Party, address: Address) -> bool:
        """Whether the party may have this address."""
        return holds(party.nets, address) and party.segment in (None, self.segment(address))

    def segment(self, address: Address) -> str | None:
        """The narrowest network decides."""
        found = [
            (int(net[1]) - int(net[0]), number, name)
            for number, (name, one) in enumerate(self.segments.items())
            for net in nets(one["networks"])
            if holds([net], address)
        ]
        return min(found)[2] if found else None


def allows(rule: dict[str, Any], packet: Packet) -> bool:
    """Whether a rule has the protocol and the port."""
    spans = (str(port).partition("-") for port in rule["ports"])
    return rule["protocol"] == packet.protocol and any(
        int(low) <= packet.port <= int(high or low) for low, _dash, high in spans
    )


def among(texts: list[str], address: Address) -> bool:
    return "any" in texts or holds(nets(texts), address)


def wanted(world: World, packet: Packet) -> bool:
    """Whether the rules of the hosts want the packet to cross networks."""
    inside = world.segment(packet.source) is not None or world.segment(packet.to) is not None
    return _let_out(world, packet, inside) or any(
        _let_in(world, party, rule, packet, inside)
        for party in world.parties
        if world.is_at(party, packet.to)
        for rule in party.rules
        if rule["direction"] == "in" and allows(rule, packet) and among(rule["peers"], packet.source)
    )


def _let_in(world: World, target: Party, rule: dict[str, Any], packet: Packet, inside: bool) -> bool:
    """Whether somebody has the right to use an inbound rule that holds the source."""
    rows = {*rule["rows"]}
    # what comes from anywhere is the internet's, which is no network of the inventory; devices are in our networks
    if rows & DEVICES:
        return inside or "any" in rule["peers"]
    if rule["scope"] == "internet":
        return True
    if inside and holds(target.admins, packet.source):
        return True
    return inside and any(
        world.is_at(party, packet.source) and among(sent["peers"], packet.to)
        for party in world.parties
        for sent in party.rules
        if sent["direction"] == "out" and rows & {*sent["rows"]} and allows(sent, packet)
    )


def _let_out(world: World, packet: Packet, inside: bool) -> bool:
    """Whether a host or a device behind a router may reach Therefore Online or the internet, or a host the devices."""
    return any(
        (
            rule["scope"] == "internet"
            or (_for_devices(rule) and (inside or "any" in rule["peers"]))
            or (_for_controllers(world, rule, packet) and inside)
        )
        and allows(rule, packet)
        and among(rule["peers"], packet.to)
        and (
            (rule["direction"] == "out" and world.is_at(party, packet.source))
            or (rule["direction"] == "forward" and among(rule["sources"], packet.source))
            or (_for_devices(rule) and holds(party.admins, packet.source))
        )
        for party in world.parties
        for rule in party.rules
    )


def _for_devices(rule: dict[str, Any]) -> bool:
    return rule["direction"] != "in" and "mfp_device_admin" in rule["rows"]


def _for_controllers(world: World, rule: dict[str, Any], packet: Packet) -> bool:
    """Whether a rule reaches a domain controller that is no host of the inventory with an address of its own."""
    named = any(holds(party.controllers, packet.to) for party in world.parties)
    own = any(party.segment is None and holds(party.nets, packet.to) for party in world.parties)
    directory = {*rule["rows"]} <= DIRECTORY or rule["id"].endswith("-dc")
    return rule["direction"] == "out" and directory and named and not own


class Packets:
    """Random packets at the edges of what is in play; most are aimed at a rule, and many of these miss."""

    def __init__(self, world: World, seed: int) -> None:
        """Collect the edges."""
        self._random = Random(seed)
        self._rules = [(party, rule) for party in world.parties if party.nets for rule in party.rules]
        self._pairs = [
            (sender, target, rule)
            for target, rule in self._rules if rule["direction"] == "in"
            for sender, sent in self._rules if sent["direction"] == "out" and {*sent["rows"]} & {*rule["rows"]}
        ]  # fmt: skip
        texts = {text for _party, rule in self._rules for text in (*rule["peers"], *rule.get("sources", []))}
        segments = [text for one in world.segments.values() for text in one["networks"]]
        self._own = [net for party in world.parties for net in party.nets] or nets(NETWORKS)
        self._places = [*self._own, *nets(sorted({*texts, *segments, *NETWORKS, *ENDPOINTS} - {"any"}))]

    def __call__(self, count: int) -> Iterator[Packet]:
        """Some packets, of one IP version each."""
        made = 0
        while made < count:
            packet = self._random.choice([self._random_one, self._aimed, self._aimed, self._paired, self._paired])()
            if packet.source.version == packet.to.version:
                made += 1
                yield packet

    def _random_one(self) -> Packet:
        source, to = self._address(self._places), self._address(self._places)
        return Packet(source, to, self._random.choice(["tcp", "udp"]), self._random.randint(1, 65535))

    def _paired(self) -> Packet:
        """From one who has a row to one who serves it."""
        if not self._pairs:
            return self._aimed()
        sender, target, rule = self._random.choice(self._pairs)
        source, to = self._address(sender.nets), self._address(target.nets)
        return Packet(source, to, rule["protocol"], self._port(rule["ports"]))

    def _aimed(self) -> Packet:
        if not self._rules:
            return self._random_one()
        party, rule = self._random.choice(self._rules)
        near, far = self._address(party.nets), self._far_end(rule["peers"])
        if rule["direction"] == "forward":
            near = self._far_end(rule["sources"])
        source, to = (far, near) if rule["direction"] == "in" else (near, far)
        protocol = rule["protocol"] if self._random.random() < 0.9 else self._random.choice(["tcp", "udp"])
        return Packet(source, to, protocol, self._port(rule["ports"]))

    def _far_end(self, texts: list[str]) -> Address:
        named = nets(text for text in texts if text != "any")
        return self._address(named if named and self._random.random() < 0.3 else self._own)

    def _address(self, places: list[Net]) -> Address:
        low, high = self._random.choice(places)
        kind, last = type(low), 2**low.max_prefixlen - 1
        if self._random.random() < 0.03:
            return kind(self._random.randint(0, last))
        inside = self._random.randint(int(low), int(high))
        number = self._random.choice([*[int(low), int(high), inside] * 3, int(low) - 1, int(high) + 1])
        return kind(min(max(number, 0), last))

    def _port(self, ports: list[int | str]) -> int:
        low, _dash, high = str(self._random.choice(ports)).partition("-")
        near = self._random.choice([0] * 8 + [-1, 1])
        return min(max(int(self._random.choice([low, high or low])) + near, 1), 65535)
