# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares a saved copy of the support article with the data, cell by cell. Pure: no Ansible, no I/O."""

from __future__ import annotations

import html.parser
import re
from collections.abc import Iterator, Mapping, Sequence

from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import refuse

VARIABLE = "article"
# a table in the article has these columns; what its last says is in the data in our own words
TITLES = ("service", "ports", "protocol", "direction", "scope")
WIDTH = len(TITLES) + 1
# a table begins with its head, whose first cell is one of these and whose last is Notes
HEADS, LAST = ("service", "component"), "notes"
MODIFIED = re.compile(r"^modified on (.+)$", re.IGNORECASE)
# what makes no text of its own, and what ends one
SILENT, INLINE = ("script", "style", "template"), ("a", "b", "em", "i", "span", "strong", "sub", "sup", "u", "wbr")
CELLS = ("td", "th")
EMPTY = "(empty)"

Table = tuple[str, list[list[str]]]


def article_diff(text: str, file: str) -> list[str]:
    """What the copy says and the data does not, and the other way round: a line each, none where they agree.

    Args:
        text: The copy: a page as a browser saves it, or its text.
        file: Its name, for messages.

    Raises:
        InputError: It has none of the article's tables.
    """
    lines = _lines(text)
    tables = list(_tables(lines))
    known = {title: list(rows) for title, rows in _documented()}
    if not any(title in known for title, _rows in tables):
        raise refuse(VARIABLE, file, f"has no table {' or '.join(known)}; save the whole article, as HTML or as text")
    return [*_date(lines), *_differences(dict(tables), known)]


class _Text(html.parser.HTMLParser):
    """The texts of a page, each block a line of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = [""]
        self._silent = 0
        # where the cell begins in which we are; in one cell several blocks are one text, and none is one as well
        self._cell: int | None = None

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        self._silent += tag in SILENT
        self._break(tag)
        if tag in CELLS:
            self._cell = len(self.lines) - 1

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in SILENT and self._silent > 0
        if tag in CELLS and self._cell is not None:
            self.lines[self._cell :] = [" ".join(self.lines[self._cell :]).strip() or EMPTY]
            self._cell = None
        self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.lines[-1] += re.sub(r"\s+", " ", data)

    def _break(self, tag: str) -> None:
        if tag not in INLINE:
            self.lines.append("")


def _lines(text: str) -> list[str]:
    """The lines that have something, with single spaces."""
    if re.search(r"<(table|p|div|html)\b", text, re.IGNORECASE):
        page = _Text()
        page.feed(text)
        page.close()
        found = page.lines
    else:
        # a copy from a browser has tabs between cells, or a line for each
        found = re.split(r"[\n\t]", text)
    return [line for line in (" ".join(one.split()) for one in found) if line]


def _tables(lines: Sequence[str]) -> Iterator[Table]:
    """The tables by title: what stands above the head, then the cells of each row."""
    heads = [
        start
        for start in range(1, len(lines) - WIDTH)
        if lines[start].lower() in HEADS and lines[start + WIDTH - 1].lower() == LAST
    ]
    titles = {catalogue.table_title(name).lower() for name in catalogue.tables() if name != catalogue.SUPPLEMENT}
    for start in heads:
        rows: list[list[str]] = []
        at = start + WIDTH
        while at + WIDTH <= len(lines) and lines[at].lower() not in titles and _is_protocol(lines[at + 2]):
            rows.append([*lines[at : at + WIDTH]])
            at += WIDTH
        yield lines[start - 1], rows


def _is_protocol(cell: str) -> bool:
    return bool(re.fullmatch(r"(tcp|udp)(\W+(tcp|udp))*", cell, re.IGNORECASE))


def _documented() -> Iterator[Table]:
    """The tables of the data, as the article writes them."""
    for name in catalogue.tables():
        if name != catalogue.SUPPLEMENT:
            rows = (row for row in catalogue.find([]) if row["table"] == name)
            yield catalogue.table_title(name), [_cells(row) for row in rows]


def _cells(row: catalogue.Row) -> list[str]:
    protocols = " / ".join(one.upper() for one in row["protocols"])
    return [row["service"], row["port_text"], protocols, row["direction"], row["scope"]]


def _date(lines: Sequence[str]) -> Iterator[str]:
    told = next((match[1] for line in lines if (match := MODIFIED.match(line))), None)
    known = catalogue.article()["modified"]
    if told and told != known:
        yield f"modified: {known} in the data, {told} in the copy"


def _differences(copy: Mapping[str, list[list[str]]], known: Mapping[str, list[list[str]]]) -> Iterator[str]:
    for title in dict.fromkeys([*known, *copy]):
        if title not in copy:
            yield f"{title}: not in the copy"
        elif title not in known:
            yield f"{title}: a table that the data has not"
        else:
            yield from _rows(title, copy[title], known[title])


def _rows(title: str, copy: Sequence[Sequence[str]], known: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows of one service belong together; within a table each service has one."""
    told = {row[0]: row for row in copy}
    own = {row[0]: row for row in known}
    for service in dict.fromkeys([*own, *told]):
        where = f"{title}, {service}"
        if service not in told:
            yield f"{where}: not in the copy"
        elif service not in own:
            yield f"{where}: a row that the data has not: {', '.join(told[service][1:-1])}"
        else:
            for name, before, after in zip(TITLES, own[service], told[service], strict=False):
                if before != after:
                    yield f"{where}: {name}: {before} in the data, {after} in the copy"
