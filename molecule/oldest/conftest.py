# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of this scenario share: a host with firewalld 0.9."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_host import Host
from on_host import install

SCENARIO = Path(__file__).parent
FRIEND, STRANGER = "oldfriend", "oldstranger"
FRIENDS, STRANGERS = ([f"10.86.1.{number}", f"fd86:1::{number}"] for number in (20, 30))


def rule(rule_id: str, *ports: Any, **changed: Any) -> dict[str, Any]:
    """An inbound TCP rule for the friend's addresses."""
    return {"id": rule_id, "direction": "in", "protocol": "tcp", "ports": list(ports), "peers": FRIENDS} | changed


def told(result: dict[str, Any], kind: str) -> dict[str, str]:
    """The findings of a kind, messages by object."""
    return {one["object"]: one["message"] for one in result["findings"] if one["kind"] == kind}


@pytest.fixture
def host() -> Iterator[Host]:
    """The host; afterwards it is as it was booted."""
    one = Host("old11", ["10.86.1.11", "fd86:1::11"], SCENARIO)
    install(one.name)
    yield one
    one.reset()
