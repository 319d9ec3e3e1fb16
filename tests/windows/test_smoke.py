# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same modules with the newer ansible-core, which calls the engine in another way. See tools/newer-ansible.

They compile their C# in each run, as on a host: what the other tests leave out (compiled.py) is here.
"""

from __future__ import annotations

import pytest
from batches import SMOKE_STEPS
from compiled import VARIABLE
from hosts import stores
from playbook import Answers, run
from simulation import simulate

HOST = "workgroup_host"


@pytest.fixture(scope="module")
def answers(pwsh: str, tmp_path_factory: pytest.TempPathFactory) -> Answers:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(VARIABLE)
        patch.setenv("ProgramData", str(tmp_path_factory.mktemp("data")))
        return run(simulate(tmp_path_factory.mktemp("smoke")), SMOKE_STEPS, [HOST])


@pytest.mark.parametrize(
    ("step", "changed"),
    [
        ("create", True),
        ("create again", False),
        ("info", False),
        ("deny", True),
        ("absent by group", True),
        ("arm in check mode", False),
    ],
)
def test_says_changed_or_not(step: str, changed: bool, answers: Answers) -> None:
    assert answers[HOST, step].result["changed"] is changed


def test_info_gives_the_rule(answers: Answers) -> None:
    (rule,) = answers[HOST, "info"].result["rules"]
    assert (rule["name"], rule["localport"], rule["profiles"]) == ("Full", "80,443,5000-5010", ["domain", "private"])


def test_the_probe_finds_a_port_closed(answers: Answers) -> None:
    assert answers[HOST, "probe"].result["counts"] == {"refused": 1}


def test_some_lines_of_the_selftest_agree(answers: Answers) -> None:
    found = {one["number"]: one["found"] for one in answers[HOST, "selftest"].result["findings"]}
    assert found == {1: "10.0.0.0/255.0.0.0", 20: "refused 0xD000000D", 97: "refused 0x80070057"}


def test_the_other_rules_are_as_before(answers: Answers) -> None:
    assert [rule["Name"] for rule in answers[HOST, "selftest"].rules] == [
        rule["Name"] for rule in stores()[HOST]["rules"]
    ]
