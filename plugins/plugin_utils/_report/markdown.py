# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as Markdown, for a wiki or a repository: report.md. Pure: no Ansible, no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ansible_collections.therefore.firewall.plugins.plugin_utils._article.tables import markdown, rule_table, table
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.plan import change_lines
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.crossings import ports_between
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.matrix import by_pair
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import (
    STATES,
    Group,
    ReportDocument,
    RuleSet,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.words import in_words

# letters of any language, digits and harmless marks; Mermaid gets everything else as a number
NOT_PLAIN = re.compile(r"[^\w .,:/()+-]")


def report_markdown(report: ReportDocument) -> str:
    """The whole report: totals, findings, diagram, matrix, rules, drift."""
    parts = [
        _head(report), "## Findings", _findings(report), "## Traffic between networks", _diagram(report), "## Matrix",
        _matrix(report), "## Rules", *_rules(report), "## Differences on the hosts", *_drift(report),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(report: ReportDocument) -> str:
    totals, article, inputs = report["totals"], report["article"], report["inputs"]
    lines = [
        "# Therefore firewall report", "",
        f"{totals['hosts']} hosts in {totals['groups']} groups, {totals['rules']} rules, {totals['changes']} changes "
        f"to make, {totals['findings']} findings.", "", markdown(" ".join(in_words(report))), "",
        f"- Made: {report['created']}",
        *(f"- {name}: {given['created'] if given else 'not given'}" for name, given in inputs.items()),
        f"- Rows: {markdown(article['title'])} (modified {markdown(article['modified'])}), "
        f"seen at {article['url']}",
    ]  # fmt: skip
    return "\n".join(lines)


def _findings(report: ReportDocument) -> str:
    if not report["findings"]:
        return "None."
    whose = ((one, f"{one['host']}: " if one["host"] else "") for one in report["findings"])
    lines = [[one["level"], one["kind"], f"{host}{one['text']}", one["remedy"] or ""] for one, host in whose]
    return table(("level", "kind", "finding", "remedy"), lines, "markdown")


def _diagram(report: ReportDocument) -> str:
    """A flowchart that many viewers of Markdown draw (Mermaid)."""
    if not report["crossings"]:
        return "Nothing crosses networks, as far as the inventory knows them."
    arrows = ports_between(report["crossings"])
    networks = {one["name"]: one["networks"] for one in report["segments"]}
    names = list(dict.fromkeys(name for pair in arrows for name in pair))
    ids = {name: f"n{number}" for number, name in enumerate(names)}
    boxes = (f"  {ids[name]}[{_label([name, *networks.get(name, [])])}]" for name in names)
    edges = (f"  {ids[source]} -->|{_label(texts)}| {ids[to]}" for (source, to), texts in arrows.items())
    return "\n".join(["```mermaid", "flowchart LR", *boxes, *edges, "```"])


def _label(lines: Iterable[str]) -> str:
    return '"' + "<br/>".join(NOT_PLAIN.sub(lambda found: f"#{ord(found[0])};", line) for line in lines) + '"'


def _matrix(report: ReportDocument) -> str:
    titles = {group["id"]: group["title"] for group in report["groups"]}
    ports = sorted({(cell["protocol"], cell["port"]) for cell in report["matrix"]})
    lines = [
        [titles[source], titles[to], *(STATES[states[port]][0] if port in states else "" for port in ports)]
        for (source, to), states in by_pair(report["matrix"]).items()
    ]
    legend = "; ".join(f"{letter} {meaning}" for letter, meaning in STATES.values())
    head = ("from", "to", *(f"{port}/{protocol}" for protocol, port in ports))
    return f"{table(head, lines, 'markdown')}\n\n{legend}; blank: the target opens it to nobody."


def _rules(report: ReportDocument) -> Iterator[str]:
    """The rules of each set, once for all groups that have it."""
    for number, one in enumerate(report["rule_sets"]):
        owners = [group for group in report["groups"] if number in group["rule_sets"]]
        yield f"### {_rule_set_title(one, owners)}"
        yield rule_table(one["rules"], "markdown") if one["rules"] else "No rules: the state of the role is absent."


def _rule_set_title(one: RuleSet, owners: Sequence[Group]) -> str:
    egress = ", other outbound traffic refused" if one["egress"] == "deny" else ""
    return f"{one['title']}: {markdown(', '.join(group['title'] for group in owners))}{egress}"


def _drift(report: ReportDocument) -> Iterator[str]:
    if not report["inputs"]["plan"]:
        yield "Not known: no plan was given."
        return
    differing = [host for host in report["hosts"] if host["changes"]]
    if not differing:
        yield "None."
    for host in differing:
        lines = [_change(change) for change in host["changes"]]
        yield f"### {markdown(host['name'])}"
        yield "\n".join(f"- {line}" for line in lines)


def _change(change: Mapping[str, object]) -> str:
    return "; ".join(markdown(line) for line in change_lines(change, 0))
