# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings one set's firewalld objects to a wanted state, whole or not at all, and leaves everybody else's alone."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.files import remove_backups
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld, FirewalldError
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.former import Former
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.others import Others
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.refusals import refuse
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import State, differing

PANIC = {
    "kind": "panic",
    "object": "panic mode",
    "message": "firewalld drops every packet; end it with firewall-cmd --panic-off.",
}


def needs_reload(runtime: State, wanted: State) -> bool:
    """Whether firewalld can get from one runtime state to another only by a reload.

    Policies and ipsets cannot be made or removed at runtime, nor can a policy's shape or an ipset's type change.
    """
    return (
        {name: policy.shape() for name, policy in runtime.policies.items()}
        != {name: policy.shape() for name, policy in wanted.policies.items()}
    ) or (
        {name: ipset.family for name, ipset in runtime.ipsets.items()}
        != {name: ipset.family for name, ipset in wanted.ipsets.items()}
    )


def apply(
    firewalld: Firewalld, prefix: str, wanted: State, former: Former, others: Optional[Others]
) -> List[Dict[str, str]]:
    """Make the set's permanent and runtime objects those of C(wanted); gives findings.

    C(others) is what everybody else has, where firewalld must be reloaded. Raises FirewalldError after putting back
    what was there.
    """
    try:
        _transition(firewalld, prefix, wanted, wanted, others)
        _confirm(firewalld, prefix, wanted)
    except FirewalldError as error:

        def put_back() -> None:
            _transition(firewalld, prefix, former.permanent, former.runtime, others)

        raise former.recover(error, put_back, others) from error
    finally:
        remove_backups(prefix)
    return others.findings() if others else []


def restore(firewalld: Firewalld, prefix: str, permanent: State, runtime: State) -> None:
    """Bring the set back to former permanent and runtime states. Raises FirewalldError."""
    others = Others(firewalld) if needs_reload(firewalld.runtime(prefix), runtime) else None
    if others:
        refuse(others.refusals)
    try:
        _transition(firewalld, prefix, permanent, runtime, others)
    finally:
        remove_backups(prefix)
    if not is_so(firewalld, prefix, permanent, runtime):
        raise FirewalldError("firewalld did not take the former rules as given")


def is_so(firewalld: Firewalld, prefix: str, permanent: State, runtime: State) -> bool:
    """Whether the set's objects decide about packets as in these states. Raises FirewalldError."""
    found = firewalld.permanent(prefix), firewalld.runtime(prefix)
    return [_effects(one) for one in found] == [_effects(permanent), _effects(runtime)]


def _effects(state: State) -> Any:
    return {name: policy.effect() for name, policy in state.policies.items()}, state.ipsets


def _transition(firewalld: Firewalld, prefix: str, permanent: State, runtime: State, others: Any) -> None:
    _write_permanent(firewalld, firewalld.permanent(prefix), permanent)
    if others is not None and needs_reload(firewalld.runtime(prefix), runtime):
        firewalld.reload()
        others.put_back()
    _write_runtime(firewalld, firewalld.runtime(prefix), runtime)


def _write_permanent(firewalld: Firewalld, found: State, wanted: State) -> None:
    for name, ipset in wanted.ipsets.items():
        exists = name in found.ipsets
        if found.ipsets.get(name) != ipset:
            firewalld.put_ipset(name, ipset, exists)
    for name, policy in wanted.policies.items():
        if found.policies.get(name) != policy:
            firewalld.put_policy(name, policy, name in found.policies)
    for name in found.policies.keys() - wanted.policies.keys():
        firewalld.remove("policy", name)
    for name in found.ipsets.keys() - wanted.ipsets.keys():
        firewalld.remove("ipset", name)


def _write_runtime(firewalld: Firewalld, found: State, wanted: State) -> None:
    for name, ipset in wanted.ipsets.items():
        if name in found.ipsets and found.ipsets[name].entries != ipset.entries:
            firewalld.set_entries(name, ipset.entries)
    for name, policy in wanted.policies.items():
        if name in found.policies and found.policies[name].effect() != policy.effect():
            firewalld.edit_policy(name, policy)


def _confirm(firewalld: Firewalld, prefix: str, wanted: State) -> None:
    permanent, runtime = firewalld.permanent(prefix), firewalld.runtime(prefix)
    wrong = [name for name, _found, _target in differing(permanent, runtime, wanted)]
    if wrong:
        raise FirewalldError(f"firewalld did not take {', '.join(wrong)} as given")
