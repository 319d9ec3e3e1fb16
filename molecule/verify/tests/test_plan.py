# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/plan.yml changes nothing and says exactly what site.yml then does, from random starting states."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from conftest import Server
from lab_hosts import play

SCENARIO = Path(__file__).parents[1]
POLICY = "thf-server-in"


class Estate:
    """One host with the role therefore_server, whose settings a test changes."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.file = folder / "plan.json"
        self.inventory = folder / "estate.yml"

    def run(self, playbook: str, settings: dict[str, Any]) -> dict[str, Any]:
        """Run a playbook of the collection with these settings; the callback's report."""
        hosts = {self.server.name: settings}
        self.inventory.write_text(json.dumps({"therefore_server": {"hosts": hosts}}))
        extra = {"therefore_plan_file": str(self.file)}
        return play(SCENARIO / f"{playbook}.yml", [SCENARIO / "inventory", self.inventory], extra)

    def plan(self, settings: dict[str, Any]) -> dict[str, Any]:
        """What plan.yml says of the host."""
        self.run("plan", settings)
        (host,) = json.loads(self.file.read_text())["hosts"]
        return host

    def site(self, settings: dict[str, Any]) -> list[dict[str, Any]]:
        """What site.yml changes."""
        report = self.run("site", settings)
        tasks = [task for one in report["plays"] for task in one["tasks"]]
        (applied,) = [task["hosts"] for task in tasks if task["task"]["name"].endswith("Apply the rule set")]
        return applied[self.server.name]["changes"]


@pytest.fixture
def estate(server: Server, tmp_path: Path) -> Estate:
    """A host, and a folder for what is written about it."""
    return Estate(server, tmp_path)


def some_settings(chance: random.Random) -> dict[str, Any]:
    """Valid settings of the role."""
    networks = ["10.81.1.0/24", "fd81:1::/64", "192.0.2.0/25", "198.51.100.7"]
    components = ["sql_server", "xml_service", "mfp_manager", "mobile_manager", "web"]
    return {
        "therefore_server_trusted_subnets": chance.sample(networks, chance.randint(1, len(networks))),
        "therefore_server_components": chance.sample(components, chance.randint(1, len(components))),
        "therefore_server_profile": chance.choice(["documented", "minimal"]),
        "therefore_server_block_public": chance.random() < 0.7,
        "therefore_server_port_overrides": chance.choice([{}, {"xml_service": [8443]}]),
    }


def disturb(server: Server, chance: random.Random) -> None:
    """What somebody may do to our objects by hand: at runtime, permanently, or to an address list."""
    rules = server.run(f"firewall-cmd --policy={POLICY} --list-rich-rules").splitlines()
    server.run(f"firewall-cmd -q --policy={POLICY} --remove-rich-rule='{chance.choice(rules)}'")
    server.run(f"firewall-cmd -q --permanent --policy={POLICY} --remove-rich-rule='{chance.choice(rules)}'")
    ipset = chance.choice([name for name in server.run("firewall-cmd --get-ipsets").split() if name.startswith("thf-")])
    entry = server.run(f"firewall-cmd --ipset={ipset} --get-entries").split()[0]
    server.run(f"firewall-cmd -q --ipset={ipset} --remove-entry={entry}")


@pytest.mark.parametrize("seed", [1, 2])
def test_plan_says_what_site_does(estate: Estate, seed: int) -> None:
    chance = random.Random(seed)
    estate.site(some_settings(chance))
    disturb(estate.server, chance)
    wanted = some_settings(chance)
    before = estate.server.run("firewall-cmd --list-all-policies; cat /etc/firewalld/policies/thf-*")

    predicted = estate.plan(wanted)
    assert estate.server.run("firewall-cmd --list-all-policies; cat /etc/firewalld/policies/thf-*") == before
    (planned,) = predicted["sets"]
    assert planned["changes"]
    assert planned["changes"] == estate.site(wanted)
    assert estate.plan(wanted)["sets"][0]["changes"] == []


def test_a_host_that_is_away_or_wrongly_set_hides_nobody(estate: Estate) -> None:
    settings = {"therefore_server_trusted_subnets": ["10.81.1.0/24"]}
    hosts = {
        estate.server.name: settings,
        "gone": settings | {"ansible_host": "thf-lab-no-such-host"},
        "wrong": {"therefore_server_trusted_subnets": ["10.81.1.0/99"]},
    }
    estate.inventory.write_text(json.dumps({"therefore_server": {"hosts": hosts}}))
    extra = {"therefore_plan_file": str(estate.file)}
    report = play(SCENARIO / "plan.yml", [SCENARIO / "inventory", estate.inventory], extra)
    plan = json.loads(estate.file.read_text())
    assert {host["host"]: host["status"] for host in plan["hosts"]} == {
        estate.server.name: "planned", "gone": "unreachable", "wrong": "failed",
    }  # fmt: skip
    messages = {host["host"]: host["message"] for host in plan["hosts"]}
    assert messages["wrong"].startswith("therefore_server_trusted_subnets: '10.81.1.0/99' is no network")
    # the summary blames those that have no plan, and nobody else
    assert {name for name, one in report["stats"].items() if one["failures"]} == {"gone", "wrong"}
