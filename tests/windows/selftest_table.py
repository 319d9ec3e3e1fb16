# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of docs/windows.md: what is assumed about Windows, and what the simulated host says to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.assumptions import Assumption, assumptions

HEAD = "| | assumption | expected | simulated host |\n|---|---|---|---|"


def table(found: Mapping[str, str]) -> str:
    """A part for each group; what was found is by number."""
    groups = groupby(assumptions(), key=lambda one: one.group)
    return "\n\n".join(f"**{group}**\n\n" + "\n".join([HEAD, *_rows(lines, found)]) for group, lines in groups)


def _rows(lines: Iterator[Assumption], found: Mapping[str, str]) -> Iterator[str]:
    for one in lines:
        tried = f": {_code(one.tried)}" if one.tried else ""
        answer = found[str(one.number)]
        said = "agrees" if answer == one.expected else _code(answer)
        yield f"| W{one.number} | {one.what}{tried} | {_code(one.expected)} | {said} |"


def _code(text: str) -> str:
    return f"`{text}`".replace("|", "\\|")
