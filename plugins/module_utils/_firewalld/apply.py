# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings one set's firewalld objects to a wanted state, whole or not at all, and leaves everybody else's alone."""

from __future__ import annotations

import os
from typing import Any, List, Optional, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import adopted, files
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.build import ALLOW_PRIORITY
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.former import Former
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.found import found
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.others import Others
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.refusals import Finding, refuse
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.rehearsal import Trouble
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.reloading import (
    UnloadableError,
    reload,
    start_anew,
)
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import (
    IpSet,
    Policy,
    State,
    differing,
)
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.session import FirewalldError

PANIC = {
    "kind": "panic",
    "object": "panic mode",
    "message": "firewalld drops every packet; end it with firewall-cmd --panic-off.",
}

FAILED = {
    "kind": "failed",
    "object": "firewalld",
    "message": "Its state is FAILED: it could not load what is stored, so it filters by nothing of it; packets meet "
    "what the kernel has, its fail-safe configuration (ssh open to all) or nothing.",
}

# a permanent and a runtime state
Both = Tuple[State, State]


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
    firewalld: Firewalld,
    prefix: str,
    wanted: State,
    former: Former,
    others: Optional[Others],
    now: Optional[Both] = None,
    adoption: Optional[adopted.Adoption] = None,
) -> List[Finding]:
    """Make the set's permanent and runtime objects those of C(wanted); gives findings.

    C(others) is what everybody else has, where firewalld must be reloaded; C(now) what the set is, where that is not
    the former state; C(adoption) takes rules of others away once that is in force. Raises FirewalldError after putting
    back what was there.
    """
    gone = adoption.gone if adoption else []
    try:
        _transition(firewalld, prefix, now or (former.permanent, former.runtime), (wanted, wanted), others)
        wrong = _settle(firewalld, prefix, wanted, wanted)
        if wrong:
            raise FirewalldError(f"firewalld did not take {', '.join(wrong)} as given")
        if adoption:
            adoption.take_away()
    except FirewalldError as error:

        def put_back() -> None:
            # nothing is closed before what replaces it is there
            adopted.put_back(firewalld, gone)
            _go_back(firewalld, prefix, former.permanent, former.runtime, others)

        failure = former.recover(error, put_back, others)
        if failure.state == "stopped":
            adopted.put_back_stored(gone)
        raise failure from error
    finally:
        files.remove_backups(prefix)
    return others.findings() if others else []


def mend(firewalld: Firewalld, prefix: str, wanted: State, former: Former) -> List[Finding]:
    """As apply(), for a firewalld in state FAILED that can load everything but the set's own objects.

    It writes nothing in that state, so what is stored of the set, which may be damaged, is removed first.
    """
    with firewalld.kernel.holding():
        try:
            files.put_files_back({}, files.stored(prefix))
            start_anew(firewalld)
        except (OSError, FirewalldError) as error:
            raise former.recover(FirewalldError(str(error)), lambda: None, None) from error
        return apply(firewalld, prefix, wanted, former, Others(firewalld), (State(), State()))


def remove_stored(prefix: str, trouble: Trouble) -> Finding:
    """Remove what is stored of a set while firewalld cannot load the rest; says so. Raises FirewalldError."""
    try:
        files.put_files_back({}, files.stored(prefix))
    except OSError as error:
        raise FirewalldError(f"what is stored of the set could not be removed: {error}", FAILED["kind"]) from error
    message = (
        "The set's files were removed, and firewalld was not reloaded: what the kernel has stays until it is. "
        f"{trouble.sentence()}, then start it anew (systemctl restart firewalld)."
    )
    return {**FAILED, "object": "the set's files", "message": message}


def restore(firewalld: Firewalld, prefix: str, permanent: State, runtime: State) -> None:
    """Bring the set back to former permanent and runtime states. Raises FirewalldError."""
    others = Others(firewalld) if needs_reload(firewalld.runtime(prefix), runtime) else None
    if others:
        refuse(others.refusals)
    try:
        _go_back(firewalld, prefix, permanent, runtime, others)
    finally:
        files.remove_backups(prefix)
    if not is_so(firewalld, prefix, permanent, runtime):
        raise FirewalldError("firewalld did not take the former rules as given")


