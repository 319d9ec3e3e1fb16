# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of addresses do what sets do."""

from __future__ import annotations

import ipaddress

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.address_sets import AddressSet, Span
from hypothesis import given
from hypothesis import strategies as st

# few addresses, so that sets meet
low = st.integers(0, 40)
spans = st.builds(
    lambda version, start, length: Span(version, start, start + length), st.sampled_from([4, 6]), low, st.integers(0, 9)
)
sets = st.lists(spans, max_size=6).map(AddressSet)


def members(some: AddressSet) -> set[tuple[int, int]]:
    return {(span.version, number) for span in some.spans for number in range(span.low, span.high + 1)}


@given(sets, sets)
def test_operations_are_those_of_sets(one: AddressSet, other: AddressSet) -> None:
    mine, theirs = members(one), members(other)
    assert members(one | other) == mine | theirs
    assert members(one & other) == mine & theirs
    assert members(one - other) == mine - theirs
    assert (one <= other) == (mine <= theirs)
    assert (one == other) == (mine == theirs)
    assert one.meets(other) == bool(mine & theirs)
    assert bool(one) == bool(mine)


@given(sets)
def test_texts_are_the_same_set_again(some: AddressSet) -> None:
    assert AddressSet.of(some.texts()) == some


@given(sets)
def test_spans_are_as_few_as_can_be(some: AddressSet) -> None:
    for before, after in zip(some.spans, some.spans[1:], strict=False):
        assert before.version != after.version or before.high + 1 < after.low


@pytest.mark.parametrize(
    ("texts", "shortest"),
    [
        (["192.0.2.1", "192.0.2.0"], ["192.0.2.0/31"]),
        (["192.0.2.1", "192.0.2.2"], ["192.0.2.1-192.0.2.2"]),
        (["2001:db8::/64", "192.0.2.7", "192.0.2.7"], ["192.0.2.7", "2001:db8::/64"]),
        (["192.0.2.0/25", "192.0.2.128-192.0.2.255"], ["192.0.2.0/24"]),
    ],
)
def test_texts(texts: list[str], shortest: list[str]) -> None:
    assert AddressSet.of(texts).texts() == shortest


def test_every_address() -> None:
    assert AddressSet.of(["255.255.255.255", str(ipaddress.IPv6Address(2**128 - 1))]) <= AddressSet.every()
    assert AddressSet.every().texts() == ["0.0.0.0/0", "::/0"]
