# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which changes on a Windows host can cut the connection of those who manage it, and so are guarded."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.therefore.firewall.plugins.filter.plan import plan
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.guard import can_cut
from windows_hosts import host


def rule(direction: str, action: str, *ports: str, protocol: str = "tcp") -> dict[str, Any]:
    return {"direction": direction, "action": action, "ports": list(ports), "protocol": protocol}


def change(before: Any, after: Any, rule_id: str = "one") -> dict[str, Any]:
    return {"action": "update", "id": rule_id, "rows": [], "before": before, "after": after}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, rule("in", "block", "5986"), True),
        (None, rule("in", "block", "5000-6000"), True),
        (None, rule("in", "block", "any"), True),
        (None, rule("in", "block", "any", protocol="any"), True),
        (None, rule("in", "block", "445"), False),
        (None, rule("in", "block", "5986", protocol="udp"), False),
        (None, rule("in", "allow", "5986"), False),
        (rule("in", "allow", "5986"), None, True),
        (rule("in", "allow", "5986"), rule("in", "allow", "5986"), True),
        (rule("in", "block", "5986"), None, False),
        (None, rule("out", "allow", "443"), False),
    ],
)
def test_inbound_rules_on_the_management_port(before: Any, after: Any, expected: bool) -> None:
    assert can_cut([change(before, after)], denies=False, management_ports=[5986]) is expected


@pytest.mark.parametrize("denies", [True, False])
def test_outbound_rules_matter_where_other_traffic_is_refused(denies: bool) -> None:
    assert can_cut([change(rule("out", "allow", "443"), None)], denies, []) is denies


def test_the_refusal_itself_is_guarded_and_its_end_is_not() -> None:
    refusal = rule("out", "block")
    assert can_cut([change(None, refusal, "egress-deny")], True, []) is True
    assert can_cut([change(refusal, None, "egress-deny")], False, []) is False


def test_nothing_to_change_is_nothing_to_guard() -> None:
    assert can_cut([], True, [5986]) is False


def test_the_plan_says_so() -> None:
    assert plan([], host(), "Therefore Server", egress="deny")["can_cut"] is True
    assert plan([], host(), "Therefore Server", egress="deny", state="absent")["can_cut"] is False


@pytest.mark.parametrize("given", [["ssh"], [0], [70000], "x"])
def test_management_ports_that_are_none_are_refused(given: Any) -> None:
    with pytest.raises(AnsibleFilterError, match=r"management_ports: .* is no list of ports; write numbers"):
        plan([], host(), "Therefore Server", management_ports=given)
