# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules made by hand on a simulated Windows host: adopted once ours are in place, put back by all that fails."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import lab_hosts
import pytest
from playbook import GUARD, INFO, RULES, Answer, Answers, Step, run
from simulation import Simulation, simulate

HOST = "domain_server"
ROLE = Path(lab_hosts.__file__).with_name("engine_role.yml")
GROUP = "Ours"
RULE = {"id": "web", "name": "Web", "direction": "in", "protocol": "tcp", "ports": [8000], "peers": ["192.0.2.0/24"]}
SETTINGS = {"ruleset_name": "ours", "ruleset_group": GROUP, "ruleset_rules": [RULE], "ruleset_guard": "never"}
STORED = r"SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules"


def by_hand(name: str, **changed: Any) -> dict[str, Any]:
    """As an administrator makes it in the console."""
    return {
        "Name": name, "Description": "Ticket 4711", "Protocol": 6, "LocalPorts": "8000", "Profiles": 1, "Enabled": True,
        "Direction": 1, "Action": 1, "RemoteAddresses": "192.0.2.0/255.255.255.0", **changed,
    }  # fmt: skip


TWIN = by_hand("By hand")
OTHERS = [
    by_hand("Wider", RemoteAddresses="*"),
    by_hand("Off", Enabled=False),
    by_hand("Of a program", ApplicationName=r"C:\app.exe"),
    by_hand("On a card", Interfaces=["Ethernet"]),
    by_hand("Twice"),
    by_hand("Twice", LocalPorts="9000"),
    by_hand("With more set"),
]
STORED_TEXT = "v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=8000|Name=With more set|LSM=TRUE|"
STEP: dict[str, Any] = {
    "name": "Web", "state": "present", "group": GROUP, "description": "d", "direction": "in", "action": "allow",
    "enabled": True, "profiles": ["domain"], "protocol": "tcp", "localport": "8000", "remoteport": "any",
    "localip": "any", "remoteip": "192.0.2.0/255.255.255.0", "program": "any", "service": "any",
    "interfacetypes": ["any"], "edge": "no", "security": "notrequired",
}  # fmt: skip
GONE = {"name": "By hand", "state": "absent"}


class Host:
    """One simulated host."""

    def __init__(self, simulation: Simulation, data: Path) -> None:
        self._simulation = simulation
        self.folder = data / "therefore.firewall/guard"
        self.store_file = simulation.store_file(HOST)
        self.answers: Answers = {}
        self.plays: dict[str, dict[str, Any]] = {}
        self.stores: dict[str, dict[str, Any]] = {}

    def run(self, *steps: Step) -> None:
        self.answers |= run(self._simulation, list(steps), [HOST])

    def answer(self, name: str) -> Answer:
        return self.answers[HOST, name]

    def role(self, name: str, *options: str, **settings: Any) -> None:
        playbook = self._simulation.folder / "role.yml"
        playbook.write_text(ROLE.read_text().replace("lab_firewalled", HOST))
        with pytest.MonkeyPatch.context() as patch:
            for variable, value in self._simulation.environment.items():
                patch.setenv(variable, value)
            inventory = [self._simulation.inventory]
            self.plays[name] = lab_hosts.play(playbook, inventory, {**SETTINGS, **settings}, list(options))
        self.stores[name] = json.loads(self.store_file.read_text())

    def put(self, **changed: Any) -> None:
        store = json.loads(self.store_file.read_text())
        self.store_file.write_text(json.dumps(store | changed))

    def put_rules(self) -> None:
        self.put(rules=[*OTHERS, TWIN], denied=[])

    def wait(self) -> None:
        end = time.monotonic() + 90
        while not (self.folder / "restored.json").exists():
            assert time.monotonic() < end, "the guard did not restore"
            time.sleep(0.2)

    def results(self, play: str, task: str) -> list[dict[str, Any]]:
        tasks = [one for part in self.plays[play]["plays"] for one in part["tasks"]]
        found = [one["hosts"][HOST] for one in tasks if one["task"]["name"].endswith("Apply the rule set")]
        return [one.get("steps_done", {}).get(task, one) for one in found]

    def names(self, play: str) -> list[str]:
        return sorted(rule["Name"] for rule in self.stores[play]["rules"])


