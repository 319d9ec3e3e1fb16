# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Windows PowerShell 5.1 and .NET Framework 4.6.2 have, and what of a script they have not.

The tables are in the folder net462. What only the run time knows (the type of a variable, what is splatted) is left to
the reader; an instance member is found only where no type at all has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

TABLES = Path(__file__).parent / "net462"
COMMON = frozenset(
    "Debug ErrorAction ErrorVariable InformationAction InformationVariable OutBuffer OutVariable PipelineVariable "
    "Verbose WarningAction WarningVariable".lower().split()
)


class Tables(NamedTuple):
    """Types with the numbers of their constructors' arguments and their static members, in lower case; and the rest."""

    types: dict[str, tuple[frozenset[int], frozenset[str]]]
    members: frozenset[str]
    commands: dict[str, list[str]]


@cache
def tables() -> Tables:
    """What the engine has."""
    types = {
        name.lower(): (frozenset(_numbers(made)), _lower(statics)) for name, made, statics in _lines("types.tsv", 3)
    }
    members = {word for line in _lines("members.txt") for word in _lower(line[0])}
    commands = {name.lower(): parameters.lower().split() for name, parameters in _lines("commands.tsv", 2)}
    for kind, name, *had in _lines("others.tsv"):
        words = _lower(" ".join(had))
        if kind == "type":
            types[name.lower()] = (frozenset(), words)
        elif kind == "command":
            commands[name.split()[0].lower()] = [*words]
        else:
            members |= words
    return Tables(types, frozenset(members), commands)


def _lines(name: str, columns: int = 1) -> list[list[str]]:
    """The rows, with at least so many columns: a line ends with the last one that has something."""
    lines = [line.split("\t") for line in (TABLES / name).read_text().splitlines() if not line.startswith("#")]
    return [line + [""] * (columns - len(line)) for line in lines]


def _numbers(text: str) -> Iterator[int]:
    return map(int, text.split(",")) if text else iter(())


def _lower(text: str) -> frozenset[str]:
    return frozenset(text.lower().split())


def missing(uses: Iterable[dict[str, Any]]) -> list[list[str]]:
    """What each script uses that the engine does not have; scripts may use what another one defines."""
    given = list(uses)
    functions = {name.lower() for use in given for name in use["functions"]}
    names = {name.lower() for use in given for name in use["names"]}
    return [[*_types(use), *_statics(use), *_members(use, names), *_commands(use, functions)] for use in given]


def _types(use: dict[str, Any]) -> Iterator[str]:
    for line, written, full in use["types"]:
        if full.lower() not in tables().types:
            yield f"{line}: type {full}"
        elif "." in written and full.lower() not in _spellings(written, full):
            yield f"{line}: type {written}, which is found through a namespace's part: write {full}"


def _spellings(written: str, full: str) -> set[str]:
    arity = full.partition("`")[2]
    return {f"{prefix}{written}{f'`{arity}' if arity else ''}".lower() for prefix in ("", "System.")}


def _statics(use: dict[str, Any]) -> Iterator[str]:
    for line, full, member, count in use["statics"]:
        made, statics = tables().types.get(full.lower(), (frozenset(), frozenset({member.lower()})))
        name = member.lower()
        if name == "new" and count >= 0:
            if made and count not in made:
                yield f"{line}: {full} has no constructor with {count} arguments"
        elif name not in statics | {"equals", "referenceequals"}:
            yield f"{line}: static member {full}.{member}"


def _members(use: dict[str, Any], names: set[str]) -> Iterator[str]:
    for line, member in use["members"]:
        if member.lower() not in tables().members | names:
            yield f"{line}: member {member}"


def _commands(use: dict[str, Any], functions: set[str]) -> Iterator[str]:
    for line, name, given in use["commands"]:
        if name.lower() in functions or name.lower().endswith(".exe"):
            continue
        known = tables().commands.get(name.lower())
        if known is None:
            yield f"{line}: command {name}"
            continue
        for parameter in given:
            # PowerShell takes any beginning of a parameter's name
            if not any(one.startswith(parameter.lower()) for one in (*known, *COMMON)):
                yield f"{line}: {name} -{parameter}"
