# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first start of firewalld: one that cuts ends with firewalld stopped again, as if nothing had been."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import Former, GuardedHost, newer, older, rule

XML = rule("xml", 8000)
START = {"ruleset_rules": [XML], "ruleset_manage_firewalld": True}


@pytest.fixture
def stopped(host: GuardedHost) -> Iterator[GuardedHost]:
    """The host with firewalld never started, and a default zone that would shut ssh out."""
    host.run(
        "systemctl stop firewalld; systemctl disable -q firewalld; "
        "firewall-offline-cmd -q --zone=public --remove-service-from-zone=ssh"
    )
    yield host
    host.disarm()
    host.run("systemctl unmask -q firewalld; systemctl enable -q firewalld; systemctl start firewalld")


def is_as_before(host: GuardedHost, former: Former) -> None:
    assert host.former() == former
    assert former.runtime.strip() == "stopped"
    assert "ActiveState=inactive" in former.service
    assert "UnitFileState=disabled" in former.service
    assert host.seen(22) == ["open"]


@older
def test_a_start_that_cuts_ssh(stopped: GuardedHost) -> None:
    """The port that is allowed first is not the one by which Ansible comes."""
    former = stopped.former()
    report = stopped.role_by_ssh(**START, ruleset_management_port=2222)
    assert report["stats"]["failures"] == 1
    message = report["tasks"][-1]["hosts"][stopped.name]["msg"]
    # the connection that was open may have been cut as well, and gone on after the rescue
    assert "back to its former rules" in message
    stopped.goes_back()
    is_as_before(stopped, former)


@newer
def test_a_start_that_does_not(stopped: GuardedHost) -> None:
    # three tasks come before the confirmation, and the machine may be busy
    report = stopped.role_by_ssh(**START, ruleset_guard_seconds=120)
    assert (report["stats"]["failures"], report["stats"]["unreachable"]) == (0, 0)
    assert stopped.traces() == ""
    assert stopped.seen(22, 8000) == ["open", "open"]
    again = stopped.role_by_ssh(**START)
    assert (again["stats"]["failures"], again["stats"]["changed"]) == (0, 0)


def test_a_restart_before_it_is_confirmed(stopped: GuardedHost) -> None:
    former = stopped.former()
    guard = stopped.guard(state="armed", name="role", seconds=3600)["guard"]
    stopped.run("firewall-offline-cmd -q --add-port=2222/tcp; systemctl enable -q --now firewalld")
    stopped.applied("role", rules=[XML], guard_token=guard["token"])
    stopped.restart()
    assert stopped.traces() == ""
    is_as_before(stopped, former)
