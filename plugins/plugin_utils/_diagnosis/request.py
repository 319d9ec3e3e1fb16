# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be diagnosed: one host, another or an address, and the connections between them.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.therefore.firewall.plugins.module_utils._addresses import is_host_name
from ansible_collections.therefore.firewall.plugins.module_utils._probe.options import is_address
from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.estate import ALLOW, Port
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.flows import Flows, flows
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.jobs import jobs, listening
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.pairs import DENY, Flow, flow_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._values import checks
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError, nearest, refuse

PORT = re.compile(r"([0-9]{1,5})(?:/(tcp|udp))?")
ASKED = "diagnose_port or diagnose_row asks for it"
TLS_PORT = 443


class Request(NamedTuple):
    """Who cannot reach whom, and on which port or by which row of the article, if one was named."""

    source: str
    to: str
    port: Port | None
    row: str | None
    hosts: list[str]


def request_of(names: Sequence[str], source: Any, to: Any, row: Any = None, port: Any = None) -> Request:
    """What the variables ask for. Raises InputError.

    Args:
        names: All hosts of the inventory.
        source: C(diagnose_from), a host of the inventory.
        to: C(diagnose_to), a host of the inventory, or any address or host name.
        row: C(diagnose_row), the id of a row.
        port: C(diagnose_port), such as V(8000) or V(389/udp).
    """
    if not source or not isinstance(source, str):
        raise refuse("diagnose_from", source, "names nobody; write the host that cannot connect: -e diagnose_from=desk")
    if source not in names:
        raise refuse("diagnose_from", source, f"is no host of the inventory; {nearest(source, names)}")
    if not to or not isinstance(to, str):
        raise refuse("diagnose_to", to, "names nobody; write the host that is not reached: -e diagnose_to=archive")
    if to == source:
        raise refuse("diagnose_to", to, "is diagnose_from itself; write another host, no packet leaves it for itself")
    if to not in names and not is_address(to) and not is_host_name(to):
        raise refuse("diagnose_to", to, f"is no host of the inventory, address or host name; {nearest(to, names)}")
    if row and port:
        raise refuse("diagnose_row", row, f"and diagnose_port {port!r} are two questions; leave out one of the two")
    rows = [one["id"] for one in catalogue.find([], supplements=catalogue.supplement_ids())]
    if row and row not in rows:
        raise refuse("diagnose_row", row, f"is no row; {nearest(row, rows)}")
    asked = _port(port) if port not in (None, "") else None
    if to not in names and not row and not asked:
        raise refuse(
            "diagnose_port", port, f"names no port, and {to} is no host of the inventory whose rules would; write one, "
            "such as -e diagnose_port=8000"
        )  # fmt: skip
    return Request(source, to, asked, row or None, [source, *([to] if to in names else [])])


def within(hosts: Sequence[str], played: Sequence[str]) -> list[str]:
    """These hosts, all of which the run must have: C(played) are those that it has. Raises InputError."""
    missing = [one for one in hosts if one not in played]
    if missing:
        raise InputError(
            f"--limit leaves out {' and '.join(missing)}, which the question is about; run it without --limit, "
            "nothing is done on other hosts"
        )
    return list(hosts)


def _port(given: Any) -> Port:
    found = PORT.fullmatch(str(given).strip()) if not isinstance(given, bool) else None
    if not found:
        raise refuse("diagnose_port", given, "is no port; write a number from 1 to 65535, with /udp for UDP: 389/udp")
    return Port(found[2] or "tcp", checks.port("diagnose_port", found[1]))


def connections(request: Request, estate: Iterable[Mapping[str, Any]]) -> Flows:
    """The connections to try, each as a flow that must pass. Raises InputError.

    Args:
        request: What is asked.
        estate: The hosts of the request, as flows() takes them.
    """
    given = list(estate)
    found = flows(given)
    between = [one for one in found["flows"] if (one["source"], one["to"]) == (request.source, request.to)]
    chosen = [flow for flow in between if _is_asked(flow, request)]
    if not chosen:
        chosen = list(_by_hand(request, given))
    if not chosen:
        raise InputError(
            f"diagnose_to: {request.to!r} is nobody whose services {request.source} is set to use: no rule of both is "
            "for the same row; name what is meant, such as -e diagnose_port=8000"
        )
    tried = [_must_pass(flow) for flow in chosen]
    for flow in tried:
        flow["group"] = request.source
    result: Flows = {
        **found, "flows": tried, "groups": {request.source: [request.source]}, "listen": listening(tried),
        "unproved": [], "disagreements": [],
    }  # fmt: skip
    return {**result, "jobs": jobs(result, request.hosts)}


def _is_asked(flow: Flow, request: Request) -> bool:
    if request.port:
        return request.port == Port(flow["protocol"], flow["port"])
    if request.row:
        return request.row in flow["rows"]
    return flow["expect"] != DENY


def _must_pass(flow: Flow) -> Flow:
    """Whoever asks wants it to pass; that no rule does is part of the answer."""
    tls = flow["tls"] or (flow["protocol"], flow["port"]) == ("tcp", TLS_PORT)
    forbidden = flow["expect"] == DENY and flow["because"] != ASKED
    return {**flow, "expect": ALLOW, "tls": tls, "forbidden": flow["because"] if forbidden else None}


def _by_hand(request: Request, estate: Iterable[Mapping[str, Any]]) -> Iterator[Flow]:
    """Connections that no rule of the target has: to a port that was named, or the ports of a row."""
    ports = [request.port] if request.port else []
    if request.row:
        (row,) = catalogue.find([request.row], supplements=catalogue.supplement_ids())
        ports = [Port(protocol, catalogue.span(port)[0]) for protocol in row["protocols"] for port in row["ports"]]
    known: Iterable[str] = next((host["targets"] for host in estate if host["host"] == request.to), ())
    targets = [*known] or [request.to]
    for port in ports:
        for target in targets:
            name = target if is_host_name(target) else None
            yield flow_of(request.source, request.to, target, port, None, DENY, ASKED, name)
