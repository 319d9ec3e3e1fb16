# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What confirms a change: a new connection and not the one that was open, also where the role is delegated."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import (
    BLOCK_SSH,
    CONTROL,
    CONTROLS,
    HOSTS,
    SCENARIO,
    SECONDS,
    GuardedHost,
    let_in,
    newer,
    older,
    rule,
)
from engine_host import answer_of
from lab_hosts import play, run_on
from on_host import program_of

XML = rule("xml", 8000)
CONFIRM = "Confirm the change over a new connection"


def delegated(host: GuardedHost, **variables: Any) -> dict[str, Any]:
    """Run the role over ssh, from a play on another host."""
    extra = {"ruleset_name": "role", "ruleset_guard": "always", "by_ssh": host.ssh(), **variables}
    report = play(SCENARIO / "delegated.yml", [SCENARIO / "inventory"], extra)
    return {"stats": report["stats"][CONTROL], "tasks": report["plays"][0]["tasks"]}


def result(report: dict[str, Any], name: str) -> dict[str, Any]:
    return answer_of(report["tasks"], CONTROL, name)


@newer
def test_a_delegated_change_that_cuts_ssh(host: GuardedHost) -> None:
    former = host.former()
    report = delegated(host, ruleset_rules=[BLOCK_SSH], ruleset_guard_seconds=SECONDS)
    assert report["stats"]["failures"] == 1
    assert "No new connection to the host came through after the change" in report["tasks"][-1]["hosts"][CONTROL]["msg"]
    host.goes_back()
    assert host.former() == former
    assert host.seen(22) == ["open"]


@older
def test_a_delegated_change_that_does_not(host: GuardedHost) -> None:
    report = delegated(host, ruleset_rules=[XML], ruleset_guard_seconds=120)
    assert (report["stats"]["failures"], report["stats"]["unreachable"]) == (0, 0)
    assert result(report, CONFIRM)["guard"]["proved"] == "new_connection"
    assert host.traces() == ""
    assert host.seen(22, 8000) == ["open", "open"]


@newer
def test_a_path_of_one_s_own_is_left_as_well(host: GuardedHost) -> None:
    by_ssh = host.ssh()
    by_ssh["ansible_ssh_common_args"] += " -o ControlPath=/tmp/own-%C"
    report = delegated(host, ruleset_rules=[XML], ruleset_guard_seconds=120, by_ssh=by_ssh)
    assert report["stats"]["failures"] == 0
    assert result(report, CONFIRM)["guard"]["proved"] == "new_connection"
    assert host.traces() == ""
    assert host.seen(8000) == ["open"]


@newer
@pytest.mark.parametrize("way", ["the host's own play", "delegated"])
def test_the_old_connection_is_refused_where_ssh_cannot_be_told_to_leave_it(
    host: GuardedHost, tmp_path: Path, way: str
) -> None:
    """A program that is named as ssh, and keeps its connection whatever Ansible says."""
    kept = "-o ControlMaster=auto -o ControlPersist=60 -o ControlPath=/tmp/kept-%C"
    script = tmp_path / "ssh"
    script.write_text(f'#!/bin/sh\ncase " $* " in *\' -O \'*) exit 255;; esac\nexec {SCENARIO / "ssh"} {kept} "$@"\n')
    script.chmod(0o700)
    by_ssh = host.ssh() | {"ansible_ssh_executable": str(script)}
    wanted = {"ruleset_rules": [XML], "ruleset_guard": "always", "ruleset_guard_seconds": SECONDS}
    report = delegated(host, by_ssh=by_ssh, **wanted) if way == "delegated" else host.role(**by_ssh, **wanted)
    run_on(CONTROL, "sh", "-c", "pkill -x ssh; true")
    assert report["stats"]["failures"] == 1
    (answer,) = report["tasks"][-1]["hosts"].values()
    assert "came over the connection (from 10.82.1.20, port " in answer["msg"]
    assert "no ControlPath in the variables" in answer["msg"]
    host.goes_back()
    assert host.seen(8000) == ["filtered"]


