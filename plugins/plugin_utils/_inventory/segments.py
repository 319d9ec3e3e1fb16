# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks of an inventory: which addresses are in which, and who is there that Ansible does not manage.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._values.address_sets import AddressSet
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import addresses, nearest, refuse, words

VARIABLE = "therefore_segments"
# what lies in no segment
ELSEWHERE = "elsewhere"
ONLINE = "Therefore Online"
INTERNET = "Internet"
OUTSIDE_ROLES = ("therefore_client", "therefore_online_client")


class Segments:
    """Networks by name. An address that lies in two belongs to the narrower one."""

    def __init__(self, networks: Mapping[str, list[str]], roles: Mapping[str, list[str]]) -> None:
        """Keep them.

        Args:
            networks: The networks of each segment.
            roles: The roles of machines there that Ansible does not manage.
        """
        self.networks = networks
        self.roles = roles
        self._sets = _apart(networks)

    def own(self, name: str) -> AddressSet:
        """The addresses of a segment, without those that belong to a narrower one."""
        return self._sets[name]

    def split(self, some: AddressSet) -> Iterator[tuple[str, AddressSet]]:
        """The segments that hold some of the addresses, each with what it holds; the rest is elsewhere."""
        rest = some
        for name, own in self._sets.items():
            if part := rest & own:
                yield name, part
                rest = rest - own
        if rest:
            yield ELSEWHERE, rest

    def of(self, some: AddressSet) -> str | None:
        """The segment of a host with these addresses: that of the first, in the order of the segments."""
        return next((name for name, _part in self.split(some) if name != ELSEWHERE), None)


def segments_of(given: Any, trusted: Iterable[str]) -> Segments:
    """The segments of C(therefore_segments); without it each trusted subnet is one. Raises InputError."""
    if not given:
        return Segments({subnet: [subnet] for subnet in trusted}, {})
    if not isinstance(given, dict):
        raise refuse(VARIABLE, given, "is no dictionary; write {office: {networks: [192.0.2.0/24]}}")
    networks, roles = {}, {}
    for key, one in given.items():
        name, where = str(key), f"{VARIABLE}.{key}"
        if name in (ELSEWHERE, ONLINE, INTERNET):
            raise refuse(VARIABLE, name, "has a meaning of its own in reports; give the network another name")
        if not isinstance(one, dict):
            raise refuse(where, one, "is no dictionary; write {networks: [192.0.2.0/24]}")
        for part in one:
            if part not in ("networks", "roles"):
                raise refuse(where, part, f"is unknown; {nearest(part, ('networks', 'roles'))}")
        networks[name] = addresses(f"{where}.networks", one.get("networks", []), "name the networks of the segment")
        if not networks[name]:
            raise refuse(f"{where}.networks", [], "names nothing; list the segment's networks")
        roles[name] = words(OUTSIDE_ROLES)(f"{where}.roles", one.get("roles", []))
    _refuse_twins(networks)
    return Segments(networks, roles)


def _refuse_twins(networks: Mapping[str, list[str]]) -> None:
    owners: dict[str, str] = {}
    for name, texts in networks.items():
        for text in texts:
            if text in owners:
                raise refuse(
                    f"{VARIABLE}.{name}.networks", text, f"is in {owners[text]} as well; keep it in one of them"
                )
            owners[text] = name


def _apart(networks: Mapping[str, list[str]]) -> dict[str, AddressSet]:
    """Each segment without what is in a narrower network of another."""
    parts = sorted(
        ((_size(own := AddressSet.of([text])), name, own) for name, texts in networks.items() for text in texts),
        key=lambda part: part[0],
    )
    taken, result = AddressSet(), {name: AddressSet() for name in networks}
    for _size_of_part, name, own in parts:
        result[name] |= own - taken
        taken |= own
    return result


def _size(some: AddressSet) -> int:
    return sum(span.high - span.low + 1 for span in some.spans)
