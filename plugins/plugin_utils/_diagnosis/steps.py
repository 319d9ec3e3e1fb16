# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a connection, each seen, not seen or not known, with what was found.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypedDict

from ansible_collections.therefore.firewall.plugins.plugin_utils._diagnosis.decider import decider
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.estate import Host, covered, ports_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.pairs import Flow
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.ends import (
    NOBODY,
    OURS,
    UNASKED,
    Result,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.known import Known

SEEN, NOT_SEEN, NOT_KNOWN = "seen", "not seen", "not known"


class Step(TypedDict):
    """One step: what it is about, whether it was seen, and what was found."""

    step: str
    seen: str
    text: str


def steps(flow: Flow, result: Result, known: Known, source: Host | None) -> list[Step]:
    """All steps, from the name to the answer."""
    every = (_name, _route, _rule, _departure, _arrival, _firewall, _log, _service, _answer)
    found = []
    for step in every:
        for seen, text in step(flow, result, known, source):
            found.append(Step(step=step.__name__.lstrip("_"), seen=seen, text=text))
    return found


Told = Iterator[tuple[str, str]]


def what(flow: Flow, result: Result) -> str:
    """The port in a sentence."""
    return f"{result.get('port') or flow['port']}/{flow['protocol']}"


def _name(flow: Flow, result: Result, known: Known, _source: Host | None) -> Told:
    if result["state"] == "name-not-resolved":
        yield NOT_SEEN, f"{flow['source']} finds no address for {flow['target']} ({result.get('error')})"
    elif result.get("address") in (None, flow["target"]):
        yield SEEN, f"{flow['target']} is an address, no name was asked for"
    else:
        meant = known.elsewhere(flow, result["address"])
        text = f"{flow['target']} is {result['address']} for {flow['source']}"
        yield (NOT_SEEN, f"{text}, and {meant} by the inventory") if meant else (SEEN, text)


def _route(flow: Flow, result: Result, _known: Known, _source: Host | None) -> Told:
    own, way = result.get("source"), result.get("route")
    if not result.get("address"):
        return
    if not own:
        yield NOT_SEEN, f"no way from {flow['source']} ({result.get('error') or 'no route'})"
        return
    through = f", through {way['gateway'] or 'no gateway'} ({way['interface']})" if way else ""
    yield SEEN, f"{flow['source']} sends from {own}{through}"
    hops = result.get("hops") or []
    if hops:
        yield SEEN, f"routers that answered on the way: {', '.join(hops)}"


def _rule(flow: Flow, result: Result, known: Known, source: Host | None) -> Told:
    if source and source.rules:
        address = result.get("address") or ""
        port = (flow["protocol"], flow["port"])
        own = [
            one
            for one in source.allows("out")
            if port in ports_of(one) and address and covered(one["peers"], [address])
        ]
        if own:
            yield SEEN, f"the rule {own[0]['id']} of {flow['source']} is for it"
        else:
            yield NOT_SEEN, f"no rule of {flow['source']} is for it; other traffic is {source.egress}ed there"
    if flow.get("forbidden"):
        yield NOT_SEEN, f"no rule of {flow['to']} is for it: {flow['forbidden']}"
    elif flow["rule"]:
        yield SEEN, f"the rule {flow['rule']} of {flow['to']} is for it"
    for host in (flow["source"], flow["to"]):
        trouble = known.trouble(host, flow, blocks=False)
        if trouble:
            yield NOT_SEEN, trouble


def _departure(flow: Flow, result: Result, _known: Known, _source: Host | None) -> Told:
    if not result.get("address"):
        return
    decision = result.get("decided")
    if decision and decision["outcome"] == "refused":
        yield (
            NOT_SEEN,
            f"it does not leave {flow['source']}: {decider(decision, flow['source'], what(flow, result)).title}",
        )
    elif result.get("sent"):
        yield SEEN, f"the packet left {flow['source']}"
    elif result.get("sent") is False:
        yield NOT_SEEN, f"the packet did not leave {flow['source']} ({result.get('error')})"
    else:
        yield NOT_KNOWN, f"whether the packet left {flow['source']} is not seen there; with become it is"


def _arrival(flow: Flow, result: Result, known: Known, _source: Host | None) -> Told:
    if not result.get("address"):
        return
    came, seen = known.ends.came(flow["to"], result), known.ends.sighting(flow["to"], result)
    if came:
        own = (result.get("source"), result.get("seen_as"))
        moved = f" from {seen['source']} (its address is translated)" if seen and seen["source"] not in own else ""
        yield SEEN, f"the packet arrived at {flow['to']}{moved}, before its firewall had a say"
    elif came is False:
        yield NOT_SEEN, f"no such packet arrived at {flow['to']}"
    elif result["state"] == "open" and result.get("listener"):
        yield SEEN, f"the packet arrived at {flow['to']}"
    else:
        yield NOT_KNOWN, f"whether the packet arrived at {flow['to']} cannot be seen there"


def _firewall(flow: Flow, result: Result, known: Known, _source: Host | None) -> Told:
    decision = known.ends.decision(flow["to"], result)
    if decision and decision["outcome"] == "passed":
        yield SEEN, f"the firewall of {flow['to']} lets it in"
    elif decision:
        yield NOT_SEEN, f"it is refused by {decider(decision, flow['to'], what(flow, result)).title}"
    elif known.ends.came(flow["to"], result):
        yield NOT_KNOWN, f"{flow['to']} does not tell which of its rules decides"


def _log(flow: Flow, result: Result, known: Known, _source: Host | None) -> Told:
    """What the firewall's own log says, where it has one."""
    state, line = known.ends.logging(flow["to"]), known.ends.logged(flow["to"], result)
    if line:
        yield SEEN, f"the firewall's log of {flow['to']} has it: {line['says']} (from {line['source']})"
    elif state == "on":
        yield NOT_SEEN, f"the firewall's log of {flow['to']} says nothing of it (not every rule logs, nor every packet)"
    elif state == "unknown":
        yield NOT_KNOWN, f"the firewall's log of {flow['to']} cannot be read"


def _service(flow: Flow, result: Result, known: Known, _source: Host | None) -> Told:
    end, holder = known.ends.at(flow["to"], result), known.ends.holder(flow["to"], result)
    if holder and holder.get("addresses"):
        who = ", ".join(holder.get("programs") or []) or "a program"
        full = "; as many connections wait for it as may, and it takes none" if holder.get("full") else ""
        yield SEEN, f"{who} listens on {flow['to']} on {', '.join(holder['addresses'])}{full}"
    elif end == OURS:
        yield NOT_SEEN, f"nobody listens there on {flow['to']}; for the time of this run our listener did"
    elif end == NOBODY:
        yield NOT_SEEN, f"nobody listens there on {flow['to']} ({known.ends.why_not(flow['to'], result)})"
    elif end == UNASKED:
        yield NOT_KNOWN, f"{flow['to']} was not asked who listens there"


def _answer(flow: Flow, result: Result, _known: Known, _source: Host | None) -> Told:
    state, error = result["state"], result.get("error")
    if state == "open":
        who = "our listener" if result.get("listener") else "a service"
        yield SEEN, f"{who} answered{' and closed the connection' if result.get('closed') else ''}"
        yield from _tls(flow, result)
    elif result.get("address"):
        yield NOT_SEEN, f"{state}{f' ({error})' if error else ''}"


def _tls(flow: Flow, result: Mapping[str, Any]) -> Told:
    tls = result.get("tls")
    if not flow["tls"] or not tls or result.get("listener"):
        return
    if tls.get("version"):
        yield (
            (NOT_SEEN if tls.get("error") else SEEN),
            f"{tls['version']}, {tls.get('subject')}, {tls.get('error') or 'trusted'}",
        )
    else:
        yield NOT_SEEN, f"no TLS: {tls.get('error')}"
