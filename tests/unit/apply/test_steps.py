# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a change against a host that answers as it is told: which are taken, what is said where one fails."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._apply import linux, one_by_one, windows
from ansible_collections.therefore.firewall.plugins.plugin_utils._apply.confirm import CONFIRM
from ansible_collections.therefore.firewall.plugins.plugin_utils._apply.host import FailedError, UnreachableError
from wanted import CLIENT, rules
from windows_hosts import TITLES, plan, run
from windows_hosts import host as windows_host

AWAY = {"unreachable": True, "msg": "timed out"}
ARMED = {"armed": True, "token": "t", "seconds": 60, "until": "2026-01-01T00:01:00Z"}
UNARMED = {"armed": False, "needed": False, "seconds": 60}
RIGHT: dict[str, Any] = {
    "changed": False, "changes": [], "unchanged": 1, "findings": [], "open_in_zones": [], "sets": [],
    "firewalld": "running", "check_mode": False, "guard": UNARMED,
}  # fmt: skip
DOWN = {**RIGHT, "failed": True, "msg": "firewalld is not running", "firewalld": "stopped"}
MISSING = {**DOWN, "firewalld": "missing"}
REFUSED = {"kind": "refused", "object": "o", "message": "not on this host"}
OPTIONS: dict[str, Any] = {
    "name": "one", "group": TITLES[CLIENT], "rules": [], "state": "present", "egress": "allow", "block_public": False,
    "block_action": "reject", "log": False, "plan_only": False, "guard": "auto", "guard_seconds": 60,
    "apply": "one_call", "adopt": False, "manage_firewalld": False, "management_port": 22,
    "management_ports": [5986], "close_in_zones": [],
    "variable_prefix": "ruleset",
}  # fmt: skip
START = {**OPTIONS, "manage_firewalld": True}


class Host:
    """Answers each step with the next of its answers, with the last of them again, or that all is well."""

    def __init__(self, check_mode: bool = False, **answers: list[dict[str, Any]]) -> None:
        self.check_mode = check_mode
        self.answers = answers
        self.steps: list[str] = []
        self.asked: list[dict[str, Any]] = []

    def call(self, step: str, module: str, options: Mapping[str, Any]) -> dict[str, Any]:
        self.steps.append(step)
        self.asked.append(dict(options))
        left = self.answers.get(module.rpartition(".")[2], [{"changed": True}])
        return dict(left.pop(0) if len(left) > 1 else left[0])

    def leave_connection(self) -> None:
        self.steps.append("leave")


def fails(platform: Any, host: Host, options: dict[str, Any]) -> str:
    with pytest.raises(FailedError) as failure:
        platform.apply(host, options)
    assert failure.value.answer["failed"] is True
    return str(failure.value.answer["msg"])


def test_a_linux_host_that_is_right_costs_one_call() -> None:
    host = Host(firewalld_ruleset=[RIGHT])
    assert linux.apply(host, START)["changed"] is False
    assert host.steps == [linux.APPLY]


@pytest.mark.parametrize("check_mode", [False, True])
def test_what_the_host_forbids_fails_and_is_only_told_in_check_mode(check_mode: bool) -> None:
    host = Host(check_mode, firewalld_ruleset=[{**RIGHT, "findings": [REFUSED]}])
    if check_mode:
        assert linux.apply(host, OPTIONS)["findings"] == [REFUSED]
    else:
        assert fails(linux, host, OPTIONS) == REFUSED["message"]
    assert host.steps == [linux.APPLY]


@pytest.mark.parametrize(
    ("findings", "options", "check_mode", "goes_on"),
    [
        ([], OPTIONS, False, False),
        ([], {**START, "state": "absent"}, False, False),
        ([REFUSED], START, False, False),
        ([REFUSED], START, True, True),
        ([], START, True, True),
    ],
)
def test_a_firewalld_that_is_down(
    findings: list[Any], options: dict[str, Any], check_mode: bool, goes_on: bool
) -> None:
    host = Host(check_mode, firewalld_ruleset=[{**DOWN, "findings": findings}])
    if goes_on:
        assert not linux.apply(host, options).get("failed")
    else:
        assert fails(linux, host, options) == DOWN["msg"]
    assert (linux.START in host.steps) == (goes_on and not findings)


