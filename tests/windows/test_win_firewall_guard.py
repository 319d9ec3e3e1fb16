# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""win_firewall_guard over the stand-in's store: it restores, a confirmation keeps, and two guards do not mix.

Its process is a real one, with the stand-in in it. What only Windows has is a stand-in too: the task service, whose
triggers the tests pull, and the access rights of folders.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import lab_hosts
import pytest
from batches import rule
from playbook import GUARD, INFO, Answer, Answers, Step, run
from simulation import Simulation, simulate

HOST = "domain_server"
ROLE = Path(lab_hosts.__file__).with_name("engine_role.yml")
GROUP = "Therefore Server"

# what the group has before. What must be added anew is last, so that the store can be the same to the byte.
OURS: list[dict[str, Any]] = [
    {"Name": "Stays", "Grouping": GROUP, "Protocol": 6, "LocalPorts": "8000", "Enabled": True},
    {
        "Name": "Changes",
        "Grouping": GROUP,
        "Protocol": 6,
        "LocalPorts": "443,80",
        "RemoteAddresses": "192.0.2.0/255.255.255.0,LocalSubnet",
        "Profiles": 1,
        # a default; what was changed once is written out
        "Action": 1,
        "Description": "As it was",
        "Enabled": True,
    },
    {"Name": "Shared", "Grouping": "Others", "Protocol": 6, "LocalPorts": "9000", "Enabled": True},
    {"Name": "Ping", "Grouping": GROUP, "Protocol": 1, "IcmpTypesAndCodes": "8:*", "Action": 0, "Enabled": True},
    {"Name": "Turns", "Grouping": GROUP, "Protocol": 17, "LocalPorts": "389", "Profiles": 3},
    {
        "Name": "Goes",
        "Grouping": GROUP,
        "Protocol": 6,
        "LocalPorts": "RPC",
        "ApplicationName": r"C:\Windows\system32\svchost.exe",
        "ServiceName": "RpcSs",
        "InterfaceTypes": "Lan,RemoteAccess",
        "EdgeTraversalOptions": 2,
        "SecureFlags": 1,
        "Enabled": True,
    },
]


def changed(store: dict[str, Any]) -> dict[str, Any]:
    """What a change under guard may leave: every kind of difference, in rules and in profiles."""
    rules = [dict(one) for one in store["rules"] if one["Name"] != "Goes"]
    for one in rules:
        if one["Name"] == "Changes":
            one |= {"LocalPorts": "8443", "Description": "New", "Enabled": False, "Action": 0, "Profiles": 7}
            del one["RemoteAddresses"]
        if one["Name"] == "Turns":
            one |= {"Protocol": 6, "LocalPorts": "RPC"}
        if one["Name"] == "Ping":
            one |= {"ApplicationName": r"C:\ping.exe"}
    rules += [
        {"Name": "New", "Grouping": GROUP, "Protocol": 6, "LocalPorts": "1433", "Enabled": True},
        {"Name": "Shared", "Grouping": GROUP, "Protocol": 6, "LocalPorts": "9000", "Enabled": True},
        {"Name": "Later", "Grouping": "Others", "Protocol": 6, "LocalPorts": "9001", "Enabled": True},
    ]
    profiles = {name: entry | {"outbound": "block"} for name, entry in store["profiles"].items()}
    profiles["public"]["enabled"] = False
    return store | {"rules": rules, "profiles": profiles}


def guard(name: str, check: bool = False, **options: Any) -> Step:
    return Step(name, GUARD, options, check)


def parts(task: dict[str, Any]) -> dict[str, str]:
    """The elements of a task's text: MS-TSCH 2.5."""
    name = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
    tree = ElementTree.fromstring(task["xml"].partition("?>")[2])
    return {element.tag.removeprefix(name): str(element.text) for element in tree.iter()}


