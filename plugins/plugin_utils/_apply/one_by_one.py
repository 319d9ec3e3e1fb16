# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The differences of a Windows host one by one, for hosts where a module may not run another one's text.

A failure leaves what was applied before it, and is told with how far that went.
"""

from __future__ import annotations

import time
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._apply.host import (
    Answer,
    FailedError,
    Host,
    Options,
    UnreachableError,
    must,
    refuse,
)

ALLOW = "No longer refuse other outbound traffic"
STEP = "Apply the rules that differ"
LATE = "Stop where the guard would not wait for the rest"
BLOCK = "Refuse other outbound traffic, or see that the guard is still armed"
IN_PLACE = "Say which rules are in place"
# what the last call says when it could put back what the calls before it had changed
PUT_BACK = "again as they were when the guard was armed"
# and what it says when it could put back its own change: the default outbound action
OWN_PUT_BACK = "The group and the default outbound action are again as they were before this call"

RULE = "community.windows.win_firewall_rule"
RULES = "therefore.firewall.win_firewall_rules"


def one_by_one(host: Host, options: Options, plan: Answer, guard: dict[str, Any], last_start: float) -> Answer:
    """Apply the steps of the plan. Raises FailedError.

    Args:
        host: The host.
        options: The options of the rule set.
        plan: What differs.
        guard: C(guard_token) and C(until) of a guard that is armed.
        last_start: When the guard would not wait for a further step, as seconds of the clock.
    """
    done: list[dict[str, Any]] = []
    try:
        return _apply(host, options, plan, guard, last_start, done)
    except UnreachableError:
        raise
    except FailedError as error:
        raise refuse(IN_PLACE, _in_place(error, options, plan, guard, done)) from error


def _apply(
    host: Host, options: Options, plan: Answer, guard: dict[str, Any], last_start: float, done: list[dict[str, Any]]
) -> Answer:
    token = {"guard_token": guard["guard_token"]} if "guard_token" in guard else {}
    outbound = {"group": options["group"], "outbound": plan["outbound"], **token}
    action = plan["outbound"].get("outbound_action", "")
    answer: Answer = {}
    changed = False
    if action == "allow":
        changed = bool(must(host, ALLOW, RULES, outbound).get("changed"))
        done.append(plan["outbound"])
    for step in plan["steps"]:
        if time.time() >= last_start:
            variable = f"{options['variable_prefix']}_guard_seconds"
            message = "The time of the guard is nearly over, and the steps that are left would not be taken back. "
            raise refuse(LATE, f"{message}Raise {variable}, which is {options['guard_seconds']}")
        changed |= bool(must(host, f"{STEP}: {_name(step)}", RULE, step).get("changed"))
        done.append(step)
    if action == "block" or token:
        answer = must(host, BLOCK, RULES, outbound)
    return {**answer, "changed": changed or bool(answer.get("changed"))}


def _name(step: dict[str, Any]) -> str:
    return str(step.get("name", step.get("group")))


def _in_place(
    error: FailedError, options: Options, plan: Answer, guard: dict[str, Any], done: list[dict[str, Any]]
) -> str:
    step, _colon, name = error.step.partition(": ")
    if PUT_BACK in str(error):
        return f"{step}: failed at {name or options['group']}: {error}. Mend the cause and run again."
    applied = [_name(one) for one in done if one["state"] == "present"]
    removed = [_name(one) for one in done if one["state"] == "absent"]
    # the calls before the last one are not its own to put back
    words, outbound = str(error), ""
    if plan["outbound"] in done:
        outbound = "; other outbound traffic is not refused any more"
    elif plan["outbound"].get("outbound_action") and (step != BLOCK or OWN_PUT_BACK in words):
        outbound = "; the default outbound action is as it was"
    words = words.partition(f". {OWN_PUT_BACK}")[0]
    back = f" The host goes back to its former rules at {guard['until']}, unless it says that it has."
    return (
        f"{step}: failed at {name or options['group']}: {words}. In place: {plan['unchanged']} that were right "
        f"already, applied {applied}, removed {removed}{outbound}. Mend the cause and run again: the next run finds "
        f"what is missing and completes it.{back if guard.get('until') else ''}"
    )