def test_a_plan_of_a_firewalld_that_is_down_starts_nothing() -> None:
    host = Host(True, firewalld_ruleset=[{**DOWN, "changed": True}])
    result = linux.apply(host, {**START, "plan_only": True})
    assert (result["failed"], result["changed"], host.steps) == (False, False, [linux.APPLY])


def test_the_first_start_is_guarded_and_confirmed_over_a_new_connection() -> None:
    applied = {**RIGHT, "changed": True, "guard": ARMED}
    host = Host(firewalld_ruleset=[MISSING, applied], firewalld_guard=[{"guard": ARMED}, {"changed": False}])
    assert linux.apply(host, START)["changed"] is True
    assert host.steps == [
        linux.APPLY, linux.MASK, linux.INSTALL, linux.ARM, linux.PORT, linux.START, linux.APPLY, "leave", CONFIRM,
    ]  # fmt: skip
    assert host.asked[-2]["guard_token"] == host.asked[-1]["token"] == "t"


def test_a_start_that_cuts_the_host_off_says_when_it_goes_back() -> None:
    host = Host(firewalld_ruleset=[DOWN, AWAY], firewalld_guard=[{"guard": ARMED}], systemd_service=[AWAY])
    message = fails(linux, host, START)
    assert message.startswith(
        "No new connection to the host came through after the change (timed out). Unless that says"
    )
    assert f"at {ARMED['until']}, 60 seconds after" in message
    assert CONFIRM not in host.steps


def test_without_a_guard_nothing_puts_the_rules_back() -> None:
    host = Host(firewalld_ruleset=[DOWN, AWAY])
    message = fails(linux, host, {**START, "guard": "never"})
    assert message.endswith("Nothing puts its former rules back, because ruleset_guard is never.")


def test_a_start_that_fails_says_which_step_and_what_becomes_of_the_host() -> None:
    broken = {"failed": True, "msg": "no unit"}
    host = Host(firewalld_ruleset=[DOWN], firewalld_guard=[{"guard": ARMED}], systemd_service=[broken])
    back = "(unless that has happened, the host itself goes back to its former rules, at 2026-01-01T00:01:00Z)"
    assert fails(linux, host, START) == f"Start firewalld: no unit {back}"
    late = {"failed": True, "msg": "the host went back to its former rules"}
    host = Host(firewalld_ruleset=[DOWN, {**DOWN, **late}], firewalld_guard=[{"guard": ARMED}])
    assert fails(linux, host, START) == f"Apply the rule set: {late['msg']} {back}"
    assert host.steps[-1] == linux.STOP


def test_an_installation_that_fails_leaves_firewalld_unmasked() -> None:
    host = Host(firewalld_ruleset=[MISSING], package=[{"failed": True, "msg": "no source"}])
    assert fails(linux, host, START).startswith("Install firewalld: no source. No firewall rule was changed; install")
    assert host.steps == [linux.APPLY, linux.MASK, linux.INSTALL, linux.UNMASK]
    # on Debian check mode needs a package more than the installation does
    host = Host(True, firewalld_ruleset=[MISSING], package=[{"failed": True, "msg": "no source"}])
    assert linux.apply(host, START)["changed"] is True


def test_a_change_that_is_not_confirmed_is_told() -> None:
    host = Host(firewalld_ruleset=[{**RIGHT, "changed": True, "guard": ARMED}], firewalld_guard=[{"msg": "the same"}])
    assert fails(linux, host, OPTIONS).startswith(
        "The change was not confirmed (the same). Unless that says that it has"
    )
    assert host.steps == [linux.APPLY, "leave", CONFIRM]


def test_ports_in_zones_are_closed_all_before_it_is_told_that_one_was_not() -> None:
    opened = [{"zone": "public", "port": "80/tcp"}, {"zone": "home", "port": "81/tcp"}]
    host = Host(firewalld_ruleset=[{**RIGHT, "open_in_zones": opened}])
    assert linux.apply(host, OPTIONS)["changed"] is True
    no = {"failed": True, "msg": "no"}
    host = Host(firewalld_ruleset=[{**RIGHT, "open_in_zones": opened}], firewalld=[no, {"changed": True}])
    assert fails(linux, host, OPTIONS) == f"{linux.CLOSE}: 80/tcp in public: no"
    assert len(host.steps) == 3


