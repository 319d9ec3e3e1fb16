# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verification of all flows: as a document for programs, and a matrix for people.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypedDict

from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.flows import Flow, Flows, Unproved
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.ends import Result
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.known import Known
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.verdict import (
    FAILED,
    NONE,
    PASSED,
    PROOFS,
    SKIPPED,
    UNKNOWN,
    Verdict,
    verdict,
)

FORMAT = "therefore.firewall.verify"
VERSION = 1
# the worst of a flow's addresses is the flow's
WORST_FIRST = (FAILED, UNKNOWN, PASSED, SKIPPED)
LETTERS = {"open": "O", "refused": "r", "filtered": ".", "unreachable": "u", "udp-unknown": "?", "skipped": "-",
           "name-not-resolved": "n", "not-tried": "?", "not-sent": "s"}  # fmt: skip
LEGEND = """\
O open   r refused (nobody listens, or a firewall says so)   . filtered   u no route   n name not resolved
s not sent   ? unknown   - not for this host   after a letter: ! not as it must be   ? not proved
blank: neither needed nor forbidden"""


class Proof(TypedDict):
    """A flow with what was found at each of its addresses."""

    source: str
    to: str
    target: str
    port: int
    protocol: str
    rows: list[str]
    rule: str | None
    expect: str
    because: str
    outcome: str
    proof: str
    stopped_at: str | None
    state: str
    hint: str | None
    warnings: list[str]
    range: str | None
    tried: list[int]
    results: list[dict[str, Any]]


class VerifyDocument(TypedDict):
    """The whole verification, as it is written to a file."""

    format: str
    version: int
    created: str
    seed: int
    totals: dict[str, Any]
    flows: list[Proof]
    unproved: list[Unproved]
    disagreements: list[str]
    unplanned: dict[str, str]


def document(
    found: Flows, hosts: Iterable[Mapping[str, Any]], plans: Iterable[Mapping[str, Any]], created: str
) -> VerifyDocument:
    """What was proved.

    Args:
        found: What flows() said is to be tried.
        hosts: The hosts as flows() takes them, each with the C(results) of its probes, none where it could not be
            asked (then C(problem) may say why), and with what it said of its own end (Ends).
        plans: The hosts of a plan (_plan).
        created: When the packets were sent, ISO 8601.
    """
    everybody, planned = list(hosts), list(plans)
    answers: dict[str, list[Result]] = {}
    for result in (one for host in everybody for one in host.get("results") or []):
        answers.setdefault(result["id"], []).append(result)
    known = Known(planned, everybody, _translated(found["flows"], answers))
    asked = {host["host"] for host in everybody if host.get("results")}
    away = {host["host"]: host["problem"] for host in everybody if host.get("problem")}
    proofs = [_proof(flow, answers.get(flow["id"], []), known, away.get(flow["source"])) for flow in found["flows"]]
    # where not even the rules are known, a setting is wrong
    lost = {host["host"] for host in everybody if not host.get("wanted")}
    unplanned = {
        plan["host"]: plan["message"] for plan in planned if plan["status"] == "failed" and plan["host"] in lost
    } | found.get("refused", {})
    outcomes = [proof["outcome"] for proof in proofs]
    totals: dict[str, Any] = {
        "flows": len(proofs),
        **{outcome: outcomes.count(outcome) for outcome in WORST_FIRST},
        "proofs": {kind: sum(proof["proof"] == kind for proof in proofs) for kind in PROOFS},
        "warnings": sum(len(proof["warnings"]) for proof in proofs),
        "unproved": len(found["unproved"]),
        "unplanned": len(unplanned),
        "silent_hosts": sorted({flow["source"] for flow in found["flows"]} - asked),
    }
    return {
        "format": FORMAT, "version": VERSION, "created": created, "seed": found.get("seed", 0), "totals": totals,
        "flows": proofs,
        "unproved": found["unproved"], "disagreements": found["disagreements"], "unplanned": unplanned,
    }  # fmt: skip