class Host:
    """One simulated host, and the folder of its guard."""

    def __init__(self, simulation: Simulation, data: Path, pwsh: str) -> None:
        self._simulation = simulation
        self._pwsh = pwsh
        self.folder = data / "therefore.firewall/guard"
        self.store_file = simulation.store_file(HOST)
        self.answers: Answers = {}
        # the files of the guard, and the texts of the store, at moments of the play
        self.files: dict[str, set[str]] = {}
        self.texts: dict[str, str] = {}
        self.processes: dict[str, int] = {}
        self.plays: dict[str, dict[str, Any]] = {}
        self.tasks: dict[str, list[dict[str, Any]]] = {}

    def run(self, *steps: Step) -> None:
        self.answers |= run(self._simulation, list(steps), [HOST])

    def role(self, option: str) -> None:
        """The role ruleset, with nothing to change."""
        playbook = self._simulation.folder / "role.yml"
        playbook.write_text(ROLE.read_text().replace("lab_firewalled", HOST))
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self._simulation.environment.items():
                patch.setenv(name, value)
            inventory = [self._simulation.inventory]
            self.plays[option] = lab_hosts.play(playbook, inventory, {"ruleset_name": "none"}, [option])

    def answer(self, step: str) -> Answer:
        return self.answers[HOST, step]

    def result(self, step: str) -> dict[str, Any]:
        return self.answer(step).result

    def store(self) -> dict[str, Any]:
        return dict(json.loads(self.store_file.read_text()))

    def note(self, moment: str) -> None:
        self.files[moment] = {path.stem.partition("-")[0] for path in self.folder.glob("*")}
        self.texts[moment] = self.store_file.read_text()
        for file in self.folder.glob("process-*.json"):
            self.processes[moment] = json.loads(file.read_text())["pid"]
        self.tasks[moment] = [json.loads(path.read_text()) for path in self.store_file.parent.glob("tasks/*.json")]

    def kill(self, moment: str) -> None:
        """What somebody does who knows the process, or a restart of the host."""
        os.kill(self.processes[moment], signal.SIGKILL)

    def start(self, moment: str) -> None:
        """What the task service does with a task at the deadline, or when the host starts."""
        (task,) = self.tasks[moment]
        text = parts(task)["Arguments"].partition('-Command "')[2].removesuffix('"')
        prelude = self._simulation.folder / "prelude.ps1"
        before = f"$complex_args = @{{ _ansible_remote_tmp = '{self.store_file.parent}' }}\n. '{prelude}'"
        command = [self._pwsh, "-NoProfile", "-NonInteractive", "-Command", f"{before}\n{text}"]
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=120)

    def wait(self, moment: str) -> None:
        """Until the guard's process of that moment has ended."""
        try:
            process = os.pidfd_open(self.processes[moment])
        except ProcessLookupError:
            return
        ended = select.select([process], [], [], 60)[0]
        os.close(process)
        assert ended, "the guard's process did not end"


