# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host pages: groups with the rules that their hosts share, each host with what is its own, origins of rows.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.therefore.firewall.plugins.plugin_utils._article.tables import listed
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.page.summary import Drift, counted
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import (
    Finding,
    ReportDocument,
    ReportHost,
    RuleSet,
)

KINDS = {
    "host": "managed by Ansible",
    "population": "not managed by Ansible",
    "devices": "multifunction devices",
    "endpoints": "endpoints of the vendor's cloud",
    "internet": "everybody else",
}
STATUSES = {"listed": "not compared", "planned": "as wanted", "failed": "could not be planned", "unreachable": "away"}
ENDS = {"in": "from", "out": "to", "forward": "to"}
# links lead to the web and nowhere else
WEB = ("https://", "http://")


class Origin(NamedTuple):
    """A row that rules come from, and where it is written."""

    number: int
    id: str
    service: str
    ports: str
    direction: str
    scope: str
    notes: str
    place: str
    title: str
    modified: str
    url: str | None


class RuleLine(NamedTuple):
    """One rule."""

    id: str
    name: str
    direction: str
    protocol: str
    ports: str
    end: str
    peers: str
    sources: str
    profiles: str
    action: str
    origins: list[Origin]


class Rules(NamedTuple):
    """The rules of a role: C(first) where the page shows them, otherwise it links to where it did."""

    number: int
    title: str
    denies: bool
    first: bool
    lines: list[RuleLine]


class HostCard(NamedTuple):
    """What is a host's own: C(read) is how reading it went, C(level) the worst that is said of it."""

    number: int
    name: str
    addresses: str
    platform: str
    level: str
    read: str
    status: str
    message: str | None
    drift: int | None
    findings: list[tuple[int, str, str]]


class GroupPage(NamedTuple):
    """A group with the hosts in it; C(level) is the worst that is said of them."""

    number: int
    title: str
    kind: str
    roles: list[str]
    role_titles: list[str]
    segment: str
    addresses: list[str]
    size: str
    level: str
    remarks: str
    rules: list[Rules]
    hosts: list[HostCard]


class CrossingLine(NamedTuple):
    """Traffic between two networks."""

    source: str
    to: str
    sources: str
    destinations: str
    names: bool
    protocol: str
    ports: str
    rows: str


def groups(report: ReportDocument, drift: Iterable[Drift], known: Iterable[Origin]) -> list[GroupPage]:
    """All groups, in the report's order, with links to what differs and to the origins of their rules."""
    where = {origin.id: origin for origin in known}
    drifts = {number: one.number for one in drift for number, _name in one.hosts}
    cards: dict[str, list[HostCard]] = {}
    for number, host in enumerate(report["hosts"], start=1):
        cards.setdefault(host["group"], []).append(_card(number, host, report["findings"], drifts.get(number)))
    titles = {one["role"]: one["title"] for one in report["rule_sets"]}
    seen: set[int] = set()
    pages = []
    for number, group in enumerate(report["groups"], start=1):
        hosts = cards.get(group["id"], [])
        rules = [_rules(index, report["rule_sets"][index], index not in seen, where) for index in group["rule_sets"]]
        seen.update(group["rule_sets"])
        level, remarks = _remarks(hosts)
        pages.append(GroupPage(
            number, group["title"], KINDS.get(group["kind"], group["kind"]), group["roles"],
            [titles.get(role, role) for role in group["roles"]], group["segment"] or "", group["addresses"],
            counted(len(hosts), "host") if hosts else "", level, remarks, rules, hosts,
        ))  # fmt: skip
    return pages


def _card(number: int, host: ReportHost, findings: Sequence[Finding], drift_number: int | None) -> HostCard:
    changes = counted(len(host["changes"]), "change") if host["changes"] else ""
    status = changes if changes and host["status"] == "planned" else STATUSES.get(host["status"], host["status"])
    told = [(index + 1, findings[index]["level"], findings[index]["kind"]) for index in host["findings"]]
    read = _read(host)
    worst = _worst([read, *(level for _number, level, _kind in told)])
    return HostCard(
        number, host["name"], ", ".join(host["addresses"]) or "no address known", host["platform"] or "", worst, read,
        status, host["message"], drift_number, told,
    )  # fmt: skip


def _read(host: ReportHost) -> str:
    if host["status"] in ("failed", "unreachable"):
        return "error"
    if host["changes"]:
        return "warning"
    return "fine" if host["status"] == "planned" else "note"


def _worst(levels: Iterable[str]) -> str:
    """The worst level; a note takes nothing from a host that is as wanted."""
    found = {*levels}
    return next((level for level in ("error", "warning", "fine") if level in found), "note")


def _remarks(hosts: Sequence[HostCard]) -> tuple[str, str]:
    """How many hosts of a group are away, differ, or have another finding to look at."""
    counts = {
        "not read": sum(host.read == "error" for host in hosts),
        "with changes": sum(host.read == "warning" for host in hosts),
        "with findings": sum(host.level in ("error", "warning") and host.read in ("fine", "note") for host in hosts),
    }
    level = _worst(host.level for host in hosts)
    parts = [f"{count} {words}" for words, count in counts.items() if count]
    return level, ", ".join(parts) or ("as wanted" if level == "fine" else "")


def _rules(index: int, one: RuleSet, first: bool, where: Mapping[str, Origin]) -> Rules:
    lines = [_rule(rule, where) for rule in one["rules"]] if first else []
    return Rules(index + 1, one["title"], one["egress"] == "deny", first, lines)


def _rule(rule: Mapping[str, Any], where: Mapping[str, Origin]) -> RuleLine:
    return RuleLine(
        rule["id"], rule["name"], rule["direction"], rule["protocol"], listed(rule["ports"]),
        ENDS.get(rule["direction"], ""), listed(rule["peers"]), listed(rule.get("sources", ())),
        listed(rule["profiles"]), rule["action"], [where[row] for row in rule["rows"] if row in where],
    )  # fmt: skip


def origins(report: ReportDocument) -> list[Origin]:
    """The rows that rules name."""
    return [_origin(number, row_id, row) for number, (row_id, row) in enumerate(report["rows"].items(), start=1)]


def _origin(number: int, row_id: str, row: Mapping[str, Any]) -> Origin:
    place = "Supplement" if row["table"] == "supplement" else row["table"]
    url = row.get("url")
    return Origin(
        number, row_id, row["service"], f"{row['port_text']} {'/'.join(row['protocols'])}", row["direction"],
        row["scope"], row["notes"], f"{place}, row {row['row']}", row["title"], row["modified"],
        url if str(url).startswith(WEB) else None,
    )  # fmt: skip


def crossings(report: ReportDocument) -> list[CrossingLine]:
    """What the diagram shows, as lines of a table."""
    return [
        CrossingLine(
            one["source"], one["to"], listed(one["sources"]), listed(one["destinations"]), one["names"],
            one["protocol"], listed(one["ports"]), listed(one["rows"]),
        )
        for one in report["crossings"]
    ]  # fmt: skip
