# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What passes between the hosts, and what does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def matrix(run_matrix: Callable[..., Any], written: Path) -> Any:
    return run_matrix(written / "after.json")


def test_packets_pass_as_expected_and_no_others(matrix: Any) -> None:
    assert matrix.status == 0, matrix.text


def test_ssh_answers_wherever_it_did(matrix: Any, states_before: dict[Any, str]) -> None:
    answered = {flow for flow, state in states_before.items() if flow[2] == "22/tcp" and state == "open"}
    # asked for: the online client sends to its endpoints only (egress deny)
    must = {flow for flow in answered if flow[0] != "onlineclient"}
    assert len(must) > 50
    assert {flow for flow in must if matrix.states[flow] != "open"} == set()
