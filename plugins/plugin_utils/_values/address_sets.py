# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of addresses: which are in two lists, which remain, and the shortest way to write them.

Pure: no Ansible, no I/O. An IPv4 set and an IPv6 set are one set here, as they are one list of peers in a rule.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from typing import Any, NamedTuple

from ansible_collections.therefore.firewall.plugins.module_utils._addresses import networks


class Span(NamedTuple):
    """Neighbouring addresses of one IP version, as numbers, both ends included."""

    version: int
    low: int
    high: int


class AddressSet:
    """Addresses, each once, in the fewest spans."""

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        """Merge the spans."""
        self.spans: tuple[Span, ...] = tuple(_merged(spans))

    @classmethod
    def of(cls, texts: Iterable[str]) -> AddressSet:
        """The set of addresses, networks and ranges. Raises AddressError."""
        return cls(span for text in texts for span in _spans(text))

    @classmethod
    def every(cls) -> AddressSet:
        """All addresses there are."""
        return cls((Span(4, 0, 2**32 - 1), Span(6, 0, 2**128 - 1)))

    def __bool__(self) -> bool:
        """Whether there is an address in it."""
        return bool(self.spans)

    def __eq__(self, other: object) -> bool:
        """Whether both hold the same addresses."""
        return isinstance(other, AddressSet) and self.spans == other.spans

    def __hash__(self) -> int:
        """Equal sets have equal hashes."""
        return hash(self.spans)

    def __or__(self, other: AddressSet) -> AddressSet:
        """The addresses of either."""
        return AddressSet((*self.spans, *other.spans))

    def __and__(self, other: AddressSet) -> AddressSet:
        """The addresses of both."""
        return AddressSet(_common(self.spans, other.spans))

    def __sub__(self, other: AddressSet) -> AddressSet:
        """The addresses of this one alone."""
        return AddressSet(piece for span in self.spans for piece in _rest(span, other.spans))

    def __le__(self, other: AddressSet) -> bool:
        """Whether the other has all of them."""
        return all(next(_rest(span, other.spans), None) is None for span in self.spans)

    def meets(self, other: AddressSet) -> bool:
        """Whether they have an address in common."""
        return next(_common(self.spans, other.spans), None) is not None

    def texts(self) -> list[str]:
        """As addresses, networks and ranges, IPv4 first."""
        return list(self._texts)

    @cached_property
    def _texts(self) -> tuple[str, ...]:
        return tuple(map(_text, self.spans))


@cache
def _spans(text: str) -> tuple[Span, ...]:
    return tuple(Span(one.version, int(one.network_address), int(one.broadcast_address)) for one in networks(text))


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    held: Span | None = None
    for span in sorted(spans):
        if held and span.version == held.version and span.low <= held.high + 1:
            held = held._replace(high=max(held.high, span.high))
        else:
            if held:
                yield held
            held = span
    if held:
        yield held


def _common(some: tuple[Span, ...], others: tuple[Span, ...]) -> Iterator[Span]:
    at = 0
    for span in some:
        # what ends before this one begins ends before the next ones begin, too
        while at < len(others) and (others[at].version, others[at].high) < (span.version, span.low):
            at += 1
        for other in others[at:]:
            if (other.version, other.low) > (span.version, span.high):
                break
            yield Span(span.version, max(span.low, other.low), min(span.high, other.high))


def _rest(span: Span, others: tuple[Span, ...]) -> Iterator[Span]:
    low = span.low
    for other in others:
        if other.version == span.version and other.high >= low and other.low <= span.high:
            if other.low > low:
                yield span._replace(low=low, high=other.low - 1)
            low = other.high + 1
    if low <= span.high:
        yield span._replace(low=low)


def _text(span: Span) -> str:
    kind: Any = ipaddress.IPv4Address if span.version == 4 else ipaddress.IPv6Address
    low, high = kind(span.low), kind(span.high)
    if low == high:
        return str(low)
    parts = list(ipaddress.summarize_address_range(low, high))
    return str(parts[0]) if len(parts) == 1 else f"{low}-{high}"
