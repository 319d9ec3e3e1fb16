# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A set as it is found: what is stored of it, and what of it decides about packets. Raises FirewalldError."""

from __future__ import annotations

from typing import Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.files import whole
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import State


def found(firewalld: Firewalld, prefix: str) -> Tuple[State, State]:
    """The permanent and the runtime objects of the set."""
    permanent = _stored(prefix, firewalld.permanent(prefix))
    return permanent, _in_force(permanent, firewalld.runtime(prefix, permanent))


def _stored(prefix: str, permanent: State) -> State:
    # firewalld learns late, or never, that somebody deleted a file or damaged it
    there = whole(prefix)
    return State(
        {name: policy for name, policy in permanent.policies.items() if name in there},
        {name: ipset for name, ipset in permanent.ipsets.items() if name in there},
    )


def _in_force(permanent: State, runtime: State) -> State:
    # where firewalld keeps ipsets through a reload, one that was removed stays, empty and named by nothing
    rules = str([policy.rich_rules for policy in runtime.policies.values()])
    ipsets = {
        name: ipset for name, ipset in runtime.ipsets.items()
        if ipset.entries or name in permanent.ipsets or f'"{name}"' in rules
    }  # fmt: skip
    return State(runtime.policies, ipsets)
