# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the former version to this one and back, on a simulated Windows host that has its rules.

The tests run in this order: each starts from what the one before left.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import former
import pytest
import yaml
from lab_hosts import play
from simulation import Simulation, simulate, with_stand_in

HOST = "domain_server"
GROUPS = {
    "therefore_server": {
        "hosts": {HOST: {}},
        "vars": {
            "therefore_trusted_subnets": ["192.0.2.0/24"],
            "therefore_server_profile": "minimal",
            "therefore_server_components": ["xml_service"],
        },
    }
}
# as an administrator makes them in the console: one that the role makes needless, and a wider one
BY_HAND: dict[str, Any] = {
    "Name": "Archive", "Protocol": 6, "LocalPorts": "8000", "Profiles": 1, "Enabled": True, "Direction": 1, "Action": 1,
    "RemoteAddresses": "192.0.2.0/255.255.255.0",
}  # fmt: skip
WIDER = {**BY_HAND, "Name": "Archive for all", "RemoteAddresses": "*"}
PATCHED = ("win_firewall_guard", "win_firewall_rule_info")


class Versions:
    """The playbooks of the two versions, over the same host."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.host: Simulation = simulate(folder / "host")
        self.groups = folder / "groups.yml"
        self.groups.write_text(yaml.safe_dump(GROUPS))
        self._former = former.install(folder)
        for name in PATCHED:
            path = self._former / "ansible_collections/therefore/firewall/plugins/modules" / f"{name}.ps1"
            path.write_text(with_stand_in(path.read_text(), folder / "host/stand_in.dll"))

    def now(self, playbook: str, **extra: Any) -> int:
        return self._changed(playbook, self.host.environment, extra)

    def before(self, playbook: str) -> int:
        # what it depends on comes after it
        environment = self.host.environment
        path = os.pathsep.join([str(self._former), environment["ANSIBLE_COLLECTIONS_PATH"]])
        return self._changed(playbook, {**environment, "ANSIBLE_COLLECTIONS_PATH": path}, {})

    def _changed(self, playbook: str, environment: dict[str, str], extra: dict[str, Any]) -> int:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {**environment, "ProgramData": str(self.folder)}.items():
                patch.setenv(name, value)
            report = play(Path(f"therefore.firewall.{playbook}"), [self.host.inventory, self.groups], extra)
        stats = report["stats"][HOST]
        assert (stats["failures"], stats["unreachable"]) == (0, 0)
        return stats["changed"]

    def rules(self) -> list[dict[str, Any]]:
        return self.host.store(HOST)["rules"]


@pytest.fixture(scope="module")
def versions(pwsh: str, tmp_path_factory: pytest.TempPathFactory) -> Versions:
    return Versions(tmp_path_factory.mktemp("versions"))


def test_both_versions_take_the_other_ones_rules_over_unchanged(versions: Versions) -> None:
    others = versions.rules()
    assert versions.before("site") > 0
    theirs = versions.rules()
    assert len(theirs) > len(others)
    versions.now("plan", therefore_plan_file=str(versions.folder / "plan.json"))
    totals = json.loads((versions.folder / "plan.json").read_text())["totals"]
    assert (totals["create"], totals["update"], totals["delete"], totals["failed"]) == (0, 0, 0, [])
    assert totals["unchanged"] == len(theirs) - len(others)
    assert versions.now("site") == 0
    assert versions.before("site") == 0
    assert versions.rules() == theirs
    versions.now("remove")
    assert versions.rules() == others


def test_from_rules_made_by_hand(versions: Versions) -> None:
    store = versions.host.store(HOST)
    versions.host.store_file(HOST).write_text(json.dumps({**store, "rules": [*store["rules"], BY_HAND, WIDER]}))
    file = versions.folder / "plan.json"

    def planned(**extra: Any) -> tuple[list[str], list[str]]:
        """The names of what would be deleted, and of what is needless."""
        versions.now("plan", therefore_plan_file=str(file), **extra)
        (rules,) = json.loads(file.read_text())["hosts"][0]["sets"]
        gone = [one["id"] for one in rules["changes"] if one["action"] == "delete"]
        return gone, [one["object"] for one in rules["findings"] if one["kind"] == "duplicate"]

    assert planned() == ([], ["Archive"])
    assert planned(therefore_server_adopt=True) == (["Archive"], [])
    assert versions.now("site", therefore_server_adopt=True) > 0
    assert [rule["Name"] for rule in versions.rules() if rule["Name"].startswith("Archive")] == ["Archive for all"]
    assert planned(therefore_server_adopt=True) == ([], [])
    versions.now("remove")
    assert [rule["Name"] for rule in versions.rules()] == [
        *(rule["Name"] for rule in store["rules"]),
        "Archive for all",
    ]
