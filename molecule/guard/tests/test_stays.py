# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A good change is confirmed and stays; what needs no guard has none; two at once are not mixed."""

from __future__ import annotations

import time

import pytest
from conftest import BLOCK_SSH, CONTROLS, GuardedHost, newer, older, rule, until

XML = rule("xml", 8000)
DENY = {"ruleset_rules": [XML], "ruleset_egress": "deny"}


@pytest.mark.parametrize(("host", "connection"), [("guard02", "ssh"), ("guard01", "podman")], indirect=["host"])
def test_a_good_change_stays_after_its_time(host: GuardedHost, connection: str) -> None:
    run = host.role_by_ssh if connection == "ssh" else host.role
    # enough for a busy machine
    report = run(**DENY, ruleset_guard_seconds=30)
    assert report["stats"]["failures"] == report["stats"]["unreachable"] == 0
    guard = host.task(report, "Apply the rule set")["guard"]
    assert guard["armed"] is True
    assert host.task(report, "Confirm the change over a new connection")["guard"]["armed"] is False
    assert host.traces() == ""
    former = host.former()
    if connection == "ssh":
        until(lambda: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 2)) > guard["until"])
        assert host.former() == former
        assert host.reaches(CONTROLS, 443) == ["filtered"]
    again = run(**DENY)
    assert again["stats"]["changed"] == 0
    assert "steps_done" not in host.task(again, "Apply the rule set")


@pytest.mark.parametrize(
    ("parameters", "needed"),
    [
        ({"rules": [XML]}, False),
        ({"rules": [XML], "egress": "deny"}, True),
        ({"rules": [BLOCK_SSH]}, True),
        ({"rules": [BLOCK_SSH], "management_port": 2222}, False),
        ({"rules": [XML], "guard": "always"}, True),
        ({"rules": [BLOCK_SSH], "egress": "deny", "guard": "never"}, False),
    ],
)
@newer
def test_check_mode_says_what_would_be_guarded(host: GuardedHost, parameters: dict, needed: bool) -> None:
    result = host.applied(check=True, **{"guard": "auto", **parameters})
    assert result["guard"] == {"armed": False, "needed": needed, "seconds": 60}
    assert host.traces() == ""


@older
def test_two_at_once_are_refused_and_not_mixed(host: GuardedHost) -> None:
    guard = host.guarded(rules=[XML], egress="deny", guard_seconds=3600)
    for parameters in ({"guard": "always"}, {"guard": "never"}, {"guard": "auto", "egress": "deny"}):
        for name in ("one", "two"):
            message = host.refused(name, rules=[rule("other", 443)], **parameters)
            assert "the rule set 'one' was changed under guard" in message
            assert guard["until"] in message
    # also where nothing differs: the host is about to go back
    assert guard["until"] in host.refused(rules=[XML], egress="deny")
    assert host.guard(state="confirmed", token="0123")["failed"]
    assert host.guard(state="confirmed", token=guard["token"])["guard"]["armed"] is False
    assert host.traces() == ""
    assert host.applied("two", rules=[rule("other", 443)])["changed"] is True
    again = host.guard(state="confirmed", token=guard["token"])
    assert "no guard with" in again["msg"]
    assert host.seen(443, 8000) == ["open", "open"]


def test_a_change_that_fails_leaves_nothing_armed(host: GuardedHost) -> None:
    path = "/etc/firewalld/policies"
    there = "nsenter --mount --target=$(systemctl show --property=MainPID --value firewalld)"
    host.run(f"{there} mount --bind {path} {path}; {there} mount -o remount,bind,ro {path}")
    try:
        said = host.refused(rules=[XML], egress="deny", guard="auto")
        # seen before anything changes where firewalld has no mounts of its own, and otherwise when it writes
        assert f"nothing can be written to {path}" in said or "the former rules were put back" in said
    finally:
        host.run(f"{there} umount {path}")
    assert host.traces() == ""


def test_a_guard_that_cannot_be_armed_changes_nothing(host: GuardedHost) -> None:
    host.run("touch /var/lib/therefore-firewall")
    try:
        assert "guard: never" in host.refused(rules=[XML], egress="deny", guard="auto")
    finally:
        host.run("rm /var/lib/therefore-firewall")
    assert host.traces() == ""
