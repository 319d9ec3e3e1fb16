# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which finding a hint of verify names."""

from __future__ import annotations

from typing import Any, cast

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.flows import Flow
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.telling import telling

FLOW = cast(Flow, {"port": 8000, "protocol": "tcp"})


def finding(kind: str, message: str = "says something") -> dict[str, Any]:
    return {"kind": kind, "object": f"a {kind}", "message": message}


@pytest.mark.parametrize("kind", ["override", "published", "container", "flushed", "runtime_only", "open_range"])
def test_what_refuses_nothing_of_ours_explains_no_refusal(kind: str) -> None:
    table = finding("foreign")
    assert telling([finding(kind, "8000/tcp"), table], FLOW, blocks=False) is table
    assert telling([finding(kind)], FLOW, blocks=False) is None


def test_a_finding_that_names_the_port_comes_first() -> None:
    shadow = finding("shadow", "refuses 8000/tcp, which they allow")
    assert telling([finding("foreign"), shadow], FLOW, blocks=False) is shadow
    assert telling([finding("shadow", "refuses 18000/tcp"), shadow], FLOW, blocks=False) is shadow


def test_what_is_open_is_explained_by_what_opens_that_port() -> None:
    published = finding("published", "sends 8000/tcp elsewhere")
    assert (
        telling([finding("foreign", "8000/tcp"), finding("published", "80/tcp"), published], FLOW, blocks=True)
        is published
    )
    assert telling([finding("foreign", "8000/tcp")], FLOW, blocks=True) is None
