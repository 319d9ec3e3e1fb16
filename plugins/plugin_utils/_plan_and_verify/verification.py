# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verification of all flows: as a document for programs, and a matrix for people.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypedDict

from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.alike import natural, title_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.flows import Flows, Unproved
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.pairs import Flow
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.answers import Answers
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
VERSION = 2
NOT_TRIED = "not-tried"
# the worst of a flow's addresses is the flow's
WORST_FIRST = (FAILED, UNKNOWN, PASSED, SKIPPED)


class Proof(TypedDict):
    """A flow with what was found at each of its addresses.

    One entry is for C(count) C(members) that are alike and found the same; C(source) is a short name for them, and what
    C(results) has is what the first of them found.
    """

    source: str
    members: list[str]
    count: int
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
    samples: int
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
        hosts: The hosts as flows() takes them, each with the C(results) of its probes and what it found C(alike)
            (Answers), none where it could not be asked (then C(problem) may say why), and with what it said of its own
            end (Ends).
        plans: The hosts of a plan (_plan).
        created: When the packets were sent, ISO 8601.
    """
    everybody, planned = list(hosts), list(plans)
    answers = Answers(found, everybody)
    known = Known(planned, everybody, _translated(answers))
    away = {host["host"]: host["problem"] for host in everybody if host.get("problem")}
    proofs = [proof for number in range(len(found["flows"])) for proof in _proofs(number, found, answers, known, away)]
    proofs.sort(key=lambda proof: (natural(proof["source"]), proof["to"], proof["protocol"], proof["port"]))
    # where not even the rules are known, a setting is wrong
    lost = {host["host"] for host in everybody if not host.get("wanted")}
    unplanned = {
        plan["host"]: plan["message"] for plan in planned if plan["status"] == "failed" and plan["host"] in lost
    } | found.get("refused", {})
    outcomes, kinds = _counted(proofs, "outcome"), _counted(proofs, "proof")
    totals: dict[str, Any] = {
        "flows": outcomes.total(),
        **{outcome: outcomes[outcome] for outcome in WORST_FIRST},
        "proofs": {kind: kinds[kind] for kind in PROOFS},
        "warnings": sum(len(proof["warnings"]) * proof["count"] for proof in proofs),
        "unproved": len(found["unproved"]),
        "unplanned": len(unplanned),
        "silent_hosts": sorted({name for proof in proofs for name in proof["members"]} - answers.asked),
    }
    return {
        "format": FORMAT, "version": VERSION, "created": created, "seed": found.get("seed", 0),
        "samples": found.get("samples", 0), "totals": totals, "flows": proofs,
        "unproved": found["unproved"], "disagreements": found["disagreements"], "unplanned": unplanned,
    }  # fmt: skip


def lifted(given: Any) -> Any:
    """A document of version 1, whose entries are one host's each, as one of this version; anything else as it is."""
    # true is 1 to Python
    is_old = isinstance(given, Mapping) and given.get("version") == 1 and given["version"] is not True
    if not is_old or not isinstance(given.get("flows"), list):
        return given
    flows = [
        {**one, "members": [one.get("source")], "count": 1} if isinstance(one, Mapping) else one
        for one in given["flows"]
    ]
    return {**given, "version": VERSION, "samples": 0, "flows": flows}


def _counted(proofs: Iterable[Proof], key: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for proof in proofs:
        counts[proof[key]] += proof["count"]  # type: ignore[literal-required]
    return counts


def _translated(answers: Answers) -> dict[tuple[str, str], str]:
    """By source and target the address under which the target sees the source, where it is not the source's own."""
    result = {}
    for name, flow, one in answers.single():
        own, seen = (str(one.get(key) or "").partition("%")[0] for key in ("source", "seen_as"))
        if own and seen and own != seen:
            result[name, flow["to"]] = seen
    return result


def _proofs(number: int, found: Flows, answers: Answers, known: Known, away: Mapping[str, str]) -> Iterator[Proof]:
    """What was found of a flow: one entry for those who found the same, but each failure by itself."""
    flow = found["flows"][number]
    same: dict[tuple[Any, ...], list[Proof]] = {}
    for results, members in answers.of(number):
        first = _proof({**flow, "source": members[0]}, results, known, away.get(members[0]))
        if first["outcome"] == FAILED:
            yield first
            yield from (_proof({**flow, "source": name}, results, known, None) for name in members[1:])
            continue
        one: Proof = {**first, "members": members, "count": len(members)}
        hint = first["hint"] if first["state"] != NOT_TRIED else away.get(members[0])
        key = (first["outcome"], first["proof"], first["state"], hint, *first["warnings"], *first["tried"])
        same.setdefault(key, []).append(one)
    for ones in same.values():
        names = ones[0]["members"] if len(ones) == 1 else [name for one in ones for name in one["members"]]
        yield {**ones[0], "source": title_of(names), "members": names, "count": len(names)}


def _proof(flow: Flow, results: list[Result], known: Known, away: str | None) -> Proof:
    reason = f" ({away})" if away else ""
    nothing = {"state": NOT_TRIED, "address": None, "error": f"could not be asked{reason}"}
    judged = [(result, verdict(flow, result, known)) for result in results or [nothing]]
    result, worst = min(judged, key=lambda pair: WORST_FIRST.index(pair[1]["outcome"]))
    tried = sorted({result["port"] for result in results}) if flow.get("range") else []
    if len(tried) == 1 and worst["outcome"] == PASSED:
        text = f"not proved: nobody listens on the other ports that were to be tried, and one is not {flow['range']}"
        worst = {**worst, "outcome": UNKNOWN, "proof": NONE, "hint": text}
    return {
        "source": flow["source"],
        "members": [flow["source"]],
        "count": 1,
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
