# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The diagnosis of connections: one sentence with the place where each stops, the remedy, and the steps that show it.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypedDict

from ansible_collections.therefore.firewall.plugins.plugin_utils._diagnosis import sentences
from ansible_collections.therefore.firewall.plugins.plugin_utils._diagnosis.steps import Step, steps
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.estate import host_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.flows import Flows
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.pairs import Flow
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.ends import Result
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.known import Known
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.place import STOPPED_AT

FORMAT = "therefore.firewall.diagnosis"
VERSION = 1


class Connection(TypedDict):
    """One port of one address. C(place) is none where it passes, and where it is not known."""

    source: str
    to: str
    target: str
    address: str | None
    port: int
    protocol: str
    rows: list[str]
    passes: bool | None
    place: str | None
    stopped_at: str | None
    sentence: str
    remedy: str | None
    steps: list[Step]
    result: dict[str, Any]


class Diagnosis(TypedDict):
    """The whole, as it is written to a file."""

    format: str
    version: int
    created: str
    source: str
    to: str
    connections: list[Connection]


def document(
    found: Flows,
    hosts: Iterable[Mapping[str, Any]],
    plans: Iterable[Mapping[str, Any]],
    created: str,
) -> Diagnosis:
    """What became of each connection.

    Args:
        found: What connections() said is to be tried.
        hosts: The hosts as it took them, each with the C(results) of its probes, or with the C(problem) why it could
            not be asked, and with what it said of its own end (Ends).
        plans: The hosts of a plan (_plan).
        created: When the packets were sent, ISO 8601.
    """
    given = list(hosts)
    known = Known(plans, given)
    about = {host["host"]: host for host in given}
    answers: dict[str, list[Result]] = {}
    for result in (one for host in given for one in host.get("results") or []):
        answers.setdefault(result["id"], []).append(result)
    diagnosed = [
        _connection(flow, result, known, about)
        for flow in found["flows"]
        for result in answers.get(flow["id"]) or [_not_asked(flow, about)]
    ]
    passing = {one["target"] for one in diagnosed if one["result"]["state"] != "skipped"}
    first = found["flows"][0]
    return {
        "format": FORMAT, "version": VERSION, "created": created, "source": first["source"], "to": first["to"],
        # a family that the source has not is no answer where it has another
        "connections": [
            one for one in diagnosed if one["result"]["state"] != "skipped" or one["target"] not in passing
        ],
    }  # fmt: skip


def _not_asked(flow: Flow, about: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    problem = (about.get(flow["source"]) or {}).get("problem")
    error = f"{flow['source']} could not be asked{f' ({problem})' if problem else ''}"
    return {"state": "not-tried", "address": None, "error": error}


def _connection(flow: Flow, given: Result, known: Known, about: Mapping[str, Mapping[str, Any]]) -> Connection:
    result = {"port": flow["port"], "protocol": flow["protocol"], **given}
    said = sentences.judge(flow, result, known)
    source = host_of(about[flow["source"]]) if flow["source"] in about else None
    return {
        "source": flow["source"], "to": flow["to"], "target": flow["target"], "address": result.get("address"),
        "port": result["port"], "protocol": flow["protocol"], "rows": flow["rows"], "passes": said.passes,
        "place": said.place, "stopped_at": STOPPED_AT.get(said.place or "", said.place), "sentence": said.sentence,
        "remedy": said.remedy, "steps": steps(flow, result, known, source), "result": dict(given),
    }  # fmt: skip


def text(diagnosis: Diagnosis) -> str:
    """The diagnosis for people: each different answer with its steps, then the sentence, then the remedy."""
    lines: list[str] = []
    for same in _alike(diagnosis["connections"]):
        first = same[0]
        ports = ", ".join(f"{_title(one)}" for one in same)
        lines += [f"{first['source']} -> {first['to']} {ports}", *_steps(first["steps"])]
        lines += [f"  => {first['sentence']}", *([f"     {first['remedy']}"] if first["remedy"] else []), ""]
    return "\n".join([*lines, _total(diagnosis["connections"])])


def _title(one: Connection) -> str:
    rows = f" ({', '.join(one['rows'])})" if one["rows"] else ""
    at = f" at {one['address']}" if one["address"] else ""
    return f"{one['port']}/{one['protocol']}{rows}{at}"


def _steps(found: Iterable[Step]) -> Iterator[str]:
    for one in found:
        yield f"  {one['seen']:9}  {one['step']:9}  {one['text']}"


def _alike(found: Iterable[Connection]) -> list[list[Connection]]:
    """Connections with the same sentence, those that fail first."""
    same: dict[tuple[Any, ...], list[Connection]] = {}
    for one in found:
        same.setdefault((one["passes"] is True, one["place"], one["sentence"], one["remedy"]), []).append(one)
    return [same[key] for key in sorted(same, key=lambda key: key[0])]


def _total(found: list[Connection]) -> str:
    passing = sum(one["passes"] is True for one in found)
    places: dict[str, int] = {}
    for one in found:
        if one["passes"] is not True:
            name = one["place"] or "not known"
            places[name] = places.get(name, 0) + 1
    stopped = ", ".join(f"{count} {name}" for name, count in places.items())
    return f"Diagnosed {len(found)} connections: {passing} pass{f'; stopped at: {stopped}' if stopped else ''}"
