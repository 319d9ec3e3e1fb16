# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""win_firewall_rules over the stand-in's store: all steps in one call, whole or not at all, and never after a guard."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._apply.one_by_one import OWN_PUT_BACK
from playbook import GUARD, RULE, RULES, Answer, Answers, Step, run
from simulation import Simulation, simulate

HOST = "domain_server"
GROUP = "Ours"
OUTBOUND = {"profiles": ["Domain", "Private", "Public"], "state": "enabled"}
BLOCK = OUTBOUND | {"outbound_action": "block"}
ALLOW = OUTBOUND | {"outbound_action": "allow"}

START: list[dict[str, Any]] = [
    {"Name": "Old", "Grouping": GROUP, "Protocol": 6, "LocalPorts": "9000", "Profiles": 1, "Enabled": True},
    {"Name": "Goes", "Grouping": GROUP, "Protocol": 6, "LocalPorts": "9001", "Profiles": 1, "Enabled": True},
    {"Name": "Others", "Grouping": "Others", "Protocol": 6, "LocalPorts": "9002", "Enabled": True},
]


def step(name: str, port: int = 9100, **changed: Any) -> dict[str, Any]:
    """The options of win_firewall_rule as the role gives them."""
    return {
        "name": name, "state": "present", "group": GROUP, "description": "d", "direction": "in", "action": "allow",
        "enabled": True, "profiles": ["domain", "private"], "protocol": "tcp", "localport": str(port),
        "remoteport": "any", "localip": "any", "remoteip": "192.0.2.0/255.255.255.0", "program": "any",
        "service": "any", "interfacetypes": ["any"], "edge": "no", "security": "notrequired", **changed,
    }  # fmt: skip


ICMP = step("Ping", localport=None, remoteport=None, protocol="icmpv4", icmp_type_code=["8:*", "3:4"])
STEPS = [
    step("One", program=r"%SystemRoot%\x.exe", interfacetypes=["lan", "wireless"]),
    {one: value for one, value in ICMP.items() if value is not None},
    step("Old", 9010),
    {"name": "Goes", "state": "absent"},
]
MORE = [step("Old", 9020), {"name": "Ping", "state": "absent"}, step("Refused", 9021), step("Never", 9022)]


def rules(name: str, check: bool = False, **options: Any) -> Step:
    return Step(name, RULES, {"group": GROUP, **options}, check)


class Host:
    """One simulated host, and the folder of its guard."""

    def __init__(self, simulation: Simulation, data: Path) -> None:
        self._simulation = simulation
        self.folder = data / "therefore.firewall/guard"
        self.store_file = simulation.store_file(HOST)
        self.answers: Answers = {}
        self.files: dict[str, set[str]] = {}

    def run(self, *steps: Step) -> None:
        self.answers |= run(self._simulation, list(steps), [HOST])

    def answer(self, name: str) -> Answer:
        return self.answers[HOST, name]

    def result(self, name: str) -> dict[str, Any]:
        return self.answer(name).result

    def ours(self, name: str) -> dict[str, dict[str, Any]]:
        """The rules of the group after a step."""
        # a default that was set once is written out
        rules = [{"Direction": 1, "Action": 1, **rule} for rule in self.answer(name).rules]
        return {rule["Name"]: rule for rule in rules if rule.get("Grouping") == GROUP}

    def outbound(self, name: str) -> set[str]:
        return {profile["outbound"] for profile in self.answer(name).store["profiles"].values()}

    def put(self, **changed: Any) -> None:
        store = json.loads(self.store_file.read_text())
        self.store_file.write_text(json.dumps(store | changed))

    def wait(self) -> None:
        """Until the guard has restored."""
        end = time.monotonic() + 90
        while not (self.folder / "restored.json").exists():
            assert time.monotonic() < end, "the guard did not restore"
            time.sleep(0.2)

    def note(self, moment: str) -> None:
        self.files[moment] = {path.name for path in self.folder.glob("*")}


@pytest.fixture(scope="module")
def host(pwsh: str, tmp_path_factory: pytest.TempPathFactory) -> Host:
    data = tmp_path_factory.mktemp("data")
    made = Host(simulate(tmp_path_factory.mktemp("rules")), data)
    made.put(rules=START)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ProgramData", str(data))
        play(made)
    return made


