# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The port data: three layers of YAML, read once per process, as typed rows."""

from __future__ import annotations

import copy
import difflib
from functools import cache
from pathlib import Path
from typing import Any, Iterable

import yaml

DATA = Path(__file__).parent / "data"
DOMAIN, INTERNET = "domain", "internet"

Row = dict[str, Any]
Duty = dict[str, Any]


class CatalogueError(ValueError):
    """A question that the port data cannot answer; the message is one line, ready for the user."""


def nearest(value: object, valid: Iterable[str]) -> str:
    """A remedy for an unknown word: the valid ones, and the one that was probably meant."""
    words = list(valid)
    close = difflib.get_close_matches(str(value).lower(), words, n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}? " if close else ""
    return f"{hint}Valid: {', '.join(words)}"


@cache
def _layer(name: str) -> Any:
    with (DATA / f"{name}.yml").open(encoding="utf-8") as stream:
        return yaml.load(stream, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@cache
def _all_rows() -> dict[str, Row]:
    documented, interpretation, supplement = map(_layer, ("documented", "interpretation", "supplement"))
    article = documented["article"]
    rows = {}
    for cells in documented["rows"]:
        source = {
            "title": article["title"], "modified": article["modified"], "table": documented["tables"][cells["table"]],
            "row": cells["row"],
        }  # fmt: skip
        found = {key: value for key, value in cells.items() if key != "row"}
        rows[cells["id"]] = {**found, "ends": interpretation["rows"][cells["id"]]["ends"], "source": source}
    for number, cells in enumerate(supplement["rows"], start=1):
        origin = supplement["sources"][cells["source"]]
        source = {"title": origin["title"], "modified": "", "table": "supplement", "row": number, "url": origin["url"]}
        directions = " & ".join({"in": "Inbound", "out": "Outbound"}[end["direction"]] for end in cells["ends"])
        rows[cells["id"]] = {
            **cells, "table": "supplement", "direction": directions, "scope": "Domain only", "choice": False,
            "source": source,
        }  # fmt: skip
    return rows


def documented_ids() -> list[str]:
    """Ids of the article's rows, in its order."""
    return [row["id"] for row in _layer("documented")["rows"]]


def supplement_ids() -> list[str]:
    """Ids of the supplements, in the file's order."""
    return [row["id"] for row in _layer("supplement")["rows"]]


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


def row(row_id: str) -> Row:
    """A copy of one row, documented or supplement. Raises CatalogueError."""
    if row_id not in _all_rows():
        raise CatalogueError(f"{row_id!r} is no row of the port data; {nearest(row_id, _all_rows())}")
    return copy.deepcopy(_all_rows()[row_id])


def find(terms: Iterable[str], supplements: Iterable[str] = ()) -> list[Row]:
    """Rows by id or service name (any case), all when there are no terms. Raises CatalogueError."""
    for name in supplements:
        if name not in supplement_ids():
            raise CatalogueError(f"supplements: {name!r} is unknown; {nearest(name, supplement_ids())}")
    wanted = [*documented_ids(), *(name for name in supplement_ids() if name in set(supplements))]
    rows = [_all_rows()[row_id] for row_id in wanted]
    asked = [(term, _normal(term)) for term in terms]
    for term, normal in asked:
        if not any(normal in _names(one) for one in rows):
            raise CatalogueError(f"{term!r} is neither the id nor the service of a row; {nearest(term, wanted)}")
    normals = {normal for _term, normal in asked}
    return [copy.deepcopy(one) for one in rows if not normals or normals & _names(one)]


def has_port(one: Row, port: int) -> bool:
    """Whether a row uses this port, ranges included."""
    spans = (str(item).partition("-") for item in one["ports"])
    return any(int(low) <= port <= int(high or low) for low, _dash, high in spans)


def _names(one: Row) -> set[str]:
    return {_normal(one["id"]), _normal(one["service"])}


def _normal(text: str) -> str:
    return " ".join(str(text).replace("–", "-").casefold().split())


def expand(one: Row) -> list[Row]:
    """A row as one entry per port, protocol and direction."""
    return [
        {**one, "ports": [port], "protocols": [protocol], "ends": [end], "port": port, "protocol": protocol,
         "direction": end["direction"]}
        for port in one["ports"] for protocol in one["protocols"] for end in one["ends"]
    ]  # fmt: skip
