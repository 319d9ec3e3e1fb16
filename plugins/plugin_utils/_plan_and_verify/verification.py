# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verification of all flows: as a document for programs, a matrix for people, and JUnit XML for CI servers.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypedDict
from xml.etree import ElementTree

from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.flows import Flow, Flows, Unproved
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.verdict import (
    FAILED,
    PASSED,
    SKIPPED,
    UNKNOWN,
    Known,
    Result,
    verdict,
)

FORMAT = "therefore.firewall.verify"
VERSION = 1
# the worst of a flow's addresses is the flow's
WORST_FIRST = (FAILED, UNKNOWN, PASSED, SKIPPED)
LETTERS = {"open": "O", "refused": "r", "filtered": ".", "unreachable": "u", "udp-unknown": "?", "skipped": "-",
           "name-not-resolved": "n", "not-tried": "?"}  # fmt: skip
LEGEND = """\
O open   r refused (nobody listens, or a firewall says so)   . filtered   u no route   n name not resolved
? unknown   - not for this host   ! after a letter: not as it must be   blank: neither needed nor forbidden"""


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
    state: str
    hint: str | None
    warnings: list[str]
    results: list[dict[str, Any]]


class VerifyDocument(TypedDict):
    """The whole verification, as it is written to a file."""

    format: str
    version: int
    created: str
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
            asked, and with what was C(listening) there for us.
        plans: The hosts of a plan (_plan).
        created: When the packets were sent, ISO 8601.
    """
    everybody, planned = list(hosts), list(plans)
    known = Known(planned, everybody)
    answers: dict[str, list[Result]] = {}
    for result in (one for host in everybody for one in host.get("results") or []):
        answers.setdefault(result["id"], []).append(result)
    asked = {host["host"] for host in everybody if host.get("results")}
    proofs = [_proof(flow, answers.get(flow["id"], []), known) for flow in found["flows"]]
    # where not even the rules are known, a setting is wrong
    lost = {host["host"] for host in everybody if not host.get("wanted")}
    unplanned = {
        plan["host"]: plan["message"] for plan in planned if plan["status"] == "failed" and plan["host"] in lost
    }
    outcomes = [proof["outcome"] for proof in proofs]
    totals: dict[str, Any] = {
        "flows": len(proofs),
        **{outcome: outcomes.count(outcome) for outcome in WORST_FIRST},
        "warnings": sum(len(proof["warnings"]) for proof in proofs),
        "unproved": len(found["unproved"]),
        "unplanned": len(unplanned),
        "silent_hosts": sorted({flow["source"] for flow in found["flows"]} - asked),
    }
    return {
        "format": FORMAT, "version": VERSION, "created": created, "totals": totals, "flows": proofs,
        "unproved": found["unproved"], "disagreements": found["disagreements"], "unplanned": unplanned,
    }  # fmt: skip


def _proof(flow: Flow, results: list[Result], known: Known) -> Proof:
    nothing = {"state": "not-tried", "address": None, "error": f"{flow['source']} could not be asked"}
    judged = [(result, verdict(flow, result, known)) for result in results or [nothing]]
    result, worst = min(judged, key=lambda pair: WORST_FIRST.index(pair[1]["outcome"]))
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
        "state": result["state"],
        "hint": _with_family(worst["hint"], judged) if worst["outcome"] == FAILED else worst["hint"],
        "warnings": [one["warning"] for _result, one in judged if one["warning"]],
        "results": [dict(result) for result, _verdict in judged],
    }


def _with_family(hint: str | None, judged: list[tuple[Result, Any]]) -> str | None:
    """Where one family of addresses passes and the other fails, that is the first thing to know."""
    failed = {_family(result) for result, one in judged if one["outcome"] == FAILED}
    passed = {_family(result) for result, one in judged if one["outcome"] == PASSED} - failed
    if len(failed) == 1 and passed:
        return f"only {failed.pop()} fails: {hint}"
    return hint


def _family(result: Result) -> str:
    return "IPv6" if ":" in str(result["address"]) else "IPv4"


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
    return "\n".join([*lines, _total_line(report["totals"])])


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
    return LETTERS[worst["state"]] + ("!" if worst["outcome"] == FAILED else "")


def alike(proofs: Iterable[Mapping[str, Any]], outcome: str) -> Iterator[tuple[str, str, list[str], str]]:
    """Flows of one outcome: source, target, the ports that share a hint, and the hint."""
    same: dict[tuple[str, str, str], list[str]] = {}
    for proof in proofs:
        if proof["outcome"] == outcome:
            ports = same.setdefault((proof["source"], proof["to"], proof["hint"] or ""), [])
            ports += [port for port in [f"{proof['port']}/{proof['protocol']}"] if port not in ports]
    for (source, to, hint), ports in same.items():
        yield source, to, ports, hint


def named(proof: Mapping[str, Any]) -> str:
    """A flow in a sentence."""
    return f"{proof['source']} -> {proof['to']} {proof['port']}/{proof['protocol']}"


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


def junit(report: VerifyDocument) -> str:
    """The verification as JUnit XML: a suite for each source host, a case for each flow."""
    root = ElementTree.Element("testsuites", name="therefore.firewall verify")
    suites: dict[str, ElementTree.Element] = {}
    for proof in report["flows"]:
        if proof["source"] not in suites:
            attributes = {"name": f"from {proof['source']}", "timestamp": report["created"]}
            suites[proof["source"]] = ElementTree.SubElement(root, "testsuite", attributes)
        name = f"{named(proof)} ({proof['target']}) {proof['expect']}"
        case = ElementTree.SubElement(suites[proof["source"]], "testcase", name=name, classname=proof["source"])
        if proof["outcome"] == FAILED:
            ElementTree.SubElement(case, "failure", message=proof["hint"] or "", type=proof["state"])
        elif proof["outcome"] in (UNKNOWN, SKIPPED):
            ElementTree.SubElement(case, "skipped", message=proof["hint"] or proof["state"])
    for suite in (root, *suites.values()):
        for attribute, tag in (("tests", "testcase"), ("failures", "failure"), ("skipped", "skipped")):
            suite.set(attribute, str(len(suite.findall(f".//{tag}"))))
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)
