# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sentence of a diagnosis: the place where a connection stops, why, and what to do about it.

Pure: no Ansible, no I/O. The place is the one that a verification finds.
"""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.therefore.firewall.plugins.module_utils._probe.words import LOST
from ansible_collections.therefore.firewall.plugins.plugin_utils._diagnosis import causes
from ansible_collections.therefore.firewall.plugins.plugin_utils._diagnosis.causes import Case, Said
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.pairs import Flow
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify import tls
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.ends import (
    ELSEWHERE,
    ENDED,
    SERVICE,
    Result,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.known import Known
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.place import (
    NAME,
    SERVICE_ITSELF,
    SOURCE,
    TARGET,
    TLS,
    WAY,
    place,
)


def judge(flow: Flow, result: Result, known: Known) -> Said:
    """The judgement on one connection."""
    case = Case(flow, result, known)
    if result["state"] in ("not-tried", "skipped"):
        return Said(None, None, f"Not known: {result.get('error')}.")
    if result.get("listener") and result.get("error") not in LOST:
        sentence = f"Service: the way is open from end to end, and nothing listens on {case.port} of {case.to}."
        return Said(False, SERVICE_ITSELF, sentence, _start(case))
    found = place(flow, result, known)
    tell: dict[str, Callable[[Case], Said]] = {
        NAME: causes.name, SOURCE: causes.source, WAY: causes.way, TARGET: causes.target, SERVICE_ITSELF: _service,
    }  # fmt: skip
    if found:
        return tell[found](case)
    return _answered(case) if result["state"] == "open" else _unknown(case)


def _answered(case: Case) -> Said:
    """The service answered."""
    result = case.result
    judged = tls.judge(case.flow, result)
    if judged.failure:
        sentence = f"TLS: {_who(case)} answers: {judged.failure}."
        name = case.flow["server_name"] or case.flow["target"]
        check = f"openssl s_client -connect {result['address']}:{result['port']} -servername {name}"
        return Said(False, TLS, sentence, f"mend it on {case.to}, and look from {case.source}: {check}")
    if result.get("closed"):
        sentence = f"Service: {_who(case)} takes the connection and ends it at once."
        remedy = f"look into its log on {case.to}: it has nothing behind it, is not ready, or refuses this address"
        return Said(False, SERVICE_ITSELF, sentence, remedy)
    warning = f" ({judged.warning})" if judged.warning else ""
    return Said(True, None, f"It passes: {_who(case)} answers{warning}.")


def _who(case: Case) -> str:
    holder = case.known.ends.holder(case.to, case.result) or {}
    return f"{', '.join(holder.get('programs') or []) or 'the service'} on {case.port} of {case.to}"


def _start(case: Case) -> str:
    rows = ", ".join(case.flow["rows"])
    return f"start the service{f' ({rows})' if rows else ''} on {case.to}"


def _service(case: Case) -> Said:
    """It comes to the service, or would, if there was one."""
    result, ends = case.result, case.known.ends
    holder = ends.holder(case.to, result) or {}
    sentence, remedy = f"nothing listens on {case.port} of {case.to}", _start(case)
    if ends.at(case.to, result) == ELSEWHERE:
        sentence = f"{_who(case)} listens on {ends.addresses(case.to, result)} only, not on {result['address']}"
        remedy = f"have it listen on all addresses of {case.to}, in its own settings"
    elif holder.get("full"):
        sentence = f"{_who(case)} takes no connections: as many wait as may (its accept queue is full)"
        remedy = f"start it again on {case.to}; where it has too few threads, give it more"
    return Said(False, SERVICE_ITSELF, f"Service: {sentence}.", remedy)


def _unknown(case: Case) -> Said:
    """What is known does not tell the place."""
    flow, result, known = case
    troubles = [known.trouble(host, flow, blocks=False) for host in (case.to, case.source)]
    told = next((one for one in troubles if one), None)
    error = f" ({result['error']})" if result.get("error") else ""
    state = f"{result['state']}{error}"
    silent = result["state"] == "udp-unknown"
    if known.ends.at(case.to, result) == ENDED:
        return Said(None, None, f"Not known: {state}, and {case.to} could not be asked to the end.", "run it again")
    if silent and known.ends.at(case.to, result) == SERVICE:
        sentence = f"Not known: {_who(case)} is silent, which over UDP means nothing."
        return Said(None, None, sentence, "ask the service as its clients do")
    if told:
        remedy = f"ansible-playbook therefore.firewall.plan --limit {case.source},{case.to}"
        return Said(None if silent else False, None, f"Not known for sure: {state}, and {told}.", remedy)
    sentence = f"Not known: {state}; it may be what lies between {case.source} and {case.to}, or {case.to} itself."
    remedy = f"look on {case.to} whether it arrives: tcpdump -ni any port {result['port']}"
    return Said(None if silent else False, None, sentence, remedy)
