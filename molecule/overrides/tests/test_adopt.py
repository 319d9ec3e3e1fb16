# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rich rule made by hand goes once the set allows the same, and everybody is let in or kept out as before."""

from __future__ import annotations

from conftest import FRIEND, STRANGER, Shared, found, rule

BY_HAND = 'rule family="ipv4" source address="10.85.1.20" port port="8000" protocol="tcp" accept'
OTHERS = [
    BY_HAND.replace("10.85.1.20", "10.85.1.30"),
    BY_HAND.replace('"8000"', '"443"'),
    BY_HAND.replace("accept", 'log prefix="x" accept'),
]
CHANGE = "zone public: 8000/tcp from 10.85.1.20"


def made_by_hand(host: Shared) -> None:
    for text in [BY_HAND, *OTHERS]:
        host.firewall_cmd("-q", "--permanent", "--zone=public", f"--add-rich-rule={text}")
    host.firewall_cmd("--reload")


def rich_rules(host: Shared) -> list[list[str]]:
    """Those of the zone, stored and at runtime."""
    stored = host.firewall_cmd("--permanent", "--zone=public", "--list-rich-rules")
    return [sorted(text.splitlines()) for text in (stored, host.firewall_cmd("--zone=public", "--list-rich-rules"))]


def test_it_goes_once_the_set_is_in_force(host: Shared) -> None:
    made_by_hand(host)
    before = rich_rules(host)
    opened = {"rules": [rule("xml", 8000)], "variable_prefix": "therefore_server"}
    message = found(host.told(**opened), "duplicate")["zone public"]
    assert message.endswith("therefore_server_adopt: true takes it away once the set is in force.")
    predicted, runtime = host.applied(check=True, adopt=True, **opened), host.runtime()
    assert [(one["action"], one["id"]) for one in predicted["changes"]] == [("delete", CHANGE)]
    assert f"{CHANGE}: allow in tcp 8000 from 10.85.1.20\n" in predicted["diff"]["before"]
    assert CHANGE not in predicted["diff"]["after"]
    assert rich_rules(host) == before
    assert host.runtime() == runtime

    applied = host.applied(adopt=True, **opened)
    assert (applied["changes"], applied["reloaded"]) == (predicted["changes"], False)
    assert rich_rules(host) == [sorted(OTHERS)] * 2
    again = host.applied(adopt=True, **opened)
    assert (again["changed"], found(again, "duplicate")) == (False, {})
    ipv4 = host.addresses[:1]
    assert host.seen_from(FRIEND, 8000, addresses=ipv4) == ["open"]
    assert host.seen_from(STRANGER, 8000, 443, addresses=ipv4) == ["open", "filtered"]
    # what an administrator wants of the set decides from now on
    host.applied(state="absent", adopt=True)
    assert host.seen_from(FRIEND, 8000, addresses=ipv4) == ["open"]
    host.firewall_cmd("-q", "--zone=public", f"--remove-rich-rule={OTHERS[-1]}")
    assert host.seen_from(FRIEND, 8000, addresses=ipv4) == ["filtered"]


def test_the_guard_puts_it_back(host: Shared) -> None:
    made_by_hand(host)
    before = rich_rules(host), host.of_others()
    applied = host.applied(adopt=True, rules=[rule("xml", 8000)], guard="always", guard_seconds=3600)
    assert applied["guard"]["armed"] is True
    assert rich_rules(host) == [sorted(OTHERS)] * 2
    host.run("systemctl start therefore-firewall-guard.service")
    assert (rich_rules(host), host.of_others()) == before
    assert "thf-one" not in host.firewall_cmd("--get-policies")
