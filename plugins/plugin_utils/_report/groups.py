# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parties that are alike fold into one group, so that a thousand desks are one line of a report.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.alike import Places, natural, title_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.estate import egress_of, rules_of
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
    places = Places(_peer_lists(rule_sets, inventory.parties))
    alike: dict[tuple[Any, ...], list[Party]] = {}
    for party in inventory.parties:
        alike.setdefault(_key(party, rule_sets, places), []).append(party)
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


def _peer_lists(rule_sets: _RuleSets, parties: Iterable[Party]) -> Iterator[Sequence[str]]:
    """Each list of peers that a rule has."""
    for party in parties:
        rule_sets.numbers(party)
    return (rule["peers"] for one in rule_sets.known for rule in one["rules"])


def _key(party: Party, rule_sets: _RuleSets, places: Places) -> tuple[Any, ...]:
    """What must be the same in a group: above all, which lists of peers hold some or all of its addresses."""
    own = party.addresses
    outside = party.name if party.kind != HOST else ""
    rules = rule_sets.numbers(party)
    return (party.kind, outside, party.roles, rules, party.segment, bool(own), party.problem, places.of(own))


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


def _rank(roles: Sequence[str]) -> int:
    order = ["therefore_server", "therefore_mfp_gateway", "therefore_client", "therefore_online_client"]
    return min((order.index(role) for role in roles), default=len(order))
