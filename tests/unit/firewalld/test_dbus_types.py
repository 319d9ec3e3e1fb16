# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings on their way to D-Bus and back: nothing lost, nothing added, and empty values with the type they need."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import dbus_types
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import IpSet, Policy
from hypothesis import given
from hypothesis import strategies as st


class Typed:
    """Stands for what a type of dbus-python adds to the Python type it derives from."""

    def __new__(cls, value: Any = (), signature: str = "") -> Any:
        one = super().__new__(cls, value)  # type: ignore[call-arg]
        one.signature = signature
        return one

    def __init__(self, value: Any = (), signature: str = "") -> None:
        if isinstance(self, (list, dict)):
            super().__init__(value)  # type: ignore[call-arg]


# Stands for dbus-python, which controllers need not have.
DBUS = SimpleNamespace(
    **{name: type(name, (Typed, base), {}) for name, base in {
        "Array": list, "Dictionary": dict, "Struct": tuple, "Int32": int, "Boolean": int, "String": str}.items()}
)  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def dbus() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dbus_types, "dbus", DBUS)
        yield


TEXTS = st.text("abcdefghij 0123456789", max_size=12)
SORTED = st.lists(TEXTS, unique=True, max_size=4).map(lambda found: tuple(sorted(found)))
POLICIES = st.builds(
    Policy,
    ingress=st.sampled_from(["", "ANY", "HOST", "public"]),
    egress=st.sampled_from(["", "ANY", "HOST"]),
    priority=st.integers(-32768, 32767),
    target=st.sampled_from(["CONTINUE", "REJECT"]),
    rich_rules=SORTED,
    ports=st.lists(st.tuples(TEXTS, st.sampled_from(["tcp", "udp"])), unique=True, max_size=3).map(
        lambda found: tuple(sorted(found))
    ),
    protocols=SORTED,
    description=TEXTS,
)
IPSETS = st.builds(IpSet, family=st.sampled_from(["inet", "inet6"]), entries=SORTED)


@given(POLICIES)
def test_a_policy_comes_back_as_it_went(policy: Policy) -> None:
    sent = dbus_types.policy_to_dbus(policy)
    assert sent.signature == "sv"
    assert dbus_types.policy_from_dbus(dbus_types.plain(sent)) == policy


@given(IPSETS)
def test_an_ipset_comes_back_as_it_went(ipset: IpSet) -> None:
    assert dbus_types.ipset_from_dbus(dbus_types.plain(dbus_types.ipset_to_dbus(ipset))) == ipset


@given(POLICIES)
def test_every_list_says_its_type_also_where_it_is_empty(policy: Policy) -> None:
    lists = [value for value in dbus_types.policy_to_dbus(policy).values() if isinstance(value, list)]
    assert len(lists) > 5
    assert {one.signature for one in lists} <= {"s", "(ss)", "(ssss)"}


@given(POLICIES, st.sampled_from(["services", "masquerade", "icmp_blocks", "source_ports", "some_new_setting"]))
def test_what_we_never_set_is_seen(policy: Policy, key: str) -> None:
    settings = {**dbus_types.plain(dbus_types.policy_to_dbus(policy)), key: True if key == "masquerade" else ["x"]}
    found = dbus_types.policy_from_dbus(settings)
    assert [text.partition(":")[0] for text in found.other] == [key]
    assert found.shape() != policy.shape()


@pytest.mark.parametrize(
    ("kind", "options"),
    [("hash:ip", {}), ("hash:net", {"timeout": "60"}), ("hash:net", {"family": "inet6", "maxelem": "9"})],
)
def test_an_ipset_of_another_kind_is_not_one_of_ours(kind: str, options: dict[str, str]) -> None:
    found = dbus_types.ipset_from_dbus(["", "", "", kind, options, ["192.0.2.1"]])
    assert found.family not in {"inet", "inet6"}


NESTED = st.recursive(
    st.one_of(TEXTS, st.integers(-9, 9)),
    lambda one: st.one_of(st.lists(one, max_size=3), st.dictionaries(TEXTS, one, max_size=3)),
    max_leaves=12,
)


def typed(value: Any) -> Any:
    """The value as D-Bus would give it."""
    if isinstance(value, list):
        return DBUS.Array([typed(one) for one in value], signature="v")
    if isinstance(value, dict):
        return DBUS.Dictionary({DBUS.String(key): typed(one) for key, one in value.items()}, signature="sv")
    return DBUS.String(value) if isinstance(value, str) else DBUS.Int32(value)


def types(value: Any) -> set[type]:
    inner = value if isinstance(value, list) else [*value, *value.values()] if isinstance(value, dict) else []
    return {type(value)}.union(*map(types, inner))


@given(NESTED)
def test_plain_changes_types_and_no_value(value: Any) -> None:
    found = dbus_types.plain(typed(value))
    assert found == value
    assert types(found) <= {str, int, list, dict}


@pytest.mark.parametrize("value", [True, False])
def test_a_boolean_is_no_number(value: bool) -> None:
    assert dbus_types.plain(DBUS.Boolean(value)) is value
