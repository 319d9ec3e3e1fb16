# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings one set's firewalld objects to a wanted state, whole or not at all, and leaves everybody else's alone."""

from __future__ import annotations

from typing import Any, Dict, List, Set, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.files import remove_backups
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld, FirewalldError
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.former import Former
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import (
    PREFIX,
    State,
    differing,
)

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


def apply(firewalld: Firewalld, prefix: str, wanted: State) -> List[Dict[str, str]]:
    """Make the set's permanent and runtime objects those of C(wanted); gives findings.

    Raises FirewalldError after putting back what was there.
    """
    former = Former(firewalld, prefix)
    others = Others(firewalld) if needs_reload(former.runtime, wanted) else None
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


class Others:
    """What everybody else has in the runtime configuration, to be there again after a reload.

    A reload loads the permanent configuration: it forgets what others set at runtime only, and it brings into force
    what they wrote permanently and meant for later. Raises FirewalldError when something exists that could not be
    put back or held back, before anything was changed.
    """

    KINDS = ("zone", "policy", "ipset", "service")
    # what only a reload can bring into force, or take out of it
    FIXED = ("target", "priority", "ingress_priority", "egress_priority")
    # without these no packet comes to a zone or policy
    ENDS = ("interfaces", "sources", "ingress_zones", "egress_zones")

    def __init__(self, firewalld: Firewalld) -> None:
        self._firewalld = firewalld
        self._put_back: Set[str] = set()
        if firewalld.panic():
            raise FirewalldError("firewalld is in panic mode; end it with firewall-cmd --panic-off, then run again")
        for kind in self.KINDS:
            self._refuse_runtime_only(kind)
        self._settings = self._read_settings()
        for (kind, name), running in self._settings.items():
            self._refuse_pending(kind, name, running)
        self._entries = self._read_entries()
        self._direct = {what: firewalld.direct(what) for what in ("Chains", "Rules", "Passthroughs")}

    def put_back(self) -> None:
        """Set the runtime configuration of others to what it was."""
        now = self._read_settings()
        # a zone or policy that is new cannot be taken away at runtime, but kept from all packets
        waiting = {
            one: {key: [] if key in self.ENDS else value for key, value in settings.items()}
            for one, settings in now.items()
            if one not in self._settings
        }
        # everything is taken away before anything is added: an interface may have moved from one zone to another
        for narrowed in (True, False):
            for (kind, name), before in {**waiting, **self._settings}.items():
                change = _difference(now.get((kind, name), before), before, narrowed)
                if change:
                    self._firewalld.set_settings(kind, name, change)
                    self._put_back.add(f"{kind} {name}")
        entries = self._read_entries()
        for name, members in self._entries.items():
            if entries.get(name, members) != members:
                self._firewalld.set_entries(name, members)
                self._put_back.add(f"ipset {name}")
        for what, every in self._direct.items():
            present = self._firewalld.direct(what)
            for arguments in every:
                if arguments not in present:
                    self._firewalld.add_direct(what[:-1], arguments)
                    self._put_back.add(f"direct {what.lower()}")

    def findings(self) -> List[Dict[str, str]]:
        """What was put back: others' settings that the permanent configuration has not, or has differently."""
        message = (
            "The permanent configuration says otherwise than the running one. The reload would have changed that; the "
            "running one was kept. Any time limit on it is gone. Make both the same with firewall-cmd "
            "--runtime-to-permanent or --reload."
        )
        return [{"kind": "runtime_only", "object": name, "message": message} for name in sorted(self._put_back)]

    def _refuse_runtime_only(self, kind: str) -> None:
        lost = set(self._names(kind)) - set(self._firewalld.permanent_names(kind))
        if lost:
            raise FirewalldError(
                f"the {kind} {', '.join(sorted(lost))} exists in firewalld's runtime configuration only, and the "
                "reload that these changes need would lose it; make it permanent (firewall-cmd --runtime-to-permanent) "
                "or remove it"
            )

    def _refuse_pending(self, kind: str, name: str, running: Dict[str, Any]) -> None:
        stored = self._firewalld.permanent_settings(kind, name)
        for key in self.FIXED:
            if stored.get(key) != running.get(key):
                raise FirewalldError(
                    f"the {kind} {name} has the {key} {stored.get(key)} in firewalld's permanent configuration and "
                    f"{running.get(key)} in the running one, and the reload that these changes need would bring the "
                    "former into force; do so yourself (firewall-cmd --reload), or set it back, then run again"
                )

    def _names(self, kind: str) -> Set[str]:
        return {name for name in self._firewalld.names(kind) if not name.startswith(PREFIX)}

    def _read_settings(self) -> Dict[Tuple[str, str], Dict[str, Any]]:
        settings = {("zone", name): self._firewalld.zone_settings(name) for name in self._names("zone")}
        settings.update({("policy", name): self._firewalld.policy_settings(name) for name in self._names("policy")})
        return settings

    def _read_entries(self) -> Dict[str, Tuple[str, ...]]:
        found = {name: self._firewalld.ipset_settings(name) for name in self._names("ipset")}
        # firewalld does not know the entries of a set with time-outs: the kernel keeps them
        return {name: tuple(sorted(settings[5])) for name, settings in found.items() if "timeout" not in settings[4]}


def _difference(now: Dict[str, Any], before: Dict[str, Any], narrowed: bool) -> Dict[str, Any]:
    """The settings to give so that C(now) becomes C(before); narrowed: only what takes something away."""
    change: Dict[str, Any] = {}
    for key in sorted({*now, *before}):
        old, new = now.get(key), before.get(key)
        if isinstance(old, list) or isinstance(new, list):
            kept: List[Any] = [item for item in new or [] if not narrowed or item in (old or [])]
            if sorted(kept) != sorted(old or []) and (narrowed or sorted(new or []) != sorted(old or [])):
                change[key] = kept
        elif (isinstance(old, bool) or isinstance(new, bool)) and bool(old) != bool(new):
            change[key] = bool(new)
    return change
