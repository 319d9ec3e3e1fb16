# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a flow stops: at its name, its source, on the way, at the target's firewall, its service, or in TLS.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

import ipaddress

from ansible_collections.therefore.firewall.plugins.module_utils._probe.limits import NO_NEIGHBOUR
from ansible_collections.therefore.firewall.plugins.module_utils._probe.words import LOST
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.pairs import Flow
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.ends import (
    ELSEWHERE,
    NOBODY,
    OURS,
    SERVICE,
    Result,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.known import Known

NAME, SOURCE, WAY, TARGET, SERVICE_ITSELF, TLS = "name", "source", "way", "target", "service", "tls"
# a verification knows four places: the name is looked up at the source, and TLS is the service's
STOPPED_AT = {NAME: SOURCE, TLS: SERVICE_ITSELF}


def stopped_at(flow: Flow, result: Result, known: Known) -> str | None:
    """The place as a verification names it."""
    found = place(flow, result, known)
    return STOPPED_AT.get(found, found) if found else None


def place(flow: Flow, result: Result, known: Known) -> str | None:
    """Where a flow that must pass and did not was stopped, as far as that is known."""
    came = known.ends.came(flow["to"], result)
    if result["state"] == "open":
        return _of_who_answered(flow, result, known)
    if result["state"] == "name-not-resolved" or (not came and known.elsewhere(flow, result["address"])):
        return NAME
    if came:
        return _after_arrival(flow, result, known)
    return _before_arrival(flow, result, known, came)


def is_own(result: Result) -> bool:
    """Whether it was sent to the source itself."""
    address = (result.get("address") or "").partition("%")[0]
    return bool(address) and (ipaddress.ip_address(address).is_loopback or address == result.get("source"))


def _before_arrival(flow: Flow, result: Result, known: Known, came: bool | None) -> str | None:
    """It did not come to the target, or nobody looked on there."""
    by = result.get("icmp_by") if result.get("icmp") else None
    if result.get("sent") is False or by == "self":
        return WAY if result.get("error") == NO_NEIGHBOUR else SOURCE
    if came is False or by == "other":
        return WAY
    return TARGET if by == "target" else _by_the_answer(flow, result, known)


def _of_who_answered(flow: Flow, result: Result, known: Known) -> str | None:
    """Somebody answered who is not our listener: in place of the target, before it or on it, or another host. Or it is
    our listener, and only small packets pass."""
    if result.get("error") in LOST:
        return WAY
    to, ours = flow["to"], known.ends.at(flow["to"], result) == OURS
    if known.ends.arrived(to, result):
        return WAY if ours else None
    if known.ends.sighting(to, result):
        return TARGET if ours else None
    if known.elsewhere(flow, result["address"]):
        return NAME
    return WAY if ours else None


def _after_arrival(flow: Flow, result: Result, known: Known) -> str | None:
    """It came to the target, and whoever asked has no answer, or a refusal."""
    to, end = flow["to"], known.ends.at(flow["to"], result)
    decision = known.ends.decision(to, result)
    if decision and decision["outcome"] != "passed":
        return TARGET
    lost = known.ends.granted(to, result) or known.no_way_back(flow, result)
    if lost or known.ends.arrived(to, result):
        return TARGET if known.ends.withheld(to, result) and not lost else WAY
    if end in (ELSEWHERE, NOBODY) or (end == SERVICE and _full(flow, result, known)):
        return SERVICE_ITSELF
    # what was let in would have come to our listener, unless somebody sends it elsewhere
    if end == OURS or (end == SERVICE and not decision and flow["protocol"] == "tcp"):
        return TARGET
    # its firewall let it in, and the service need not answer over UDP
    if not decision or flow["protocol"] != "tcp" or result["state"] == "refused":
        return None
    return TARGET if known.ends.withheld(to, result) else WAY


def _full(flow: Flow, result: Result, known: Known) -> bool:
    return bool((known.ends.holder(flow["to"], result) or {}).get("full"))


def _by_the_answer(flow: Flow, result: Result, known: Known) -> str | None:
    """Nobody looked on at the target: what it says of its end, and its plan."""
    end = known.ends.at(flow["to"], result)
    if result["state"] == "refused" and end in (ELSEWHERE, NOBODY):
        return SERVICE_ITSELF
    if end == SERVICE and _full(flow, result, known):
        return SERVICE_ITSELF
    return TARGET if result["state"] == "filtered" and known.obstacle(flow["to"], flow) else None
