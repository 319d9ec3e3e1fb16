# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The differences of a Windows host one by one, for hosts where a module may not run another one's text.

A failure puts back what there was before the first step: a module of our own saves it and restores it, or the guard
does.
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
    failed,
    must,
    refuse,
    unreachable,
)

SAVE = "Save the rules and the default outbound action"
RESTORE = "Put back what there was before the first step"
ALLOW = "No longer refuse other outbound traffic"
STEP = "Apply the rules that differ"
LATE = "Stop where the guard would not wait for the rest"
BLOCK = "Refuse other outbound traffic, or see that the guard is still armed"
IN_PLACE = "Say which rules are in place"
# what the last call says when it could put back what the calls before it had changed
PUT_BACK = "again as they were when the guard was armed"
# and what it says when it could put back its own change: the default outbound action
OWN_PUT_BACK = "The group and the default outbound action are again as they were before this call"
ALL_PUT_BACK = "The group and the default outbound action are again as they were before the first step"
MEND = "Mend the cause and run again"

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
    saved = None if host.check_mode or "guard_token" in guard else _save(host, options, plan)
    try:
        return _apply(host, options, plan, guard, last_start, done)
    except UnreachableError:
        raise
    except FailedError as error:
        if host.check_mode:
            raise refuse(error.step, f"{_where(error, options)}: {error}") from error
        back = _restore(host, options, saved) if saved is not None else ""
        raise refuse(IN_PLACE, _told(error, options, plan, guard, done, back)) from error


def _save(host: Host, options: Options, plan: Answer) -> Answer:
    profiles = {"profiles": plan["outbound"].get("profiles", [])}
    asked = {"group": options["group"], "adopt": plan["adopt"], "outbound": profiles, "save": True}
    saved: Answer = must(host, SAVE, RULES, asked).pop("saved")
    return saved


def _restore(host: Host, options: Options, saved: Answer) -> str:
    answer = host.call(RESTORE, RULES, {"group": options["group"], "restore": saved})
    if unreachable(answer) or failed(answer):
        return f"What was applied could not be taken back: {answer.get('msg', 'failed')}"
    return ALL_PUT_BACK


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


def _where(error: FailedError, options: Options) -> str:
    step, _colon, name = error.step.partition(": ")
    return f"{step}: failed at {name or options['group']}"


def _told(
    error: FailedError, options: Options, plan: Answer, guard: dict[str, Any], done: list[dict[str, Any]], back: str
) -> str:
    if PUT_BACK in str(error):
        return f"{_where(error, options)}: {error}. {MEND}."
    # the calls before the last one are not its own to put back
    words = str(error).partition(f". {OWN_PUT_BACK}")[0]
    if back == ALL_PUT_BACK:
        return f"{_where(error, options)}: {words}. {back}. {MEND}."
    applied = [_name(one) for one in done if one["state"] == "present"]
    removed = [_name(one) for one in done if one["state"] == "absent"]
    outbound = ""
    if plan["outbound"] in done:
        outbound = "; other outbound traffic is not refused any more"
    elif plan["outbound"].get("outbound_action") and (not error.step.startswith(BLOCK) or OWN_PUT_BACK in str(error)):
        outbound = "; the default outbound action is as it was"
    before = f"{back}. Done before it" if back else "In place"
    goes_back = f" The host goes back to its former rules at {guard['until']}, unless it says that it has."
    return (
        f"{_where(error, options)}: {words}. {before}: {plan['unchanged']} that were right already, applied {applied}, "
        f"removed {removed}{outbound}. {MEND}: the next run finds what is missing and completes it."
        f"{goes_back if guard.get('until') else ''}"
    )
