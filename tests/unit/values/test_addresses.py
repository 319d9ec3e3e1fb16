# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses: the one way to write them, and what is refused."""

from __future__ import annotations

import ipaddress

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._addresses import (
    MAPPED,
    AddressError,
    EveryAddressError,
    canonical,
    is_host_name,
    networks,
)
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.7", "192.0.2.7"),
        (" 192.0.2.7 ", "192.0.2.7"),
        ("192.0.2.7/32", "192.0.2.7"),
        ("192.0.2.0/24", "192.0.2.0/24"),
        ("192.0.2.0/255.255.255.0", "192.0.2.0/24"),
        ("192.0.2.10-192.0.2.19", "192.0.2.10-192.0.2.19"),
        ("192.0.2.10 - 192.0.2.19", "192.0.2.10-192.0.2.19"),
        ("192.0.2.10-192.0.2.10", "192.0.2.10"),
        ("2001:DB8:0::7", "2001:db8::7"),
        ("2001:db8::7/128", "2001:db8::7"),
        ("2001:DB8::/64", "2001:db8::/64"),
        ("2001:db8::1-2001:db8::0:f", "2001:db8::1-2001:db8::f"),
    ],
)
def test_one_way_to_write_it(text: str, expected: str) -> None:
    assert canonical(text) == expected


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("10.0.0.0/33", "0 to 32"),
        ("2001:db8::/129", "0 to 128"),
        ("10.0.0.1/8", "write 10.0.0.0/8 for the network, or 10.0.0.1 for the one host"),
        ("2001:db8::1/64", "write 2001:db8::/64 for the network"),
        ("10.0.0.9-10.0.0.1", "is reversed; write 10.0.0.1-10.0.0.9"),
        ("2001:db8::9-2001:db8::1", "is reversed; write 2001:db8::1-2001:db8::9"),
        ("10.0.0.1-2001:db8::1", "mixes IPv4 and IPv6; write two ranges"),
        ("300.1.1.1", "such as 192.0.2.7"),
        ("10.0.0", "such as 192.0.2.7"),
        ("10.0.0.1-", "such as 192.0.2.7"),
        ("fe80::1%eth0", "without it"),
        ("fe80::1%eth0/128", "address"),
        ("::ffff:192.0.2.7", "write 192.0.2.7"),
        ("::ffff:c000:200/120", "write it as IPv4, from 192.0.2.0 on"),
        ("::ffff:192.0.2.7-::ffff:192.0.2.9", "write it as IPv4, from 192.0.2.7 on"),
    ],
)
def test_refused_with_a_remedy(text: str, remedy: str) -> None:
    with pytest.raises(AddressError) as refused:
        canonical(text)
    assert remedy in str(refused.value)


@pytest.mark.parametrize(
    "text",
    ["0.0.0.0/0", "10.0.0.1/0", "::/0", "0.0.0.0-255.255.255.255", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
)
def test_every_address_is_no_network(text: str) -> None:
    with pytest.raises(EveryAddressError):
        canonical(text)


@pytest.mark.parametrize(
    "text", ["archive.example.com", "archive", "a-1.example", "Archive.Example.COM", "x.example.", "db_1.a_b", "_x.a"]
)
def test_host_names(text: str) -> None:
    assert is_host_name(text)


@pytest.mark.parametrize(
    "text",
    [
        "192.0.2.7",
        "2001:db8::7",
        "*.example.com",
        "-a.example",
        "a-.example",
        "a..b",
        "",
        "a" * 64,
        "archive.example.com\n",
    ],
)
def test_no_host_names(text: str) -> None:
    assert not is_host_name(text)


@given(st.ip_addresses(), st.ip_addresses())
def test_a_range_is_exactly_its_networks(one: object, other: object) -> None:
    low, high = sorted((ipaddress.ip_address(str(one)), ipaddress.ip_address(str(other))), key=int)
    if low.version != high.version or (int(low), int(high)) == (0, 2**low.max_prefixlen - 1):
        return
    parts = networks(f"{low}-{high}")
    assert sum(part.num_addresses for part in parts) == int(high) - int(low) + 1
    assert (parts[0][0], parts[-1][-1]) == (low, high)


@given(st.ip_addresses().filter(lambda address: address not in MAPPED))
def test_canonical_stays_as_it_is(address: object) -> None:
    assert canonical(canonical(str(address))) == canonical(str(address))
