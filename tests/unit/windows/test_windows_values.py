# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports and addresses in the form of the Windows Firewall, and as sets."""

from __future__ import annotations

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.values import (
    addresses,
    com_addresses,
    overlap_addresses,
    overlap_ports,
    ports,
    protocol,
    readable,
)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["192.0.2.0/24"], "192.0.2.0/255.255.255.0"),
        (["192.0.2.7"], "192.0.2.7/255.255.255.255"),
        (["192.0.2.7/32"], "192.0.2.7/255.255.255.255"),
        (["192.0.2.10-192.0.2.19"], "192.0.2.10-192.0.2.19"),
        (["192.0.2.7-192.0.2.7"], "192.0.2.7/255.255.255.255"),
        (["2001:DB8:0::/64"], "2001:db8::/64"),
        (["2001:db8::7"], "2001:db8::7/128"),
        (["2001:db8::1-2001:db8::9"], "2001:db8::1-2001:db8::9"),
        (["2001:db8::7", "198.51.100.1", "2.0.0.0/8", "198.51.100.1"],
         "2.0.0.0/255.0.0.0,198.51.100.1/255.255.255.255,2001:db8::7/128"),
    ],
)  # fmt: skip
def test_addresses_in_the_form_that_the_firewall_gives_back(given: list[str], expected: str) -> None:
    assert com_addresses(given) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("192.0.2.0/24", "192.0.2.0/255.255.255.0"),
        ("192.0.2.0/255.255.255.0", "192.0.2.0-192.0.2.255"),
        ("192.0.2.0/25,192.0.2.128/25", "192.0.2.0/24"),
        ("192.0.2.7", "192.0.2.7/255.255.255.255"),
        ("2001:db8::7", "2001:0DB8::7/128"),
        ("192.0.2.1,2001:db8::1", "2001:db8::1, 192.0.2.1"),
        ("LocalSubnet", "localsubnet"),
        ("*", "any"),
        ("*", None),
        ("any", ""),
    ],
)
def test_the_same_addresses(one: str, other: str | None) -> None:
    assert addresses(one) == addresses(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("192.0.2.0/24", "192.0.2.0/25"),
        ("any", "192.0.2.0/24"),
        ("LocalSubnet", "192.0.2.0/24"),
        ("any", "LocalSubnet"),
    ],
)
def test_not_the_same_addresses(one: str, other: str) -> None:
    assert addresses(one) != addresses(other)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("80,443", "443, 80", True),
        ("80,81", "80-81", True),
        ("rpc", "RPC", True),
        ("*", "any", True),
        ("RPC", "49152-65535", False),
        ("80", "800", False),
    ],
)
def test_the_same_ports(one: str, other: str, expected: bool) -> None:
    assert (ports(one) == ports(other)) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("135,137", "136-140", True),
        ("135", "136", False),
        ("any", "8000", True),
        ("RPC", "50000", True),
        ("RPC", "8000", False),
        ("RPC-EPMap", "135", True),
        ("Teredo", "8000", False),
    ],
)
def test_ports_in_common(one: str, other: str, expected: bool) -> None:
    assert overlap_ports(ports(one), ports(other)) is expected
    assert overlap_ports(ports(other), ports(one)) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("192.0.2.0/24", "192.0.2.77", True),
        ("192.0.2.0/24", "192.0.3.0/24", False),
        ("0.0.0.1-0.0.0.9", "::1-::9", False),
        ("any", "2001:db8::/64", True),
        # what is on the local subnet, only the host knows
        ("LocalSubnet", "192.0.2.0/24", True),
        ("0.0.0.0/0.0.0.0", "192.0.2.0/24", True),
    ],
)
def test_addresses_in_common(one: str, other: str, expected: bool) -> None:
    assert overlap_addresses(addresses(one), addresses(other)) is expected
    assert overlap_addresses(addresses(other), addresses(one)) is expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("TCP", "tcp"),
        (6, "tcp"),
        ("17", "udp"),
        (1, "icmpv4"),
        ("58", "icmpv6"),
        (256, "any"),
        (None, "any"),
        (47, "47"),
    ],
)
def test_protocols(given: object, expected: str) -> None:
    assert protocol(given) == expected


def test_addresses_as_people_write_them() -> None:
    given = "192.0.2.0/255.255.255.0,192.0.2.7/255.255.255.255,2001:db8::7/128,LocalSubnet,*"
    assert readable(given) == ["192.0.2.0/24", "192.0.2.7", "2001:db8::7", "LocalSubnet", "any"]
