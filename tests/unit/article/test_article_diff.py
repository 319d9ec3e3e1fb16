# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy of the article against the data. The copies are made from the data: the article itself is not ours."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._article.article_diff import article_diff
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError

Tables = dict[str, list[list[str]]]
Writer = Callable[[Tables, str], str]
ON_PREMISES = "Therefore On-Premises Specific Ports"
MODIFIED = "Mon, 1 Sep at 4:27 PM"


def tables() -> Tables:
    found: Tables = {}
    for row in catalogue.find([]):
        protocols = " / ".join(row["protocols"]).upper()
        cells = [row["service"], row["port_text"], protocols, row["direction"], row["scope"], "A note"]
        found.setdefault(row["source"]["table"], []).append(cells)
    return found


def heads(title: str) -> list[str]:
    return ["Service" if "Windows" in title else "Component", "Port(s)", "Protocol", "Direction", "Scope", "Notes"]


def as_lines(given: Tables, modified: str) -> str:
    """A line for each cell, as a browser's text of a page has it."""
    lines = ["An article", "", f"Modified on {modified}", "", "Introduction."]
    for title, rows in given.items():
        lines += [title, *heads(title), *(cell for row in rows for cell in row)]
    return "\n\n".join([*lines, "Recommendations", "• Something", "Applied to Versions: All Versions"])


def as_tabs(given: Tables, modified: str) -> str:
    lines = [f"Modified on {modified}"]
    for title, rows in given.items():
        lines += [title, *("\t".join(row) for row in [heads(title), *rows])]
    return "\r\n".join(lines)


def as_html(given: Tables, modified: str) -> str:
    def line(tag: str, cells: list[str]) -> str:
        told = (cell.replace("&", "&amp;") for cell in cells)
        return f"<tr>{''.join(f'<{tag}><p>{cell}</p></{tag}>' for cell in told)}</tr>"

    body = "".join(
        f"<h2><strong>{title}</strong></h2><table>{line('th', heads(title))}{''.join(line('td', row) for row in rows)}"
        "</table>"
        for title, rows in given.items()
    )
    script = "<script>var table = '<p>LDAP</p>';</script>"
    return f"<html><body>{script}<div>Modified on {modified}</div>{body}<p>Summary</p></body></html>"


WRITERS = [as_lines, as_tabs, as_html]


@pytest.mark.parametrize("write", WRITERS)
def test_a_copy_that_agrees(write: Writer) -> None:
    assert article_diff(write(tables(), MODIFIED), "copy") == []


@pytest.mark.parametrize("write", WRITERS)
def test_each_cell_counts(write: Writer) -> None:
    for column, title in enumerate(("ports", "protocol", "direction", "scope"), start=1):
        copy = tables()
        row = copy[ON_PREMISES][0]
        before, row[column] = row[column], "TCP / UDP" if title == "protocol" else "Other"
        assert article_diff(write(copy, MODIFIED), "copy") == [
            f"{ON_PREMISES}, XML Service: {title}: {before} in the data, {row[column]} in the copy"
        ]


@pytest.mark.parametrize("write", WRITERS)
def test_rows_that_came_and_went(write: Writer) -> None:
    copy = tables()
    gone = copy[ON_PREMISES].pop(1)
    copy[ON_PREMISES].append(["Viewer", "9000", "TCP", "Inbound (server)", "Domain only", "New"])
    assert article_diff(write(copy, "Tue, 2 Sep"), "copy") == [
        f"modified: {MODIFIED} in the data, Tue, 2 Sep in the copy",
        f"{ON_PREMISES}, {gone[0]}: not in the copy",
        f"{ON_PREMISES}, Viewer: a row that the data has not: 9000, TCP, Inbound (server), Domain only",
    ]


@pytest.mark.parametrize("write", WRITERS)
def test_tables_that_came_and_went(write: Writer) -> None:
    copy = tables()
    copy["Another Table"] = copy.pop("Therefore Online Specific Ports")
    assert article_diff(write(copy, MODIFIED), "copy") == [
        "Therefore Online Specific Ports: not in the copy",
        "Another Table: a table that the data has not",
    ]


def test_an_empty_cell_moves_no_other() -> None:
    copy = tables()
    copy[ON_PREMISES][0][-1] = ""
    assert article_diff(as_html(copy, MODIFIED), "copy") == []


def test_what_is_no_copy() -> None:
    with pytest.raises(InputError, match=r"^article: 'notes.txt' has no table Standard Windows Services Ports or "):
        article_diff("Modified on a day\nNothing else", "notes.txt")
