# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The change request for the team of the perimeter, as people read it: change-request.md.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._article.tables import listed, markdown, table
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.acceptance import acceptance
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.aerleon_targets import TARGETS, lacks
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.last_request import (
    CHANGED,
    GONE,
    NEW,
    UNCHANGED,
    Comparison,
    Line,
    compare,
    status_of,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.perimeter import (
    ANYBODY,
    DETAILS,
    MEANINGS,
    Boundary,
    Request,
    boundaries,
    expired,
    numbered,
    titles_of,
    warnings,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.crossings import exposed_networks
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import ReportDocument

TO_FILL_IN = "________________"
TITLES = ("no.", "sources", "destinations", "protocol", "ports", "opened by", "expires", "owner", "attention")
GONE_TITLES = ("last no.", "from", "to", "sources", "destinations", "protocol", "ports")


def change_request_markdown(report: ReportDocument, request: Request, last: Sequence[Line] | None = None) -> str:
    """The request for people: a chapter for each two networks, with what to let pass and why.

    Args:
        report: The report.
        request: What the request says of itself.
        last: The lines of the last request, if there is one: each line then has its status against it.
    """
    comparison = None if last is None else compare(report, last)
    parts = [_head(report, request), *_remarks(report, request, comparison)]
    for boundary in boundaries(report):
        parts += [_title(boundary), _networks(report, boundary), _lines(report, boundary, request, comparison)]
        parts += ["Why:", "\n".join(_reasons(report, boundary))]
    if not report["crossings"]:
        parts.append("Nothing crosses networks, as far as the inventory knows them: there is nothing to change.")
    if comparison and comparison.gone:
        parts += ["## No longer needed", _gone(comparison)]
    if report["crossings"]:
        parts += [*acceptance(report), "## Files for Aerleon", "\n".join(_aerleon(report))]
    return "\n\n".join(parts) + "\n"


def _head(report: ReportDocument, request: Request) -> str:
    article = report["article"]
    return "\n".join([
        "# Change request: Therefore across networks", "",
        f"- Reference: {_or_blank(request['reference'])}",
        f"- Owner: {_or_blank(request['owner'])}",
        f"- Expires: {_or_blank(request['expires'])}",
        *(f"- {title}: {_or_blank(request['details'][name])}" for name, title in DETAILS.items()),
        f"- Approved by: {TO_FILL_IN} on: {TO_FILL_IN}",
        f"- Done by: {TO_FILL_IN} on: {TO_FILL_IN}",
        f"- Made: {report['created']}",
        f"- Ports from: {markdown(article['title'])} (modified {markdown(article['modified'])}), "
        f"seen at {article['url']}",
    ])  # fmt: skip


def _or_blank(text: str) -> str:
    return markdown(text) if text else TO_FILL_IN


def _remarks(report: ReportDocument, request: Request, comparison: Comparison | None) -> Iterator[str]:
    """What holds for all lines, said once."""
    crossings = report["crossings"]
    if comparison:
        yield f"Against the last request: {_counted(comparison)}."
    if expired(report, request):
        yield f"**The last day, {request['expires']}, is over:** Aerleon leaves out what has expired."
    if not crossings:
        return
    yield (
        "Please let pass what the tables list: each source may open connections to each of its destinations on each of "
        "the ports. The source opens the connection; the firewall keeps state, so that the answers of TCP and UDP pass "
        "without rules of their own."
    )
    if report["rule_sets"] and all(one["egress"] == "deny" for one in report["rule_sets"]):
        yield "Nothing else is needed: the hosts themselves refuse other outbound traffic."
    left_out = dict.fromkeys(
        f"{left['row']} of {one['title']} ({left['by']})" for one in report["rule_sets"] for left in one["left_out"]
    )
    if left_out:
        yield f"**Left out by settings:** {markdown(', '.join(left_out))}."
    kept = dict.fromkeys(_kept(report))
    if kept:
        yield (
            "**Not part of this request:** what the hosts may reach for reasons of their own (setting …_egress_keep), "
            f"such as updates or monitoring: {markdown('; '.join(kept))}."
        )
    if any(ANYBODY in (one["sources"], one["destinations"]) for one in crossings):
        yield "**Wide:** lines marked WIDE have every address at one end. Narrow them in the inventory where you can."
    if any(one["names"] for one in crossings):
        yield (
            "**Host names:** some destinations are official as names only. The addresses behind them may change at any "
            "time: use rules by name where the firewall has them, otherwise look the names up anew and often."
        )
    if any("xml_service" in one["rows"] and not one["tls"] for one in crossings):
        yield (
            "**Clear text:** the XML Service (8000 unless changed) may be without encryption. Keep it on networks that "
            "you trust."
        )


def _kept(report: ReportDocument) -> Iterator[str]:
    """The rules that come from no row: the site keeps them open under egress deny."""
    for one in report["rule_sets"]:
        for rule in one["rules"]:
            if not rule["rows"]:
                yield f"{rule['id']} ({rule['protocol']} {listed(rule['ports'])} to {listed(rule['peers'])})"


def _title(boundary: Boundary) -> str:
    return f"## {boundary.number} {markdown(boundary.source)} to {markdown(boundary.to)}"


def _networks(report: ReportDocument, boundary: Boundary) -> str:
    known = {one["name"]: ", ".join(one["networks"]) for one in report["segments"]}
    names = dict.fromkeys((boundary.source, boundary.to))
    return "\n".join(f"- {markdown(name)}: {markdown(known.get(name) or MEANINGS.get(name, ''))}" for name in names)


def _lines(report: ReportDocument, boundary: Boundary, request: Request, comparison: Comparison | None) -> str:
    titles = titles_of(report)
    exposed = exposed_networks(report["crossings"])
    against = ("against the last request",) if comparison else ()
    return table((*TITLES, *against), [
        [
            one.number,
            _end(titles, one.crossing["source_groups"], one.crossing["sources"]),
            _end(titles, one.crossing["to_groups"], one.crossing["destinations"]),
            one.crossing["protocol"], listed(one.crossing["ports"]), boundary.source, request["expires"],
            request["owner"], listed(warnings(one.crossing, exposed)),
            *([status_of(comparison, one)] if against else []),
        ]
        for one in boundary.crossings
    ], "markdown")  # fmt: skip


def _end(titles: Mapping[str, str], groups: Iterable[str], addresses: Iterable[str]) -> str:
    who, where = listed(titles[one] for one in groups), listed(addresses)
    return f"{who}: {where}" if who else where


def _counted(comparison: Comparison) -> str:
    states = [*comparison.status.values()]
    counts = {state: states.count(state) for state in (NEW, CHANGED, UNCHANGED)}
    return ", ".join(f"{count} {state}" for state, count in {**counts, GONE: len(comparison.gone)}.items())


def _gone(comparison: Comparison) -> str:
    """What the last request asked for, and nobody needs any more."""
    return table(GONE_TITLES, [
        [
            one.number, one.source, one.to, listed(sorted(one.sources)), listed(sorted(one.destinations)), one.protocol,
            listed(sorted(one.ports)),
        ]
        for one in comparison.gone
    ], "markdown")  # fmt: skip


def _reasons(report: ReportDocument, boundary: Boundary) -> Iterator[str]:
    """The rows behind the lines, each once."""
    found: dict[str, list[str]] = {}
    for one in boundary.crossings:
        for row_id in one.crossing["rows"]:
            found.setdefault(row_id, []).append(one.number)
    for row_id, numbers in found.items():
        row = report["rows"][row_id]
        where = f"{row['table']}, row {row['row']}"
        # the head of the request names the article
        source = f" ({row['title']}, {row['url']})" if row["table"] == catalogue.SUPPLEMENT else ""
        text = f"{row['service']} ({row_id}; {where}): {row['notes']}{source}"
        yield f"- {listed(numbers)}: {markdown(text)}"


def _aerleon(report: ReportDocument) -> Iterator[str]:
    """Where the files for Aerleon hold less than the tables."""
    yield "The folder aerleon has the same as input for Aerleon. What it lacks is to be entered by hand:"
    yield ""
    for target in TARGETS:
        missing = [(one.number, why) for one in numbered(report) for why in lacks(target, one.crossing)]
        reasons = dict.fromkeys(why for _number, why in missing)
        told = (f"{', '.join(n for n, because in missing if because == why)} ({why})" for why in reasons)
        yield f"- {target.title}: {markdown('all but ' + '; '.join(told) if missing else 'all')}"
