# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of what is assumed about Windows, and what a host is asked of it."""

from __future__ import annotations

import re
from itertools import chain

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.therefore.firewall.plugins.filter.selftest import selftest_lines
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.assumptions import (
    DATA,
    FILES,
    Assumption,
    assumptions,
    lines,
)
from collection import ROOT

KEYS = {"number", "what", "rule", "then", "read", "check", "expected"}
LIBRARIES = ROOT / "plugins/module_utils/_windows"
CHECKS = "".join((LIBRARIES / f"Selftest{name}.psm1").read_text() for name in ("Firewall", "Host", "Finish"))


def by_number(number: int) -> Assumption:
    (found,) = [one for one in assumptions() if one.number == number]
    return found


def test_numbers_are_those_from_one_on() -> None:
    assert sorted(one.number for one in assumptions()) == list(range(1, len(assumptions()) + 1))


def test_each_says_something_else() -> None:
    said = [(one.group, one.what) for one in assumptions()]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("name", FILES)
def test_lines_have_known_parts_and_text_values(name: str) -> None:
    for line in chain.from_iterable(group["lines"] for group in yaml.safe_load((DATA / name).read_text())):
        assert line.keys() <= KEYS, line
        assert ("rule" in line) != ("check" in line), line
        assert isinstance(line["expected"], str), line


@pytest.mark.parametrize("one", [one for one in assumptions() if one.asked["check"]], ids=lambda one: f"W{one.number}")
def test_each_check_is_a_function_of_the_hosts_half(one: Assumption) -> None:
    assert re.search(rf"^    {one.asked['check']} = {{", CHECKS, re.MULTILINE)


def test_properties_keep_their_order() -> None:
    assert [one["name"] for one in by_number(46).asked["rule"]] == ["LocalPorts", "Protocol"]


def test_the_last_property_is_read_unless_another_is_named() -> None:
    assert [by_number(number).asked["read"] for number in (37, 40, 79, 88)] == [
        "LocalPorts", "LocalPorts", "Enabled", "Protocol",
    ]  # fmt: skip


def test_long_values_are_made_and_not_shown() -> None:
    (addresses,) = by_number(35).asked["rule"]
    assert len(set(addresses["value"].split(","))) == 1001
    assert by_number(35).tried == "RemoteAddresses <1001 addresses>"


def test_what_is_tried_is_said_in_words() -> None:
    assert by_number(88).tried == "Protocol 6, LocalPorts 80, then LocalPorts, then Protocol 1"
    assert by_number(40).tried == "Protocol 1, read LocalPorts"
    assert by_number(90).tried == ""


def test_both_modes_together_ask_all() -> None:
    assert [*selftest_lines("try"), *selftest_lines("finish")] == lines()
    assert {one["part"] for one in selftest_lines("finish")} == {"finish"}


def test_another_mode_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="'tries' is no mode of win_firewall_selftest; write try or finish"):
        selftest_lines("tries")