def play(host: Host) -> None:
    host.run(
        Step("settle", RULE, {"name": "Others", "group": "Others"}),
        rules("wrong option", steps=[step("One"), step("Two", direction="inbound")]),
        rules("in check mode", True, steps=STEPS, outbound=BLOCK),
        rules("unknown guard", steps=STEPS, guard_token="0" * 32),
        rules("applied", steps=STEPS, outbound=BLOCK),
        rules("applied again", steps=STEPS[:3], outbound=BLOCK),
    )
    host.put(denied=["Refused"])
    host.run(rules("failed", steps=MORE, outbound=ALLOW))
    host.put(denied_adds=["Ping"])
    host.run(rules("not put back", steps=MORE))
    host.put(denied=[], denied_adds=[])
    between_calls(host)
    host.run(Step("arm", GUARD, {"group": GROUP, "seconds": 300}))
    token = host.result("arm")["token"]
    host.run(
        rules("guarded in check mode", True, steps=MORE, guard_token=token),
        rules("guarded", steps=MORE, outbound=ALLOW, guard_token=token),
        rules("asked", guard_token=token),
        Step("confirm", GUARD, {"state": "confirmed", "token": token}),
        Step("arm again", GUARD, {"group": GROUP, "seconds": 300}),
    )
    host.put(denied=["Refused"])
    again = host.result("arm again")["token"]
    host.run(rules("guarded, failed", steps=[step("Old", 9030), step("Refused", 9031)], guard_token=again))
    host.note("guarded, failed")
    # as one_by_one does it: calls of their own, and the last one fails
    host.run(
        Step("arm for several", GUARD, {"group": GROUP, "seconds": 3000}),
        Step("first of several", RULE, step("Early", 9040)),
    )
    several = host.result("arm for several")["token"]
    host.run(rules("last of several", steps=[step("Refused", 9031)], guard_token=several))
    host.note("last of several")
    host.put(denied=[])
    host.run(Step("arm shortly", GUARD, {"group": GROUP, "seconds": 10}))
    host.wait()
    host.run(rules("too late", steps=STEPS, outbound=BLOCK, guard_token=host.result("arm shortly")["token"]))


def between_calls(host: Host) -> None:
    """As one_by_one does it without a guard: saved by one call, changed by others, restored by a last one."""
    profiles = {"profiles": OUTBOUND["profiles"]}
    host.run(rules("save", adopt=["Others"], outbound=profiles, save=True))
    saved = host.result("save")["saved"]
    host.run(
        rules("nothing to restore", restore=saved),
        Step("adopt", RULE, {"name": "Others", "state": "absent"}),
        rules("change", steps=MORE[:3], outbound=ALLOW),
        rules("restore in check mode", True, restore=saved),
        rules("restore", restore=saved),
        Step("change again", RULE, step("Late", 9050)),
    )
    host.put(denied=["Late"])
    host.run(rules("restore is denied", restore=saved))
    host.put(denied=[])
    host.run(rules("restore at last", restore=saved))


def test_wrong_options_are_refused_before_anything_changes(host: Host) -> None:
    result = host.result("wrong option")
    assert result["failed"] is True
    assert "direction" in result["msg"]
    assert host.answer("wrong option").rules == host.answer("settle").rules


def test_check_mode_says_what_would_change_and_changes_nothing(host: Host) -> None:
    result = host.result("in check mode")
    assert result["changed"] is True
    assert [one["changed"] for one in result["steps"]] == [True] * 4
    assert host.answer("in check mode").store == host.answer("settle").store


def test_the_differences_are_those_of_the_steps(host: Host) -> None:
    prepared = host.result("in check mode")["diff"]["prepared"]
    assert prepared == host.result("applied")["diff"]["prepared"]
    assert "+[One]\n" in prepared
    assert "[Old]\n-Description=''\n+Description='d'\n" in prepared
    assert "-[Goes]\n" in prepared


def test_all_steps_are_taken_in_one_call(host: Host) -> None:
    assert host.result("applied")["changed"] is True
    found = host.ours("applied")
    assert set(found) == {"Old", "One", "Ping"}
    assert (found["Old"]["LocalPorts"], found["Ping"]["IcmpTypesAndCodes"]) == ("9010", "8:*,3:4")
    assert found["One"]["InterfaceTypes"] == "Lan,Wireless"
    assert host.outbound("applied") == {"block"}


