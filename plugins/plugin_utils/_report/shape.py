# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as a document for programs (report.json), from which every page and table is made.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from typing import Any, TypedDict

from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.rules import Rule
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.selection import LeftOut

FORMAT = "therefore.firewall.report"
VERSION = 1
# the file that holds it
INDEX = "report.json"

# the states of a cell of the matrix, the worst first: letter, meaning
STATES = {
    "failed": ("F", "the packets did the opposite of what they must"),
    "drift": ("D", "a rule at one of the ends is not there as wanted"),
    "unknown": ("?", "it was tried, and the answer does not tell"),
    "depends": ("S", "only some addresses of the source are peers"),
    "assumed": ("~", "the rules of both ends let it pass, as far as known: an address is missing in the inventory"),
    "allowed": ("A", "the rules of both ends let it pass"),
    "proved": ("P", "a packet passed, as it must"),
    "open": (
        "O",
        "the host lets it in, and no rule of the source asks for it: a trusted network, or a host without that role",
    ),
    "refused": ("-", "must not pass"),
    "closed": ("C", "a packet did not pass, as it must not"),
}
LEVELS = ("error", "warning", "note")


class Segment(TypedDict):
    """A network of the inventory; C(groups) are the ids of those in it."""

    name: str
    networks: list[str]
    groups: list[str]


class Group(TypedDict):
    """Hosts that are the same in all that matters here; or machines, devices or endpoints outside Ansible.

    C(kind) is host, population, devices, administrators, controllers, others, endpoints or internet; C(rule_sets) are
    indexes.
    """

    id: str
    title: str
    kind: str
    roles: list[str]
    segment: str | None
    addresses: list[str]
    hosts: list[str]
    rule_sets: list[int]


class ReportHost(TypedDict):
    """One host; C(status) is listed (no plan was given), planned, failed or unreachable; C(findings) are indexes."""

    name: str
    group: str
    addresses: list[str]
    platform: str | None
    status: str
    message: str | None
    changes: list[dict[str, Any]]
    findings: list[int]


class RuleSet(TypedDict):
    """Rules of a role as the filter rules_for gives them, once for all hosts that have the same.

    C(left_out) has the rows that the role would have, and the setting by which it has not.
    """

    role: str
    title: str
    egress: str
    rules: list[Rule]
    left_out: list[LeftOut]


class Cell(TypedDict):
    """One port from one group to another; C(tries) and C(failed) count flows of the verification."""

    source: str
    to: str
    port: int
    protocol: str
    state: str
    rows: list[str]
    rule: str | None
    because: str
    tries: int
    failed: int


class Crossing(TypedDict):
    """Traffic from one network to another: every source may reach every destination on every port.

    C(sources) and C(destinations) are addresses, networks and ranges, or C(["any"]). Where C(names) is true, the
    destinations are host names; C(tls) is true where settings say that the XML Service is TLS.
    """

    source: str
    to: str
    sources: list[str]
    destinations: list[str]
    protocol: str
    ports: list[int | str]
    rows: list[str]
    names: bool
    tls: bool
    source_groups: list[str]
    to_groups: list[str]


class Finding(TypedDict):
    """Something to know; C(level) is one of LEVELS, C(kind) what it is about, C(host) where."""

    level: str
    kind: str
    host: str | None
    text: str
    remedy: str | None


class ReportDocument(TypedDict):
    """The whole report, as it is written to report.json; C(files) are all that belong to it."""

    format: str
    version: int
    created: str
    article: dict[str, str]
    inputs: dict[str, dict[str, str] | None]
    totals: dict[str, Any]
    segments: list[Segment]
    groups: list[Group]
    hosts: list[ReportHost]
    rule_sets: list[RuleSet]
    rows: dict[str, dict[str, Any]]
    matrix: list[Cell]
    crossings: list[Crossing]
    findings: list[Finding]
    files: list[str]
