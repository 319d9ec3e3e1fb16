# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of this scenario share: firewalld hosts that each test finds as they were booted, and a client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from engine_host import RESET
from lab_hosts import run_on
from on_host import run_module

CLIENT = "vclient01"
IPV4 = {"vserver01": "10.81.1.11", "vserver02": "10.81.1.12", CLIENT: "10.81.1.20"}
IPV6 = {"vserver01": "fd81:1::11", "vserver02": "fd81:1::12", CLIENT: "fd81:1::20"}
SERVERS = ["vserver01", "vserver02"]


def target(host: str, port: int, protocol: str = "tcp", **more: Any) -> dict[str, Any]:
    """A target of port_probe."""
    return {"host": host, "port": port, "protocol": protocol, **more}


def probed(*targets: dict[str, Any], source: str = CLIENT, through: str = 'exec "$@"', **options: Any) -> Any:
    """The results of port_probe on a host, one try each."""
    arguments = {"targets": list(targets), "timeout": 1, "attempts": 1, **options}
    result = run_module(source, "port_probe", arguments, through)
    assert not result.get("failed"), result["msg"]
    assert result["changed"] is False
    return result["results"]


def states(*targets: dict[str, Any], **options: Any) -> list[tuple[str, str | None]]:
    """State and ICMP error of each result."""
    return [(one["state"], one["icmp"]) for one in probed(*targets, **options)]


class Server:
    """A lab host that runs firewalld."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ipv4, self.ipv6 = IPV4[name], IPV6[name]
        self.addresses = [self.ipv4, self.ipv6]

    def run(self, command: str) -> str:
        """Standard output of a shell command."""
        return run_on(self.name, "sh", "-ec", command)

    def firewall(self, *options: str) -> None:
        """Change the runtime configuration of firewalld."""
        self.run("firewall-cmd -q " + " ".join(f"'{option}'" for option in options))

    def reset(self) -> None:
        """Make firewalld as it was booted."""
        self.run(RESET)


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A firewalld host; afterwards it is as it was booted."""
    one = Server(request.param)
    yield one
    one.reset()
