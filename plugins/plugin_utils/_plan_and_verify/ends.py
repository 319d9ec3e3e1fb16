# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the asked host says of its own end of a flow: whether anybody was awake there, and what arrived.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# our listener, until it was told to end; one of ours that had ended before; a service of the host; a service on other
# addresses of it only; nobody; and a host that did not say
OURS, ENDED, SERVICE, ELSEWHERE, NOBODY, UNASKED = "ours", "ended", "service", "elsewhere", "nobody", "unasked"
WILDCARDS = {4: ("0.0.0.0", "::"), 6: ("::",)}  # noqa: S104 (nothing is bound here)

Port = tuple[str, str, int]
Result = Mapping[str, Any]


class Ends:
    """What each host said when it was told to listen, and when it was told to stop."""

    def __init__(self, hosts: Iterable[Mapping[str, Any]]) -> None:
        """Keep them.

        Args:
            hosts: For each host (C(host)) what it was C(listening) on, what was C(in_use) there, which C(services) it
                has in ranges, how many listeners were C(stopped), and what had C(arrived), all as port_probe says it.
        """
        self._ours: set[Port] = set()
        self._held: dict[Port, Mapping[str, Any]] = {}
        self._stopped: dict[str, int | None] = {}
        self._arrived: dict[str, Sequence[Mapping[str, Any]]] = {}
        for host in hosts:
            name = host["host"]
            self._ours |= {(name, one["protocol"], one["port"]) for one in host.get("listening") or []}
            for one in (*(host.get("in_use") or []), *(host.get("services") or [])):
                self._held[name, one["protocol"], one["port"]] = one
            self._stopped[name] = host.get("stopped")
            self._arrived[name] = host.get("arrived") or []

    def at(self, host: str, result: Result) -> str:
        """Who was at the end of a flow."""
        port = (host, result["protocol"], result["port"])
        if port in self._ours:
            return OURS if self._stopped.get(host) else ENDED
        if port not in self._held:
            return UNASKED
        addresses = self._held[port].get("addresses")
        if addresses is None:
            return UNASKED
        if not addresses:
            return NOBODY
        return SERVICE if _reachable(addresses, result.get("address")) else ELSEWHERE

    def addresses(self, host: str, result: Result) -> str:
        """Where a service listens."""
        return ", ".join(self._held[host, result["protocol"], result["port"]]["addresses"])

    def why_not(self, host: str, result: Result) -> str:
        """Why no listener of ours was there."""
        said = str(self._held[host, result["protocol"], result["port"]].get("error") or "nobody listens there")
        return f"{said}; with become it could" if said == "Permission denied" else said

    def arrived(self, host: str, result: Result) -> bool:
        """Whether it came to our listener, or was asking to, whatever became of the answer."""
        return any(_is_of(one, result) for one in self._arrived.get(host, ()))


def _reachable(addresses: Sequence[str], address: str | None) -> bool:
    """Whether a service on these addresses is there for this one. Another address may be translated to one of them."""
    if address is None:
        return True
    asked = ipaddress.ip_address(address.partition("%")[0])
    if asked.is_loopback:
        return True
    others = [one for one in addresses if not ipaddress.ip_address(one.partition("%")[0]).is_loopback]
    if {*others} & {*WILDCARDS[4], *WILDCARDS[6]}:
        return bool({*others} & {*WILDCARDS[asked.version], str(asked)})
    return bool(others)


def _is_of(one: Mapping[str, Any], result: Result) -> bool:
    if (one["protocol"], one["port"]) != (result["protocol"], result["port"]):
        return False
    if one.get("tag"):
        return bool(one["tag"] == result.get("tag"))
    return one["source"] == result.get("source") and one["source_port"] in (result.get("source_ports") or [])
