# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook site on a fleet: batches, hosts that are away, and one that dies while it is changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import AWAY, DIES, SILENT, Run
from lab_hosts import run_on

BROKEN = "desk01"


def test_who_is_away_or_dies_fails_alone(site: Run) -> None:
    assert site.code != 0
    assert site.hosts("unreachable") == sorted([*AWAY, DIES])
    assert site.hosts("failed") == []
    # the stranger has no role
    assert site.hosts("changed") == sorted({*site.recap} - {*AWAY, DIES, "stranger"})


def test_batches(site: Run) -> None:
    # one, and all the others, of two groups
    assert site.text.count("PLAY [Therefore servers]") == 2
    assert site.text.count("PLAY [Therefore clients]") == 2


def test_the_one_that_died_is_whole(site: Run) -> None:
    """The module had begun, and ends on the host whether or not anybody hears of it."""
    runtime, permanent = (run_on(DIES, "firewall-cmd", *option, "--policy=thf-client-out", "--list-all")
                          for option in ([], ["--permanent"]))  # fmt: skip
    assert "thf-client-out (active)" in runtime
    assert runtime.replace(" (active)", "") == permanent.replace(" (active)", "")


@pytest.fixture
def broken(site: Run) -> Iterator[None]:
    """A host that fails, and is not away."""
    run_on(BROKEN, "systemctl", "stop", "firewalld")
    yield
    run_on(BROKEN, "systemctl", "start", "firewalld")


@pytest.mark.parametrize(
    ("third", "percentage", "goes_on"),
    [
        ("desk03", 34, True),
        ("desk03", 33, False),
        # one that is away does not count, and ansible-core (2.21 and before) counts the batch wrong where there is one:
        # the others of it are stopped, and the next batch begins
        (SILENT, 33, True),
    ],
)
def test_one_of_a_batch_of_three_fails(
    third: str, percentage: int, goes_on: bool, broken: None, tmp_path: Path
) -> None:
    run = Run(
        "site", tmp_path, limit=["gate", BROKEN, third, "desk04"], therefore_serial=3,
        therefore_max_fail_percentage=percentage,
    ).ended()  # fmt: skip
    assert run.code != 0
    assert run.hosts("failed") == [BROKEN]
    assert run.hosts("unreachable") == [name for name in [third] if name == SILENT]
    # the batch of the fourth
    assert run.text.count("PLAY [Therefore clients]") == 1 + goes_on
