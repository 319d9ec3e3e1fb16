# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated hosts for the tests: all batches start at once, and the tests look at their answers.

Without a PowerShell engine what needs one is skipped, with one line that says so.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from sys import version_info
from typing import Any

import pytest
from batches import ALL_HOSTS_STEPS, MODULE_STEPS, START, UNUSUAL_STEPS
from collection import make_importable
from compiled import VARIABLE
from hosts import stores, unusual_stores
from playbook import Answer, Answers, run
from simulation import NoEngineError, Simulation, engine, simulate

HERE = Path(__file__).parent
NO_ENGINE = pytest.StashKey[str]()

make_importable()

# the other tests ask the same and more
collect_ignore = [] if version_info >= (3, 12) else ["test_smoke.py"]


@pytest.fixture(scope="session", autouse=True)
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """C# is compiled once in all these tests, but for the few that compare with what Ansible does itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(tmp_path_factory.mktemp("compiled")))
        yield


@pytest.fixture(scope="session")
def pwsh(compiled: None) -> str:
    return engine()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    try:
        engine()
    except NoEngineError as error:
        without = [item for item in items if "pwsh" not in getattr(item, "fixturenames", [])]
        left_out = [item for item in items if item not in without]
        config.stash[NO_ENGINE] = f"{len(left_out)} tests are skipped: {error}"
        items[:] = without
        config.hook.pytest_deselected(items=left_out)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if NO_ENGINE in config.stash:
        terminalreporter.write_line(config.stash[NO_ENGINE])


class Batches:
    """The batches in the background, two at a time."""

    def __init__(self, folder: Path, pool: ThreadPoolExecutor) -> None:
        hosts = simulate(folder / "hosts")
        rules = simulate(folder / "rules")
        start = rules.store("domain_server") | {"rules": START, "denied": ["Locked"]}
        rules.store_file("domain_server").write_text(json.dumps(start))
        unusual = simulate(folder / "unusual")
        for host, store in unusual_stores().items():
            unusual.store_file(host).write_text(json.dumps(store))
        self._info = pool.submit(run, hosts, ALL_HOSTS_STEPS, list(stores()))
        self._module = pool.submit(run, rules, MODULE_STEPS, ["domain_server"])
        self._unusual = pool.submit(run, unusual, UNUSUAL_STEPS, list(unusual_stores()))

    def module(self, step: str) -> Answer:
        return self._answer(self._module, "domain_server", step)

    def info(self, host: str, step: str = "info") -> Answer:
        return self._answer(self._info, host, step)

    def unusual(self, host: str) -> Answer:
        return self._answer(self._unusual, host, "info")

    def _answer(self, batch: Future[Answers], host: str, step: str) -> Answer:
        return batch.result()[host, step]


@pytest.fixture(scope="session")
def batches(pwsh: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Batches]:
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield Batches(tmp_path_factory.mktemp("windows"), pool)


@pytest.fixture(scope="session")
def simulation(pwsh: str, tmp_path_factory: pytest.TempPathFactory) -> Simulation:
    return simulate(tmp_path_factory.mktemp("plain"))


class Engine:
    """Scripts of this folder on the engine; JSON in, JSON out."""

    def __init__(self, pwsh: str) -> None:
        self.pwsh = pwsh

    def ask(self, script: str, question: Any, *arguments: str) -> Any:
        command = [self.pwsh, "-NoProfile", "-NonInteractive", "-File", HERE / "stand_in" / script, *arguments]
        environment = os.environ | {"QUESTION": json.dumps(question)}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, timeout=500
        )
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)


@pytest.fixture(scope="session")
def scripts(pwsh: str) -> Engine:
    return Engine(pwsh)
