# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a change of a rule set can cut the connection by which the host is managed. Pure: no D-Bus and no Ansible."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import Policy, State

REFUSING = re.compile(r"(reject|drop)( |$)")
PORT = re.compile(r'port port="(\d+)(?:-(\d+))?" protocol="tcp"')


def can_cut(before: State, wanted: State, prefix: str, management_port: int) -> bool:
    """Whether going from C(before), our objects of all sets, to a set's wanted objects can cut a new connection.

    It can where traffic is refused afterwards that was not before: outbound traffic where a set refuses what no rule
    allows, and the management port where a set refuses it, or allows it no longer.
    """
    own = State(
        {name: policy for name, policy in before.policies.items() if name.startswith(prefix)},
        {name: ipset for name, ipset in before.ipsets.items() if name.startswith(prefix)},
    )
    others = {name: policy for name, policy in before.policies.items() if not name.startswith(prefix)}
    after = {**others, **wanted.policies}
    changed = [name for name in {*own.policies, *wanted.policies} if _seen(own, name) != _seen(wanted, name)]
    either = [policy for state in (own, wanted) for name, policy in state.policies.items() if name in changed]
    denies = any(policy.target == "REJECT" for policy in after.values())
    blocks = any(REFUSING.search(_rules_on(policy, management_port)) for policy in after.values())
    return any(
        denies
        if policy.ingress == "HOST"
        else _rules_on(policy, management_port) and (blocks or policy in own.policies.values())
        for policy in either
    )


def _seen(state: State, name: str) -> Any:
    """What decides about packets in a policy: itself, and the ipsets that it names."""
    policy = state.policies.get(name)
    if policy is None:
        return None
    text = " ".join(policy.rich_rules)
    return policy.effect(), {one: ipset for one, ipset in state.ipsets.items() if f'"{one}"' in text}


def _rules_on(policy: Policy, management_port: int) -> str:
    """What an inbound policy says about the port."""
    texts = []
    for text in policy.rich_rules if policy.egress == "HOST" else ():
        found = PORT.search(text)
        if found and int(found.group(1)) <= management_port <= int(found.group(2) or found.group(1)):
            texts.append(text)
    return " ".join(texts)
