# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports, addresses and protocols as the Windows Firewall writes them: in its own form, and as sets that compare."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from ansible_collections.therefore.firewall.plugins.module_utils._addresses import (
    EveryAddressError,
    canonical,
    networks,
)

ANY = "any"
# the protocols that have a word; others are their number
PROTOCOLS = {"1": "icmpv4", "6": "tcp", "17": "udp", "58": "icmpv6", "256": ANY}
# The ports that a keyword stands for, as far as that can be known: RPC's are those of a host with default settings.
KEYWORD_PORTS = {
    "RPC": (49152, 65535), "RPC-EPMAP": (135, 135), "IPHTTPS": (443, 443), "IPHTTPSIN": (443, 443),
    "IPHTTPSOUT": (443, 443),
}  # fmt: skip
# the one that has its port on every host, and at all times
FIXED_KEYWORD = "RPC-EPMAP"
NO_SPACE = 0  # ports have one numbering, addresses have one for each IP version

Span = tuple[int, int, int]


class Extent(NamedTuple):
    """A set of ports or of addresses: keywords, and spans (IP version or 0, first, last) that are sorted and apart."""

    words: frozenset[str]
    spans: tuple[Span, ...]

    @property
    def is_any(self) -> bool:
        """Whether everything is in it."""
        return ANY in self.words


EVERYTHING = Extent(frozenset({ANY}), ())
# all addresses of an IP version, which a list can have in many parts
WHOLE: dict[int, Span] = {4: (4, 0, 2**32 - 1), 6: (6, 0, 2**128 - 1)}


def tokens(text: Any) -> list[str]:
    """The parts of a list that Windows joins by commas; C(*) and nothing at all are C(any)."""
    parts = [part.strip() for part in str(text or "").split(",")]
    return [ANY if part == "*" else part for part in parts if part] or [ANY]


def protocol(value: Any) -> str:
    """The protocol's word where it has one, its number otherwise."""
    word = str(ANY if value is None else value).lower()
    return PROTOCOLS.get(word, word)


def ports(text: Any) -> Extent:
    """The ports that a rule names."""
    words, spans = set(), []
    for token in tokens(text):
        low, _dash, high = token.partition("-")
        if low.isdecimal() and (high or low).isdecimal():
            spans.append((NO_SPACE, int(low), int(high or low)))
        else:
            words.add(ANY if token.lower() == ANY else token.upper())
    return _extent(words, spans)


def addresses(text: Any) -> Extent:
    """The addresses that a rule names. What is no address, such as C(LocalSubnet), is a keyword."""
    return _addresses(tuple(tokens(text)))


@lru_cache(maxsize=4096)
def _addresses(given: tuple[str, ...]) -> Extent:
    """The rules of a host name the same networks again and again."""
    words: set[str] = set()
    spans: list[Span] = []
    for token in given:
        try:
            spans += [(part.version, int(part[0]), int(part[-1])) for part in networks(token)]
        except EveryAddressError:
            spans.append(WHOLE[6 if ":" in token else 4])
        except ValueError:
            words.add(token.lower())
    extent = _extent(words, spans)
    return EVERYTHING if {*WHOLE.values()} <= {*extent.spans} else extent


def _extent(words: Iterable[str], spans: Iterable[Span]) -> Extent:
    if ANY in words:
        return EVERYTHING
    joined: list[Span] = []
    for space, low, high in sorted(spans):
        if joined and joined[-1][0] == space and low <= joined[-1][2] + 1:
            joined[-1] = (space, joined[-1][1], max(high, joined[-1][2]))
        else:
            joined.append((space, low, high))
    return Extent(frozenset(words), tuple(joined))


def overlap_ports(one: Extent, other: Extent) -> bool:
    """Whether two sets of ports have one in common."""
    return _overlap(*(_spelled_out(extent) for extent in (one, other)))


def surely_overlap_ports(one: Extent, other: Extent) -> bool:
    """Whether they have a port in common, whatever ports Windows has given to a keyword."""
    return _overlap(*(_spelled_out(extent, {FIXED_KEYWORD}) for extent in (one, other)))


def overlap_addresses(one: Extent, other: Extent) -> bool:
    """Whether two sets of addresses can have one in common: only the host knows what its keywords stand for."""
    return bool(one.words or other.words) or _overlap(one, other)


def surely_overlap(one: Extent, other: Extent) -> bool:
    """Whether they have an address in common, whatever the keywords stand for."""
    return _overlap(one, other)


def covers(one: Extent, other: Extent) -> bool:
    """Whether the one has all that the other has, as far as that can be known of keywords."""
    return one.is_any or (
        not other.is_any
        and other.words <= one.words
        and all(any(a[0] == b[0] and a[1] <= b[1] and b[2] <= a[2] for a in one.spans) for b in other.spans)
    )


def listed(words: Sequence[str], last: str = "and") -> str:
    """Words as a sentence has them: a, b and c."""
    return f" {last} ".join([*([", ".join(words[:-1])] if len(words) > 1 else []), *words[-1:]])


def _spelled_out(extent: Extent, keywords: Iterable[str] = tuple(KEYWORD_PORTS)) -> Extent:
    known = [(NO_SPACE, *KEYWORD_PORTS[word]) for word in extent.words if word in keywords and word in KEYWORD_PORTS]
    return Extent(extent.words, (*extent.spans, *known))


def _overlap(one: Extent, other: Extent) -> bool:
    return (
        one.is_any
        or other.is_any
        or bool(one.words & other.words)
        or any(a[0] == b[0] and a[1] <= b[2] and b[1] <= a[2] for a in one.spans for b in other.spans)
    )


def com_addresses(texts: Iterable[str]) -> str:
    """Addresses, networks and ranges in the form that the firewall gives back. Raises AddressError."""
    forms = {_com_address(canonical(text)) for text in texts}
    return ",".join(sorted(forms, key=lambda form: addresses(form).spans))


def _com_address(text: str) -> str:
    if "-" in text:
        return text
    (network,) = networks(text)
    return network.with_netmask if network.version == 4 else network.with_prefixlen


def readable(text: Any) -> list[str]:
    """A rule's addresses as people write them, and as Linux shows them."""
    return [_readable(token) for token in tokens(text)]


def _readable(token: str) -> str:
    try:
        return canonical(token)
    except ValueError:
        return token