@pytest.fixture(scope="module")
def host(pwsh: str, tmp_path_factory: pytest.TempPathFactory) -> Host:
    data = tmp_path_factory.mktemp("guard")
    # hosts of its own, since their stores are rewritten here
    made = Host(simulate(tmp_path_factory.mktemp("guarded")), data, pwsh)
    store = made.store()
    # each with its properties in the order in which the stand-in writes them
    ours = [dict(sorted(one.items())) for one in OURS]
    made.store_file.write_text(json.dumps(store | {"rules": store["rules"] + ours}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ProgramData", str(data))
        play(made)
    return made


def play(host: Host) -> None:
    host.run(
        # brings the store into the stand-in's own layout, so that texts can be compared
        rule("settle", name="Settled", protocol="tcp", localport="1"),
        rule("settled", name="Settled", state="absent"),
        guard("arm in check mode", True, group=GROUP),
        guard("no group"),
        guard("short time", group=GROUP, seconds=9),
        guard("nothing armed", state="confirmed", token="0" * 32),
        guard("no token", state="confirmed"),
    )
    host.note("before")
    host.run(
        guard("arm", group=GROUP, seconds=600),
        guard("arm twice", group="Another group", seconds=600),
        guard("arm twice in check mode", True, group="Another group"),
        Step("look while it is armed", INFO, {"name_prefix": "none"}),
        guard("another token", state="confirmed", token="0" * 32),
        guard("confirm in check mode", True, state="confirmed"),
    )
    for way in ("--check", "--diff"):
        host.role(way)
    host.note("armed")
    host.store_file.write_text(json.dumps(changed(host.store())))
    host.run(guard("confirm", state="confirmed", token=host.result("arm")["token"]))
    host.note("confirmed")
    host.run(
        guard("confirm twice", state="confirmed", token=host.result("arm")["token"]),
        Step("look afterwards", INFO, {"name_prefix": "none"}),
    )
    host.store_file.write_text(host.texts["before"])
    host.run(guard("arm shortly", group=GROUP, seconds=15))
    host.note("armed shortly")
    host.store_file.write_text(json.dumps(changed(host.store())))
    host.wait("armed shortly")
    host.note("restored")
    host.run(
        guard("confirm late", state="confirmed", token=host.result("arm shortly")["token"]),
        guard("arm after that", group=GROUP, seconds=15),
    )
    host.note("armed in vain")
    host.store_file.write_text(json.dumps(changed(host.store()) | {"denied": ["Goes"]}))
    host.wait("armed in vain")
    host.note("not restored")
    host.run(guard("confirm in vain", state="confirmed", token=host.result("arm after that")["token"]))
    restart(host)
    refusals(host)


def restart(host: Host) -> None:
    """The process is ended before its time, and the files that it works with go missing."""
    host.store_file.write_text(host.texts["before"])
    host.run(guard("arm before a restart", group=GROUP, seconds=10))
    host.note("armed before a restart")
    host.kill("armed before a restart")
    host.store_file.write_text(json.dumps(changed(host.store())))
    time.sleep(11)
    host.start("armed before a restart")
    host.note("restarted")
    host.store_file.write_text(host.texts["before"])
    host.run(guard("arm, and lose the file", group=GROUP, seconds=10))
    host.note("armed, file lost")
    (host.folder / "armed.json").unlink()
    host.store_file.write_text(json.dumps(changed(host.store())))
    host.wait("armed, file lost")
    host.note("restored without its file")


def refusals(host: Host) -> None:
    """Guards that cannot be armed."""
    dead = {"group": GROUP, "token": "0" * 32, "at": "2026-01-01T00:00:00Z", "seconds": 10, "rules": [], "profiles": []}
    (host.folder / "armed.json").write_text(json.dumps(dead))
    host.run(
        guard("arm beside a dead one", True, group=GROUP),
        Step("look at a dead one", INFO, {"name_prefix": "none"}),
        guard("keep", state="confirmed", token="0" * 32),
    )
    store = host.store()
    for call, code in (("connect", 0x80041315), ("register", 0x80070005), ("run", 0x80041326)):
        host.store_file.write_text(json.dumps(store | {"tasks": {call: code}}))
        host.run(guard(f"arm, no {call}", group=GROUP, seconds=15))
    host.store_file.write_text(json.dumps(store))
    host.note("no task")
    parent, elsewhere = host.folder.parent, host.folder.parents[1] / "elsewhere"
    shutil.rmtree(parent)
    elsewhere.mkdir()
    parent.symlink_to(elsewhere)
    host.run(guard("arm in a link", group=GROUP, seconds=15))
    parent.unlink()
    parent.mkdir()
    host.store_file.with_name("folders.json").unlink()
    host.run(guard("arm in a folder of somebody else", group=GROUP, seconds=15))
    access = {"owner": "S-1-5-32-544", "inherits": False, "allowed": ["S-1-5-18", "S-1-5-32-545"]}
    host.store_file.with_name("folders.json").write_text(json.dumps({str(parent): access}))
    host.run(guard("arm in an open folder", group=GROUP, seconds=15))
    host.note("refused")


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("no group", "group: '' is empty; give the group of the rules to save"),
        ("short time", "seconds: 9 is out of range; give 10 to 3600"),
        ("nothing armed", f"token: '{'0' * 32}' is of no guard on this host"),
        ("no token", "token: '' is empty; give the one that was returned when the guard was armed"),
        ("arm twice", f"A guard of group '{GROUP}' is armed until "),
        ("arm twice in check mode", f"A guard of group '{GROUP}' is armed until "),
        ("another token", f"token: '{'0' * 32}' is not that of the guard of group '{GROUP}' that is armed"),
        ("confirm twice", "token: "),
        ("confirm late", "Too late: the host went back to its former rules at "),
        ("confirm in vain", "Too late: the host went back to its former rules at "),
    ],
)
def test_refused(step: str, message: str, host: Host) -> None:
    result = host.result(step)
    assert result["failed"] is True
    assert result["msg"].startswith(message)
    assert "\n" not in result["msg"]