def _translated(flows: Iterable[Flow], answers: Mapping[str, list[Result]]) -> dict[tuple[str, str], str]:
    """By source and target the address under which the target sees the source, where it is not the source's own."""
    result = {}
    for flow in flows:
        for one in answers.get(flow["id"], []):
            own, seen = (str(one.get(key) or "").partition("%")[0] for key in ("source", "seen_as"))
            if own and seen and own != seen:
                result[flow["source"], flow["to"]] = seen
    return result


def _proof(flow: Flow, results: list[Result], known: Known, away: str | None) -> Proof:
    reason = f" ({away})" if away else ""
    nothing = {"state": "not-tried", "address": None, "error": f"{flow['source']} could not be asked{reason}"}
    judged = [(result, verdict(flow, result, known)) for result in results or [nothing]]
    result, worst = min(judged, key=lambda pair: WORST_FIRST.index(pair[1]["outcome"]))
    tried = sorted({result["port"] for result in results}) if flow.get("range") else []
    if len(tried) == 1 and worst["outcome"] == PASSED:
        text = f"not proved: nobody listens on the other ports that were to be tried, and one is not {flow['range']}"
        worst = {**worst, "outcome": UNKNOWN, "proof": NONE, "hint": text}
    return {
        "source": flow["source"],
        "to": flow["to"],
        "target": flow["target"],
        "port": flow["port"],
        "protocol": flow["protocol"],
        "rows": flow["rows"],
        "rule": flow["rule"],
        "expect": flow["expect"],
        "because": flow["because"],
        "outcome": worst["outcome"],
        "proof": _weakest(judged) if worst["outcome"] == PASSED else worst["proof"],
        "stopped_at": worst["stopped_at"],
        "state": result["state"],
        "hint": _hint(flow, result, worst, judged),
        "warnings": list(dict.fromkeys(one["warning"] for _result, one in judged if one["warning"])),
        "range": flow.get("range"),
        "tried": tried,
        "results": [dict(result) for result, _verdict in judged],
    }


Judged = list[tuple[Result, Verdict]]


def _weakest(judged: Judged) -> str:
    """What passed is proved as well as the worst proved of its addresses and ports."""
    order = [NONE, *(kind for kind in reversed(PROOFS) if kind != NONE)]
    return min((one["proof"] for _result, one in judged if one["outcome"] == PASSED), key=order.index)


def _hint(flow: Flow, result: Result, worst: Verdict, judged: Judged) -> str | None:
    hint = worst["hint"]
    if hint and flow.get("range") and worst["outcome"] in (FAILED, UNKNOWN) and "port" in result:
        hint = f"{result['port']} of {flow['range']}: {hint}"
    return _with_addresses(hint, judged) if worst["outcome"] == FAILED else hint


def _with_addresses(hint: str | None, judged: Judged) -> str | None:
    """Where some addresses pass and others fail, that is the first thing to know."""
    failed, passed = (
        {str(result["address"]) for result, one in judged if one["outcome"] == outcome} for outcome in (FAILED, PASSED)
    )
    passed -= failed
    if not failed or not passed:
        return hint
    families = {_family(address) for address in failed}
    if len(families) == 1 and not families & {_family(address) for address in passed}:
        return f"only {families.pop()} fails: {hint}"
    return f"only {', '.join(sorted(failed))} {'fails' if len(failed) == 1 else 'fail'}: {hint}"


def _family(address: str) -> str:
    return "IPv6" if ":" in address else "IPv4"


def text(report: VerifyDocument) -> str:
    """The verification for people: the matrix, then what is wrong with its likely reason, then what nobody proved."""
    lines = [*_matrix(report["flows"]), "", *LEGEND.splitlines(), ""]
    lines += [f"FAILED  {host}: its rules are not known: {message}" for host, message in report["unplanned"].items()]
    for title, outcome in (("FAILED ", FAILED), ("UNKNOWN", UNKNOWN)):
        lines += [
            f"{title} {source} -> {to} {', '.join(ports)}: {hint}"
            for source, to, ports, hint in alike(report["flows"], outcome)
        ]
    lines += [f"WARNING {named(proof)}: {one}" for proof in report["flows"] for one in proof["warnings"]]
    lines += [f"WARNING {one}" for one in report["disagreements"]]
    lines += [f"NOT PROVABLE FROM HERE {unproved_line(one)}" for one in report["unproved"]]
    lines += [_ranges_line(report)] if any(proof["range"] for proof in report["flows"]) else []
    lines.append(f"Proofs: {proofs_text(report['totals'])}")
    return "\n".join([*lines, _total_line(report["totals"])])