def test_what_is_right_is_left_alone(host: Host) -> None:
    result = host.result("applied again")
    assert (result["changed"], [one["changed"] for one in result["steps"]]) == (False, [False] * 3)
    assert host.answer("applied again").store == host.answer("applied").store


def test_the_answer_does_not_hold_the_script(host: Host) -> None:
    assert "Exit-Json" not in json.dumps(host.result("applied"))


def test_a_failure_puts_everything_back_and_names_step_and_cause(host: Host) -> None:
    result = host.result("failed")
    assert result["failed"] is True
    assert result["changed"] is False
    # the default outbound action is the first of the five parts
    assert result["msg"].startswith("Failed at rule 'Refused' (4 of 5): ")
    assert "denied by the store: Refused" in result["msg"]
    assert OWN_PUT_BACK in result["msg"]
    assert host.ours("failed") == host.ours("applied again")
    assert host.outbound("failed") == {"block"}


def test_what_could_not_be_put_back_is_said(host: Host) -> None:
    result = host.result("not put back")
    assert (result["failed"], result["changed"]) == (True, True)
    assert "Not all of it could be taken back (rule Ping: " in result["msg"]
    assert "Not as before: rule 'Ping'" in result["msg"]
    assert set(host.ours("not put back")) == {"Old", "One"}


def test_what_was_saved_is_restored_by_a_later_call(host: Host) -> None:
    before = host.answer("save")
    assert host.result("nothing to restore")["changed"] is False
    assert host.answer("change").store != before.store
    assert host.result("restore in check mode")["changed"] is True
    assert host.answer("restore in check mode").store == host.answer("change").store
    assert host.result("restore")["changed"] is True
    assert sorted(host.answer("restore").rules, key=str) == sorted(before.rules, key=str)
    assert host.outbound("restore") == host.outbound("save") == {"block"}


def test_what_a_later_call_cannot_restore_is_said(host: Host) -> None:
    result = host.result("restore is denied")
    assert result["failed"] is True
    assert "Not as before: rule 'Late'" in result["msg"]
    assert host.ours("restore at last") == host.ours("restore")


def test_a_guard_that_is_not_there_stops_everything(host: Host) -> None:
    result = host.result("unknown guard")
    assert result["failed"] is True
    assert result["msg"].startswith("Stopped before rule 'One' (1 of 4): the guard is armed no longer (no guard with")
    assert host.answer("unknown guard").rules == host.answer("settle").rules


def test_under_guard_all_is_done_and_the_guard_waits_longer(host: Host) -> None:
    assert host.result("guarded in check mode").get("failed", False) is False
    assert "until" not in host.result("guarded in check mode")
    assert host.result("guarded")["changed"] is True
    assert host.outbound("guarded") == {"allow"}
    assert host.result("guarded")["until"] >= host.result("arm")["until"]
    assert host.result("asked").get("failed", False) is False
    assert host.result("confirm").get("failed", False) is False
    assert set(host.ours("confirm")) == {"Old", "One", "Refused", "Never"}


def test_a_failure_under_guard_ends_the_guard_with_what_was_before(host: Host) -> None:
    assert host.result("guarded, failed")["msg"].endswith("the guard is ended. Mend the cause and run again")
    assert host.ours("guarded, failed") == host.ours("arm again")
    assert host.files["guarded, failed"] == set()


def test_a_failure_of_the_last_of_several_calls_takes_back_all_of_them(host: Host) -> None:
    assert "Early" in host.ours("first of several")
    result = host.result("last of several")
    assert "are again as they were when the guard was armed; the guard is ended." in result["msg"]
    assert host.ours("last of several") == host.ours("arm for several")
    assert host.files["last of several"] == set()


def test_nothing_is_done_after_a_guard_has_restored(host: Host) -> None:
    result = host.result("too late")
    assert result["failed"] is True
    assert "the host went back to its former rules at " in result["msg"]
    assert "and has them now" in result["msg"]
    assert host.answer("too late").store == host.answer("arm shortly").store
