# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parties that are alike fold into one group, so that a thousand desks are one line of a report.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.estate import (
    ANY,
    address_set,
    egress_of,
    rules_of,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.inventory import HOST, Inventory, Party
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.parties import Fold, parties_without_rules
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import Group, RuleSet
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.address_sets import AddressSet


class Folded(NamedTuple):
    """All groups, and the rule sets to which they point."""

    folds: list[Fold]
    rule_sets: list[RuleSet]


def fold(inventory: Inventory) -> Folded:
    """The groups of an inventory."""
    rule_sets = _RuleSets()
    peer_lists = _peer_lists(inventory.parties)
    alike: dict[tuple[Any, ...], list[Party]] = {}
    for party in inventory.parties:
        alike.setdefault(_key(party, rule_sets, peer_lists), []).append(party)
    folds = [_fold(members, rule_sets) for members in alike.values()]
    folds.sort(key=lambda one: (one.group["kind"] != HOST, _rank(one.group["roles"]), natural(one.group["title"])))
    folds += parties_without_rules(inventory)
    for number, one in enumerate(folds, start=1):
        one.group["id"] = f"g{number}"
    return Folded(folds, rule_sets.known)


class _RuleSets:
    """Each set of rules once, by its number."""

    def __init__(self) -> None:
        self.known: list[RuleSet] = []
        # hosts with the same role and settings share the list of rules itself, see _inventory
        self._numbers: dict[int, int] = {}

    def numbers(self, party: Party) -> tuple[int, ...]:
        return tuple(self._number(role, one) for role, one in party.wanted.items())

    def _number(self, role: str, wanted: Mapping[str, Any]) -> int:
        key = id(wanted["rules"])
        if key not in self._numbers:
            self._numbers[key] = len(self.known)
            title = catalogue.role_title(role)
            self.known.append({
                "role": role, "title": title, "egress": wanted["egress"], "rules": wanted["rules"],
                "left_out": wanted["left_out"],
            })  # fmt: skip
        return self._numbers[key]


def _peer_lists(parties: Iterable[Party]) -> list[AddressSet]:
    """Each list of peers that a rule has, but for those that hold everybody or names only."""
    lists = {tuple(rule["peers"]) for party in parties for rule in rules_of(party.wanted) if ANY not in rule["peers"]}
    return [found for peers in sorted(lists) if (found := address_set(peers))]


def _key(party: Party, rule_sets: _RuleSets, peer_lists: list[AddressSet]) -> tuple[Any, ...]:
    """What must be the same in a group: above all, which lists of peers hold some or all of its addresses."""
    own = party.addresses
    places = tuple((bool(own & peers), own <= peers) for peers in peer_lists)
    outside = party.name if party.kind != HOST else ""
    return (party.kind, outside, party.roles, rule_sets.numbers(party), party.segment, bool(own), party.problem, places)


def _fold(members: list[Party], rule_sets: _RuleSets) -> Fold:
    members.sort(key=lambda party: natural(party.name))
    first = members[0]
    own = AddressSet(span for member in members for span in member.addresses.spans)
    names = [member.name for member in members]
    group: Group = {
        "id": "",
        "title": title_of(names),
        "kind": first.kind,
        "roles": list(first.roles),
        "segment": first.segment,
        "addresses": own.texts(),
        "hosts": names if first.kind == HOST else [],
        "rule_sets": list(rule_sets.numbers(first)),
    }
    return Fold(group, members, own, rules_of(first.wanted), egress_of(first.wanted))


def group_ids(folds: Iterable[Fold]) -> dict[str, str]:
    """The group of each host, by its name."""
    return {name: one.group["id"] for one in folds for name in one.group["hosts"]}


def title_of(names: Sequence[str]) -> str:
    """A short name for hosts: the first and the last of many."""
    if len(names) < 3:
        return ", ".join(names)
    return f"{names[0]} … {names[-1]} ({len(names)} hosts)"


def natural(name: str) -> list[tuple[int, str]]:
    """Sorts desk-9 before desk-10."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d{1,18})", name)]


def _rank(roles: Sequence[str]) -> int:
    order = ["therefore_server", "therefore_mfp_gateway", "therefore_client", "therefore_online_client"]
    return min((order.index(role) for role in roles), default=len(order))
