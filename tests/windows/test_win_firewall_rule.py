# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The unmodified win_firewall_rule over the stand-in, and each of its traps that the collection keeps clear of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from batches import START

if TYPE_CHECKING:
    from conftest import Batches

UNCHANGED = ["create again", "addresses in another order", "options left out"]
CHANGED = ["create in check mode", "create", "update in check mode", "update", "enabled given", "absent in check mode"]
REFUSED = [
    "ports as a list",
    "addresses as a list",
    "ports without protocol",
    "reversed range",
    "outbound edge",
    "denied",
]


@pytest.mark.parametrize("step", CHANGED)
def test_says_changed(step: str, batches: Batches) -> None:
    assert batches.module(step).result["changed"] is True


@pytest.mark.parametrize("step", UNCHANGED)
def test_says_unchanged(step: str, batches: Batches) -> None:
    assert batches.module(step).result["changed"] is False


@pytest.mark.parametrize("step", REFUSED)
def test_is_refused_and_leaves_nothing(step: str, batches: Batches) -> None:
    answer = batches.module(step)
    assert answer.result["failed"] is True
    # a value, or anything else that the firewall refuses
    assert any(text in answer.result["msg"] for text in ("0x80070057", "HRESULT"))
    assert {"List", "Portless", "Reversed", "Edge"}.isdisjoint(rule["Name"] for rule in answer.rules)


def test_check_mode_writes_nothing(batches: Batches) -> None:
    names = [rule["Name"] for rule in START]
    assert [rule["Name"] for rule in batches.module("create in check mode").rules] == names
    assert batches.module("update in check mode").store == batches.module("addresses in another order").store
    assert batches.module("absent in check mode").store == batches.module("update of a duplicate").store


def test_created_rule_stands_in_canonical_form(batches: Batches) -> None:
    assert batches.module("create").rule("Full") == {
        "Name": "Full",
        "Description": "All options",
        "Grouping": "Ours",
        "Enabled": True,
        "Direction": 1,
        "Action": 1,
        "Profiles": 3,
        "Protocol": 6,
        "LocalPorts": "80,443,5000-5010",
        "RemoteAddresses": (
            "10.0.0.0/255.0.0.0,192.0.2.7/255.255.255.255,192.0.2.64-192.0.2.80,"
            "2001:db8::7-2001:db8::7,2001:db8:10::/64,LocalSubnet"
        ),
        "ApplicationName": r"C:\Program Files\x.exe",
    }


def test_update_changes_the_given_options_only(batches: Batches) -> None:
    before, after = batches.module("create").rule("Full"), batches.module("update").rule("Full")
    assert after == before | {"LocalPorts": "80", "RemoteAddresses": "10.0.0.0/255.0.0.0"}
    assert "LocalPorts='80'" in batches.module("update").result["diff"]["prepared"]


def test_trap_an_option_left_out_is_not_compared(batches: Batches) -> None:
    assert "Enabled" not in batches.module("options left out").rule("Switched off")
    assert batches.module("enabled given").rule("Switched off")["Enabled"] is True


def test_trap_ports_are_compared_as_text(batches: Batches) -> None:
    assert batches.module("ports in another order").result["changed"] is True


@pytest.mark.parametrize("step", ["ports as a list", "addresses as a list"])
def test_trap_a_list_becomes_the_name_of_its_type(step: str, batches: Batches) -> None:
    assert "System.Object[]" in batches.module(step).result["msg"]


def test_trap_an_unknown_option_is_ignored_and_every_port_is_open(batches: Batches) -> None:
    answer = batches.module("misspelt option")
    assert answer.result["changed"] is True
    assert not answer.result.get("warnings")
    assert "LocalPorts" not in answer.rule("Misspelt")


def test_trap_names_match_in_any_case(batches: Batches) -> None:
    assert batches.module("name in another case").rule("Full")["Description"] == "Case"


def test_trap_protocol_does_not_make_another_rule(batches: Batches) -> None:
    assert batches.module("same name, other protocol").rule("Full")["Protocol"] == 17


def test_trap_group_does_not_narrow_a_name(batches: Batches) -> None:
    assert batches.module("group does not narrow").rule("Foreign")["Grouping"] == "Ours"


def test_trap_protocol_change_fails_half_way(batches: Batches) -> None:
    answer = batches.module("protocol changes")
    assert answer.result["failed"] is True
    half = answer.rule("Half")
    assert (half["Description"], half["Protocol"], half["LocalPorts"]) == ("new", 6, "9006")


def test_absent_then_present_changes_the_protocol(batches: Batches) -> None:
    half = batches.module("protocol changes: present").rule("Half")
    assert (half["Protocol"], half["IcmpTypesAndCodes"]) == (1, "8:*")
    assert "LocalPorts" not in half


def test_trap_present_changes_every_rule_of_the_name(batches: Batches) -> None:
    rules = [rule for rule in batches.module("update of a duplicate").rules if rule["Name"] == "Shared name"]
    assert [rule["Enabled"] for rule in rules] == [False, False]


def test_trap_absent_takes_the_foreign_rule_of_the_same_name(batches: Batches) -> None:
    assert "Shared name" not in [rule["Name"] for rule in batches.module("absent removes the foreign one too").rules]


def test_absent_by_group_is_one_call(batches: Batches) -> None:
    left = {rule["Name"] for rule in batches.module("absent by group").rules}
    assert left.isdisjoint({"Full", "Foreign"})
    assert {"Switched off", "Ports", "Misspelt", "Half"} <= left


def test_trap_absent_by_group_takes_a_foreign_rule_of_the_same_name(batches: Batches) -> None:
    twice = [rule for rule in batches.module("absent by group").rules if rule["Name"] == "Twice"]
    assert [rule["Grouping"] for rule in twice] == ["Ours"]


def test_other_rules_are_as_before(batches: Batches) -> None:
    touched = {"Shared name", "Twice", "Foreign", "Switched off", "Ports", "Half"}
    rules = batches.module("absent by group").rules
    assert [rule for rule in rules if rule["Name"] == "Locked"] == [rule for rule in START if rule["Name"] == "Locked"]
    assert {rule["Name"] for rule in rules} - touched == {"Locked", "Misspelt"}