@older
def test_the_environment_that_sudo_has_emptied(host: GuardedHost) -> None:
    """Two tasks over one connection, each with nothing left in the environment of the module itself."""
    arm = {"name": "one", "rules": [XML], "guard": "always", "guard_seconds": 600}
    guard = over_one_connection(host, "firewalld_ruleset", arm)["guard"]
    assert guard["armed"]
    same = over_one_connection(host, "firewalld_guard", {"state": "confirmed", "token": guard["token"]})
    assert "that was there before the change" in same["msg"]
    run_on(CONTROL, "sh", "-c", "pkill -x ssh; true")
    new = over_one_connection(host, "firewalld_guard", {"state": "confirmed", "token": guard["token"]})
    assert new["guard"]["proved"] == "new_connection"
    assert host.traces() == ""


def over_one_connection(host: GuardedHost, module: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Run a module by ssh, which keeps its connection open for the next time."""
    options = host.ssh()["ansible_ssh_common_args"]
    kept = "-o ControlMaster=auto -o ControlPersist=60 -o ControlPath=/tmp/one-%C"
    # a shell stays between sshd and the module, as sudo does
    there = f"env -u SSH_CONNECTION -u SSH_CLIENT {shlex.join(program_of(module))}; true"
    words = ["ssh", *options.split(), *kept.split(), f"root@{host.addresses[0]}", there]
    return json.loads(run_on(CONTROL, *words, stdin=json.dumps({"ANSIBLE_MODULE_ARGS": arguments})))


@older
def test_an_unconfirmed_guard_is_said_by_every_run(host: GuardedHost) -> None:
    """Its play has died. Also where nothing differs any more, and in check mode; then it ends."""
    guard = host.guarded(rules=[XML], guard="always", guard_seconds=3600)
    said = "the rule set 'one' was changed under guard"
    same = {"ruleset_name": "one", "ruleset_rules": [XML]}
    checked, run = host.role("--check", **same), host.role(**same)
    assert (checked["stats"]["failures"], run["stats"]["failures"]) == (0, 1)
    (finding,) = host.task(checked, "Apply the rule set")["findings"]
    assert (finding["kind"], finding["message"].partition(" (")[0]) == ("refused", said)
    assert f"at {guard['until']}, in 3" in finding["message"]
    assert host.task(run, "Apply the rule set")["msg"].startswith(said)
    armed = host.guard(state="armed", name="one", _ansible_check_mode=True)
    assert said in armed["msg"] or "firewalld runs" in armed["msg"]


@older
def test_through_another_host(host: GuardedHost) -> None:
    """ProxyJump: the other host comes anew, and it is its address that this host sees."""
    jump = "guard02"
    let_in(jump)
    run_on(CONTROL, "sh", "-c", "printf 'StrictHostKeyChecking no\\nUserKnownHostsFile /dev/null\\n' >~/.ssh/config")
    arguments = f"{host.ssh()['ansible_ssh_common_args']} -o ProxyJump=root@{HOSTS[jump][0]}"
    report = host.role_by_ssh(
        ruleset_rules=[XML], ruleset_guard="always", ruleset_guard_seconds=120, ansible_ssh_common_args=arguments
    )
    assert report["stats"]["failures"] == 0
    assert host.task(report, CONFIRM)["guard"]["proved"] == "new_connection"


@older
def test_the_plan_says_that_a_guard_waits(host: GuardedHost, tmp_path: Path) -> None:
    guard = host.guarded("client", rules=[XML], guard="always", guard_seconds=3600)
    groups = {"all": {"vars": {"therefore_trusted_subnets": CONTROLS}}}
    groups["all"]["children"] = {"therefore_client": {"hosts": {host.name: {}}}}
    (tmp_path / "groups.yml").write_text(json.dumps(groups))
    file = tmp_path / "plan.json"
    play(
        Path("therefore.firewall.plan"), [SCENARIO / "inventory", tmp_path / "groups.yml"],
        {"therefore_plan_file": str(file)},
    )  # fmt: skip
    refused = [one["message"] for one in findings(json.loads(file.read_text())) if one["kind"] == "refused"]
    assert any(f"at {guard['until']}, in 3" in message for message in refused), refused


def findings(document: Any) -> Iterator[dict[str, Any]]:
    """All findings, wherever they stand in the document."""
    if isinstance(document, dict) and isinstance(document.get("findings"), list):
        yield from document["findings"]
    for one in document.values() if isinstance(document, dict) else document if isinstance(document, list) else []:
        yield from findings(one)
