# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule set on a Windows host: read and compared in one call, and what differs applied in one more, or none."""

from __future__ import annotations

import math
import re
import time
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._apply.confirm import confirm
from ansible_collections.therefore.firewall.plugins.plugin_utils._apply.host import (
    Answer,
    FailedError,
    Host,
    Options,
    must,
    refuse,
    refused,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._apply.one_by_one import one_by_one
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.checked import plan, plan_for

READ = "Read the host's rules"
REFUSE = "Refuse what the host's state forbids"
ARM = "Arm the guard, which puts the former rules back if nothing comes through afterwards"
APPLY = "Apply all differences in one call, or none"

INFO = "therefore.firewall.win_firewall_rule_info"
RULES = "therefore.firewall.win_firewall_rules"
GUARD = "therefore.firewall.win_firewall_guard"
# a host name among the peers: the Windows Firewall takes none. An address has a colon or no letter
HOST_NAME = re.compile(r"(?i)(?!any$)[^:]*[a-z][^:]*$")
LONGEST = 3600


def host_names(rules: Any, state: str = "present") -> list[str]:
    """The peers that the host has to look up. What is wrong with a rule is the plan's to say."""
    if state == "absent" or not isinstance(rules, list):
        return []
    given = [rule.get("peers") for rule in rules if isinstance(rule, dict)]
    peers = dict.fromkeys(str(peer) for part in given if isinstance(part, list) for peer in part)
    return [peer for peer in peers if HOST_NAME.match(peer)]


def apply(host: Host, options: Options) -> Answer:
    """Compare the host with the rules and, unless that is all, make it right. Raises FailedError and InputError."""
    begin = time.time()
    rules, group, state = options["rules"], options["group"], options["state"]
    # not all of some thousand rules
    asked: dict[str, Any] = {"plan_for": plan_for(rules, group, state)}
    names = host_names(rules, state)
    found = must(host, READ, INFO, asked | ({"resolve": names} if names else {}))
    made = plan(
        rules, found, group, state, options["egress"], options["management_ports"], options["block_public"],
        options["adopt"],
    )  # fmt: skip
    result: Answer = {"changed": False, **made}
    if options["plan_only"]:
        return result
    try:
        forbidden = refused(result["findings"])
        if forbidden and not host.check_mode:
            raise refuse(REFUSE, forbidden)
        if result["changes"]:
            # a guard needs to know how long a call takes here
            _change(host, options, result, begin, math.ceil(time.time() - begin))
    except FailedError as error:
        raise error.over(result) from error
    return result


def _change(host: Host, options: Options, result: Answer, begin: float, seconds: int) -> None:
    one_call = options["apply"] == "one_call"
    # it waits for the new connection, and besides for the calls until then, each as long as one has taken
    calls = 2 if one_call else len(result["steps"]) + 3
    waits = min(options["guard_seconds"] + seconds * calls, LONGEST)
    group, adopt = options["group"], result["adopt"]
    armed: Answer = {}
    if options["guard"] == "always" or (options["guard"] == "auto" and result["can_cut"]):
        armed = must(host, ARM, GUARD, {"group": group, "seconds": waits, "adopt": adopt})
    token = {"guard_token": armed["token"]} if "token" in armed else {}
    if one_call:
        steps = {"group": group, "steps": result["steps"], "adopt": adopt, "outbound": result["outbound"]}
        applied = must(host, APPLY, RULES, steps | token)
    else:
        # the guard was armed after the host was read, and the last step must be over when its time is
        last_start = begin + waits if token else math.inf
        applied = one_by_one(host, options, result, {**token, "until": armed.get("until")}, last_start)
    result["changed"] = bool(applied.get("changed"))
    if token:
        until = applied.get("until") or armed.get("until")
        guard = {"armed": True, "token": armed["token"], "until": until, "seconds": waits}
        confirm(host, GUARD, options, guard, applied)
