# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each module with C# that was compiled before gives the answers that it gives when it compiles by itself."""

from __future__ import annotations

import pytest
from batches import SMOKE_STEPS, TCP_RULE, rule
from compiled import UTIL, VARIABLE
from playbook import RULES, Answers, Step, fields, run
from simulation import simulate

HOST = "workgroup_host"
STEPS = [*SMOKE_STEPS, Step("one call", RULES, {"group": "New", "steps": [rule("", name="One", **TCP_RULE).options]})]
# new or measured each time, or named after the folder of the host
OTHERWISE = {"invocation", "latency_ms", "source_ports", "tag"}


@pytest.fixture(scope="module")
def both(pwsh: str, tmp_path_factory: pytest.TempPathFactory) -> list[Answers]:
    found = []
    kept = tmp_path_factory.mktemp("kept")
    for folder in (None, kept):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ProgramData", str(tmp_path_factory.mktemp("data")))
            if folder:
                patch.setenv(VARIABLE, str(folder))
            else:
                patch.delenv(VARIABLE)
            host = simulate(tmp_path_factory.mktemp("host"))
            assert (host.module_utils / UTIL).exists() is bool(folder)
            found.append(run(host, STEPS, [HOST]))
    # the stand-in, and Ansible.Basic at least
    assert len(list(kept.glob("*.dll"))) >= 2
    return found


@pytest.mark.parametrize("step", [step.name for step in STEPS])
def test_the_answers_are_those_of_a_run_that_compiles(step: str, both: list[Answers]) -> None:
    itself, kept = (answers[HOST, step] for answers in both)
    assert fields(kept.result, OTHERWISE) == fields(itself.result, OTHERWISE)
    assert kept.store == itself.store
