# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of this scenario share: a firewalld host that others use as well, and what is found there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_host import Host
from on_host import install

SCENARIO = Path(__file__).parent
FRIEND, STRANGER, DEVICE = "ofriend", "ostranger", "odev"
FRIENDS, STRANGERS, DEVICES = (
    [f"10.85.{net}.{number}", f"fd85:{net}::{number}"] for net, number in ((1, 20), (1, 30), (2, 50))
)
HOSTS = {f"over{number}": [f"10.85.1.{number}", f"fd85:1::{number}"] for number in (12, 13)}


def rule(rule_id: str, *ports: Any, **changed: Any) -> dict[str, Any]:
    """An inbound TCP rule for the friend's addresses."""
    return {"id": rule_id, "direction": "in", "protocol": "tcp", "ports": list(ports), "peers": FRIENDS} | changed


def found(result: dict[str, Any], kind: str) -> dict[str, str]:
    """The findings of a kind, messages by object."""
    return {one["object"]: one["message"] for one in result["findings"] if one["kind"] == kind}


class Shared(Host):
    """A host on which others have rules, too; what is told in check mode is told when it is applied."""

    def told(self, **parameters: Any) -> dict[str, Any]:
        """Predict, apply and ask again: what was applied, if all three find the same."""
        predicted, applied, again = (self.applied(check=check, **parameters) for check in (True, False, True))
        assert (applied["changed"], again["changed"]) == (True, False)
        assert predicted["findings"] == applied["findings"]
        return applied


@pytest.fixture(params=HOSTS)
def host(request: pytest.FixtureRequest) -> Iterator[Shared]:
    """A firewalld host; afterwards it is as it was booted."""
    install(request.param)
    one = Shared(request.param, HOSTS[request.param], SCENARIO)
    yield one
    one.reset()
