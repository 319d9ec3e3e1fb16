# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The matrix of the page: a block for each group that is reached, a line for each that asks, a column for each port.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ansible_collections.therefore.firewall.plugins.plugin_utils._report.matrix import by_pair
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import (
    STATES,
    Cell,
    Group,
    ReportDocument,
)

# what deserves a line of its own below the matrix
NOTEWORTHY = ("failed", "drift", "unknown", "depends", "assumed")
QUIET = ("refused", "closed")
# more lines than a page can hold: with 10,000 hosts in 300 groups it stays below 5 MB. matrix.csv has all of them
LINES = 3000
# from here on, lines that only refuse are hidden until asked for
MANY_LINES = 100

Pair = tuple[str, str]
Column = tuple[str, int]


class Port(NamedTuple):
    """A column."""

    port: int
    protocol: str
    services: str


class Line(NamedTuple):
    """One group asks: a letter and a state for each column, nothing where there is no cell."""

    source: int
    title: str
    segment: str
    quiet: bool
    cells: list[tuple[str, str] | None]


class Block(NamedTuple):
    """One group is asked."""

    to: int
    title: str
    segment: str
    quiet: bool
    lines: list[Line]


class Look(NamedTuple):
    """A cell that deserves a look, and why it is as it is."""

    letter: str
    state: str
    source: str
    source_number: int
    to: str
    to_number: int
    port: str
    because: str
    tries: str
    rule: str
    rows: str


class Matrix(NamedTuple):
    """The whole matrix; C(left_out) counts lines that are in matrix.csv only."""

    ports: list[Port]
    blocks: list[Block]
    looks: list[Look]
    roles: list[tuple[str, str]]
    states: list[str]
    lines: int
    quiet_lines: int
    hide_quiet: bool
    left_out: int


def matrix(report: ReportDocument) -> Matrix:
    """The matrix, and what its filters offer."""
    numbers = {group["id"]: number for number, group in enumerate(report["groups"], start=1)}
    groups = {group["id"]: group for group in report["groups"]}
    columns = sorted({_column(cell) for cell in report["matrix"]}, key=lambda column: (column[1], column[0]))
    pairs = by_pair(report["matrix"])
    shown = _fitting(pairs)
    blocks = [
        _block(group, [pair for pair in shown if pair[1] == group["id"]], pairs, columns, groups, numbers)
        for group in report["groups"]
    ]
    lines = [line for block in blocks for line in block.lines]
    return Matrix(
        ports=_ports(columns, report),
        blocks=[block for block in blocks if block.lines],
        looks=[
            _look(cell, groups, numbers) for state in NOTEWORTHY for cell in report["matrix"] if cell["state"] == state
        ],
        roles=_roles(report),
        states=[state for state in STATES if report["totals"]["states"].get(state)],
        lines=len(lines),
        quiet_lines=sum(line.quiet for line in lines),
        hide_quiet=len(lines) > MANY_LINES,
        left_out=len(pairs) - len(shown),
    )


def _column(cell: Cell) -> Column:
    return cell["protocol"], cell["port"]


def _fitting(pairs: Mapping[Pair, Mapping[Column, str]]) -> list[Pair]:
    """As many lines as a page can hold, in their order; those that only refuse go first, then those that are well."""
    if len(pairs) <= LINES:
        return list(pairs)
    worst = sorted(pairs, key=lambda pair: (_is_quiet(pairs[pair].values()), not _is_noteworthy(pairs[pair].values())))
    kept = set(worst[:LINES])
    return [pair for pair in pairs if pair in kept]


def _is_quiet(states: Iterable[str]) -> bool:
    return all(state in QUIET for state in states)


def _is_noteworthy(states: Iterable[str]) -> bool:
    return any(state in NOTEWORTHY for state in states)


def _block(
    group: Group,
    shown: Sequence[Pair],
    pairs: Mapping[Pair, Mapping[Column, str]],
    columns: Sequence[Column],
    groups: Mapping[str, Group],
    numbers: Mapping[str, int],
) -> Block:
    lines = [_line(groups[pair[0]], numbers[pair[0]], pairs[pair], columns) for pair in shown]
    quiet = all(line.quiet for line in lines)
    return Block(numbers[group["id"]], group["title"], group["segment"] or "", quiet, lines)


def _line(source: Group, number: int, states: Mapping[Column, str], columns: Sequence[Column]) -> Line:
    found = (states.get(column) for column in columns)
    cells = [(STATES[state][0], state) if state else None for state in found]
    return Line(number, source["title"], source["segment"] or "", _is_quiet(states.values()), cells)


def _ports(columns: Iterable[Column], report: ReportDocument) -> list[Port]:
    """The columns with the services for which rules use them."""
    services: dict[Column, dict[str, None]] = {}
    for cell in report["matrix"]:
        found = services.setdefault(_column(cell), {})
        found.update((report["rows"][row]["service"], None) for row in cell["rows"] if row in report["rows"])
    return [Port(port, protocol, ", ".join(services[protocol, port])) for protocol, port in columns]


def _roles(report: ReportDocument) -> list[tuple[str, str]]:
    """Each role with its title."""
    titles = {one["role"]: one["title"] for one in report["rule_sets"]}
    roles = sorted({role for group in report["groups"] for role in group["roles"]})
    return [(role, titles.get(role, role)) for role in roles]


def _look(cell: Cell, groups: Mapping[str, Group], numbers: Mapping[str, int]) -> Look:
    tries = f"{cell['failed']} of {cell['tries']} failed" if cell["tries"] else "not tried"
    return Look(
        STATES[cell["state"]][0],
        cell["state"],
        groups[cell["source"]]["title"],
        numbers[cell["source"]],
        groups[cell["to"]]["title"],
        numbers[cell["to"]],
        f"{cell['port']}/{cell['protocol']}",
        cell["because"],
        tries,
        cell["rule"] or "none",
        ", ".join(cell["rows"]),
    )
