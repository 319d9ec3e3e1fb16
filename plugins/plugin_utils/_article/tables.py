# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables for people: plain text, Markdown or CSV; the port table and the rules of a role are two. Pure: no Ansible."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._article.catalogue import Row

FORMATS = ("text", "markdown")
# what Markdown, or the HTML in it, would take for markup
MARKUP = re.compile(r"([\\`*\[\]<>|]|&(?=#?\w+;))")
# a spreadsheet takes a cell that begins so for a formula
FORMULA = ("=", "+", "-", "@", "\t", "\r")
ROW_TITLES = ("id", "service", "ports", "protocols", "direction", "scope")
RULE_TITLES = ("rule", "direction", "protocol", "ports", "far end", "scope", "action", "rows")


def row_table(rows: Iterable[Row], style: str) -> str:
    """The rows of the port table."""
    return table(ROW_TITLES, [_row_cells(row) for row in rows], style)


def _row_cells(row: Row) -> list[str]:
    protocols = ", ".join(row["protocols"])
    return [row["id"], row["service"], row["port_text"], protocols, row["direction"], row["scope"]]


def rule_table(rules: Iterable[Mapping[str, Any]], style: str) -> str:
    """The rules of a role."""
    return table(RULE_TITLES, [_rule_cells(rule) for rule in rules], style)


def _rule_cells(rule: Mapping[str, Any]) -> list[str]:
    ports, peers, rows = listed(rule["ports"]), listed(rule["peers"]), listed(rule["rows"])
    return [rule["id"], rule["direction"], rule["protocol"], ports, peers, rule["scope"], rule["action"], rows]


def table(titles: Sequence[str], lines: Sequence[Sequence[str]], style: str) -> str:
    """A table in one of the FORMATS."""
    if style == "markdown":
        cells = [list(titles), ["---"] * len(titles), *([markdown(cell) for cell in line] for line in lines)]
        return "\n".join(f"| {' | '.join(line)} |" for line in cells)
    widths = [max(map(len, column)) for column in zip(titles, *lines, strict=True)]
    texts = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in (titles, *lines)
    )
    return "\n".join(text.rstrip() for text in texts)


def listed(items: Iterable[object]) -> str:
    """Several values in one cell."""
    return ", ".join(map(str, items))


def markdown(text: str) -> str:
    """A text that stays text in Markdown, on one line."""
    return MARKUP.sub(r"\\\1", " ".join(text.split()))


def csv_table(titles: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    """Comma-separated values (RFC 4180) for a spreadsheet, in which no cell becomes a formula."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(titles)
    writer.writerows([_not_a_formula(str(cell)) for cell in line] for line in lines)
    return stream.getvalue()


def _not_a_formula(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
