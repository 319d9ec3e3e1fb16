# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Windows hosts say to our assumptions: as a document for programs, and as a table for people.

Pure: no Ansible, no I/O. What could not be tried agrees with nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypedDict

from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.assumptions import Assumption, assumptions

FORMAT = "therefore.firewall.selftest"
VERSION = 1
SIGNS = {True: "=", False: "!", None: "?"}
UNASKED = "the host was not asked"


class Line(TypedDict):
    """One assumption on one host. C(agrees) is nothing where it was not tried, and C(not_tried) says why."""

    number: str
    group: str
    what: str
    tried: str
    expected: str
    found: str | None
    detail: str
    agrees: bool | None
    not_tried: str | None


class HostResult(TypedDict):
    """One host: which Windows it is, how Ansible came to it, and all assumptions. C(problem) has stopped the test."""

    host: str
    connection: str
    system: dict[str, str]
    problem: str | None
    lines: list[Line]


class Document(TypedDict):
    """The whole self-test, as it is written to a file."""

    format: str
    version: int
    created: str
    totals: dict[str, int]
    hosts: list[HostResult]


def document(hosts: Iterable[Mapping[str, Any]], created: str) -> Document:
    """What these hosts said.

    Args:
        hosts: For each host its name (C(host)), C(connection), C(results) of the modules that ran there and, where the
            test stopped, C(problem).
        created: When they were asked.
    """
    results = [_host(host) for host in hosts]
    agree = [line["agrees"] for host in results for line in host["lines"]]
    totals = {
        "hosts": len(results),
        "assumptions": len(assumptions()),
        "agree": agree.count(True),
        "differ": agree.count(False),
        "not_tried": agree.count(None),
        "problems": sum(1 for host in results if host["problem"]),
    }
    return Document(format=FORMAT, version=VERSION, created=created, totals=totals, hosts=results)


def _host(host: Mapping[str, Any]) -> HostResult:
    results: list[Mapping[str, Any]] = list(host["results"])
    found = {finding["number"]: finding for result in results for finding in result.get("findings") or []}
    system: Mapping[str, Any] = next((result["host"] for result in results if result.get("host")), {})
    # of tasks that failed, or that found no way to the host
    messages = [str(result["msg"]) for result in results if result.get("msg")]
    return HostResult(
        host=host["host"],
        connection=host["connection"],
        system={name: str(value) for name, value in system.items()},
        problem=host.get("problem") or next(iter(messages), None),
        lines=[_line(one, found.get(one.number)) for one in assumptions()],
    )


def _line(one: Assumption, finding: Mapping[str, Any] | None) -> Line:
    reason = UNASKED if finding is None else finding.get("not_tried") or None
    answer = None if finding is None or reason else str(finding["found"])
    return Line(
        number=f"W{one.number}",
        group=one.group,
        what=one.what,
        tried=one.tried,
        expected=one.expected,
        found=answer,
        detail=str((finding or {}).get("detail") or ""),
        agrees=None if answer is None else answer == one.expected,
        not_tried=reason,
    )


def text(selftest: Document) -> str:
    """The document as a table: C(=) agrees, C(!) differs, C(?) was not tried."""
    return "\n".join([*(line for host in selftest["hosts"] for line in _shown(host)), _total(selftest)])


def _shown(host: HostResult) -> Iterator[str]:
    system = host["system"]
    product = " ".join(filter(None, (system.get("product"), system.get("build")))) or "Windows of unknown version"
    yield f"{host['host']} ({product}, PowerShell {system.get('powershell') or 'unknown'}, over {host['connection']})"
    if host["problem"]:
        yield f"  the self-test stopped: {host['problem']}"
    group = ""
    for line in host["lines"]:
        if line["group"] != group:
            group = line["group"]
            yield f"  {group}"
        yield f"    {SIGNS[line['agrees']]} {line['number']:<5} {line['what']}: {_answer(line)}"
    yield ""


def _answer(line: Line) -> str:
    if line["not_tried"]:
        return f"not tried, {line['not_tried']}"
    if line["agrees"]:
        return line["expected"]
    detail = f" ({line['detail']})" if line["detail"] else ""
    return f"expected {line['expected']}, found {line['found']}{detail}"


def _total(selftest: Document) -> str:
    totals = selftest["totals"]
    hosts = "1 host" if totals["hosts"] == 1 else f"{totals['hosts']} hosts"
    stopped = f"; not tried to the end: {totals['problems']}" if totals["problems"] else ""
    return (
        f"{totals['assumptions']} assumptions on {hosts}: {totals['agree']} agree, "
        f"{totals['differ']} differ, {totals['not_tried']} not tried{stopped}"
    )
