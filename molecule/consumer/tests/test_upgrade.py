# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the former version to this one and back, on hosts that have its rules, with a guard of it armed in between;
and from rules that somebody made by hand.

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


# in the zone of every interface: what the role opens, to all of its network and to a part of it; and to a wider one
SAME = 'rule family="ipv4" source address="10.78.1.0/24" port port="8000" protocol="tcp" accept'
PART = 'rule family="ipv4" source address="10.78.1.20" port port="443" protocol="tcp" accept'
WIDER = SAME.replace("10.78.1.0/24", "10.0.0.0/8")


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

    def plan(self, **extra: Any) -> dict[str, Any]:
        """What this version says that it would change."""
        file = self.folder / "plan.json"
        self.now("therefore.firewall.plan", therefore_plan_file=str(file), **extra)
        return json.loads(file.read_text())

    def planned(self) -> dict[str, Any]:
        return self.plan()["totals"]


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


def rich_rules() -> list[str]:
    """Those of the archive's zone, stored and at runtime alike."""
    stored, running = (
        run_on("vault01", "firewall-cmd", *where, "--list-rich-rules").splitlines() for where in (["--permanent"], [])
    )
    assert sorted(stored) == sorted(running)
    return sorted(one for one in running if 'port="9100"' not in one)


def of_archive(plan: dict[str, Any], kind: str) -> list[str]:
    (host,) = (one for one in plan["hosts"] if one["host"] == "vault01")
    return [one["message"] for rules in host["sets"] for one in rules["findings"] if one["kind"] == kind]


def deleted(plan: dict[str, Any]) -> list[str]:
    (host,) = (one for one in plan["hosts"] if one["host"] == "vault01")
    return sorted(
        one["id"] for rules in host["sets"] for one in rules["changes"] if one["action"] == "delete"
    )  # fmt: skip


def test_from_rules_made_by_hand(versions: Versions) -> None:
    for rule in (SAME, PART, WIDER):
        run_on("vault01", "firewall-cmd", "-q", "--permanent", f"--add-rich-rule={rule}")
        run_on("vault01", "firewall-cmd", "-q", f"--add-rich-rule={rule}")
    plan = versions.plan()
    assert plan["totals"]["delete"] == 0
    needless = of_archive(plan, "duplicate")
    assert len(needless) == 2, needless
    assert all("therefore_server_adopt: true" in one for one in needless)

    adopting = versions.plan(therefore_server_adopt=True)
    assert deleted(adopting) == ["zone public: 443/tcp from 10.78.1.20", "zone public: 8000/tcp from 10.78.1.0/24"]
    assert rich_rules() == sorted([SAME, PART, WIDER])
    assert all(changed(versions.now("therefore.firewall.site", therefore_server_adopt=True)).values())
    assert rich_rules() == [WIDER]
    after = versions.plan(therefore_server_adopt=True)
    assert (after["totals"]["create"], after["totals"]["update"], after["totals"]["delete"]) == (0, 0, 0)
    assert of_archive(after, "duplicate") == []

    # what was taken away does not come back, and what was not ours stays
    assert all(changed(versions.now("therefore.firewall.remove")).values())
    assert rich_rules() == [WIDER]
    for where in (["--permanent"], []):
        run_on("vault01", "firewall-cmd", "-q", *where, f"--remove-rich-rule={WIDER}")
