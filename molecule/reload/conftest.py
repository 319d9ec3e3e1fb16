# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of this scenario share: a host whose firewalld will not, or cannot, load what is stored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_host import RESET, Host
from on_host import install

SCENARIO = Path(__file__).parent
FRIEND, STRANGER = "rfriend", "rstranger"
FRIENDS = ["10.84.1.20", "fd84:1::20"]
HOSTS = {"reload12": ["10.84.1.12", "fd84:1::12"], "reload13": ["10.84.1.13", "fd84:1::13"]}
OPENED = (22, 80, 8000, 1433)


def rule(rule_id: str, *ports: Any, **changed: Any) -> dict[str, Any]:
    """An inbound TCP rule for the friend's addresses."""
    return {"id": rule_id, "direction": "in", "protocol": "tcp", "ports": list(ports), "peers": FRIENDS} | changed


class Loading(Host):
    """A lab host whose stored configuration others damage."""

    def store(self, folder: str, name: str, text: str) -> str:
        """Write a file below /etc/firewalld, as others do; its path."""
        path = f"/etc/firewalld/{folder}/{name}.xml"
        self.run(f"mkdir -p /etc/firewalld/{folder}; cat >{path}", stdin=text)
        return path

    def packets(self) -> dict[str, list[str]]:
        """What a friend and a stranger meet at the ports of this host."""
        return {source: self.seen_from(source, *OPENED, attempts=2) for source in (FRIEND, STRANGER)}

    def state(self) -> str:
        """The state that firewalld says it is in."""
        return self.run("firewall-cmd --state 2>&1 || true").strip()

    def refusals(self, result: dict[str, Any]) -> list[str]:
        """The messages of the findings that refuse."""
        return [one["message"] for one in result["findings"] if one["kind"] == "refused"]

    def refused_as_said(self, **parameters: Any) -> str:
        """The one message with which a run fails before it changes anything, and which check mode gives as finding."""
        checked = self.apply(check=True, **parameters)
        assert not checked.get("failed"), checked
        message = self.refused(**parameters)
        assert _timeless("; ".join(self.refusals(checked))) == _timeless(message)
        return message


def _timeless(message: str) -> str:
    """The message without the seconds that a guard has left."""
    return re.sub(r"in \d+ seconds", "in … seconds", message)


@pytest.fixture(params=HOSTS)
def host(request: pytest.FixtureRequest) -> Iterator[Loading]:
    """A firewalld host; afterwards it is as it was booted."""
    one = Loading(request.param, HOSTS[request.param], SCENARIO)
    install(one.name)
    yield one
    one.run(f"systemctl reset-failed; {RESET} || systemctl restart firewalld")
    assert one.state() == "running"
