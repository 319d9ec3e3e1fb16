# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verification of all flows for people: a matrix, and a sentence for each that is not as it must be.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.alike import natural, title_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.verdict import (
    FAILED,
    NONE,
    PASSED,
    PROOFS,
    SKIPPED,
    UNKNOWN,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.verification import (
    WORST_FIRST,
    Proof,
    VerifyDocument,
)

LETTERS = {"open": "O", "refused": "r", "filtered": ".", "unreachable": "u", "udp-unknown": "?", "skipped": "-",
           "name-not-resolved": "n", "not-tried": "?", "not-sent": "s"}  # fmt: skip
LEGEND = """\
O open   r refused (nobody listens, or a firewall says so)   . filtered   u no route   n name not resolved
s not sent   ? unknown   - not for this host   after a letter: ! not as it must be   ? not proved
blank: neither needed nor forbidden"""


def text(report: VerifyDocument) -> str:
    """The verification for people: the matrix, then what is wrong with its likely reason, then what nobody proved."""
    lines = [*_matrix(report["flows"]), "", *LEGEND.splitlines(), ""]
    lines += [f"FAILED  {host}: its rules are not known: {message}" for host, message in report["unplanned"].items()]
    for title, outcome in (("FAILED ", FAILED), ("UNKNOWN", UNKNOWN)):
        lines += [
            f"{title} {one.source} -> {one.to} {', '.join(one.ports)}: {one.hint}"
            for one in alike(report["flows"], outcome)
        ]
    lines += [f"WARNING {named(proof)}: {one}" for proof in report["flows"] for one in proof["warnings"]]
    lines += [f"WARNING {one}" for one in report["disagreements"]]
    lines += [f"NOT PROVABLE FROM HERE {unproved_line(one)}" for one in report["unproved"]]
    lines += [_ranges_line(report)] if any(proof["range"] for proof in report["flows"]) else []
    lines += [_samples_line(report)] if report["samples"] else []
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


def _samples_line(report: VerifyDocument) -> str:
    return (
        f"Of hosts that are alike, {report['samples']} at each end stand for the others in what must not pass, chosen "
        f"with the seed {report['seed']} (therefore_verify_seed, therefore_verify_samples)"
    )


def _matrix(proofs: Iterable[Proof]) -> Iterator[str]:
    """A line for each pair of hosts, a column for each port. Hosts that found the same at all are one."""
    rows = [(title_of(names), _by_target(found)) for names, found in _by_sources(proofs)]
    rows.sort(key=lambda row: natural(row[0]))
    ports = sorted({port for _title, row in rows for pair in row.values() for port in pair}, key=_port_order)
    width = max((len(to) for _title, row in rows for to in row), default=0)
    for title, row in rows:
        yield f"from {title}".ljust(width + 7) + " ".join(port.rjust(5) for port in ports)
        for to, pair in row.items():
            yield f"  to {to}".ljust(width + 7) + " ".join(_cell(pair.get(port, [])).rjust(5) for port in ports)


def _by_sources(proofs: Iterable[Proof]) -> Iterator[tuple[list[str], list[Proof]]]:
    """All proofs of each host, and the hosts that have the same."""
    lists: dict[tuple[str, ...], list[Proof]] = {}
    for proof in proofs:
        lists.setdefault(tuple(proof["members"]), []).append(proof)
    of_host: dict[str, list[int]] = {}
    for number, names in enumerate(lists):
        for name in names:
            of_host.setdefault(name, []).append(number)
    same: dict[tuple[int, ...], list[str]] = {}
    for name, numbers in of_host.items():
        same.setdefault(tuple(numbers), []).append(name)
    known = list(lists.values())
    yield from ((names, [proof for number in numbers for proof in known[number]]) for numbers, names in same.items())


def _by_target(proofs: Iterable[Proof]) -> dict[str, dict[str, list[Proof]]]:
    row: dict[str, dict[str, list[Proof]]] = {}
    for proof in proofs:
        row.setdefault(proof["to"], {}).setdefault(_port(proof), []).append(proof)
    return dict(sorted(row.items()))


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


class Alike(NamedTuple):
    """Flows of one outcome between the same hosts, with the ports that share a hint."""

    members: list[str]
    source: str
    to: str
    ports: list[str]
    hint: str


def alike(proofs: Iterable[Mapping[str, Any]], outcome: str) -> list[Alike]:
    """Flows of one outcome, each reason once for all ports of two hosts."""
    same: dict[tuple[tuple[str, ...], str, str], Alike] = {}
    for proof in proofs:
        if proof["outcome"] == outcome:
            members, to, hint = proof["members"], proof["to"], proof["hint"] or ""
            one = same.setdefault((tuple(members), to, hint), Alike(members, proof["source"], to, [], hint))
            one.ports.extend(port for port in [_port_text(proof)] if port not in one.ports)
    return list(same.values())


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
