# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab before anything of ours is on it: what the later tests rely on to be able to fail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from testinfra.host import Host


@pytest.fixture(scope="module")
def before(run_matrix: Callable[..., Any], written: Path) -> dict[Any, str]:
    return run_matrix(written / "before.json", "--only-show").states


def passing(states: dict[Any, str], source: str, target: str) -> set[str]:
    wanted = (source, target, "open")
    return {port for (one, other, port, _address), state in states.items() if (one, other, state) == wanted}


@pytest.mark.parametrize("source", ["client", "outsider"])
def test_somebody_opened_the_xml_service_to_everybody(before: dict[Any, str], source: str) -> None:
    assert passing(before, source, "appserver") == {"22/tcp", "8000/tcp"}


def test_the_gateway_forwards_nothing(before: dict[Any, str]) -> None:
    assert passing(before, "device", "appserver") == set()
    assert passing(before, "appserver", "device") == set()


def test_the_online_client_may_send_everything(before: dict[Any, str]) -> None:
    assert len(passing(before, "onlineclient", "cloud")) == 17


def test_nothing_is_ours(firewalled: Host) -> None:
    assert "thf-" not in firewalled.check_output("firewall-cmd --get-policies; firewall-cmd --get-ipsets")
