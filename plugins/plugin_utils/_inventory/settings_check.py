# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with an inventory before any host is touched: nobody in our groups, a setting, a name. Pure."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.connections import machine_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.inventory import HOST, PROBES, inventory_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import SETTINGS
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.variables import ALLOW_UNKNOWN, strangers
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError, flag

# of a long list the first, and how many more there are
SHOWN = 8
# the groups that count, and from where on another name is one of them that was mistyped: one letter in sixteen
GROUPS, ALIKE = (*SETTINGS, PROBES, "therefore_selftest"), 0.93
# groups that Ansible makes itself
BUILT_IN = ("all", "ungrouped")


def listed(words: Sequence[str]) -> str:
    """The words with commas, cut where there are many."""
    more = f" and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
    return ", ".join(words[:SHOWN]) + more


def check_anybody(wanted: Sequence[str], groups: Mapping[str, Iterable[str]], hosts: Sequence[str]) -> list[str]:
    """The hosts of the run that are in one of our groups. Raises InputError when there is none.

    Args:
        wanted: The groups that are looked for.
        groups: The hosts of each group of the inventory.
        hosts: The hosts of this run, as a limit leaves them.
    """
    ours = {str(name) for group in wanted for name in groups.get(group, ())}
    found = [name for name in hosts if name in ours]
    if found:
        return found
    looked_for = f"no host of this run is in a group that counts here ({', '.join(wanted)})"
    if ours:
        remedy = (
            f"the run is limited to {listed(sorted(hosts))}; those groups have {listed(sorted(ours))}: widen the limit"
        )
    else:
        own = sorted(set(groups) - {*BUILT_IN, *wanted})
        remedy = (
            f"the inventory has the groups {listed(own)}" if own else "the inventory has no groups"
        ) + "; put hosts, or such a group as a child, into one that counts"
    raise InputError(f"{looked_for}: {remedy}. Where a run without hosts is right, set therefore_allow_empty: true")


def check_groups(groups: Mapping[str, Iterable[str]], variables: Mapping[str, Any]) -> None:
    """Raises InputError for a group that can only be one of ours, misspelt: its hosts would get no rules, unsaid.

    Args:
        groups: The hosts of each group of the inventory.
        variables: Those of the host that the check runs for, with the leave to have such names.
    """
    ours = {str(name) for group in GROUPS for name in groups.get(group, ())}
    wrong = [
        f"group {group}: is none of this collection, and its hosts ({listed(sorted(map(str, names)))}) get no rules; "
        f"did you mean {meant}? Rename it, or make it a child of that one; where it is a group of your own, set "
        f"{ALLOW_UNKNOWN}: true"
        for group, names in sorted(groups.items())
        if (meant := _meant(group)) and names and ours.isdisjoint(map(str, names))
    ]
    if wrong and not flag(ALLOW_UNKNOWN, variables.get(ALLOW_UNKNOWN, False)):
        raise InputError(*wrong)


def _meant(group: str) -> str | None:
    """The group of ours that a name differs from in a letter, or in how it is written."""
    if group in GROUPS:
        return None
    written = group.lower().replace("-", "_")
    close = difflib.get_close_matches(written, GROUPS, n=1, cutoff=ALIKE)
    return next((one for one in close if abs(len(one) - len(written)) <= 1), None)


def wrong_settings(
    hostvars: Mapping[str, Mapping[str, Any]],
    groups: Mapping[str, Iterable[str]],
    shared: Mapping[str, Any],
    hosts: Iterable[str],
) -> dict[str, list[str]]:
    """The refusals of each host that has some; see inventory_of for the arguments.

    Raises InputError where a setting of the whole is wrong.
    """
    chosen = set(hosts)
    own = {group: [name for name in names if str(name) in chosen] for group, names in groups.items()}
    parties = inventory_of(hostvars, own, shared).parties
    return {party.name: list(party.problems) for party in parties if party.kind == HOST and party.problems}


def as_lines(wrong: Mapping[str, Iterable[str]]) -> list[str]:
    """A line for each refusal, with the hosts that it is for."""
    by_problem: dict[str, list[str]] = {}
    for name, problems in wrong.items():
        for problem in problems:
            by_problem.setdefault(problem, []).append(name)
    return [f"{listed(names)}: {problem}" for problem, names in by_problem.items()]


def own_variables(hostvars: Mapping[str, Iterable[str]], hosts: Iterable[str]) -> list[str]:
    """Names that begin as ours do and are the site's own, each once."""
    return sorted({name for host in hosts for name in strangers(hostvars[host])})


def one_machine(hostvars: Mapping[str, Mapping[str, Any]], hosts: Iterable[str]) -> list[str]:
    """A line for each machine that Ansible reaches by several names: a copied address, or an alias."""
    names: dict[tuple[str, ...], list[str]] = {}
    for host in hosts:
        # what cannot be worked out is said where it is needed
        with contextlib.suppress(InputError):
            names.setdefault(machine_of(hostvars[host]), []).append(host)
    return [
        f"{listed(same)}: one machine to Ansible ({machine[0]}), which gets the rules of each. Where these are several "
        "machines, the others get none: correct ansible_host"
        for machine, same in names.items()
        if machine and len(same) > 1
    ]
