# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report in one paragraph, for somebody who reads nothing else of it. Pure: no Ansible, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.segments import INTERNET, ONLINE
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.crossings import ports_between
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import Crossing, ReportDocument

# so many ways between networks are named, the others counted
NAMED = 6


def in_words(report: ReportDocument) -> list[str]:
    """What reaches the internet, what crosses networks, what is proved, and what is not."""
    return [*_internet(report["crossings"]), *_networks(report["crossings"]), _proved(report), _planned(report)]


def _internet(crossings: Iterable[Crossing]) -> Iterator[str]:
    ways = ports_between(crossings)
    inward = [f"{to} ({', '.join(ports)})" for (source, to), ports in ways.items() if source == INTERNET]
    outward = [f"{source} ({', '.join(ports)})" for (source, to), ports in ways.items() if to == INTERNET]
    online = [f"{source} ({', '.join(ports)})" for (source, to), ports in ways.items() if to == ONLINE]
    yield f"From the internet one reaches {_listed(inward)}." if inward else "Nothing is open to the internet."
    if outward:
        yield f"Any address of the internet may be asked by {_listed(outward)}."
    if online:
        yield f"Therefore Online is asked by {_listed(online)}."


def _networks(crossings: Iterable[Crossing]) -> Iterator[str]:
    ways = [f"{source} to {to}" for source, to in ports_between(crossings) if not {source, to} & {INTERNET, ONLINE}]
    if not ways:
        yield "Nothing crosses the networks on premises."
        return
    rest = f", and {len(ways) - NAMED} more" if len(ways) > NAMED else ""
    yield f"Between networks, traffic must pass from {', '.join(ways[:NAMED])}{rest}: the change request says which."


def _proved(report: ReportDocument) -> str:
    states = report["totals"]["states"]
    proved, failed = states.get("proved", 0) + states.get("closed", 0), states.get("failed", 0)
    if not report["inputs"]["verify"]:
        return "Nothing of it is proved: no packet was sent."
    wrong = f"{failed} were not as they must be" if failed else "none was wrong"
    cells = report["totals"]["flows"]
    return f"Packets proved {proved} of {cells} cells of the matrix; {wrong}, the others were not tried."


def _planned(report: ReportDocument) -> str:
    if not report["inputs"]["plan"]:
        return "Whether the rules are in place is not known: no host was looked at."
    away = [host for host in report["hosts"] if host["status"] not in ("planned", "listed")]
    differing = [host for host in report["hosts"] if host["changes"]]
    told = f"{len(differing)} of {len(report['hosts'])} hosts differ from what is wanted"
    return f"{told}, {len(away)} could not be looked at." if away else f"{told}."


def _listed(items: list[str]) -> str:
    return ", ".join(items)
