# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a probe found against what a flow must be: the verdict, what proves it, and for a failure the likely reason.

A verdict is no better than its evidence. Two ends are a proof: the prober's packet, and our listener that answers it,
or that was awake and never saw it. A service that answers, or stays silent, is a weaker one. The rest is unknown.
Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from typing import TypedDict

from ansible_collections.therefore.firewall.plugins.module_utils._probe.words import ANOTHER, LOST
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.estate import ALLOW, covers
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.pairs import BY_SOURCE, DENY, Flow
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify import place, reasons, tls
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.ends import (
    ELSEWHERE,
    ENDED,
    NOBODY,
    OURS,
    SERVICE,
    Result,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.known import Known

PASSED, FAILED, UNKNOWN, SKIPPED = "passed", "failed", "unknown", "skipped"
TWO_ENDED, BY_SERVICE, BY_FIREWALL, NONE = "two_ended", "by_service", "refused_by_firewall", "none"
PROOFS = (TWO_ENDED, BY_SERVICE, BY_FIREWALL, NONE)
# of the ICMP errors only these say that a rule forbids it
PROHIBITED = ("host-prohibited", "net-prohibited", "admin-prohibited", "policy-failed", "reject-route")


class Verdict(TypedDict):
    """The judgement on one address and port of a flow."""

    outcome: str
    hint: str | None
    warning: str | None
    proof: str
    stopped_at: str | None


def verdict(flow: Flow, result: Result, known: Known) -> Verdict:
    """The judgement on one result of a flow."""
    expected = flow["expect"]
    if result["state"] == "not-tried":
        return _verdict(UNKNOWN, result["error"])
    result = {"port": flow["port"], "protocol": flow["protocol"], **result}
    if expected == BY_SOURCE:
        source = result.get("seen_as") or known.seen_as(flow) or result.get("source")
        if not source:
            return _verdict(UNKNOWN, "only some addresses of the source are peers, and which one it used is not known")
        expected = ALLOW if covers(flow["peers"], source) else DENY
    if result["state"] == "skipped":
        return _verdict(SKIPPED, result.get("error"))
    if expected == DENY:
        return _must_not_pass(flow, result, known)
    return _must_pass(flow, result, known)


def _verdict(
    outcome: str, hint: str | None = None, warning: str | None = None, proof: str = NONE, at: str | None = None
) -> Verdict:
    return {"outcome": outcome, "hint": hint, "warning": warning, "proof": proof, "stopped_at": at}


def _must_not_pass(flow: Flow, result: Result, known: Known) -> Verdict:
    state, end = result["state"], known.ends.at(flow["to"], result)
    if state == "open":
        proof = TWO_ENDED if result.get("listener") else BY_SERVICE
        return _verdict(FAILED, reasons.opened(flow, result, known), proof=proof)
    if known.ends.arrived(flow["to"], result):
        text = f"arrives at {flow['to']}, and only the answer is lost; it must not ({flow['because']})"
        return _verdict(FAILED, f"{text}: {reasons.opener(flow, known)}", proof=TWO_ENDED)
    # the firewall of a source that is to refuse it is one, too
    if _firewall_says_no(result) or (flow["refuses"] and state == "filtered" and result.get("sent") is False):
        return _verdict(PASSED, proof=BY_FIREWALL)
    if state in ("refused", "filtered", "udp-unknown") and result.get("sent"):
        # over UDP a service need not answer, but where it is, its host does not refuse
        awake = end == OURS or (end == SERVICE and (flow["protocol"] == "tcp" or state == "refused"))
        if awake and (state == "refused" or result.get("icmp")):
            return _verdict(PASSED, proof=BY_FIREWALL)
        if awake:
            return _verdict(PASSED, proof=TWO_ENDED if end == OURS else BY_SERVICE)
    return _verdict(UNKNOWN, f"not proved: {reasons.unproved(flow, result, known)}")


def _firewall_says_no(result: Result) -> bool:
    """Whether the ICMP error that came is one that only a firewall, or a route that prohibits, sends."""
    icmp, by = result.get("icmp"), result.get("icmp_by")
    if not icmp or by == "self":
        return False
    if icmp in ("port-unreachable", "protocol-unreachable"):
        return result["protocol"] == "tcp" or by == "other"
    # a host that says of itself that it cannot be reached does not mean it
    return icmp in PROHIBITED or (icmp in ("host-unreachable", "net-unreachable") and by == "target")


def _must_pass(flow: Flow, result: Result, known: Known) -> Verdict:
    state, end = result["state"], known.ends.at(flow["to"], result)
    if state == "open":
        return _open(flow, result, known)
    if end == ENDED:
        return _verdict(UNKNOWN, f"{state}, and {reasons.unproved(flow, result, known)}")
    if state == "udp-unknown" and end != OURS and result.get("sent") is not False:
        return _verdict(UNKNOWN, f"no answer, which over UDP means nothing; {reasons.who_would(flow, end)}")
    if state == "refused" and not known.elsewhere(flow, result["address"]):
        return _refused(flow, result, known, end)
    proof = TWO_ENDED if end == OURS and result.get("sent") else NONE
    if _firewall_says_no(result):
        proof = BY_FIREWALL
    return _verdict(FAILED, reasons.reason(flow, result, known), proof=proof, at=place.stopped_at(flow, result, known))


def _open(flow: Flow, result: Result, known: Known) -> Verdict:
    end, address = known.ends.at(flow["to"], result), result.get("address")
    if result.get("listener") and result.get("error") in LOST:
        return _verdict(FAILED, reasons.too_large(result), proof=TWO_ENDED, at=place.stopped_at(flow, result, known))
    if result.get("listener"):
        seen = result.get("seen_as")
        moved = seen and result.get("source") and seen != result["source"].partition("%")[0]
        text = f"{flow['to']} sees {flow['source']} as {seen}, not as {result.get('source')} (address translation)"
        return _verdict(PASSED, warning=text if moved else None, proof=TWO_ENDED)
    meant = known.elsewhere(flow, address) if address else None
    if meant and place.is_own(result):
        text = f"{flow['source']} itself answers: it {reasons.resolves(flow, address, meant)}"
        return _verdict(FAILED, text, at=place.SOURCE)
    if (end == OURS or result.get("error") == ANOTHER) and not meant:
        text = f"something answers, {reasons.not_ours(flow, result, known)}"
        return _verdict(FAILED, text, at=place.stopped_at(flow, result, known))
    if end in (ENDED, NOBODY, ELSEWHERE):
        return _verdict(UNKNOWN, f"something answers, not ours: {reasons.unproved(flow, result, known)}")
    return _by_service(flow, result, meant)


def _by_service(flow: Flow, result: Result, meant: str | None) -> Verdict:
    """A service answered, at an address that the inventory does not have where it means others."""
    judged = tls.judge(flow, result)
    if judged.failure:
        return _verdict(FAILED, judged.failure, proof=BY_SERVICE, at=place.SERVICE_ITSELF)
    closed = "accepted, then closed: a service or proxy that has nothing behind it, or none for this address"
    moved = f"{flow['source']} {reasons.resolves(flow, result.get('address'), meant)}" if meant else None
    warning = judged.warning or (closed if result.get("closed") else None) or moved
    return _verdict(PASSED, warning=warning, proof=BY_SERVICE)


def _refused(flow: Flow, result: Result, known: Known, end: str) -> Verdict:
    to = flow["to"]
    if end in (OURS, SERVICE):
        who = "our listener" if end == OURS else "a service"
        which = reasons.which_firewall(flow, result, known)
        text = f"refused although {who} listens on {to}, so a firewall refuses: {which}"
        return _verdict(FAILED, text, proof=BY_FIREWALL, at=place.stopped_at(flow, result, known))
    if end == ELSEWHERE:
        text = f"refused: the service on {to} listens on {known.ends.addresses(to, result)} only"
        return _verdict(FAILED, text, at=place.SERVICE_ITSELF)
    told = f"refused, by {to} or by a firewall or router on the way, which a reset does not tell"
    if flow["unused"] or flow.get("range"):
        what = "no known service uses this port" if flow["unused"] else "a range need not have a service on each port"
        return _verdict(UNKNOWN, f"{told}; {what}; {reasons.LISTEN}")
    why = f"; no listener of ours could be there ({known.ends.why_not(to, result)})" if end == NOBODY else ""
    return _verdict(FAILED, f"{told}: is the service ({flow['because']}) running?{why}")