@pytest.fixture(scope="module")
def host(pwsh: str, tmp_path_factory: pytest.TempPathFactory) -> Host:
    data = tmp_path_factory.mktemp("data")
    made = Host(simulate(tmp_path_factory.mktemp("adopted")), data)
    store = json.loads(made.store_file.read_text())
    made.put(registry={**store["registry"], STORED: {"{1}": STORED_TEXT}})
    made.put_rules()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ProgramData", str(data))
        play(made)
    return made


def rules(name: str, *steps: dict[str, Any], **options: Any) -> Step:
    return Step(name, RULES, {"group": GROUP, "steps": list(steps), "adopt": ["By hand"], **options})


def play(host: Host) -> None:
    host.role("not asked", "--check")
    host.role("in check mode", "--check", "--diff", ruleset_adopt=True)
    host.role("adopted", ruleset_adopt=True)
    host.role("again", ruleset_adopt=True)
    host.put_rules()
    host.role("one by one", ruleset_adopt=True, ruleset_apply="one_by_one")
    host.put_rules()
    host.put(denied=["Refused"])
    host.run(rules("failed", STEP, GONE, {**STEP, "name": "Refused"}))
    host.put_rules()
    host.put(rules=[*OTHERS, TWIN, by_hand("BY HAND", LocalPorts="9001")])
    host.run(rules("not alone", STEP, GONE))
    host.put_rules()
    host.run(Step("arm", GUARD, {"group": GROUP, "seconds": 3000, "adopt": ["By hand"]}))
    token = host.answer("arm").result["token"]
    host.run(rules("guarded", STEP, GONE, guard_token=token))
    # its time is over: no slow machine may make it so before
    (host.folder / f"seconds-{token}.json").write_text('{"seconds": 0}')
    host.wait()
    host.run(Step("restored", INFO))


def by_name(rules: list[dict[str, Any]]) -> list[tuple[str, str]]:
    # a default that was set once is written out
    full = [{"Direction": 1, "Action": 1, **rule} for rule in rules]
    return sorted((rule["Name"], json.dumps(rule, sort_keys=True)) for rule in full)


def test_check_mode_names_it_with_the_remedy(host: Host) -> None:
    (shown,) = host.results("not asked", "Apply the rule set")
    messages = {one["object"]: one["message"] for one in shown["findings"]}
    assert {*messages} == {"By hand", "Twice", "With more set"}
    assert messages["By hand"].endswith("ruleset_adopt: true takes it away once the set's is in place.")
    assert "2 rules of this host have that name" in messages["Twice"]
    assert "it has LSM set" in messages["With more set"]


def test_check_mode_and_diff_show_that_it_goes_and_change_nothing(host: Host) -> None:
    (applied,) = host.results("in check mode", "Apply all differences in one call, or none")
    assert [(step["name"], step["state"]) for step in applied["steps"]] == [("Web", "present"), ("By hand", "absent")]
    (shown,) = host.results("in check mode", "Apply the rule set")
    assert "-[By hand]\n" in shown["diff"]["prepared"]
    assert by_name(host.stores["in check mode"]["rules"]) == by_name(host.stores["not asked"]["rules"])


@pytest.mark.parametrize("way", ["adopted", "one by one"])
def test_it_goes_and_nothing_else_of_others(way: str, host: Host) -> None:
    assert host.plays[way]["stats"][HOST]["failures"] == 0
    assert host.names(way) == sorted(["Web", *(rule["Name"] for rule in OTHERS)])


def test_the_second_run_changes_nothing(host: Host) -> None:
    assert host.plays["again"]["stats"][HOST]["changed"] == 0
    assert host.stores["again"] == host.stores["adopted"]


def test_a_step_that_fails_puts_it_back_as_it_was(host: Host) -> None:
    answer = host.answer("failed")
    assert "are again as they were before this call" in answer.result["msg"]
    assert by_name(answer.rules) == by_name(host.stores["not asked"]["rules"])


def test_where_the_name_is_not_that_of_one_rule_any_more_nothing_is_changed(host: Host) -> None:
    answer = host.answer("not alone")
    assert answer.result["msg"].startswith("Nothing was changed: 'By hand' is not the name of one rule alone any more")
    assert "Web" not in [rule["Name"] for rule in answer.rules]


def test_a_guard_that_is_not_confirmed_puts_it_back_as_it_was(host: Host) -> None:
    assert "By hand" not in [rule["Name"] for rule in host.answer("guarded").rules]
    assert by_name(host.answer("restored").rules) == by_name(host.stores["not asked"]["rules"])
