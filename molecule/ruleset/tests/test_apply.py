# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Predict, apply, edit, remove: permanent and at runtime, with as few reloads as firewalld needs."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import FRIEND, STRANGER, rule
from engine_host import Host

WEB, XML = rule("web", 443), rule("xml", 8000, rows=["xml_service"])


def test_predict_apply_and_nothing_more(host: Host) -> None:
    before = host.stored(), host.runtime()
    predicted = host.applied(rules=[WEB, XML], check=True)
    assert (host.stored(), host.runtime()) == before
    applied = host.applied(rules=[WEB, XML])
    assert predicted["changes"] == applied["changes"]
    assert [(one["action"], one["id"], one["rows"]) for one in applied["changes"]] == [
        ("create", "web", []),
        ("create", "xml", ["xml_service"]),
    ]
    assert predicted["reloaded"] is applied["reloaded"] is True
    assert predicted["diff"] == applied["diff"]
    assert applied["diff"]["after"] == (
        "web: allow in tcp 443 from 10.79.1.20 fd79:1::20\n"
        "xml: allow in tcp 8000 from 10.79.1.20 fd79:1::20 (xml_service)\n"
    )
    again = host.applied(rules=[XML, WEB])
    assert (again["changed"], again["reloaded"], again["unchanged"], again["changes"]) == (False, False, 2, [])
    for options in ([], ["--permanent"]):
        assert host.firewall_cmd(*options, "--policy=thf-one-in", "--list-rich-rules").count("accept") == 4
    assert host.seen_from(FRIEND, 443, 8000) == ["open", "open"]
    assert host.seen_from(STRANGER, 443) == ["filtered"]


def test_an_address_list_is_edited_without_a_reload(host: Host) -> None:
    host.applied(rules=[XML])
    moved = host.applied(rules=[XML | {"peers": ["10.79.1.30", "fd79:1::30"]}])
    assert (moved["changed"], moved["reloaded"]) == (True, False)
    assert moved["changes"][0]["before"]["peers"] == ["10.79.1.20", "fd79:1::20"]
    assert host.seen_from(STRANGER, 8000) == ["open"]
    assert host.seen_from(FRIEND, 8000) == ["filtered"]


def test_a_rule_beside_others_needs_no_reload_and_a_new_peer_list_does(host: Host) -> None:
    host.applied(rules=[WEB])
    assert host.applied(rules=[WEB, XML])["reloaded"] is False
    other = rule("zother", 80, peers=["10.79.1.30"])
    assert host.applied(rules=[WEB, XML, other], check=True)["reloaded"] is True
    assert host.applied(rules=[WEB, XML, other])["reloaded"] is True
    assert host.seen_from(FRIEND, 443, 8000) == ["open", "open"]
    assert host.seen_from(STRANGER, 80, addresses=host.addresses[:1]) == ["open"]


def test_two_rules_for_the_same_flow(host: Host) -> None:
    rules = [XML, XML | {"id": "xml-again"}, rule("admin", 8000, peers=["10.79.1.30"])]
    applied = host.applied(rules=rules, block_public=True)
    ids = ["admin", "admin-block", "xml", "xml-again", "xml-again-block", "xml-block"]
    assert [one["id"] for one in applied["changes"]] == ids
    again = host.applied(rules=rules, block_public=True)
    assert (again["changed"], again["unchanged"]) == (False, len(ids))
    one_less = host.applied(rules=rules[1:], block_public=True)
    assert [(one["action"], one["id"]) for one in one_less["changes"]] == [("delete", "xml"), ("delete", "xml-block")]
    assert host.seen_from(FRIEND, 8000) == ["open"]


def test_ranges_that_overlap_across_rules(host: Host) -> None:
    rules = [rule("range", "8000-8100"), rule("one", 8000), rule("late", "8050-8200")]
    host.applied(rules=rules)
    assert host.applied(rules=rules)["changed"] is False
    assert host.seen_from(FRIEND, 8000, 8091) == ["open", "open"]


