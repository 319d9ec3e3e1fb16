# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What our code and its stand-in assume about Windows, each with a number, and how a host is asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

import yaml

DATA = Path(__file__).parent / "data"
# the rules' assumptions, then the host's
FILES = ("assumptions_rules.yml", "assumptions_host.yml")

# what is too long to be written down
LONG = {
    "<1001 addresses>": ",".join(f"10.{number // 256}.{number % 256}.1" for number in range(1001)),
    "<1001 ports>": ",".join(str(10000 + 2 * number) for number in range(1001)),
    "<10000 letters>": "a" * 10000,
}


class Property(TypedDict):
    """A property of the firewall's COM object for rules, and what it is set to."""

    name: str
    value: str


class Try(TypedDict):
    """One assumption as the module win_firewall_selftest takes it."""

    number: int
    part: str
    check: str | None
    rule: list[Property]
    then: list[Property]
    read: str | None


class Assumption(NamedTuple):
    """One assumption: C(tried) says in words what is set, C(expected) what we take Windows to answer."""

    number: int
    group: str
    what: str
    tried: str
    expected: str
    asked: Try


@cache
def assumptions() -> tuple[Assumption, ...]:
    """All of them, by group."""
    groups = [group for name in FILES for group in yaml.safe_load((DATA / name).read_text(encoding="utf-8"))]
    return tuple(
        _assumption(group["group"], group.get("part", "rules"), line) for group in groups for line in group["lines"]
    )


def lines() -> list[Try]:
    """What the module win_firewall_selftest is asked."""
    return [one.asked for one in assumptions()]


def _assumption(group: str, part: str, line: Mapping[str, Any]) -> Assumption:
    rule, then = line.get("rule", {}), line.get("then", {})
    given = [*rule, *then]
    read = line.get("read", given[-1] if given else None)
    asked = Try(
        number=line["number"],
        part=part,
        check=line.get("check"),
        rule=_properties(rule),
        then=_properties(then),
        read=read,
    )
    return Assumption(line["number"], group, line["what"], _tried(rule, then, read), line["expected"], asked)


def _properties(given: Mapping[str, Any]) -> list[Property]:
    return [Property(name=name, value=LONG.get(str(value), str(value))) for name, value in given.items()]


def _tried(rule: Mapping[str, Any], then: Mapping[str, Any], read: str | None) -> str:
    """What is set, and what is read where that is another property."""
    parts = [f"{name} {value}".strip() for name, value in rule.items()]
    parts += [f"then {name} {value}".strip() for name, value in then.items()]
    if read is not None and read not in [*rule, *then][-1:]:
        parts.append(f"read {read}")
    return ", ".join(parts)
