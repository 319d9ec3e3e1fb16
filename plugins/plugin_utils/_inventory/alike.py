# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that are alike to every rule there is, so that what holds for one of them holds for all.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

import random
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.estate import (
    ANY,
    Host,
    address_set,
    own_set,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.address_sets import AddressSet, Span


class Places:
    """Tells addresses apart by the lists of peers that hold them, and by nothing else."""

    def __init__(self, lists: Iterable[Sequence[str]]) -> None:
        """Cut all addresses where a list begins or ends. A list with C(any) holds everybody, and cuts nothing."""
        spans = [(span, number) for number, one in enumerate(sorted({*map(tuple, lists)})) if ANY not in one
                 for span in address_set(one).spans]  # fmt: skip
        changes: dict[tuple[int, int], set[int]] = {}
        for span, number in spans:
            for edge in ((span.version, span.low), (span.version, span.high + 1)):
                changes.setdefault(edge, set()).symmetric_difference_update({number})
        self._edges = sorted(changes)
        self._holders: list[frozenset[int]] = [frozenset()]
        for edge in self._edges:
            self._holders.append(self._holders[-1] ^ changes[edge])

    def of(self, own: AddressSet) -> frozenset[frozenset[int]]:
        """The place of a set of addresses. Of two sets with one place, each list holds some or all of both, or none."""
        return frozenset(holders for span in own.spans for holders in self._between(span))

    def _between(self, span: Span) -> list[frozenset[int]]:
        first = bisect_right(self._edges, (span.version, span.low))
        return self._holders[first : bisect_right(self._edges, (span.version, span.high)) + 1]


class Alike(NamedTuple):
    """Hosts that are alike, in the inventory's order."""

    id: str
    members: tuple[Host, ...]

    @property
    def names(self) -> list[str]:
        """Their names."""
        return [member.name for member in self.members]

    def as_one(self) -> Host:
        """All of them as one host, under a short name."""
        own = AddressSet(span for member in self.members for span in own_set(member.addresses).spans)
        first, title = self.members[0], title_of(self.names)
        return first._replace(name=title, targets={title: own.texts()}, addresses=tuple(own.texts()))


def alike(hosts: Iterable[Host], apart: Collection[str] = ()) -> list[Alike]:
    """The hosts by likeness: to every rule of theirs, and to every list of peers.

    Args:
        hosts: The hosts.
        apart: Names of hosts that stay by themselves.
    """
    given = list(hosts)
    texts = {host.name: repr(host.rules) for host in given}
    rules = {texts[host.name]: host.rules for host in given}
    places = Places(rule["peers"] for found in rules.values() for rule in found)
    found: dict[tuple[object, ...], list[Host]] = {}
    for host in given:
        asked = tuple(places.of(own_set(addresses)) for addresses in host.targets.values())
        key = (texts[host.name], host.egress, host.roles, asked, host.name if host.name in apart else None)
        found.setdefault(key, []).append(host)
    return [Alike(f"g{number}", tuple(members)) for number, members in enumerate(found.values(), start=1)]


def sample(members: Sequence[str], count: int, seed: int) -> tuple[list[str], list[str]]:
    """Some to ask and some to be asked, as many as C(count) of each, and others where there are enough; 0: all."""
    if not count:
        return [*members], [*members]
    # not a secret: the same seed gives the same hosts again
    order = random.Random(f"{seed} {members[0]}").sample([*members], min(2 * count, len(members)))  # noqa: S311
    return order[:count], order[-count:]


def title_of(names: Sequence[str]) -> str:
    """A short name for hosts: the first and the last of many."""
    if len(names) < 3:
        return ", ".join(names)
    return f"{names[0]} … {names[-1]} ({len(names)} hosts)"


def natural(name: str) -> list[tuple[int, str]]:
    """Sorts desk-9 before desk-10."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d{1,18})", name)]