def test_a_host_that_is_away_is_unreachable() -> None:
    for platform, module in ((linux, "firewalld_ruleset"), (windows, "win_firewall_rule_info")):
        with pytest.raises(UnreachableError):
            platform.apply(Host(**{module: [AWAY]}), OPTIONS)


WANTED = {**OPTIONS, "rules": rules(CLIENT)}


def test_a_windows_host_that_is_right_costs_one_call() -> None:
    found = windows_host()
    made = plan(rules(CLIENT), found, TITLES[CLIENT], "present", "allow")
    host = Host(win_firewall_rule_info=[run(found, made)])
    assert windows.apply(host, WANTED)["changed"] is False
    assert host.steps == [windows.READ]


def test_a_name_that_does_not_resolve_is_told_by_check_mode_and_ends_a_run_before_any_change() -> None:
    wanted = [
        {"id": one, "direction": "out", "protocol": "tcp", "ports": [443], "peers": [peer]}
        for one, peer in (("known", "192.0.2.1"), ("gone", "gone.example.com"))
    ]
    found = windows_host(resolved={"gone.example.com": []})
    host = Host(win_firewall_rule_info=[found])
    message = fails(windows, host, {**OPTIONS, "rules": wanted})
    assert message.startswith("ruleset_rules: gone: peers: 'gone.example.com' does not resolve on this host; correct")
    assert host.steps == [windows.READ]
    result = windows.apply(Host(True, win_firewall_rule_info=[found]), {**OPTIONS, "rules": wanted})
    assert [finding["message"] for finding in result["findings"]] == [message]
    assert [change["id"] for change in result["changes"]] == ["known"]


@pytest.mark.parametrize("way", ["one_call", "one_by_one"])
def test_a_change_of_a_windows_host(way: str) -> None:
    host = Host(win_firewall_rule_info=[windows_host()], win_firewall_guard=[{"token": "t", "until": "then"}, {}])
    result = windows.apply(host, {**WANTED, "guard": "always", "apply": way})
    assert result["changed"] is True
    assert host.steps[:2] == [windows.READ, windows.ARM]
    assert host.steps[-2:] == ["leave", CONFIRM]
    calls = 1 if way == "one_call" else len(result["steps"]) + 1
    assert len(host.steps) == 4 + calls


SAVED = {"changed": False, "saved": {"rules": ["as it was"]}}


def one_by_one_fails(check_mode: bool, *calls: dict[str, Any]) -> tuple[Host, str]:
    """The second rule fails. The calls are those that save and restore."""
    answers = [{"changed": True}, {"failed": True, "msg": "denied"}]
    host = Host(
        check_mode, win_firewall_rule_info=[windows_host()], win_firewall_rule=answers,
        win_firewall_rules=[dict(one) for one in calls],
    )  # fmt: skip
    return host, fails(windows, host, {**WANTED, "apply": "one_by_one"})


def test_one_by_one_a_failure_puts_back_what_there_was() -> None:
    host, message = one_by_one_fails(False, SAVED, {"changed": True})
    assert host.steps[1] == one_by_one.SAVE
    assert host.steps[4:] == [one_by_one.RESTORE]
    assert host.asked[1]["save"] is True
    assert host.asked[4] == {"group": TITLES[CLIENT], "restore": SAVED["saved"]}
    failed = host.steps[3].partition(": ")[2]
    assert message == (
        f"Apply the rules that differ: failed at {failed}: denied. {one_by_one.ALL_PUT_BACK}. {one_by_one.MEND}."
    )


@pytest.mark.parametrize("trouble", [{"failed": True, "msg": "Not as before: rule 'A'"}, AWAY])
def test_one_by_one_a_failure_while_putting_back_says_what_was_done(trouble: dict[str, Any]) -> None:
    host, message = one_by_one_fails(False, SAVED, trouble)
    first, second = (one.partition(": ")[2] for one in host.steps[2:4])
    assert message.startswith(f"Apply the rules that differ: failed at {second}: denied. What was applied could not be")
    assert f"taken back: {trouble['msg']}. Done before it: 0 that were right already, applied ['{first}'], r" in message


def test_one_by_one_check_mode_saves_and_restores_nothing() -> None:
    host, message = one_by_one_fails(True, SAVED)
    assert not {one_by_one.SAVE, one_by_one.RESTORE} & set(host.steps)
    assert message == f"Apply the rules that differ: failed at {host.steps[2].partition(': ')[2]}: denied"


