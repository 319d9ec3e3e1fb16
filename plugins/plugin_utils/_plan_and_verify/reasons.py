# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sentences of a verdict: why something is not proved, and where a flow that fails was likely stopped.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from ansible_collections.therefore.firewall.plugins.module_utils._probe.limits import OWN_ROUTE
from ansible_collections.therefore.firewall.plugins.module_utils._probe.words import ANOTHER
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.estate import covers
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.pairs import Flow
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.ends import (
    ELSEWHERE,
    ENDED,
    NOBODY,
    OURS,
    SERVICE,
    UNASKED,
    Result,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.known import Known

CLAMP = "give the ends of the tunnel its MTU, or have the router there clamp TCP's segments to it (MSS)"
LISTEN = "therefore_verify_listen=true would tell"


def opened(flow: Flow, result: Result, known: Known) -> str:
    """What is wrong with a flow that is open, and must not be."""
    text = f"open, and must not be ({flow['because']})"
    seen = result.get("seen_as") or known.seen_as(flow)
    if seen and seen != result.get("source"):
        text += f"; {flow['to']} sees {flow['source']} as {seen} (address translation)"
    ours = known.ends.at(flow["to"], result) == OURS and not result.get("listener")
    if ours or result.get("error") == ANOTHER:
        return f"{text}: {not_ours(flow, result, known)}"
    return f"{text}: {opener(flow, known)}"


def opener(flow: Flow, known: Known) -> str:
    """What it is that opens it."""
    return known.trouble(flow["to"], flow, blocks=True) or (
        f"another rule or zone of {flow['to']} opens it, or a firewall on the way that answers for it"
    )


def unproved(flow: Flow, result: Result, known: Known) -> str:
    """Why what did not pass proves nothing."""
    source, to, state = flow["source"], flow["to"], result["state"]
    if state == "name-not-resolved" or result.get("sent") is False:
        error = result.get("error") or "nothing of it was seen leaving; its own firewall, or a tunnel that wraps it"
        return f"{source} could not send it ({error})"
    if state == "unreachable":
        return f"no way from {source} to {result['address']} ({result.get('error') or 'no route'})"
    end = known.ends.at(to, result)
    if end == ENDED:
        return f"our listener on {to} had ended, or {to} could not be asked any more; run verify again"
    if end in (OURS, SERVICE) and result.get("sent") is None and flow["protocol"] == "tcp":
        return f"whether it left {source} is not known there; with become, {source} can see it"
    who = {
        SERVICE: f"the service on {to} need not answer a stranger over UDP",
        ELSEWHERE: f"the service on {to} listens on {known.ends.addresses(to, result)} only"
        if end == ELSEWHERE
        else "",
        NOBODY: f"nobody listens on {to} there ({known.ends.why_not(to, result)})" if end == NOBODY else "",
        UNASKED: f"whether anybody listens on {to} is not known; where {to} is a host of the inventory, {LISTEN}",
    }
    return f"{state}, and {who.get(end, 'what that means is not known')}"


def too_large(result: Result) -> str:
    """What it means that only small packets pass."""
    return f"{result['error']}: a connection would be there, and then hang; {CLAMP}"


def who_would(flow: Flow, end: str) -> str:
    """What would tell what silence over UDP means."""
    if end in (SERVICE, ELSEWHERE):
        return f"a service on {flow['to']} has the port and need not answer, so ask it as its clients do"
    return LISTEN if end == UNASKED else f"on {flow['to']} nobody could listen for us"


def not_ours(flow: Flow, result: Result, known: Known) -> str:
    """Something else answered than our listener on the port."""
    to = flow["to"]
    if result.get("error") == ANOTHER:
        return (
            f"not ours: it is the listener of another host or port of this run, to which an address translation on the "
            f"way or on {to} sends it"
        )
    if known.ends.arrived(to, result):
        return (
            f"not ours: the connection reaches our listener on {to}, and its words do not come back: a firewall lets "
            "the handshake through and drops what follows (a rule on the application), or drops the way back"
        )
    return (
        f"not ours, and nothing of it came to our listener on {to}: a proxy, a firewall that answers for others, or an "
        f"address translation on the way or on {to}"
    )


def reason(flow: Flow, result: Result, known: Known) -> str:
    """The likely reason why nothing passed."""
    source, address, state = flow["source"], result["address"], result["state"]
    if state == "name-not-resolved":
        error = result.get("error") or "no address"
        return f"{source} cannot resolve {flow['target']} ({error}): mend its DNS, or give addresses"
    meant = known.elsewhere(flow, address)
    if meant:
        return f"{state}; {source} {resolves(flow, address, meant)}"
    if known.ends.withheld(flow["to"], result) and not known.no_way_back(flow, result):
        return f"it arrives at {flow['to']}, and the answer does not leave that host: look at its outbound rules"
    if known.ends.granted(flow["to"], result):
        # a router that says that it knows no way back ends what was half open
        back = f"the way back to {result['source']}" if result.get("source") else "the way back"
        return f"it arrives at {flow['to']}, and the answer is lost on {back}: look at the routes and firewalls there"
    if known.ends.arrived(flow["to"], result):
        return f"it arrives at {flow['to']}, and the answer is lost on the way back: look at its routes and firewalls"
    return _at_source(flow, result) or _no_way(flow, result) or (
        f"filtered{_answer(result)}: {which_firewall(flow, result, known)}{_translation(flow, known)}"
    )  # fmt: skip


def resolves(flow: Flow, address: str | None, meant: str) -> str:
    """What a source makes of a name for which the inventory has other addresses."""
    return f"resolves {flow['target']} to {address}, and the inventory to {meant}"


def _at_source(flow: Flow, result: Result) -> str | None:
    """Why it did not leave the source, where it did not."""
    source, error = flow["source"], result.get("error")
    if result["state"] == "not-sent":
        return f"{source} could not send it: {error}"
    if result["state"] != "unreachable" and result.get("sent") is False:
        where = "" if _is_own_route(result) else f": {source}'s own firewall or limits, look there"
        return f"filtered at the source, {error}{where}"
    return None


def _is_own_route(result: Result) -> bool:
    return OWN_ROUTE in (result.get("error") or "")


def _no_way(flow: Flow, result: Result) -> str | None:
    """Why there is no way to the address, where there is none."""
    if result.get("icmp") == "time-exceeded":
        return f"a loop: {result.get('icmp_from')} says that the packet's time was over on the way; mend the routes"
    if result["state"] != "unreachable":
        return None
    error = f" ({result['error']})" if result.get("error") else ""
    away = "" if "gateway" in error or _is_own_route(result) else ": a route is missing, or the host is down"
    return f"no way from {flow['source']} to {result['address']}{error}{away}"


def _answer(result: Result) -> str:
    if not result.get("icmp"):
        return ", no answer"
    sender = f" from {result['icmp_from']}" if result.get("icmp_from") else ""
    who = {"target": " (the target, or a firewall at its address)", "other": " (a router or firewall on the way)"}
    return f" by ICMP {result['icmp']}{sender}{who.get(str(result.get('icmp_by')), '')}"


def _translation(flow: Flow, known: Known) -> str:
    seen = known.seen_as(flow)
    if not seen or not flow["peers"] or covers(flow["peers"], seen):
        return ""
    return f"; {flow['to']} sees {flow['source']} as {seen} (address translation), which is no peer of the rule: add it"


def which_firewall(flow: Flow, result: Result, known: Known) -> str:
    """Which firewall it was, as far as what was seen at the target, and the plans of both ends, tell."""
    source, to = flow["source"], flow["to"]
    came = known.ends.came(to, result)
    told = known.trouble(to, flow, blocks=False) if came is not False else None
    told = told or (known.trouble(source, flow, blocks=False) if not came else None)
    if came:
        # where nobody sees whether it was answered, over UDP and on Windows
        back = f" and at its way back to {result['source']}" if result.get("source") else ""
        back = back if known.ends.granted(to, result) is None else ""
        return (
            told or f"it came to {to}, whose rules are as wanted: look at other rules there (diagnose names them){back}"
        )
    if came is False and result.get("sent"):
        return f"it left {source} and did not come to {to}, so look at what lies between them (router, perimeter)"
    return told or (
        f"the rules of {source} and {to} are as wanted, so look at what lies between them (router, perimeter) and at "
        "other rules of both"
    )
