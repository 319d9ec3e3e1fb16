# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Those without rules of ours: devices, administrators, domain controllers, other machines, endpoints, the internet.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ansible_collections.therefore.firewall.plugins.module_utils._addresses import is_host_name
from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._article.catalogue import DOMAIN
from ansible_collections.therefore.firewall.plugins.plugin_utils._article.catalogue import INTERNET as INTERNET_SCOPE
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.estate import (
    ALLOW,
    ANY,
    DEVICE_ROWS,
    Host,
    address_set,
    allow_rules,
    rules_of,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.inventory import HOST, Inventory, Party
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.segments import (
    ELSEWHERE,
    INTERNET,
    ONLINE,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import Group
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.address_sets import AddressSet

# the one row in which devices are asked
DEVICE_ADMIN = "mfp_device_admin"
DEVICES, ADMINISTRATORS, CONTROLLERS, OTHERS = "devices", "administrators", "controllers", "others"
ENDPOINTS, EVERYBODY = "endpoints", "internet"
Rule = Mapping[str, Any]


class Fold(NamedTuple):
    """A group with what the report works out with: its members, none for those who have no rules of ours."""

    group: Group
    members: list[Party]
    addresses: AddressSet
    rules: tuple[Rule, ...]
    egress: str

    @property
    def known(self) -> bool:
        """Whether the rules of its members are known: a wrong setting leaves none."""
        return not any(member.problem for member in self.members)

    @property
    def admins(self) -> AddressSet:
        """The administrators that its settings name."""
        wanted = self.members[0].wanted.values() if self.members else ()
        return _union(address_set(tuple(one["admins"])) for one in wanted)

    def allows(self, direction: str) -> list[Rule]:
        """The allow rules of one direction."""
        return allow_rules(self.rules, direction)

    def host(self, member: int | None = None) -> Host:
        """The group as one host under its title: with the addresses of all, or of one member."""
        own = self.addresses if member is None or not self.members else self.members[member].addresses
        texts = own.texts()
        title, roles = self.group["title"], tuple(self.group["roles"])
        return Host(title, {title: texts}, tuple(texts), None, self.egress, self.rules, roles)


def parties_without_rules(inventory: Inventory) -> list[Fold]:
    """All of them, as far as settings name them."""
    fixed = _fixed(inventory)
    named = [*_devices(inventory, fixed), *_administrators(inventory), *_controllers(inventory, fixed)]
    endpoints = [*_endpoints(inventory.parties)]
    known = _union(one.addresses for one in (*named, *endpoints))
    return [*named, *_others(inventory, known), *endpoints, _internet()]


def _other(title: str, kind: str, segment: str | None, own: AddressSet, names: Iterable[str] = ()) -> Fold:
    group: Group = {
        "id": "", "title": title, "kind": kind, "roles": [], "segment": segment, "addresses": [*own.texts(), *names],
        "hosts": [], "rule_sets": [],
    }  # fmt: skip
    return Fold(group, [], own, (), ALLOW)


def _by_network(inventory: Inventory, title: str, kind: str, own: AddressSet) -> Iterator[Fold]:
    """A group for each network in which some of them are."""
    parts = list(inventory.segments.split(own))
    for name, part in parts:
        segment = None if name == ELSEWHERE else name
        yield _other(title if len(parts) == 1 else f"{title} of {name}", kind, segment, part)


def _union(sets: Iterable[AddressSet]) -> AddressSet:
    return AddressSet(span for one in sets for span in one.spans)


def _fixed(inventory: Inventory) -> AddressSet:
    """The addresses of the hosts with a role; one of which only the network is known has none of its own."""
    return _union(party.addresses for party in inventory.parties if party.roles and _is_fixed(party, inventory))


def _is_fixed(party: Party, inventory: Inventory) -> bool:
    whole = party.segment is not None and party.addresses == inventory.segments.own(party.segment)
    return party.kind == HOST and not whole


def _named(inventory: Inventory, setting: str) -> AddressSet:
    """All that a setting of any role of any party names."""
    wanted = (one for party in inventory.parties for one in party.wanted.values())
    return _union(address_set(tuple(one[setting])) for one in wanted)


def device_lists(parties: Iterable[Party]) -> dict[tuple[str, ...], list[str]]:
    """The lists of devices that settings give, where a rule uses them, and the hosts that have each."""
    lists: dict[tuple[str, ...], list[str]] = {}
    for party in parties:
        for one in party.wanted.values():
            if one["devices"] and any(device_sources(rule) or device_targets(rule) for rule in one["rules"]):
                lists.setdefault(tuple(one["devices"]), []).append(party.name)
    return lists


def _devices(inventory: Inventory, fixed: AddressSet) -> Iterator[Fold]:
    """The multifunction devices, unless each is a host of the inventory. A relay is none."""
    lists = [address_set(texts) for texts in device_lists(inventory.parties)]
    if not lists:
        senders = (device_sources(rule) for party in inventory.parties for rule in rules_of(party.wanted))
        lists = [address_set(tuple(one)) for one in senders if ANY not in one]
    own = _union(lists) - fixed
    hosts = _union(party.addresses for party in inventory.parties if _is_fixed(party, inventory))
    if own - hosts:
        yield from _by_network(inventory, "MFP devices", DEVICES, own)


def _administrators(inventory: Inventory) -> Iterator[Fold]:
    own = _named(inventory, "admins")
    if own:
        yield from _by_network(inventory, "Administrators", ADMINISTRATORS, own)


def _controllers(inventory: Inventory, fixed: AddressSet) -> Iterator[Fold]:
    """The domain controllers that are no hosts with a role."""
    own = _named(inventory, "controllers") - fixed
    if own:
        yield from _by_network(inventory, "Domain controllers", CONTROLLERS, own)


def _others(inventory: Inventory, known: AddressSet) -> Iterator[Fold]:
    """The machines that nobody names and the hosts let in, because their network is trusted."""
    peers = (
        tuple(rule["peers"])
        for party in inventory.parties if party.kind == HOST
        for rule in allow_rules(rules_of(party.wanted), "in")
        if rule["scope"] == DOMAIN and ANY not in rule["peers"] and not device_sources(rule)
    )  # fmt: skip
    outside = (party.addresses for party in inventory.parties if party.kind != HOST)
    let_in = _union(map(address_set, {*peers})) - known - _fixed(inventory) - _union(outside)
    for name, part in inventory.segments.split(let_in):
        segment = None if name == ELSEWHERE else name
        title = f"Other machines of {name}" if segment else "Other machines elsewhere"
        yield _other(title, OTHERS, segment, part)


def device_sources(rule: Rule) -> list[str]:
    """From where the devices come that a rule lets in or through; nothing for other rules."""
    if rule["action"] != ALLOW or rule["direction"] == "out" or not DEVICE_ROWS & {*rule["rows"]}:
        return []
    return list(rule["peers"] if rule["direction"] == "in" else rule["sources"])


def device_targets(rule: Rule) -> list[str]:
    """The devices to which a rule lets a host connect, or administrators through it; nothing for other rules."""
    return list(rule["peers"]) if rule["direction"] != "in" and DEVICE_ADMIN in rule["rows"] else []


def is_directory(rule: Rule) -> bool:
    """Whether domain controllers are at the far end of an outbound rule."""
    directory = bool(rule["rows"]) and all(map(catalogue.is_directory, rule["rows"]))
    return rule["direction"] == "out" and (directory or rule["id"].endswith("-dc"))


def _endpoints(parties: Iterable[Party]) -> Iterator[Fold]:
    """The endpoints of Therefore Online, where a rule names some."""
    peers = sorted({
        peer for party in parties for rule in rules_of(party.wanted)
        if rule["direction"] != "in" and rule["scope"] == INTERNET_SCOPE for peer in rule["peers"] if peer != ANY
    })  # fmt: skip
    if peers:
        yield _other(ONLINE, ENDPOINTS, ONLINE, address_set(tuple(peers)), filter(is_host_name, peers))


def _internet() -> Fold:
    return _other(INTERNET, EVERYBODY, INTERNET, AddressSet())
