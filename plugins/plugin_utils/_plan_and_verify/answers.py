# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hosts' probes found, by flow. In a large estate a host tells answers that are alike once for all its flows.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.estate import ALLOW
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.flows import Flows, asking
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.jobs import LARGE
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.pairs import Flow
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.ends import Result

# what tells one good answer from another, and no verdict rests on
OWN = ("id", "host", "address", "port", "protocol", "latency_ms", "source", "source_ports", "seen_as", "tag")


def told_once(found: Flows, results: Iterable[Result]) -> dict[str, Any]:
    """The C(results) of a host; in a large estate good answers apart, each C(alike) once, with the numbers of its
    flows."""
    if len({*chain.from_iterable(found["groups"].values())}) < LARGE:
        return {"results": list(results)}
    numbers = {flow["id"]: number for number, flow in enumerate(found["flows"])}
    rest: list[Result] = []
    answers: dict[str, tuple[dict[str, Any], list[int]]] = {}
    for result in results:
        number = numbers.get(str(result["id"]))
        if number is None or not _is_good(found["flows"][number], result):
            rest.append(result)
            continue
        answer = {key: value for key, value in result.items() if key not in OWN}
        answers.setdefault(json.dumps(answer, sort_keys=True), (answer, []))[1].append(number)
    return {
        "results": rest,
        "alike": [{"answer": answer, "flows": [*_spans(sorted(ones))]} for answer, ones in answers.values()],
    }


def _is_good(flow: Flow, result: Result) -> bool:
    """Whether it is open as it must be, at the address that was asked, which saw the address that the host used."""
    plain = flow["expect"] == ALLOW and not flow["range"] and result["state"] == "open"
    return plain and result["address"] == flow["target"] and result.get("seen_as") in (None, result.get("source"))


def _spans(numbers: list[int]) -> Iterator[list[int]]:
    first = last = numbers[0]
    for number in numbers[1:]:
        if number != last + 1:
            yield [first, last]
            first = number
        last = number
    yield [first, last]


class Answer(NamedTuple):
    """The results of hosts that found the same; none where they could not be asked."""

    results: list[Result]
    members: list[str]


class Answers:
    """All that was found."""

    def __init__(self, found: Flows, hosts: Iterable[Mapping[str, Any]]) -> None:
        """Keep it by flow.

        Args:
            found: What was to be tried.
            hosts: The hosts, each with what told_once() says of it.
        """
        self._found = found
        self._results: dict[tuple[str, str], list[Result]] = {}
        self._alike: dict[int, dict[str, tuple[Mapping[str, Any], list[str]]]] = {}
        self.asked: set[str] = set()
        for host in hosts:
            name = host["host"]
            for result in host.get("results") or []:
                self._results.setdefault((name, result["id"]), []).append(result)
            for one in host.get("alike") or []:
                key = json.dumps(one["answer"], sort_keys=True)
                for first, last in one["flows"]:
                    for number in range(first, last + 1):
                        same = self._alike.setdefault(number, {}).setdefault(key, (one["answer"], []))
                        same[1].append(name)
            if host.get("results") or host.get("alike"):
                self.asked.add(name)

    def of(self, number: int) -> Iterator[Answer]:
        """What each host that was to try a flow found, those together that told the same."""
        flow = self._found["flows"][number]
        told = self._alike.get(number, {})
        yield from (Answer([_result(flow, answer)], names) for answer, names in told.values())
        names = asking(self._found, flow)
        if sum(len(same) for _answer, same in told.values()) < len(names):
            done = {*chain.from_iterable(same for _answer, same in told.values())}
            yield from (Answer(self._results.get((name, flow["id"]), []), [name]) for name in names if name not in done)

    def single(self) -> Iterator[tuple[str, Flow, Result]]:
        """Each result that was told alone: who asked, and what."""
        flows = {flow["id"]: flow for flow in self._found["flows"]}
        for (name, flow_id), results in self._results.items():
            if flow_id in flows:
                yield from ((name, flows[flow_id], result) for result in results)


def _result(flow: Flow, answer: Mapping[str, Any]) -> Result:
    nothing = dict.fromkeys(OWN)
    asked = {key: flow[key] for key in ("id", "port", "protocol")}
    return {**nothing, **answer, **asked, "host": flow["target"], "address": flow["target"]}
