# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the asked host says of its own end of a flow: whether anybody was awake there, and what arrived.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
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
                has in ranges, how many listeners were C(stopped), what had C(arrived), whether it was C(watching), what
                it had C(seen), what was C(decided) on that, and what it had C(logged), all as port_probe says it.
        """
        self._ours: set[Port] = set()
        self._held: dict[Port, Mapping[str, Any]] = {}
        self._stopped: dict[str, int | None] = {}
        self._arrived: dict[str, Sequence[Mapping[str, Any]]] = {}
        self._seen: dict[str, Sequence[Mapping[str, Any]]] = {}
        self._decided: dict[str, Sequence[Mapping[str, Any]]] = {}
        self._logged: dict[str, tuple[str | None, Sequence[Mapping[str, Any]]]] = {}
        self._addresses: dict[str, set[str]] = {}
        for host in hosts:
            name = host["host"]
            self._ours |= {(name, one["protocol"], one["port"]) for one in host.get("listening") or []}
            for one in (*(host.get("in_use") or []), *(host.get("services") or [])):
                self._held[name, one["protocol"], one["port"]] = one
            self._stopped[name] = host.get("stopped")
            self._arrived[name] = host.get("arrived") or []
            self._decided[name] = host.get("decided") or []
            self._logged[name] = host.get("logging"), host.get("logged") or []
            self._addresses[name] = {*(host.get("addresses") or [])}
            if host.get("watching") and host.get("stopped"):
                self._seen[name] = host.get("seen") or []
        self._known = {*chain.from_iterable(self._addresses.values())}

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

    def sighting(self, host: str, result: Result) -> Mapping[str, Any] | None:
        """Its packet as the host saw it coming, before its own firewall; none where it did not, or nobody knows."""
        ports, own = result.get("source_ports") or [], (result.get("source"), result.get("seen_as"))
        found = [one for one in self._coming(host, result) if one["source_port"] in ports]
        # an address that was translated on the way mostly kept its port
        return next((one for one in found if one["source"] in own), found[0] if found else None)

    def granted(self, host: str, result: Result) -> bool | None:
        """Whether the host was seen to grant it the connection, which its firewall let in; None where nobody looked."""
        seen = self.sighting(host, result) if result["protocol"] == "tcp" else None
        return seen.get("granted") if seen else None

    def withheld(self, host: str, result: Result) -> bool:
        """Whether it was let in, and what the host answered never left it."""
        decision = self.decision(host, result)
        let_in = self.arrived(host, result) or bool(decision and decision["outcome"] == "passed")
        return let_in and result["state"] == "filtered" and self.granted(host, result) is False

    def came(self, host: str, result: Result) -> bool | None:
        """Whether its packet came to the host, whatever its firewall did then; None where that is not known."""
        if self.arrived(host, result) or self.sighting(host, result) or self.logged(host, result):
            return True
        if host not in self._seen or not result.get("source_ports"):
            return None
        # of somebody whom nobody knows it may be all the same, from a translated address and port
        strange = any(one["source"] not in {*self._known, result.get("source")} for one in self._coming(host, result))
        return None if strange else False

    def _coming(self, host: str, result: Result) -> Iterator[Mapping[str, Any]]:
        for one in self._seen.get(host, ()):
            if (one["protocol"], one["port"]) == (result["protocol"], result["port"]):
                yield one

    def decision(self, host: str, result: Result) -> Mapping[str, Any] | None:
        """What the host's firewall decided about its packet, as far as it said."""
        seen = self.sighting(host, result)
        same = ("protocol", "port", "source", "source_port")
        return next((one for one in self._decided.get(host, ()) if seen and all(one[k] == seen[k] for k in same)), None)

    def logging(self, host: str) -> str | None:
        """Whether the host's firewall writes a log: C(on), C(off) or C(unknown); None where it was not asked."""
        return self._logged.get(host, (None, ()))[0]

    def logged(self, host: str, result: Result) -> Mapping[str, Any] | None:
        """The line about its packet in the log of the host's firewall, the last of them."""
        own = {result.get("source"), result.get("seen_as"), (self.sighting(host, result) or {}).get("source")}
        ports = result.get("source_ports") or []
        found = [
            one
            for one in self._logged.get(host, (None, ()))[1]
            if (one["protocol"], one["port"]) == (result["protocol"], result["port"])
            and one["source"] in own
            and one["source_port"] in ports
        ]
        return found[-1] if found else None

    def holder(self, host: str, result: Result) -> Mapping[str, Any] | None:
        """What the host says of the service that has the port."""
        return self._held.get((host, result["protocol"], result["port"]))

    def own_addresses(self, host: str) -> set[str]:
        """The addresses that the host says it has; none where it did not say."""
        return self._addresses.get(host, set())


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
