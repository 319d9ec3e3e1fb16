# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The port data: three layers, read once per process, as typed rows.

People edit them as YAML; what is read is the JSON that tools/port-data makes of it, because each task is a process.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, TypedDict

from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError, nearest

DATA = Path(__file__).parent / "data"
DOMAIN, INTERNET = "domain", "internet"
# the table of rows that the article leaves out
SUPPLEMENT = "supplement"


class End(TypedDict):
    """One end of a row: the kind of host, and the direction as seen from there."""

    at: str
    direction: str


class _Cells(TypedDict):
    id: str
    table: str
    service: str
    port_text: str
    ports: list[int | str]
    protocols: list[str]
    direction: str
    scope: str
    notes: str
    choice: bool
    ends: list[End]
    source: dict[str, Any]


class Row(_Cells, total=False):
    """One row as users see it; C(port) and C(protocol) in expanded entries only, C(keyword) where Windows has one."""

    keyword: str
    port: int | str
    protocol: str


class _Owed(TypedDict):
    direction: str
    rows: list[str]
    peers: str


class Duty(_Owed, total=False):
    """Rows that a role owes in one direction, who is at the far end, and under which conditions."""

    sources: str
    when: dict[str, Any]


@cache
def _layers() -> dict[str, Any]:
    with (DATA / "layers.json").open(encoding="utf-8") as stream:
        layers: dict[str, Any] = json.load(stream)
    return layers


def _layer(name: str) -> Any:
    return _layers()[name]


@cache
def _all_rows() -> dict[str, Row]:
    rows = [*map(_documented_row, _layer("documented")["rows"])]
    rows += [_supplement_row(number, cells) for number, cells in enumerate(_layer("supplement")["rows"], start=1)]
    return {row["id"]: row for row in rows}


def _documented_row(cells: dict[str, Any]) -> Row:
    documented = _layer("documented")
    article = documented["article"]
    source = {
        "title": article["title"],
        "modified": article["modified"],
        "table": documented["tables"][cells["table"]],
        "row": cells["row"],
        "url": article["url"],
    }
    row: Any = {**cells, "ends": _layer("interpretation")["rows"][cells["id"]]["ends"], "source": source}
    del row["row"]
    return row


def _supplement_row(number: int, cells: dict[str, Any]) -> Row:
    origin = _layer("supplement")["sources"][cells["source"]]
    words = {"in": "Inbound", "out": "Outbound"}
    row: Any = {
        **cells,
        "table": SUPPLEMENT,
        "direction": " & ".join(words[end["direction"]] for end in cells["ends"]),
        "scope": "Domain only",
        "choice": False,
        "source": {
            "title": origin["title"], "modified": "", "table": SUPPLEMENT, "row": number, "url": origin["url"],
        },
    }  # fmt: skip
    return row


def article() -> dict[str, str]:
    """The article's title, when it was modified, to which versions it applies, and where it was seen."""
    return dict(_layer("documented")["article"])


def documented_ids() -> list[str]:
    """Ids of the article's rows, in its order."""
    return [row["id"] for row in _layer("documented")["rows"]]


def supplement_ids() -> list[str]:
    """Ids of the supplements, in the file's order."""
    return [row["id"] for row in _layer("supplement")["rows"]]


def tables() -> list[str]:
    """Names of the article's tables, and the supplements'."""
    return [*_layer("documented")["tables"], SUPPLEMENT]


def table_title(name: str) -> str:
    """The title of one of the article's tables, as it stands there."""
    return str(_layer("documented")["tables"][name])


def roles() -> list[str]:
    """Names of the roles."""
    return list(_layer("interpretation")["roles"])


def role_title(role: str) -> str:
    """The role's title, such as C(Therefore Server)."""
    return str(_layer("interpretation")["roles"][role]["title"])


def duties(role: str) -> list[Duty]:
    """What the role owes: the documented duties, then those of the supplements."""
    return [*_layer("interpretation")["roles"][role]["duties"], *_layer("supplement")["roles"][role]]


def scopes(row_id: str) -> list[str]:
    """How far a row reaches: domain, internet or both. Supplements stay in the domain."""
    found = _layer("interpretation")["rows"].get(row_id)
    return list(found["scopes"]) if found else [DOMAIN]


def minimal_drops(row_id: str, port: int | str, protocol: str) -> bool:
    """Whether the profile C(minimal) drops this tuple because no service uses it."""
    return {"row": row_id, "port": port, "protocol": protocol} in _layer("interpretation")["minimal_drops"]


def is_directory(row_id: str) -> bool:
    """Whether a domain controller is at the far end of a row."""
    return row_id in _layer("interpretation")["directory_rows"]


def transport_drops(transport: str) -> list[str]:
    """The rows that a choice of transport leaves out."""
    return list(_layer("interpretation")["transports"][transport])


def row(row_id: str) -> Row:
    """A copy of one row, documented or supplement."""
    return copy.deepcopy(_all_rows()[row_id])


def find(terms: Iterable[str], supplements: Iterable[str] = ()) -> list[Row]:
    """Rows by id or service name (any case), all when there are no terms. Raises InputError."""
    asked = set(supplements)
    rows = [_all_rows()[row_id] for row_id in (*documented_ids(), *supplement_ids())]
    offered = [one for one in rows if one["table"] != SUPPLEMENT or one["id"] in asked]
    wanted = {_normal(term): term for term in terms}
    for normal, term in wanted.items():
        if not any(normal in _names(one) for one in offered):
            raise InputError(f"{term!r} {_unknown(normal, offered, rows)}")
    return [copy.deepcopy(one) for one in offered if not wanted or wanted.keys() & _names(one)]


def _unknown(normal: str, offered: list[Row], rows: list[Row]) -> str:
    supplement = next((one["id"] for one in rows if normal in _names(one)), None)
    if supplement:
        return f"is a supplement, given only on request; add supplements=['{supplement}']"
    return f"is neither the id nor the service of a row; {nearest(normal, [one['id'] for one in offered])}"


def has_port(one: Row, port: int) -> bool:
    """Whether a row uses this port, ranges included."""
    return any(low <= port <= high for low, high in map(span, one["ports"]))


def span(port: int | str) -> tuple[int, int]:
    """The first and last port of a port or of a range such as C(49152-65535)."""
    low, _dash, high = str(port).partition("-")
    return int(low), int(high or low)


def _names(one: Row) -> set[str]:
    return {_normal(one["id"]), _normal(one["service"])}


def _normal(text: str) -> str:
    # the article writes en dashes, few keyboards do
    return " ".join(str(text).replace("–", "-").casefold().split())


def expand(one: Row) -> list[Row]:
    """A row as one entry per port, protocol and direction."""
    entries: list[Any] = [
        {**one, "ports": [port], "protocols": [protocol], "ends": [end], "port": port, "protocol": protocol,
         "direction": end["direction"]}
        for port in one["ports"] for protocol in one["protocols"] for end in one["ends"]
    ]  # fmt: skip
    return entries