def test_who_finds_a_guard_armed_is_told_what_to_do(host: Host) -> None:
    assert "confirm it with its token" in host.result("arm twice")["msg"]


@pytest.mark.parametrize("step", ["arm in check mode", "arm", "confirm in check mode", "confirm", "arm shortly"])
def test_nothing_of_the_firewall_is_changed_by_arming_and_confirming(step: str, host: Host) -> None:
    assert host.result(step).get("failed", False) is False
    assert host.result(step)["changed"] is False


def test_check_mode_arms_nothing(host: Host) -> None:
    assert "token" not in host.result("arm in check mode")
    assert host.files["before"] == set()


def test_an_armed_guard_has_a_file_and_a_process(host: Host) -> None:
    assert host.files["armed"] == {"armed", "guard", "process", "seconds"}
    assert host.result("arm")["saved"] == 5
    assert len(host.result("arm")["token"]) == 32
    assert host.result("arm")["until"].endswith("Z")


def test_a_confirmed_change_stays_and_nothing_is_left_of_the_guard(host: Host) -> None:
    assert host.files["confirmed"] == set()
    assert json.loads(host.texts["confirmed"]) == changed(json.loads(host.texts["before"]))
    assert host.tasks["confirmed"] == []
    # it takes its file away at the end
    host.wait("armed")


def test_the_change_is_one(host: Host) -> None:
    before = json.loads(host.texts["before"])
    assert changed(before) != before


def test_without_a_confirmation_the_host_goes_back(host: Host) -> None:
    before, restored = json.loads(host.texts["before"]), json.loads(host.texts["restored"])
    others = [one for one in restored["rules"] if one["Name"] == "Later"]
    assert [one["Grouping"] for one in others] == ["Others"]
    assert [one for one in restored["rules"] if one not in others] == before["rules"]
    assert restored["profiles"] == before["profiles"]


def test_the_store_is_the_same_to_the_byte(host: Host) -> None:
    before, restored = host.texts["before"], json.loads(host.texts["restored"])
    restored["rules"] = [one for one in restored["rules"] if one["Name"] != "Later"]
    assert json.dumps(restored, indent=2, ensure_ascii=False) + "\n" == before


def test_what_is_left_after_a_restoration(host: Host) -> None:
    assert host.files["restored"] == {"restored"}
    assert host.tasks["restored"] == []


def test_a_restoration_that_fails_is_said_and_keeps_what_was_saved(host: Host) -> None:
    message = host.result("confirm in vain")["msg"]
    assert "but for an error: " in message
    assert "rule Goes: " in message
    assert "denied by the store: Goes" in message
    left = json.loads(host.texts["not restored"])
    # all else was
    before = json.loads(host.texts["before"])
    assert left["profiles"] == before["profiles"]
    names = [one["Name"] for one in left["rules"] if one.get("Grouping") == GROUP]
    assert names == ["Stays", "Changes", "Ping", "Turns"]
    assert str(host.folder / "failed.json") in message
    assert host.files["not restored"] == {"restored", "failed"}