def test_one_by_one_what_cannot_be_saved_is_not_changed() -> None:
    host = Host(win_firewall_rule_info=[windows_host()], win_firewall_rules=[{"failed": True, "msg": "denied"}])
    assert fails(windows, host, {**WANTED, "apply": "one_by_one"}) == "denied"
    assert host.steps[1:] == [one_by_one.SAVE]


def test_one_by_one_what_the_last_call_put_back_is_not_said_to_be_in_place() -> None:
    """The words are win_firewall_rules' own (tests/windows/test_win_firewall_rules.py)."""
    words = "denied. The group and the default outbound action are again as they were when the guard was armed"
    guard = {"token": "t", "until": "then", "changed": True}
    host = Host(
        win_firewall_rule_info=[windows_host()], win_firewall_guard=[guard],
        win_firewall_rules=[{"failed": True, "msg": words}],
    )  # fmt: skip
    message = fails(windows, host, {**WANTED, "apply": "one_by_one", "guard": "always"})
    assert words in message
    assert "In place" not in message
    assert "goes back" not in message


MADE: dict[str, Any] = {
    "steps": [{"name": "A", "state": "present"}, {"name": "B", "state": "absent"}],
    "outbound": {"outbound_action": "block", "state": "enabled", "profiles": ["Domain"]},
    "unchanged": 1,
    "adopt": ["Other"],
}


def one_by_one_told(made: dict[str, Any], **answers: list[dict[str, Any]]) -> str:
    with pytest.raises(FailedError) as failure:
        one_by_one.one_by_one(Host(**answers), OPTIONS, made, {"until": None}, last_start=math.inf)
    return str(failure.value)


def test_one_by_one_a_last_call_that_fails_does_not_hide_what_the_calls_before_it_left() -> None:
    """It puts back its own change only: the default outbound action."""
    words = f"Failed at the default outbound action (1 of 1): denied. {one_by_one.OWN_PUT_BACK}. Mend the cause"
    last = {"failed": True, "msg": words}
    message = one_by_one_told(MADE, win_firewall_rules=[dict(SAVED), last, {"changed": True}])
    assert message.startswith(f"{one_by_one.BLOCK}: failed at {OPTIONS['group']}: Failed at the default outbound ac")
    assert one_by_one.OWN_PUT_BACK not in message
    assert message.endswith(f"denied. {one_by_one.ALL_PUT_BACK}. {one_by_one.MEND}.")
    message = one_by_one_told(MADE, win_firewall_rules=[dict(SAVED), last, {"failed": True, "msg": "gone"}])
    assert "taken back: gone. Done before it: 1 that were right already, applied ['A'], removed ['B']; the" in message
    assert "; the default outbound action is as it was. Mend" in message


def test_one_by_one_all_that_may_change_is_saved() -> None:
    host = Host(win_firewall_rules=[dict(SAVED), {"changed": True}])
    one_by_one.one_by_one(host, OPTIONS, MADE, {"until": None}, last_start=math.inf)
    outbound = {"profiles": ["Domain"]}
    assert host.asked[0] == {"group": OPTIONS["group"], "adopt": ["Other"], "outbound": outbound, "save": True}


def test_one_by_one_a_step_that_fails_says_that_outbound_traffic_was_let_go() -> None:
    made = {**MADE, "outbound": {"outbound_action": "allow", "state": "enabled"}}
    denied, calls = {"failed": True, "msg": "denied"}, [dict(SAVED), {"changed": True}, AWAY]
    message = one_by_one_told(made, win_firewall_rule=[denied], win_firewall_rules=calls)
    assert "removed []; other outbound traffic is not refused any more. Mend" in message


def test_one_by_one_no_step_begins_that_the_guard_would_not_take_back() -> None:
    host = Host()
    made = {**MADE, "outbound": {}}
    guard = {"guard_token": "t", "until": "then"}
    with pytest.raises(FailedError, match="The time of the guard is nearly over") as failure:
        one_by_one.one_by_one(host, OPTIONS, made, guard, last_start=0)
    assert "applied [], removed []" in str(failure.value)
    assert str(failure.value).endswith("goes back to its former rules at then, unless it says that it has.")
    assert host.steps == []
