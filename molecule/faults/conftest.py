# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of this scenario share: a host that something happens to while the module changes it.

A fault happens when the module calls a certain method of firewalld, not at a certain time, so that each run is the
same. It ends in what was there before, or in what was wanted.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_host import Host
from on_host import install

SCENARIO = Path(__file__).parent
PROBE, PROBES = "fprobe01", ["10.83.1.20", "fd83:1::20"]
HOSTS = {"fault01": ["10.83.1.11", "fd83:1::11"], "fault02": ["10.83.1.12", "fd83:1::12"]}
PUT_BACK = "the former rules were put back"


def rule(rule_id: str, *ports: Any, **changed: Any) -> dict[str, Any]:
    """An inbound TCP rule for the addresses of the host that probes."""
    return {"id": rule_id, "direction": "in", "protocol": "tcp", "ports": list(ports), "peers": PROBES} | changed


class Faulty(Host):
    """A lab host that something happens to."""

    def state(self) -> tuple[str, str]:
        """What is stored and what is in force."""
        return self.stored(), self.runtime()

    def open_to_probe(self, *ports: int) -> list[str]:
        """State of each TCP port as the host that probes finds it."""
        # while firewalld started, neighbours may have been given up as unreachable for some seconds
        return self.seen_from(PROBE, *ports, attempts=4)

    def apply(self, name: str = "one", *, check: bool = False, **parameters: Any) -> dict[str, Any]:
        """Run the module; what it says, which is one line where something went wrong."""
        result = super().apply(name, check=check, **parameters)
        message = result.get("msg", "")
        print(message)
        assert "\n" not in message
        assert "exception" not in result
        return result

    def struck(self, method: str, fault: str, times: int = 1, **change: Any) -> dict[str, Any]:
        """Run the module, and the fault, a shell command, when it calls the method."""
        self.wrapper = ("python3", "/opt/lab/when_called.py", method, str(times), fault)
        try:
            return self.apply(**change)
        finally:
            self.wrapper = ()


def faulty(name: str) -> Faulty:
    """The host, with the module on it."""
    install(name)
    return Faulty(name, HOSTS[name], SCENARIO)


@pytest.fixture(params=HOSTS)
def host(request: pytest.FixtureRequest) -> Iterator[Faulty]:
    """A firewalld host; afterwards it is as it was booted."""
    one = faulty(request.param)
    yield one
    one.run("systemctl unmask -q --runtime firewalld; systemctl reset-failed; systemctl start dbus firewalld")
    one.reset()
