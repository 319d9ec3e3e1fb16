# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewalld objects that carry a named set of rules: policies and ipsets, all called C(thf-<set>-…)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Container, Dict, Iterator, Set, Tuple

PREFIX = "thf-"
SET_NAME = re.compile(r"[a-z][a-z0-9]{0,6}")
ANY = "any"
# firewalld keeps a description on one line
DESCRIPTION_SEPARATOR = "; "
IPSET_TYPE = "hash:net"


class RulesetError(ValueError):
    """A rule set that cannot be applied; the message is one line, ready for the user."""


@dataclass(frozen=True)
class Policy:
    """One firewalld policy object, in a form that compares: lists are sorted tuples."""

    ingress: str
    egress: str
    priority: int
    target: str = "CONTINUE"
    rich_rules: Tuple[str, ...] = ()
    ports: Tuple[Tuple[str, str], ...] = ()
    protocols: Tuple[str, ...] = ()
    other: Tuple[str, ...] = ()  # settings that we never make: found here, somebody edited our object
    description: str = ""

    def shape(self) -> Tuple[Any, ...]:
        """What cannot be edited in the runtime configuration: a difference here needs a reload."""
        return (self.ingress, self.egress, self.priority, self.target, self.other)

    def effect(self) -> Tuple[Any, ...]:
        """Everything that decides about packets; the description does not."""
        return (*self.shape(), self.rich_rules, self.ports, self.protocols)


@dataclass(frozen=True)
class IpSet:
    """One firewalld ipset of type hash:net; family is C(inet) or C(inet6)."""

    family: str
    entries: Tuple[str, ...]


@dataclass(frozen=True)
class State:
    """The objects of one set, in one configuration (permanent or runtime)."""

    policies: Dict[str, Policy] = field(default_factory=dict)
    ipsets: Dict[str, IpSet] = field(default_factory=dict)

    def names(self) -> Set[str]:
        """Names of all objects."""
        return {*self.policies, *self.ipsets}

    def without(self, names: Container[str]) -> State:
        """The state without these policies, and without the ipsets that no other one names."""
        policies = {name: policy for name, policy in self.policies.items() if name not in names}
        return State(policies, used(policies, self.ipsets))


def differing(permanent: State, runtime: State, wanted: State) -> Iterator[Tuple[str, Any, Any]]:
    """Name, found and wanted form of each object that is not as wanted, permanently or at runtime."""
    for kind in ("policies", "ipsets"):
        kept, running, target = (getattr(state, kind) for state in (permanent, runtime, wanted))
        for name in sorted({*kept, *running, *target}):
            if kept.get(name) != target.get(name):
                yield name, kept.get(name), target.get(name)
            elif _effect(running.get(name)) != _effect(target.get(name)):
                yield name, running.get(name), target.get(name)


def _effect(found: Any) -> Any:
    return found.effect() if isinstance(found, Policy) else found


def object_prefix(set_name: str) -> str:
    """What the names of all objects of a set begin with. Raises RulesetError for a name firewalld cannot carry."""
    if not SET_NAME.fullmatch(set_name):
        raise RulesetError(
            f"name: {set_name!r} is not the name of a rule set; use 1 to 7 lower-case letters and digits that begin "
            "with a letter (firewalld before 2.4.0 allows 17 characters for thf-<name>-block)"
        )
    return f"{PREFIX}{set_name}-"


def used(policies: Dict[str, Policy], ipsets: Dict[str, IpSet]) -> Dict[str, IpSet]:
    """The ipsets that a rule of these policies names."""
    used = " ".join(text for policy in policies.values() for text in policy.rich_rules)
    return {name: ipset for name, ipset in ipsets.items() if f'"{name}"' in used}
