# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of this scenario share: a firewalld host, and what must be there again when the guard has acted."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from engine_host import COLLECTION, ON_HOST, Host, install_module

SCENARIO = Path(__file__).parent
HOSTS = {"guard01": ["10.82.1.11", "fd82:1::11"], "guard02": ["10.82.1.12", "fd82:1::12"]}
CONTROL, CONTROLS = "gcontrol01", ["10.82.1.20", "fd82:1::20"]
GUARD_MODULE = COLLECTION.replace("/", ".") + ".modules.firewalld_guard"
# the shortest that there is, and what may come on top of it on a busy machine
SECONDS, PATIENCE = 10, 20

# all that the guard has on a host while it is armed
TRACES = (
    "ls -d /var/lib/therefore-firewall/guard /var/lib/therefore-firewall/part-* 2>/dev/null || true; "
    "find /etc/systemd /run/systemd/transient /run/systemd/system -name '*therefore-firewall*' 2>/dev/null || true; "
    "systemctl list-units --all --plain --no-legend '*therefore-firewall*'"
)
BLOCK_SSH = {"id": "nossh", "direction": "in", "protocol": "tcp", "ports": [22], "peers": ["any"], "action": "block"}


def rule(rule_id: str, *ports: Any, **changed: Any) -> dict[str, Any]:
    """An inbound TCP rule for the addresses of the host that sends the packets."""
    return {"id": rule_id, "direction": "in", "protocol": "tcp", "ports": list(ports), "peers": CONTROLS} | changed


def until(true: Callable[[], Any], seconds: float = SECONDS + PATIENCE) -> float:
    """Wait until it is true; how long that took, in seconds."""
    start = time.monotonic()
    while not true():
        assert time.monotonic() - start < seconds, f"not within {seconds} seconds"
        time.sleep(0.2)
    return time.monotonic() - start


@dataclass
class Former:
    """The state of a host."""

    stored: str
    runtime: str
    service: str


class GuardedHost(Host):
    """A lab host that runs firewalld, whose changes are guarded."""

    def guard(self, **parameters: Any) -> dict[str, Any]:
        """Run the module firewalld_guard; what it says."""
        program = f"env PYTHONPATH={ON_HOST} python3 -m {GUARD_MODULE} || true"
        return json.loads(self.run(program, stdin=json.dumps({"ANSIBLE_MODULE_ARGS": parameters})))

    def guarded(self, name: str = "one", **parameters: Any) -> dict[str, Any]:
        """Run firewalld_ruleset where it must succeed under guard; what it says of the guard."""
        result = self.applied(name, **{"guard": "auto", "guard_seconds": SECONDS, **parameters})
        assert result["guard"]["armed"] is True
        return result["guard"]

    def former(self) -> Former:
        """What must be there again."""
        service = "systemctl show firewalld -p ActiveState -p UnitFileState; ls -l /etc/systemd/system/*/firewalld*"
        running = "python3 /opt/lab/runtime.py 2>/dev/null || echo stopped"
        return Former(self.stored(), self.run(running), self.run(f"{service} 2>/dev/null || true"))

    def traces(self) -> str:
        """What is there of an armed guard."""
        return self.run(TRACES).strip()

    def journal(self) -> str:
        """What the guard's units have said since the host was started."""
        return self.run("journalctl -b -q --no-pager -o cat -t therefore-firewall-guard")

    def disarm(self) -> None:
        """Leave nothing armed, whatever a test has left."""
        self.run(
            "systemctl stop therefore-firewall-guard.timer therefore-firewall-guard.service 2>/dev/null || true; "
            "rm -rf /var/lib/therefore-firewall; find /etc/systemd/system -name 'therefore-firewall*' -delete"
        )


@pytest.fixture(params=HOSTS)
def host(request: pytest.FixtureRequest) -> Iterator[GuardedHost]:
    """A firewalld host; afterwards it is as it was booted."""
    one = GuardedHost(request.param, HOSTS[request.param], SCENARIO)
    install_module(one.name)
    yield one
    one.disarm()
    one.reset()
