# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The port table, and the rules of a role, as tables for people: plain text or Markdown. Pure: no Ansible, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._catalogue import Row
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules import Rule

FORMATS = ("text", "markdown")
ROW_TITLES = ("id", "service", "ports", "protocols", "direction", "scope")
RULE_TITLES = ("rule", "direction", "protocol", "ports", "far end", "scope", "action", "rows")


def row_table(rows: Iterable[Row], style: str) -> str:
    """The rows of the port table."""
    return _table(ROW_TITLES, [_row_cells(row) for row in rows], style)


def _row_cells(row: Row) -> list[str]:
    protocols = ", ".join(row["protocols"])
    return [row["id"], row["service"], row["port_text"], protocols, row["direction"], row["scope"]]


def rule_table(rules: Iterable[Rule], style: str) -> str:
    """The rules of a role."""
    return _table(RULE_TITLES, [_rule_cells(rule) for rule in rules], style)


def _rule_cells(rule: Mapping[str, Any]) -> list[str]:
    ports = ", ".join(map(str, rule["ports"]))
    peers, rows = ", ".join(rule["peers"]), ", ".join(rule["rows"])
    return [rule["id"], rule["direction"], rule["protocol"], ports, peers, rule["scope"], rule["action"], rows]


def _table(titles: Sequence[str], lines: list[list[str]], style: str) -> str:
    if style == "markdown":
        cells = [[cell.replace("|", "\\|") for cell in line] for line in (list(titles), ["---"] * len(titles), *lines)]
        return "\n".join(f"| {' | '.join(line)} |" for line in cells)
    widths = [max(map(len, column)) for column in zip(titles, *lines, strict=True)]
    texts = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in (titles, *lines)
    )
    return "\n".join(text.rstrip() for text in texts)
