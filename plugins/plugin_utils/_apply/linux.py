# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule set on a Linux host: one call of firewalld_ruleset, and what that may leave to do."""

from __future__ import annotations

from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._apply.confirm import confirm
from ansible_collections.therefore.firewall.plugins.plugin_utils._apply.host import (
    Answer,
    FailedError,
    Host,
    Options,
    UnreachableError,
    failed,
    must,
    refuse,
    refused,
    unreachable,
)

APPLY = "Apply the rule set"
ARM = "Arm the guard, which stops firewalld again if nothing comes through afterwards"
CLOSE = "Close the ports of internal services that somebody opened in a zone"
INSTALL = "Install firewalld"
MASK = "Keep firewalld from starting when it is installed"
PORT = "Allow the management port in the default zone"
REFUSE = "Refuse what the host's state forbids"
START = "Start firewalld"
STOP = "Stop firewalld again where the host went back before it was started"
UNMASK = "Let firewalld start again, which nothing has installed"

RULESET = "therefore.firewall.firewalld_ruleset"
GUARD = "therefore.firewall.firewalld_guard"
SERVICE = "ansible.builtin.systemd_service"
DOWN = ("stopped", "missing")
NO_GUARD: dict[str, Any] = {"armed": False}
# as the module has them
SAME = (
    "name", "rules", "state", "egress", "block_public", "block_action", "log", "adopt", "guard", "guard_seconds",
    "management_port", "variable_prefix",
)  # fmt: skip


def apply(host: Host, options: Options) -> Answer:
    """Compare the host with the rules and, unless that is all, make it right. Raises FailedError."""
    may_start = options["manage_firewalld"] and options["state"] == "present"
    result = _apply(host, options, may_be_down=may_start)
    if unreachable(result):
        raise UnreachableError(APPLY, result)
    if options["plan_only"]:
        return {**result, "changed": False}
    try:
        return _finish(host, options, result, may_start)
    except FailedError as error:
        raise error.over(result) from error


def _finish(host: Host, options: Options, result: Answer, may_start: bool) -> Answer:
    guard = result.get("guard", NO_GUARD)
    forbidden = refused(result["findings"])
    if forbidden and not host.check_mode:
        raise refuse(REFUSE, forbidden)
    if may_start and result["firewalld"] in DOWN and not forbidden:
        result, guard = _start(host, options, result["firewalld"])
    if unreachable(result) or guard["armed"]:
        confirm(host, GUARD, options, guard, result)
    return _close(host, result)


def _apply(host: Host, options: Options, may_be_down: bool, token: str = "") -> Answer:
    """The answer of the module. A firewalld that is down is no failure where it may be started, or only be planned."""
    asked = {name: options[name] for name in SAME} | {"zones": options["close_in_zones"]}
    result = host.call(APPLY, RULESET, asked | ({"guard_token": token} if token else {}))
    if not failed(result):
        return result
    down = may_be_down and result.get("firewalld") in DOWN
    if not down or (refused(result["findings"]) and not host.check_mode):
        raise FailedError(APPLY, result)
    return {**result, "failed": False}


def _start(host: Host, options: Options, state: str) -> tuple[Answer, dict[str, Any]]:
    """The answer of the module once firewalld runs, and the guard. Raises FailedError."""
    if state == "missing":
        _install(host)
    guard = NO_GUARD
    if options["guard"] != "never":
        armed = {"state": "armed", "name": options["name"], "seconds": options["guard_seconds"]}
        guard = must(host, ARM, GUARD, armed).get("guard", NO_GUARD)
    try:
        result = _start_and_apply(host, options, state, guard)
    except FailedError as error:
        raise _goes_back(host, error, guard) from error
    result["changed"] = True
    return result, result.get("guard", guard)


def _start_and_apply(host: Host, options: Options, state: str, guard: dict[str, Any]) -> Answer:
    # a host that the start has cut off is told of when its change is confirmed
    argv = ["firewall-offline-cmd", f"--add-port={options['management_port']}/tcp"]
    allowed = host.call(PORT, "ansible.builtin.command", {"argv": argv})
    if failed(allowed):
        raise FailedError(PORT, allowed)
    service = {"name": "firewalld", "masked": False, "enabled": True, "state": "started"}
    started = host.call(START, SERVICE, service)
    # in check mode it has not been installed, so there is nothing yet that could be started
    if failed(started) and not (host.check_mode and state == "missing"):
        raise FailedError(START, started)
    started |= {"changed": started.get("changed") or failed(started), "failed": False}
    return _apply(host, options, may_be_down=host.check_mode, token=guard.get("token", ""))


def _goes_back(host: Host, error: FailedError, guard: dict[str, Any]) -> FailedError:
    # a slow play may have started it when the guard had acted already
    if "went back to its former rules" in str(error):
        must(host, STOP, SERVICE, {"name": "firewalld", "enabled": False, "state": "stopped"})
    back = f" (unless that has happened, the host itself goes back to its former rules, at {guard.get('until')})"
    return refuse("Say that the host goes back", f"{error.step}: {error}{back if guard['armed'] else ''}")


def _install(host: Host) -> None:
    """Some distributions start a service when its package is installed, before the management port is allowed."""
    masked: Answer = {}
    try:
        masked = must(host, MASK, SERVICE, {"name": "firewalld", "masked": True})
        installed = host.call(INSTALL, "ansible.builtin.package", {"name": "firewalld", "state": "present"})
        if unreachable(installed):
            raise UnreachableError(INSTALL, installed)
        # on Debian check mode needs a package more than the installation does
        if failed(installed) and not host.check_mode:
            raise FailedError(INSTALL, installed)
    except UnreachableError:
        raise
    except FailedError as error:
        if masked.get("changed"):
            must(host, UNMASK, SERVICE, {"name": "firewalld", "masked": False})
        message = (
            f"{error.step}: {error}. No firewall rule was changed; install the package firewalld, or mend the host's "
            "package sources, and run again."
        )
        raise refuse("Say that firewalld could not be installed", message) from error


def _close(host: Host, result: Answer) -> Answer:
    """Each port, then those that failed. Raises FailedError."""
    trouble = []
    for one in result["open_in_zones"]:
        where = {"zone": one["zone"], "port": one["port"]}
        how = {"state": "disabled", "permanent": True, "immediate": True}
        closed = host.call(f"{CLOSE}: {one['port']} in {one['zone']}", "ansible.posix.firewalld", where | how)
        if unreachable(closed):
            raise UnreachableError(CLOSE, closed)
        if failed(closed):
            trouble.append(f"{one['port']} in {one['zone']}: {closed.get('msg', 'failed')}")
        result["changed"] = bool(result["changed"] or closed.get("changed"))
    if trouble:
        raise refuse(CLOSE, f"{CLOSE}: {'; '.join(trouble)}")
    return result
