# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode changes nothing, however it is asked for; guard, installation and start of firewalld included."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import HOSTS, SCENARIO, rule
from engine_host import HERE, Host
from lab_hosts import play

PROGRAM, UNIT = "/usr/sbin/firewalld", "/usr/lib/systemd/system/firewalld.service"
ROLE = {
    "ruleset_name": "role",
    "ruleset_rules": [rule("xml", 8000)],
    "ruleset_egress": "deny",
    "ruleset_guard": "always",
    "ruleset_manage_firewalld": True,
    "ruleset_close_in_zones": ["public"],
}
# everything that a run of ours could leave, and firewalld's state
WRITTEN = (
    "find /etc /var/lib /run/lock /run/systemd/transient -newer /run/marker; systemctl show firewalld -p ActiveState"
)


@contextmanager
def running(host: Host) -> Iterator[None]:
    """firewalld runs, and a zone has a port open that the role would close."""
    host.firewall_cmd("--permanent", "--zone=public", "--add-port=8000/tcp")
    host.firewall_cmd("--zone=public", "--add-port=8000/tcp")
    yield


@contextmanager
def missing(host: Host) -> Iterator[None]:
    """firewalld's program and unit are out of the way, as if it had never been installed."""
    files = f"for file in {PROGRAM} {UNIT}; do mv $file"
    host.run(f"systemctl stop firewalld; {files} $file.hidden; done; systemctl daemon-reload")
    try:
        yield
    finally:
        host.run(f"{files}.hidden $file; done; systemctl daemon-reload; systemctl start firewalld")


@pytest.fixture
def hosts(host: Host) -> Iterator[list[Host]]:
    """Both hosts: one playbook for both costs no more time than for one."""
    newer = Host("trixie01", HOSTS["trixie01"], SCENARIO)
    yield [host, newer]
    newer.reset()


older = pytest.mark.parametrize("host", ["bookworm01"], indirect=True)


@older
def test_without_the_option(hosts: list[Host]) -> None:
    with unchanged(hosts, running):
        check(hosts, 4, HERE / "check_mode.yml", {"play": "lab_firewalled", "others": "lab_firewalled"})


@older
def test_with_the_option(hosts: list[Host]) -> None:
    with unchanged(hosts, running):
        check(hosts, 1, HERE / "engine_role.yml", {}, "--check")


@older
def test_without_the_option_where_firewalld_is_missing(hosts: list[Host]) -> None:
    """With the option: test_firewalld_down.py."""
    with unchanged(hosts, missing):
        check(hosts, 1, HERE / "check_mode.yml", {"play": "lab_firewalled", "others": "!all"})


@contextmanager
def unchanged(hosts: list[Host], situation: Any) -> Iterator[None]:
    """The hosts are the same afterwards."""
    with ExitStack() as stack:
        for one in hosts:
            stack.enter_context(situation(one))
            one.run("mkdir -p /run/systemd/transient; touch /run/marker; sleep 0.01")
        before = [seen(one) for one in hosts]
        yield
        assert [seen(one) for one in hosts] == before


def seen(host: Host) -> list[str]:
    """What the host has: all files of firewalld, its running configuration, and whatever was written anew."""
    return [host.stored(), host.run("python3 /opt/lab/runtime.py 2>/dev/null || echo stopped"), host.run(WRITTEN)]


def check(hosts: list[Host], times: int, playbook: Path, variables: dict[str, Any], *options: str) -> None:
    """So many times each host says what it would do."""
    report = play(playbook, [SCENARIO / "inventory"], ROLE | variables, options)
    for one in hosts:
        stats = report["stats"][one.name]
        assert (stats["failures"], stats["unreachable"]) == (0, 0)
        tasks = [task for part in report["plays"] for task in part["tasks"] if one.name in task["hosts"]]
        results = [task["hosts"][one.name] for task in tasks if task["task"]["name"].endswith("Apply the rule set")]
        assert [result["changed"] for result in results] == [True] * times
        assert all([change["id"] for change in result["changes"]] == ["egress-deny", "xml"] for result in results)
