# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of this scenario share: a firewalld host that each test finds as it was booted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_host import Host
from on_host import install

SCENARIO = Path(__file__).parent
FRIEND, STRANGER = "friend01", "stranger01"
FRIENDS, STRANGERS = ["10.79.1.20", "fd79:1::20"], ["10.79.1.30", "fd79:1::30"]
HOSTS = {"bookworm01": ["10.79.1.12", "fd79:1::12"], "trixie01": ["10.79.1.13", "fd79:1::13"]}


def rule(rule_id: str, *ports: Any, **changed: Any) -> dict[str, Any]:
    """An inbound TCP rule for the friend's addresses."""
    return {"id": rule_id, "direction": "in", "protocol": "tcp", "ports": list(ports), "peers": FRIENDS} | changed


@pytest.fixture(params=HOSTS)
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    """A firewalld host; afterwards it is as it was booted."""
    one = Host(request.param, HOSTS[request.param], SCENARIO)
    install(one.name)
    yield one
    one.reset()