def test_every_direction(host: Host) -> None:
    """Also what the kernel must do for forward rules is said."""
    rules: list[dict[str, Any]] = [
        XML,
        rule("out", 443, direction="out"),
        rule("fwd", 8372, direction="forward", sources=["10.79.1.30", "fd79:1::30"]),
        rule("everybody", 80, peers=["any"], scope="internet"),
        rule("udp", 389, protocol="udp"),
    ]
    found = host.applied(rules=rules)["findings"]
    assert {one["object"] for one in found if one["kind"] == "forwarding"} == {
        "net.ipv4.ip_forward",
        "net.ipv6.conf.all.forwarding",
    }
    assert host.applied(rules=rules)["changed"] is False
    assert host.seen_from(STRANGER, 80) == ["open"]


def test_absent_leaves_every_byte_and_other_sets(host: Host) -> None:
    host.applied("two", rules=[WEB], egress="allow")
    before = host.stored(), host.runtime()
    host.applied(rules=[XML, rule("out", 443, direction="out")], block_public=True)
    host.applied(rules=[XML | {"ports": [8091]}])
    gone = host.applied(state="absent")
    assert {one["action"] for one in gone["changes"]} == {"delete"}
    assert (host.stored(), host.runtime()) == before
    assert host.applied(state="absent")["changed"] is False
    assert host.applied("two", rules=[WEB])["changed"] is False
    host.applied("two", state="absent")
    assert host.stored().count("thf-") == 0
    assert host.run("diff -r /root/before /etc/firewalld") == ""


@pytest.mark.parametrize("deleted", ["policies/thf-one-in.xml", "policies/thf-one-*.xml", "ipsets/thf-one-*.xml"])
def test_absent_after_somebody_deleted_files_of_the_set(host: Host, deleted: str) -> None:
    before = host.stored()
    host.applied(rules=[rule("xml", 8000)], block_public=True)
    # firewalld learns of it seconds later, if at all
    host.run(f"rm /etc/firewalld/{deleted}")
    assert host.applied(state="absent")["changed"] is True
    assert host.stored() == before
    assert "thf-" not in host.runtime()
    assert host.seen_from(FRIEND, 22, 8000) == ["open", "filtered"]


def test_somebody_edited_our_policy_by_hand(host: Host) -> None:
    host.applied(rules=[XML])
    for option in ("--permanent", "-q"):
        host.firewall_cmd(option, "--policy=thf-one-in", "--add-rich-rule=rule port port=9 protocol=tcp accept")
        host.firewall_cmd(option, "--policy=thf-one-in", "--add-service=http")
    shown = host.applied(rules=[XML], check=True)
    assert shown["changes"] != []
    host.applied(rules=[XML])
    assert host.applied(rules=[XML])["changed"] is False
    for options in ([], ["--permanent"]):
        listed = host.firewall_cmd(*options, "--info-policy=thf-one-in")
        assert 'port="9"' not in listed
        assert "http" not in listed


def test_runtime_drift_is_repaired_without_a_reload(host: Host) -> None:
    host.applied(rules=[XML])
    stored = host.stored()
    host.run(
        "firewall-cmd -q --ipset=$(firewall-cmd --get-ipsets | tr ' ' '\\n' | grep thf-one-4) --add-entry=10.79.1.30"
    )
    host.firewall_cmd("--policy=thf-one-in", "--add-rich-rule=rule port port=9 protocol=tcp accept")
    shown = host.applied(rules=[XML], check=True)
    assert len(shown["changes"]) == 2
    repaired = host.applied(rules=[XML])
    assert (repaired["changed"], repaired["reloaded"], repaired["changes"]) == (True, False, shown["changes"])
    assert host.stored() == stored
    assert host.applied(rules=[XML])["changed"] is False
    assert host.seen_from(STRANGER, 8000, addresses=host.addresses[:1]) == ["filtered"]
