# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The crossings of a report as the people of the perimeter refer to them: by number, one chapter for two networks.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import NamedTuple, TypedDict

from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.segments import ELSEWHERE, INTERNET, ONLINE
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.crossings import crosses_exposed
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import Crossing, ReportDocument
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import refuse

EXPIRES = "therefore_report_expires"
ANYBODY = ["any"]
# what the names mean that are no networks of the inventory
MEANINGS = {
    ELSEWHERE: "addresses in no network of the inventory",
    ONLINE: "the endpoints of Therefore Online",
    INTERNET: "everything outside",
}


# what else the head has, in its order; the playbook's variables begin with therefore_report_
DETAILS = {
    "requester": "Requester", "contact": "Contact", "system": "System", "window": "Change window", "risk": "Risk",
    "rollback": "Roll-back", "logging": "Logging",
}  # fmt: skip


class Request(TypedDict):
    """What a change request says of itself; empty is to fill in by hand. C(expires) is a date, ISO 8601.

    C(details) has the rest of the head, by the names of DETAILS.
    """

    owner: str
    expires: str
    reference: str
    details: dict[str, str]


class Numbered(NamedTuple):
    """A crossing under the number by which files and people refer to it, such as C(1.2)."""

    number: str
    crossing: Crossing


class Boundary(NamedTuple):
    """All that crosses from one network to another."""

    number: int
    source: str
    to: str
    crossings: list[Numbered]


def request_of(
    owner: str | None, expires: str | None, reference: str | None, details: Mapping[str, str | None] | None = None
) -> Request:
    """The request of what users set. Raises InputError."""
    who, until, ticket = map(_one_line, (owner, expires, reference))
    if until and not _is_date(until):
        raise refuse(EXPIRES, until, "is no date; write the last day as 2027-03-31, or leave it empty")
    told = {name: _one_line((details or {}).get(name)) for name in DETAILS}
    return {"owner": who, "expires": until, "reference": ticket, "details": told}


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    # Python reads more ways to write a date than Aerleon and people do
    return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII))


def expired(report: ReportDocument, request: Request) -> bool:
    """Whether the last day is over: Aerleon then leaves everything out."""
    return bool(request["expires"]) and request["expires"] < report["created"][:10]


def boundaries(report: ReportDocument) -> list[Boundary]:
    """The crossings by source and destination network, numbered in the order of the report."""
    pairs = groupby(report["crossings"], key=lambda one: (one["source"], one["to"]))
    return [
        Boundary(number, source, to, [Numbered(f"{number}.{place}", one) for place, one in enumerate(ones, start=1)])
        for number, ((source, to), ones) in enumerate(pairs, start=1)
    ]


def numbered(report: ReportDocument) -> Iterator[Numbered]:
    """All crossings, numbered."""
    for boundary in boundaries(report):
        yield from boundary.crossings


def titles_of(report: ReportDocument) -> dict[str, str]:
    """The title of each group by its id."""
    return {group["id"]: group["title"] for group in report["groups"]}


def warnings(crossing: Crossing, exposed: Container[str] = ()) -> list[str]:
    """What to look at before this is let pass; C(exposed) are the demilitarized zones."""
    found = []
    if crossing["sources"] == ANYBODY:
        found.append("WIDE: any source")
    if crossing["destinations"] == ANYBODY:
        found.append("WIDE: any destination")
    if crossing["names"]:
        found.append("names: their addresses may change")
    if "xml_service" in crossing["rows"] and not crossing["tls"]:
        found.append("may be clear text")
    if crosses_exposed(crossing, exposed):
        found.append("SMB or RPC across a DMZ")
    return found