def is_so(firewalld: Firewalld, prefix: str, permanent: State, runtime: State) -> bool:
    """Whether the set's objects decide about packets as in these states. Raises FirewalldError."""
    return [_effects(one) for one in found(firewalld, prefix)] == [_effects(permanent), _effects(runtime)]


def _effects(state: State) -> Any:
    return {name: policy.effect() for name, policy in state.policies.items()}, state.ipsets


def _go_back(firewalld: Firewalld, prefix: str, permanent: State, runtime: State, others: Optional[Others]) -> None:
    """Bring the set to these permanent and runtime states, from whatever it is now."""
    now = firewalld.permanent(prefix), firewalld.runtime(prefix)
    _transition(firewalld, prefix, now, (permanent, runtime), others)
    _settle(firewalld, prefix, permanent, runtime)


def _transition(firewalld: Firewalld, prefix: str, now: Both, then: Both, others: Optional[Others]) -> None:
    """From a permanent and a runtime state to others."""
    (kept, running), (permanent, runtime) = now, then
    _write_permanent(firewalld, prefix, kept, permanent)
    if others is not None and needs_reload(running, runtime):
        if firewalld.keeps_ipsets():
            # what it puts back beside the new entries must not overlap with them, nor let a removed peer pass
            _set_entries(firewalld, running, runtime)
        _reload(firewalld, prefix, permanent)
        others.put_back()
    else:
        _write_runtime(firewalld, running, runtime)


def _settle(firewalld: Firewalld, prefix: str, permanent: State, runtime: State) -> List[str]:
    """Set at runtime what a reload left otherwise; names of the objects that are not as in these states."""
    if _wrong(firewalld, prefix, permanent, runtime):
        running = firewalld.runtime(prefix)
        _set_entries(firewalld, running, runtime)
        _write_runtime(firewalld, running, runtime)
        return _wrong(firewalld, prefix, permanent, runtime)
    return []


def _wrong(firewalld: Firewalld, prefix: str, permanent: State, runtime: State) -> List[str]:
    kept, running = found(firewalld, prefix)
    both = (*differing(kept, permanent, permanent), *differing(runtime, running, runtime))
    return sorted({name for name, _before, _after in both})


def _reload(firewalld: Firewalld, prefix: str, permanent: State) -> None:
    try:
        reload(firewalld)
    except UnloadableError as error:
        if not os.path.basename(error.path).startswith(prefix):
            raise
        # somebody damaged a file of ours, and firewalld, which has read it long ago, does not know yet
        _write_permanent(firewalld, prefix, State(), permanent)
        reload(firewalld)


def _write_permanent(firewalld: Firewalld, prefix: str, kept: State, wanted: State) -> None:
    # one whose file somebody deleted, firewalld may still know
    policies, ipsets = (
        {name for name in firewalld.permanent_names(kind) if name.startswith(prefix)} for kind in ("policy", "ipset")
    )
    for name, ipset in wanted.ipsets.items():
        if kept.ipsets.get(name) != ipset:
            firewalld.put_ipset(name, ipset, name in ipsets)
    for name, policy in wanted.policies.items():
        if kept.policies.get(name) != policy:
            firewalld.put_policy(name, policy, name in policies)
    there = files.names(prefix)
    # it removes what has a file, and fails where somebody has deleted that
    for name in policies - wanted.policies.keys():
        if name not in there:
            firewalld.put_policy(name, Policy("ANY", "HOST", ALLOW_PRIORITY), exists=True)
        firewalld.remove("policy", name)
    for name in ipsets - wanted.ipsets.keys():
        if name not in there:
            firewalld.put_ipset(name, IpSet("inet", ()), exists=True)
        firewalld.remove("ipset", name)


def _set_entries(firewalld: Firewalld, running: State, wanted: State) -> None:
    """Give each ipset its entries; those that go, none."""
    for name, ipset in running.ipsets.items():
        target = wanted.ipsets.get(name)
        entries = target.entries if target and target.family == ipset.family else ()
        if ipset.entries != entries:
            firewalld.set_entries(name, entries)


def _write_runtime(firewalld: Firewalld, running: State, wanted: State) -> None:
    for name, ipset in wanted.ipsets.items():
        if name in running.ipsets and running.ipsets[name].entries != ipset.entries:
            firewalld.set_entries(name, ipset.entries)
    for name, policy in wanted.policies.items():
        if name in running.policies and running.policies[name].effect() != policy.effect():
            firewalld.edit_policy(name, policy)
