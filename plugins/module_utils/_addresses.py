# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses as people write them: one address, a network or a range, IPv4 or IPv6. Pure, for both ends of Ansible."""

from __future__ import annotations

import ipaddress
import re
from typing import List, Tuple, Union

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

# A host name has a letter in its last label: 300.1.1.1 is a bad address, not a name. Underscores are against RFC 1123,
# and common in the names of Windows hosts, which resolve all the same.
HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z]([a-z0-9_-]{0,61}[a-z0-9_])?\.?", re.I
)


class AddressError(ValueError):
    """Not an address; the message says why, and what to write."""


class EveryAddressError(AddressError):
    """A network or range that holds every address: what to do about it depends on the variable."""


# how programs write IPv4 addresses among those of IPv6 (RFC 4291, 2.5.5.2); no packet on a network has one
MAPPED = ipaddress.ip_network("::ffff:0:0/96")


def is_host_name(text: str) -> bool:
    """Whether the text has the form of a host name (RFC 1123, and underscores), and not of an address."""
    return bool(HOST_NAME.fullmatch(text))


def canonical(text: str) -> str:
    """The one way to write this address, network or range. Raises AddressError."""
    text = text.strip()
    if "-" in text:
        low, high = _range(text)
        _refuse_mapped(low, high)
        return str(low) if low == high else f"{low}-{high}"
    if "/" in text:
        network = _network(text)
        _refuse_mapped(network[0], network[-1])
        return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)
    address = _address(text)
    _refuse_mapped(address, address)
    return str(address)


def _refuse_mapped(low: Address, high: Address) -> None:
    if low in MAPPED and high in MAPPED:
        first = ipaddress.IPv4Address(int(low) & 0xFFFFFFFF)
        remedy = str(first) if low == high else f"it as IPv4, from {first} on"
        raise AddressError(f"is IPv4 written as IPv6, as no packet has it; write {remedy}")


def networks(text: str) -> List[Network]:
    """The address, network or range as networks. Raises AddressError."""
    if "-" in text:
        return list(ipaddress.summarize_address_range(*_range(text)))
    return [_network(text) if "/" in text else ipaddress.ip_network(_address(text))]


def _address(text: str) -> Address:
    if "%" in text:
        raise AddressError("has a zone id, which means something on one host only; write the address without it")
    try:
        return ipaddress.ip_address(text.strip())
    except ValueError as error:
        raise AddressError("is no IPv4 or IPv6 address; write one such as 192.0.2.7 or 2001:db8::7") from error


def _network(text: str) -> Network:
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise AddressError(
            "is no network; write an address and a prefix length, 0 to 32 for IPv4 and 0 to 128 for IPv6, such as "
            "192.0.2.0/24"
        ) from error
    if network.prefixlen == 0:
        raise EveryAddressError("means every address")
    given = _address(text.partition("/")[0])
    if given != network.network_address:
        raise AddressError(f"has host bits set; write {network} for the network, or {given} for the one host")
    return network


def _range(text: str) -> Tuple[Address, Address]:
    low, high = (_address(end) for end in text.split("-", 1))
    if low.version != high.version:
        raise AddressError("mixes IPv4 and IPv6; write two ranges")
    if int(low) > int(high):
        raise AddressError(f"is reversed; write {high}-{low}")
    if int(low) == 0 and int(high) == 2**low.max_prefixlen - 1:
        raise EveryAddressError("means every address")
    return low, high