def test_the_task_is_the_systems_and_nobody_elses(host: Host) -> None:
    (task,) = host.tasks["armed"]
    # only a new one, as a service account, for the system and administrators: taskschd.h, sddl.h
    assert (task["flags"], task["logon"], task["user"]) == (2, 5, None)
    assert task["access"] == "D:P(A;;FA;;;SY)(A;;FA;;;BA)"
    assert host.result("arm")["token"] in task["name"]
    said = parts(task)
    assert said["UserId"] == "S-1-5-18"
    assert {"TimeTrigger", "BootTrigger"} <= set(said)
    assert said["StartBoundary"] >= host.result("arm")["until"]
    assert (said["MultipleInstancesPolicy"], said["ExecutionTimeLimit"]) == ("IgnoreNew", "PT0S")
    assert (said["DisallowStartIfOnBatteries"], said["StopIfGoingOnBatteries"]) == ("false", "false")
    assert said["Command"].endswith(r"\System32\WindowsPowerShell\v1.0\powershell.exe")


def test_a_restart_does_not_end_a_guard(host: Host) -> None:
    before, after = json.loads(host.texts["before"]), json.loads(host.texts["restarted"])
    assert [one for one in after["rules"] if one["Name"] != "Later"] == before["rules"]
    assert after["profiles"] == before["profiles"]
    assert host.files["restarted"] == {"restored"}
    assert host.tasks["restarted"] == []


def test_a_missing_file_is_no_confirmation(host: Host) -> None:
    before, after = json.loads(host.texts["before"]), json.loads(host.texts["restored without its file"])
    assert after["profiles"] == before["profiles"]
    assert [one for one in after["rules"] if one["Name"] != "Later"] == before["rules"]


def test_a_guard_that_did_not_run_is_said_with_both_ways_out(host: Host) -> None:
    result = host.result("arm beside a dead one")
    assert result["failed"] is True
    assert "its scheduled task did not run" in result["msg"]
    assert f"start the task 'therefore.firewall guard {'0' * 32}'" in result["msg"]
    assert f"token: {'0' * 32}" in result["msg"]
    assert host.result("keep").get("failed", False) is False


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        ("arm, no connect", "cannot be made: the task service is not running: start the service Schedule (0x80041315)"),
        ("arm, no register", "cannot be made: access denied: the account must be an administrator of the host"),
        ("arm, no run", "cannot be started: the task is disabled: somebody, or a policy, has switched it off"),
        ("arm in a link", "/therefore.firewall is a link to another place. It must be a folder of the administrators"),
        ("arm in a folder of somebody else", "/therefore.firewall belongs to S-1-5-21-1-2-3-1001. It must be"),
        ("arm in an open folder", "/therefore.firewall is open to S-1-5-32-545. It must be"),
    ],
)
def test_a_guard_that_cannot_be_armed_says_why(step: str, reason: str, host: Host) -> None:
    result = host.result(step)
    assert result["failed"] is True
    assert result["msg"].startswith("The guard cannot be armed, nothing was changed: ")
    assert reason in result["msg"]


def test_nothing_is_left_of_a_guard_that_could_not_be_armed(host: Host) -> None:
    assert host.files["no task"] == set()
    assert host.tasks["no task"] == []
    assert host.files["refused"] == set()


def test_who_looks_is_told_of_an_unconfirmed_guard(host: Host) -> None:
    assert {GROUP, "Others"} <= set(host.result("look while it is armed")["groups"])
    found = host.result("look while it is armed")["guard"]
    assert found["group"] == GROUP
    assert found["until"] == host.result("arm")["until"]
    assert 400 < found["seconds_left"] <= 600
    assert host.result("look afterwards")["guard"] is None
    assert host.result("look at a dead one")["guard"] is None


def test_a_run_that_meets_an_unconfirmed_guard_fails_with_the_sentence_of_the_check(host: Host) -> None:
    """Also where nothing would change: the host is about to go back by itself."""
    stats = {way: report["stats"][HOST]["failures"] for way, report in host.plays.items()}
    assert stats == {"--check": 0, "--diff": 1}
    said = f"the rules of the group '{GROUP}' were changed under guard and are not confirmed"
    for way, key in (("--check", "findings"), ("--diff", "msg")):
        tasks = [task for task in host.plays[way]["plays"][0]["tasks"] if task["task"]["name"].endswith("rule set")]
        assert said in json.dumps(tasks[-1]["hosts"][HOST][key])
