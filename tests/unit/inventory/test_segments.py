# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks of an inventory."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.segments import segments_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.address_sets import AddressSet
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError

NESTED = {"site": {"networks": ["10.0.0.0/8"]}, "lab": {"networks": ["10.9.0.0/16"]}}


def split(given: Any, *texts: str) -> dict[str, list[str]]:
    return {name: part.texts() for name, part in segments_of(given, []).split(AddressSet.of(texts))}


def test_addresses_are_split_by_network_and_the_rest_is_elsewhere() -> None:
    assert split({"a": {"networks": ["10.1.0.0/24"]}}, "10.1.0.255-10.1.1.0") == {
        "a": ["10.1.0.255"],
        "elsewhere": ["10.1.1.0"],
    }


def test_the_narrower_network_has_the_address() -> None:
    assert split(NESTED, "10.8.255.255-10.9.0.0") == {"site": ["10.8.255.255"], "lab": ["10.9.0.0"]}


def test_without_segments_each_trusted_subnet_is_one() -> None:
    found = segments_of(None, ["10.1.0.0/24", "10.2.0.0/24"])
    assert found.of(AddressSet.of(["10.2.0.7"])) == "10.2.0.0/24"
    assert found.of(AddressSet.of(["10.3.0.7"])) is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["a"], r"therefore_segments: \['a'\] is no dictionary; write \{office"),
        ({"a": ["10.0.0.0/8"]}, r"therefore_segments\.a: \['10\.0\.0\.0/8'\] is no dictionary; write \{networks"),
        ({"a": {"network": []}}, r"therefore_segments\.a: 'network' is unknown; did you mean networks\?"),
        ({"a": {}}, r"therefore_segments\.a\.networks: \[\] names nothing; list the segment's networks"),
        ({"a": {"networks": ["10.0.0.1/8"]}}, r"therefore_segments\.a\.networks: '10\.0\.0\.1/8' has host bits"),
        ({"a": {"networks": ["0.0.0.0/0"]}}, r"therefore_segments\.a\.networks: .* name the networks"),
        (
            {"a": {"networks": ["10.0.0.0/8"], "roles": ["therefore_server"]}},
            r"therefore_segments\.a\.roles: 'therefore_server' is unknown; .*therefore_client",
        ),
        ({"Internet": {"networks": ["10.0.0.0/8"]}}, r"therefore_segments: 'Internet' has a meaning of its own"),
        (
            {"a": {"networks": ["10.0.0.0/8"]}, "b": {"networks": ["10.0.0.0/8"]}},
            r"therefore_segments\.b\.networks: '10\.0\.0\.0/8' is in a as well",
        ),
    ],
)
def test_wrong_segments_are_refused(given: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        segments_of(given, [])
