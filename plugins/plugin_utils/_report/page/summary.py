# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The head of the page: totals, the age of the data, findings, and what differs on the hosts.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.alike import title_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.plan import SIGNS, change_lines
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import LEVELS, STATES, ReportDocument
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.words import in_words

STALE = timedelta(days=1)
BAR_WIDTH = 1000
# so many findings of a level are shown at once, the others when asked for
SHOWN = 8
PLAYBOOKS = {
    "plan": "what is on the hosts is not known",
    "verify": "no packet was sent to prove it",
}


class Age(NamedTuple):
    """One input of the report: its name, when it was made, how old it was, and whether that is too old."""

    name: str
    created: str | None
    shown: str
    words: str
    stale: bool


class Total(NamedTuple):
    """A number of the head."""

    number: int
    words: str


class State(NamedTuple):
    """A state of the matrix: C(offset) and C(width) are its part of the bar."""

    name: str
    letter: str
    meaning: str
    cells: int
    offset: float
    width: float


class Told(NamedTuple):
    """A finding, with the number by which hosts point to it."""

    number: int
    level: str
    kind: str
    host: str | None
    host_number: int | None
    text: str
    remedy: str | None


class Findings(NamedTuple):
    """The findings of a level: the first ones, and the rest."""

    level: str
    title: str
    shown: list[Told]
    rest: list[Told]


class Change(NamedTuple):
    """A change in words: what is done to which rule, and each property that differs."""

    action: str
    role: str
    id: str
    text: str
    details: list[str]


class Drift(NamedTuple):
    """Hosts that differ in the same way."""

    number: int
    title: str
    hosts: list[tuple[int, str]]
    changes: list[Change]


class Summary(NamedTuple):
    """All of the head."""

    article: Mapping[str, str]
    created: str
    shown: str
    ages: list[Age]
    verdict: str
    level: str
    words: list[str]
    totals: list[Total]
    states: list[State]
    findings: list[Findings]
    drift: list[Drift]
    planned: bool


def summary(report: ReportDocument) -> Summary:
    """The head of the page."""
    level, verdict = _verdict(report)
    return Summary(
        article=report["article"],
        created=report["created"],
        shown=moment(report["created"]),
        ages=[_age(name, given, report["created"]) for name, given in report["inputs"].items()],
        verdict=verdict,
        level=level,
        words=in_words(report),
        totals=_totals(report["totals"]),
        states=_states(report["totals"]["states"]),
        findings=list(_findings(report)),
        drift=_drift(report),
        planned=report["inputs"]["plan"] is not None,
    )


def counted(count: int, noun: str) -> str:
    """A number and its noun: 1 host, 2 hosts."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _verdict(report: ReportDocument) -> tuple[str, str]:
    """The worst level, and one line that says how it stands."""
    found = Counter(finding["level"] for finding in report["findings"])
    differing = sum(1 for host in report["hosts"] if host["changes"])
    parts = [counted(found[level], level) for level in LEVELS if found[level]]
    if differing:
        parts.append(f"differences on {counted(differing, 'host')}")
    if found["error"]:
        return "error", f"Needs attention: {', '.join(parts)}"
    if found["warning"] or differing:
        return "warning", f"Worth a look: {', '.join(parts)}"
    notes = f" {counted(found['note'], 'note')}." if found["note"] else ""
    unseen = [what for name, what in PLAYBOOKS.items() if report["inputs"][name] is None]
    if unseen:
        return "fine", f"Nothing is wrong with the settings, but {' and '.join(unseen)}.{notes}"
    return "fine", f"Nothing is wrong, as far as the inputs tell.{notes}"


def _age(name: str, given: Mapping[str, str] | None, report_created: str) -> Age:
    if not given:
        return Age(name, None, "", f"not given: {PLAYBOOKS.get(name, 'not part of this report')}", False)
    created = given["created"]
    try:
        age = datetime.fromisoformat(report_created) - datetime.fromisoformat(created)
    except (TypeError, ValueError):
        return Age(name, created, created, "its age cannot be told", True)
    return Age(name, created, moment(created), _duration(age), age > STALE)


def moment(created: str) -> str:
    """When something was made, as people write it."""
    try:
        made = datetime.fromisoformat(created)
    except ValueError:
        return created
    return f"{made:%Y-%m-%d %H:%M} {made.tzname() or ''}".rstrip()


def _duration(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    if age < timedelta(0):
        return "younger than this report"
    if hours < 1:
        return "less than an hour before this report"
    return f"{counted(hours, 'hour') if hours < 48 else counted(hours // 24, 'day')} before this report"


def _totals(totals: Mapping[str, Any]) -> list[Total]:
    nouns = {
        "hosts": "host", "groups": "group", "segments": "network", "rules": "rule", "flows": "flow",
        "changes": "change", "findings": "finding",
    }  # fmt: skip
    return [Total(totals[key], noun if totals[key] == 1 else f"{noun}s") for key, noun in nouns.items()]


def _states(counts: Mapping[str, int]) -> list[State]:
    total = sum(counts.values()) or 1
    result = []
    offset = 0.0
    for name, (letter, meaning) in STATES.items():
        width = round(BAR_WIDTH * counts.get(name, 0) / total, 2)
        result.append(State(name, letter, meaning, counts.get(name, 0), round(offset, 2), width))
        offset += width
    return result


def _findings(report: ReportDocument) -> Iterator[Findings]:
    numbers = {host["name"]: number for number, host in enumerate(report["hosts"], start=1)}
    for level in LEVELS:
        told = [
            Told(number, level, one["kind"], one["host"], numbers.get(one["host"] or ""), one["text"], one["remedy"])
            for number, one in enumerate(report["findings"], start=1)
            if one["level"] == level
        ]
        if told:
            yield Findings(level, f"{counted(len(told), level)}", told[:SHOWN], told[SHOWN:])


def _drift(report: ReportDocument) -> list[Drift]:
    """What differs, once for all hosts on which the same does."""
    alike: dict[tuple[tuple[str, ...], ...], list[int]] = {}
    for number, host in enumerate(report["hosts"]):
        if host["changes"]:
            key = tuple((one.get("role", ""), *change_lines(one, 0)) for one in host["changes"])
            alike.setdefault(key, []).append(number)
    return [_alike(number, members, report) for number, members in enumerate(alike.values(), start=1)]


def _alike(number: int, members: list[int], report: ReportDocument) -> Drift:
    hosts = [report["hosts"][member] for member in members]
    return Drift(
        number,
        title_of([host["name"] for host in hosts]),
        [(member + 1, host["name"]) for member, host in zip(members, hosts, strict=True)],
        [_change(change) for change in hosts[0]["changes"]],
    )


def _change(change: Mapping[str, Any]) -> Change:
    head, *details = change_lines(change, 0)
    text = head.removeprefix(f"{SIGNS[change['action']]} {change['id']}").strip()
    return Change(change["action"], change.get("role", ""), change["id"], text, [line.strip() for line in details])
