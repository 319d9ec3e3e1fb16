# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that do not reach the machines that Ansible does not manage, though it looks as if they did.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import SETTINGS, settings_among
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError

Variables = Mapping[str, Any]
Settings = Mapping[str, Any]
# the one setting of which no file has anything
EGRESS, DENY = "egress", "deny"
# works out the rules of a role from variables
Rules = Callable[[str, Variables], Mapping[str, Any]]


class Outside(NamedTuple):
    """A role of machines outside Ansible, and the networks that have them.

    C(denies): other outbound traffic shall be refused, there or on most hosts with the role, which no paper for these
    machines brings. C(elsewhere): settings that most hosts with the role have and these machines have not, with the
    value there, where the rules would be others.
    """

    role: str
    segments: tuple[str, ...]
    denies: bool
    elsewhere: dict[str, Any]


def outside_of(
    roles: Mapping[str, Iterable[str]],
    hostvars: Mapping[str, Variables],
    groups: Mapping[str, Iterable[str]],
    shared: Variables,
    rules: Rules,
) -> list[Outside]:
    """What does not reach them, for each role that a network has.

    Args:
        roles: The roles of each network.
        hostvars: The variables of each host.
        groups: The names of each group's hosts.
        shared: The variables that hold for no host in particular, and so for these machines.
        rules: Works out the rules of a role.
    """
    segments: dict[str, list[str]] = {}
    for segment, names in roles.items():
        for role in names:
            segments.setdefault(role, []).append(segment)
    return [
        _outside(role, tuple(names), [hostvars[str(name)] for name in groups.get(role, ())], shared, rules)
        for role, names in segments.items()
    ]


def _outside(role: str, segments: tuple[str, ...], hosts: list[Variables], shared: Variables, rules: Rules) -> Outside:
    own = settings_among(role, shared)
    others = _elsewhere(role, hosts, own)
    denies = DENY in (own.get(EGRESS), others.pop(EGRESS, None))

    def made(instead: Settings) -> Any:
        settings = {**own, **instead, EGRESS: "allow"}
        try:
            return rules(role, {f"{role}_{name}": value for name, value in settings.items() if value is not None})[
                "rules"
            ]
        except InputError:
            # of these two together nothing is known
            return None

    none, every = made({}), made(others)

    def matters(name: str) -> bool:
        """Whether it makes other rules, alone or beside the others."""
        return none != made({name: others[name]}) or every != made({**others, name: own.get(name)})

    return Outside(role, segments, denies, {name: value for name, value in others.items() if matters(name)})


def _elsewhere(role: str, hosts: list[Variables], common: Settings) -> dict[str, Any]:
    """The settings on which more than half of the hosts agree, and which are others for no host in particular."""
    given = [found for one in hosts if (found := _settings(role, one)) is not None]
    result = {}
    for name in SETTINGS[role]:
        values = {repr(one.get(name)): one.get(name) for one in given}
        counted = Counter(repr(one.get(name)) for one in given).most_common(1)
        if counted and 2 * counted[0][1] > len(given) and values[counted[0][0]] != common.get(name):
            result[name] = values[counted[0][0]]
    return result


def _settings(role: str, variables: Variables) -> dict[str, Any] | None:
    """None where a variable cannot be worked out, which is a finding of its own."""
    try:
        return settings_among(role, variables)
    except InputError:
        return None
