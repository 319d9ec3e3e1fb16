# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The self-test on a simulated host: every line agrees, and each differs, alone, where the stand-in is broken there.

The lines are tried in one process, by the libraries that the module has; the playbook runs once, with the real guard.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.assumptions import Assumption, assumptions
from hosts import selftest_store
from selftest_table import table
from servers import Authority, Servers
from simulation import simulate

if TYPE_CHECKING:
    from conftest import Engine
    from simulation import Simulation

Done = subprocess.CompletedProcess[str]

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = ROOT / "plugins/module_utils/_windows"
DOCUMENTATION = ROOT / "docs/windows.md"


@pytest.fixture(scope="module")
def tls_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where a service of this host has TLS."""
    servers = Servers()
    yield servers.tls(Authority(tmp_path_factory.mktemp("authority")).context("localhost"))
    servers.close()


@pytest.fixture(scope="module")
def said(
    scripts: Engine, simulation: Simulation, tls_port: int, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What was found, and what each break has changed of it."""
    folder = tmp_path_factory.mktemp("selftest")
    question = {
        "lines": [one.asked for one in assumptions()],
        "store": selftest_store() | {"rules": []},
        "tls_ports": [tls_port],
    }
    prelude = str(simulation.folder / "prelude.ps1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ProgramData", str(folder / "data"))
        answer: dict[str, Any] = scripts.ask("selftest.ps1", question, prelude, str(LIBRARIES), str(folder))
    return answer


@pytest.mark.parametrize("one", assumptions(), ids=lambda one: f"W{one.number}")
def test_a_simulated_host_agrees(one: Assumption, said: dict[str, Any]) -> None:
    assert said["first"][str(one.number)] == one.expected


@pytest.mark.parametrize("one", assumptions(), ids=lambda one: f"W{one.number}")
def test_a_broken_stand_in_is_seen_on_that_line_alone(one: Assumption, said: dict[str, Any]) -> None:
    changed = said["changed"][str(one.number)]
    assert list(changed) == [str(one.number)]
    assert not changed[str(one.number)].startswith("not tried")


def test_the_documentation_has_the_answers(said: dict[str, Any], tmp_path: Path) -> None:
    made = table(said["first"])
    begin, end = "<!-- assumptions -->\n", "\n<!-- end of assumptions -->"
    text = DOCUMENTATION.read_text().partition(begin)[2].partition(end)[0]
    (tmp_path / "table.md").write_text(made)
    assert text == made, f"docs/windows.md: between the marks must stand what is in {tmp_path / 'table.md'}"


class Host:
    """One simulated host in the group of the playbook, and the folders that it has."""

    def __init__(self, simulation: Simulation, name: str, folder: Path, tls_port: int) -> None:
        self._simulation = simulation
        self._tls_port = tls_port
        self.data = folder / "data"
        self.temp = folder / "temp"
        self.temp.mkdir()
        self.file, self.text = folder / "selftest.json", folder / "selftest.txt"
        self.store_file = simulation.store_file(name)
        self.store_file.write_text(json.dumps(selftest_store()))
        self.before = self.store()
        (folder / "group.yml").write_text(f"therefore_selftest: {{hosts: {{{name}: }}}}\n")
        self._environment = os.environ | simulation.environment
        self._environment["ANSIBLE_INVENTORY"] += f",{folder / 'group.yml'}"
        self._environment |= {"ProgramData": str(self.data), "TMPDIR": str(self.temp), "ANSIBLE_NOCOLOR": "1"}

    def fail(self) -> Done:
        """A run that stops when all has been tried: the firewall does not take the rule that is left for the guard."""
        denied = {"denied_adds": ["therefore.firewall selftest left for the guard"]}
        self.store_file.write_text(json.dumps(self.before | denied))
        done = self.run(therefore_selftest_confirmed=True)
        left = self.store()
        del left["denied_adds"]
        self.store_file.write_text(json.dumps(left))
        return done

    def store(self) -> Any:
        return json.loads(self.store_file.read_text())

    def run(self, **variables: Any) -> Done:
        """The playbook with these variables."""
        given = variables | {
            "therefore_selftest_file": str(self.file),
            "therefore_selftest_text_file": str(self.text),
            "therefore_selftest_tls_ports": [self._tls_port],
        }
        command = [Path(sys.executable).parent / "ansible-playbook", "therefore.firewall.windows_selftest"]
        command += ["--extra-vars", json.dumps(given)]
        return subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False, timeout=500)


@pytest.fixture(scope="module")
def hosts(pwsh: str, tmp_path_factory: pytest.TempPathFactory) -> Simulation:
    return simulate(tmp_path_factory.mktemp("playbook"))


@pytest.fixture(scope="module")
def host(hosts: Simulation, tls_port: int, tmp_path_factory: pytest.TempPathFactory) -> Host:
    return Host(hosts, "domain_server", tmp_path_factory.mktemp("host"), tls_port)


@pytest.fixture(scope="module")
def refused(host: Host) -> Done:
    """A run that nobody has confirmed."""
    return host.run()


@pytest.fixture(scope="module")
def played(refused: Done, host: Host) -> Done:
    return host.run(therefore_selftest_confirmed=True)


def test_the_playbook_refuses_what_nobody_has_called_a_test_machine(refused: Done) -> None:
    assert refused.returncode != 0
    assert "Where all of them are test machines, say so with -e therefore_selftest_confirmed=true." in refused.stdout


def test_the_playbook_finds_that_all_agree(played: Done, host: Host) -> None:
    result = json.loads(host.file.read_text())
    assert [line for line in result["hosts"][0]["lines"] if not line["agrees"]] == []
    assert (played.returncode, result["totals"]["agree"]) == (0, len(assumptions())), played.stdout
    assert host.text.read_text() in played.stdout


def test_the_playbook_leaves_nothing(played: Done, host: Host) -> None:
    assert host.store() == host.before
    assert [file.name for file in (host.data / "therefore.firewall/guard").iterdir()] == ["restored.json"]
    assert [file.name for file in host.temp.iterdir() if file.name.startswith("therefore-")] == []


def test_a_failure_is_told_and_nothing_is_left(
    hosts: Simulation, tls_port: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Host(hosts, "member_client", tmp_path_factory.mktemp("other"), tls_port)
    failed = other.fail()
    assert failed.returncode != 0
    assert "the self-test stopped: The self-test cannot go on" in other.text.read_text()
    assert other.store() == other.before
    assert not (other.data / "therefore.firewall/guard/armed.json").exists()
    assert [file.name for file in other.temp.iterdir() if file.name.startswith("therefore-")] == []
