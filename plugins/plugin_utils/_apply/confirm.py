# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change that could cut the host off is confirmed over a new connection, or the host goes back by itself."""

from __future__ import annotations

from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._apply.host import (
    Answer,
    Host,
    Options,
    refuse,
    unreachable,
)

CONFIRM = "Confirm the change over a new connection"
GOES_BACK = "Say that the host goes back to its former rules"


def confirm(host: Host, module: str, options: Options, guard: dict[str, Any], changed: Answer) -> None:
    """Confirm the change. Raises FailedError where that fails.

    Args:
        host: The host.
        module: The guard of its platform.
        options: The options of the rule set.
        guard: The guard, armed or not.
        changed: The answer to the change: a host that this has cut off is not asked again.
    """
    trouble = changed
    if not unreachable(changed):
        # a connection that was open before passes whatever the rules say: only a new one proves anything
        host.leave_connection()
        trouble = host.call(CONFIRM, module, {"state": "confirmed", "token": guard["token"]})
        if "msg" not in trouble:
            return
    what = "No new connection to the host came through after the change"
    what = what if unreachable(trouble) else "The change was not confirmed"
    raise refuse(GOES_BACK, f"{what} ({trouble.get('msg', 'no reason given')}). {_what_follows(guard, options)}")


def _what_follows(guard: dict[str, Any], options: Options) -> str:
    if not guard["armed"]:
        return f"Nothing puts its former rules back, because {options['variable_prefix']}_guard is never."
    return (
        f"Unless that says that it has, the host itself goes back to its former rules, at {guard['until']}, "
        f"{guard['seconds']} seconds after it was armed. Correct the rules or the way to the host, or give the guard "
        "more time, then run again."
    )