def proofs_text(totals: Mapping[str, Any]) -> str:
    """How many verdicts rest on which proof."""
    words = {NONE: "not proved"}
    return ", ".join(f"{totals['proofs'].get(kind, 0)} {words.get(kind, kind)}" for kind in PROOFS)


def _ranges_line(report: VerifyDocument) -> str:
    ranges = ", ".join(sorted({f"{proof['range']}/{proof['protocol']}" for proof in report["flows"] if proof["range"]}))
    return (
        f"Of {ranges} some ports were tried, with the seed {report['seed']} (therefore_verify_seed); the JSON has them"
    )


def _matrix(proofs: Iterable[Proof]) -> Iterator[str]:
    """A line for each pair of hosts, a column for each port."""
    cells: dict[str, dict[str, dict[str, list[Proof]]]] = {}
    for proof in proofs:
        pair = cells.setdefault(proof["source"], {}).setdefault(proof["to"], {})
        pair.setdefault(_port(proof), []).append(proof)
    ports = sorted({port for row in cells.values() for pair in row.values() for port in pair}, key=_port_order)
    width = max((len(name) for row in cells.values() for name in row), default=0)
    for source, row in cells.items():
        yield f"from {source}".ljust(width + 7) + " ".join(port.rjust(5) for port in ports)
        for to, pair in row.items():
            yield f"  to {to}".ljust(width + 7) + " ".join(_cell(pair.get(port, [])).rjust(5) for port in ports)


def _port(proof: Proof) -> str:
    return f"{proof['port']}{'u' if proof['protocol'] == 'udp' else ''}"


def _port_order(port: str) -> tuple[bool, int]:
    return port.endswith("u"), int(port.rstrip("u"))


def _cell(proofs: list[Proof]) -> str:
    if not proofs:
        return ""
    worst = min(proofs, key=lambda proof: WORST_FIRST.index(proof["outcome"]))
    doubt = "?" if worst["outcome"] == UNKNOWN and LETTERS[worst["state"]] != "?" else ""
    return LETTERS[worst["state"]] + ("!" if worst["outcome"] == FAILED else doubt)


def alike(proofs: Iterable[Mapping[str, Any]], outcome: str) -> Iterator[tuple[str, str, list[str], str]]:
    """Flows of one outcome: source, target, the ports that share a hint, and the hint."""
    same: dict[tuple[str, str, str], list[str]] = {}
    for proof in proofs:
        if proof["outcome"] == outcome:
            ports = same.setdefault((proof["source"], proof["to"], proof["hint"] or ""), [])
            ports += [port for port in [_port_text(proof)] if port not in ports]
    for (source, to, hint), ports in same.items():
        yield source, to, ports, hint


def named(proof: Mapping[str, Any]) -> str:
    """A flow in a sentence."""
    return f"{proof['source']} -> {proof['to']} {_port_text(proof)}"


def _port_text(proof: Mapping[str, Any]) -> str:
    return f"{proof.get('range') or proof['port']}/{proof['protocol']}"


def unproved_line(one: Mapping[str, Any]) -> str:
    """What no packet of ours can prove, in a sentence."""
    instead = f"proved instead: {', '.join(one['instead'])}" if one["instead"] else "nothing was proved in their place"
    return f"{one['source']} -> {one['to']} {', '.join(one['ports'])} ({', '.join(one['rows'])}); {instead}"


def _total_line(totals: Mapping[str, Any]) -> str:
    counts = ", ".join(f"{totals[outcome]} {outcome}" for outcome in (PASSED, FAILED, UNKNOWN, SKIPPED))
    silent = totals["silent_hosts"]
    away = f"; could not be asked: {', '.join(silent)}" if silent else ""
    rest = f"{totals['warnings']} warnings, {totals['unproved']} not provable"
    return f"Verified {totals['flows']} flows: {counts}; {rest}{away}"
