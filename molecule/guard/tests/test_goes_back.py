# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nobody confirms: the host is as it was, byte for byte, and nothing of the guard is left."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from conftest import BLOCK_SSH, CONTROLS, SCENARIO, GuardedHost, newer, older, rule, until

XML = rule("xml", 8000)
BY_HAND = f'rule family="ipv4" source address="{CONTROLS[0]}" port port="443" protocol="tcp" accept'


def test_a_change_that_cuts_ssh(host: GuardedHost) -> None:
    """The module alone; what others have at runtime only stays."""
    host.applied(rules=[XML])
    host.firewall_cmd("--zone=public", "--add-port=4711/tcp")
    former = host.former()
    guard = host.guarded(rules=[XML, BLOCK_SSH, rule("web", 443)], egress="deny")
    assert "open" not in host.seen(22)[0]
    assert host.traces()
    host.goes_back()
    assert host.former() == former
    assert host.seen(22, 8000) == ["open", "open"]
    assert "nobody confirmed the change within 10 seconds" in host.journal()
    late = host.guard(state="confirmed", token=guard["token"])
    assert late["failed"]
    assert "the host went back to its former rules at 20" in late["msg"]


@newer
def test_the_role_says_that_the_host_goes_back(host: GuardedHost) -> None:
    """The change is made over a connection that goes on; the new one does not come through."""
    former = host.former()
    report = host.role_by_ssh(ruleset_rules=[XML, BLOCK_SSH])
    assert report["stats"]["failures"] == 1
    message = host.task(report, "Apply the rule set")["msg"]
    assert "No new connection to the host came through after the change" in message
    assert "the host itself goes back to its former rules, at 20" in message
    host.goes_back()
    assert host.former() == former
    assert host.role_by_ssh(ruleset_rules=[])["stats"]["failures"] == 0


@older
def test_the_controller_is_killed_between_change_and_confirmation(host: GuardedHost, tmp_path: Path) -> None:
    """The old connection is left between the two, and here that does not end before both processes are killed."""
    former = host.former()
    held, script = tmp_path / "held", tmp_path / "ssh"
    wait = f"echo $PPID >{held}.new && mv {held}.new {held} && while [ -e {held} ]; do sleep 0.1; done"
    script.write_text(f'#!/bin/sh\ncase " $* " in *\' -O \'*) {wait} ;; esac\nexec {SCENARIO / "ssh"} "$@"\n')
    script.chmod(0o700)
    controller = host.start_role_by_ssh(
        ruleset_rules=[XML], ruleset_egress="deny", ansible_ssh_executable=str(script)
    )  # fmt: skip
    with controller:
        until(held.exists, 120)
        # the process of the task, which outlives the other one
        os.kill(int(held.read_text()), signal.SIGKILL)
        os.killpg(controller.pid, signal.SIGKILL)
        held.unlink()
    assert controller.returncode == -signal.SIGKILL
    assert "thf-role-deny" in host.runtime()
    assert host.traces()
    host.goes_back()
    assert host.former() == former


def test_a_restart_while_it_is_armed(host: GuardedHost) -> None:
    """What somebody had opened by hand, and the change has taken over, is there again as well."""
    for configuration in ([], ["--permanent"]):
        host.firewall_cmd("-q", *configuration, f"--add-rich-rule={BY_HAND}")
    host.applied(rules=[XML])
    former = host.former()
    host.guarded(rules=[BLOCK_SSH, XML, rule("web", 443)], egress="deny", adopt=True, guard_seconds=3600)
    assert BY_HAND not in host.firewall_cmd("--list-rich-rules") + host.firewall_cmd("--permanent", "--list-rich-rules")
    host.restart()
    assert host.traces() == ""
    assert host.former() == former
    assert host.seen(22, 8000) == ["open", "open"]
    assert "open" in host.seen(443)[0]
    assert "the host was restarted before the change was confirmed" in host.journal()


@newer
def test_firewalld_has_ended_when_its_time_comes(host: GuardedHost) -> None:
    """It ran before, so it runs again, with the former rules."""
    host.applied(rules=[XML])
    former = host.former()
    host.guarded(rules=[BLOCK_SSH], egress="deny")
    host.run("systemctl kill --signal=KILL firewalld")
    host.goes_back()
    assert host.former() == former
    assert "firewalld was started anew with the former rules" in host.journal()


@newer
def test_firewalld_refuses_when_its_time_comes(host: GuardedHost) -> None:
    """Somebody has switched panic mode on, under which nothing of others could be kept."""
    host.applied(rules=[XML])
    former = host.former()
    host.guarded(rules=[BLOCK_SSH], egress="deny")
    host.firewall_cmd("--panic-on")
    try:
        host.goes_back()
    finally:
        host.firewall_cmd("--panic-off")
    assert host.former() == former
    assert "panic mode" in host.journal()


@newer
def test_go_back_at_once(host: GuardedHost) -> None:
    former = host.former()
    host.guarded(rules=[BLOCK_SSH], guard_seconds=3600)
    host.run("systemctl start therefore-firewall-guard.service")
    until(lambda: not host.traces())
    assert host.former() == former
