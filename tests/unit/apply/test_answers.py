# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one task says of the steps that it has taken: all that each of them would have said as a task of its own."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._apply import linux
from ansible_collections.therefore.firewall.plugins.plugin_utils._apply.host import FailedError
from ansible_collections.therefore.firewall.plugins.plugin_utils._apply.steps import Steps

BEFORE, AFTER, CLOSED = ({"before": word, "after": word + "s"} for word in ("down", "rule", "port"))


def noted(*answers: tuple[str, dict[str, Any]]) -> Steps:
    steps = Steps()
    for step, answer in answers:
        steps.note(step, answer)
    return steps


@pytest.mark.parametrize(
    ("diffs", "said"),
    [
        ([(linux.APPLY, AFTER)], AFTER),
        # in check mode, where firewalld would be started: what is compared again counts
        ([(linux.APPLY, BEFORE), (linux.APPLY, AFTER)], AFTER),
        ([(linux.APPLY, [BEFORE, AFTER]), ("close", CLOSED)], [BEFORE, AFTER, CLOSED]),
    ],
)
def test_every_difference_is_shown_once(diffs: list[tuple[str, Any]], said: Any) -> None:
    steps = noted(*((step, {"diff": diff}) for step, diff in diffs))
    assert steps.result({"changed": True})["diff"] == said
    assert steps.failure(FailedError("step", {"failed": True, "msg": "no"}))["diff"] == said


def test_warnings_and_the_interpreter_of_any_step_reach_the_task() -> None:
    found = {"discovered_interpreter_python": "/usr/bin/python3.11", "pkg_mgr": "apt"}
    steps = noted(
        (linux.APPLY, {"warnings": ["one"], "ansible_facts": found}),
        ("start", {"warnings": ["two"], "deprecations": [{"msg": "old"}], "changed": True}),
    )
    result = steps.result({"changed": True})
    assert result["warnings"] == ["one", "two"]
    assert result["deprecations"] == [{"msg": "old"}]
    assert result["ansible_facts"] == {"discovered_interpreter_python": "/usr/bin/python3.11"}
    assert result["steps_done"] == {"start": {"changed": True}}


def test_a_host_that_is_right_says_nothing_more_than_its_answer() -> None:
    right = {"changed": False, "changes": [], "unchanged": 1, "findings": []}
    steps = Steps()
    assert steps.result(steps.note(linux.APPLY, {**right, "invocation": {"module_args": {}}})) == right


def test_a_failure_is_one_answer_and_what_it_says_is_not_shown_twice() -> None:
    steps = noted(("arm", {"token": "t"}))
    shown = {"kind": "shadow", "object": "o", "message": "stands in the way"}
    error = FailedError("refuse", {"failed": True, "msg": "not on this host"})
    error.over({"findings": [{"kind": "refused", "object": "o", "message": "not on this host"}, shown]})
    assert steps.failure(error) == {"failed": True, "msg": "not on this host"}
    assert steps.findings == [shown]
