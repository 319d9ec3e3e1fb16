# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the former version to this one and back, on hosts that have its rules, with a guard of it armed in between.

The tests run in this order: each starts from what the one before left.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import former
import pytest
import yaml
from lab_hosts import play, run_on

SCENARIO = Path(__file__).parents[1]
INVENTORIES = [SCENARIO / "infrastructure/inventory.yml", SCENARIO / "inventory/lab.yml"]
GROUPS = {"therefore_server": {"children": {"archives": {}}}, "therefore_client": {"children": {"desks": {}}}}
HOSTS = ["vault01", "pc01"]
UNCONFIRMED = [
    {
        "hosts": "pc01",
        "gather_facts": False,
        "tasks": [
            {
                "therefore.firewall.firewalld_ruleset": {
                    "name": "client", "state": "absent", "guard": "always", "guard_seconds": 3600,
                },
            }
        ],
    }
]  # fmt: skip


class Versions:
    """The playbooks of the two versions, over the same hosts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.groups = folder / "groups.yml"
        self.groups.write_text(yaml.safe_dump(GROUPS))
        self._former = str(former.install(folder))

    def now(self, playbook: str, **extra: Any) -> dict[str, Any]:
        return play(Path(playbook), [*INVENTORIES, self.groups], extra)

    def before(self, playbook: str) -> dict[str, Any]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ANSIBLE_COLLECTIONS_PATH", self._former)
            return self.now(playbook)

    def planned(self) -> dict[str, Any]:
        """What this version says that it would change."""
        file = self.folder / "plan.json"
        self.now("therefore.firewall.plan", therefore_plan_file=str(file))
        return json.loads(file.read_text())["totals"]


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Versions:
    return Versions(tmp_path_factory.mktemp("versions"))


def changed(report: dict[str, Any]) -> dict[str, int]:
    stats = report["stats"]
    assert not any(one["failures"] or one["unreachable"] for one in stats.values())
    return {host: stats[host]["changed"] for host in HOSTS}


def objects(host: str) -> list[str]:
    """All that we have on a host: policies, ipsets, files of the guard."""
    listed = (run_on(host, "firewall-cmd", *stored, what) for stored in ([], ["--permanent"]) for what in
              ("--get-policies", "--get-ipsets"))  # fmt: skip
    names = [name for line in listed for name in line.split() if name.startswith("thf-")]
    units = run_on(host, "sh", "-c", "find /etc/systemd/system /run/systemd/system -name 'therefore*'").split()
    return names + units


def test_this_version_takes_the_rules_of_the_former_one_over_unchanged(versions: Versions) -> None:
    changed(versions.now("therefore.firewall.remove"))
    assert [objects(host) for host in HOSTS] == [[], []]
    assert all(changed(versions.before("therefore.firewall.site")).values())
    theirs = [objects(host) for host in HOSTS]
    totals = versions.planned()
    assert (totals["create"], totals["update"], totals["delete"], totals["failed"]) == (0, 0, 0, [])
    assert totals["unchanged"] > 0
    assert changed(versions.now("therefore.firewall.site")) == dict.fromkeys(HOSTS, 0)
    assert [objects(host) for host in HOSTS] == theirs


def test_the_former_version_takes_them_back(versions: Versions) -> None:
    assert changed(versions.before("therefore.firewall.site")) == dict.fromkeys(HOSTS, 0)


def test_a_guard_that_the_former_version_armed_is_respected(versions: Versions) -> None:
    playbook = versions.folder / "unconfirmed.yml"
    playbook.write_text(yaml.safe_dump(UNCONFIRMED))
    assert versions.before(str(playbook))["stats"]["pc01"]["changed"] == 1
    report = versions.now("therefore.firewall.site")
    assert (report["stats"]["pc01"]["failures"], report["stats"]["vault01"]["failures"]) == (1, 0)
    assert "was changed under guard" in json.dumps(report)
    # what its timer does in an hour
    run_on("pc01", "systemctl", "start", "therefore-firewall-guard.service")
    assert changed(versions.now("therefore.firewall.site")) == dict.fromkeys(HOSTS, 0)


def test_this_version_removes_what_the_former_one_made(versions: Versions) -> None:
    assert all(changed(versions.now("therefore.firewall.remove")).values())
    assert [objects(host) for host in HOSTS] == [[], []]
