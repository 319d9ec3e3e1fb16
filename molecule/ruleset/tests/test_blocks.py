# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""block_public refuses everybody else, wherever a zone opens the port, and nobody whom a set allows."""

from __future__ import annotations

import pytest
from conftest import FRIEND, STRANGER, rule
from engine_host import Host

XML = rule("xml", 8000)


def test_other_sources_are_refused_where_a_zone_opens_the_port(host: Host) -> None:
    host.run("firewall-cmd -q --zone=public --add-port=8000/tcp")
    assert host.seen_from(STRANGER, 8000) == ["open"]
    host.applied(rules=[XML], block_public=True)
    assert host.seen_from(STRANGER, 22, 8000) == ["open", "refused"]
    assert host.seen_from(FRIEND, 22, 8000) == ["open", "open"]


@pytest.mark.parametrize("host", ["trixie01"], indirect=True)
def test_the_role_blocks_as_the_module_does(host: Host) -> None:
    host.run("firewall-cmd -q --zone=public --add-port=8000/tcp")
    report = host.role(ruleset_rules=[XML], ruleset_block_public=True)
    assert report["stats"]["failures"] == 0
    assert host.seen_from(STRANGER, 8000) == ["refused"]
    assert host.seen_from(FRIEND, 8000) == ["open"]


def test_a_block_refuses_nobody_whom_another_set_allows(host: Host) -> None:
    host.applied("blocks", rules=[XML], block_public=True)
    host.applied("allows", rules=[XML | {"peers": ["10.79.1.30", "fd79:1::30"]}])
    assert host.seen_from(STRANGER, 8000) == ["open"]
    assert host.seen_from(FRIEND, 8000) == ["open"]


def test_ports_for_the_internet_are_not_blocked(host: Host) -> None:
    rules = [rule("web", 443), rule("web-internet", 443, peers=["any"], scope="internet"), XML]
    host.applied(rules=rules, block_public=True)
    assert host.seen_from(STRANGER, 443, 8000) == ["open", "refused"]


def test_allow_rules_come_before_a_zone_that_drops(host: Host) -> None:
    host.run("firewall-cmd -q --zone=drop --change-interface=rulesets; firewall-cmd -q --zone=drop --add-service=ssh")
    host.applied(rules=[XML])
    assert host.seen_from(FRIEND, 22, 8000, 443) == ["open", "open", "filtered"]


def test_the_role_closes_ports_that_somebody_opened_in_a_zone(host: Host) -> None:
    opened = "--zone=public --add-port=8000/tcp --add-port=9999/tcp --add-port=1400-1500/tcp"
    host.run(f"firewall-cmd -q {opened}; firewall-cmd -q --permanent {opened}")
    host.run("firewall-cmd -q --zone=home --add-port=8000/tcp")
    rules = [XML, rule("sql", 1433), rule("web", 443, peers=["any"], scope="internet")]
    first = host.role(ruleset_rules=rules, ruleset_close_in_zones=["public"])
    assert (first["stats"]["failures"], first["stats"]["changed"]) == (0, 1)
    for options in ([], ["--permanent"]):
        left = host.firewall_cmd(*options, "--zone=public", "--list-ports").split()
        assert sorted(left) == ["1400-1500/tcp", "9999/tcp"]
    assert host.firewall_cmd("--zone=home", "--list-ports") == "8000/tcp"
    result = host.task(first, "Apply the rule set")
    found = [one["object"] for one in result["findings"] if one["kind"] == "open_range"]
    assert found == ["port 1400-1500/tcp of zone public"]
    again = host.role(ruleset_rules=rules, ruleset_close_in_zones=["public"])
    assert (again["stats"]["failures"], again["stats"]["changed"]) == (0, 0)
    assert "steps_done" not in host.task(again, "Apply the rule set")


def test_closing_in_a_zone_that_is_none_is_refused(host: Host) -> None:
    assert "'publik' is no zone of this host" in host.refused(rules=[XML], zones=["publik"])
