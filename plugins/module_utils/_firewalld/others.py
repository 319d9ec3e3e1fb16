# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What everybody else has in firewalld's runtime configuration, kept through a reload of ours."""

from __future__ import annotations

from typing import Any, Dict, List, Set, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import pending, stored, timed, xtables
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.iptables import Tables
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.refusals import Finding, refusal
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import PREFIX

PANIC = refusal("panic mode", "firewalld is in panic mode; end it with firewall-cmd --panic-off, then run again")


class Others:
    """What everybody else has in the runtime configuration, to be there again after a reload.

    A reload loads the permanent configuration: it forgets what others set at runtime only, and it brings into force
    what they wrote permanently and meant for later. What could not be put back or held back is in C(refusals).
    """

    KINDS = ("zone", "policy", "ipset", "service")
    # what only a reload can bring into force, or take out of it
    FIXED = ("target", "priority", "ingress_priority", "egress_priority")
    # without these no packet comes to a zone or policy
    ENDS = ("interfaces", "sources", "ingress_zones", "egress_zones")

    def __init__(self, firewalld: Firewalld) -> None:
        self._firewalld = firewalld
        self._put_back: Set[str] = set()
        self.refusals: List[Finding] = []
        if firewalld.panic():
            self.refusals.append(PANIC)
        self._stored = {kind: set(firewalld.permanent_names(kind)) for kind in self.KINDS}
        for kind in self.KINDS:
            self._refuse_runtime_only(kind)
        self._settings = self._read_settings()
        for (kind, name), running in self._settings.items():
            self._refuse_pending(kind, name, running)
        self.refusals += pending.refusals(firewalld, self._settings.values())
        self._entries = self._read_entries()
        self.refusals += timed.refusals(self._ipset_settings())
        self._tables = Tables(firewalld)
        self.refusals += self._tables.refusals
        self._direct = {what: firewalld.direct(what) for what in ("Chains", "Rules", "Passthroughs")}
        self._refuse_without_ipset()
        self._differing = self._to_be_put_back()

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
        # with the direct rules in them
        self.put_tables_back()

    def put_tables_back(self) -> None:
        """Set what others have in the tables of iptables to what it was, whatever firewalld says."""
        self._tables.put_back()

    def notices(self) -> List[Finding]:
        """What the reload does to others meanwhile, and what of theirs is put back after it."""
        return self._tables.notices + [_kept(name) for name in sorted(self._differing)]

    def findings(self) -> List[Finding]:
        """What was put back and was not foreseen."""
        return [_kept(name) for name in sorted(self._put_back - self._differing)]

    def _to_be_put_back(self) -> Set[str]:
        """What the permanent configuration has not, or has differently, as far as a reload shows in it."""
        restored = ["interfaces"] if self._firewalld.restores_interfaces() else []
        found = {f"{kind} {name}" for kind, name in self._settings if self._differs(kind, name, restored)}
        for kind in ("zone", "policy"):
            # which a reload makes, and which then are kept from all packets
            new = {name: self._firewalld.permanent_settings(kind, name) for name in self._new(kind)}
            found |= {f"{kind} {name}" for name, kept in new.items() if any(kept.get(key) for key in self.ENDS)}
        found |= {
            f"ipset {name}"
            for name, entries in self._entries.items()
            if name in self._stored["ipset"] and entries != self._stored_entries(name)
        }
        kept_direct = None if self._firewalld.keeps_ipsets() else stored.direct()
        for (what, every), kept in zip(self._direct.items(), kept_direct or []):
            found |= {f"direct {what.lower()}" for one in every if one not in kept}
        return found

    def _differs(self, kind: str, name: str, restored: List[str]) -> bool:
        if name not in self._stored[kind]:
            return False  # that is refused already
        running = self._settings[kind, name]
        after = {**self._firewalld.permanent_settings(kind, name), **{key: running.get(key) for key in restored}}
        return any(_difference(after, running, narrowed) for narrowed in (True, False))

    def _new(self, kind: str) -> Set[str]:
        return {name for name in self._stored[kind] - self._names(kind) if not name.startswith(PREFIX)}

    def _stored_entries(self, name: str) -> Tuple[str, ...]:
        kept = set(self._firewalld.permanent_settings("ipset", name)[5])
        # a reload that keeps ipsets puts the old entries beside those that are stored
        return tuple(sorted(kept.union(self._entries[name]) if self._firewalld.keeps_ipsets() else kept))

    def _refuse_runtime_only(self, kind: str) -> None:
        for name in sorted(self._names(kind) - self._stored[kind]):
            message = (
                f"the {kind} {name} exists in firewalld's runtime configuration only, and the reload that these "
                "changes need would lose it; make it permanent (firewall-cmd --runtime-to-permanent) or remove it"
            )
            self.refusals.append(refusal(f"{kind} {name}", message))

    def _refuse_without_ipset(self) -> None:
        # with direct rules it makes each set a second time, by the program, and does not look whether that is there
        direct = any(self._direct.values()) or any(stored.direct() or [])
        if direct and self._firewalld.version_at_least(2) and not xtables.has_ipset():
            message = (
                f"beside direct rules firewalld {self._firewalld.version} makes ipsets by the program ipset, which is "
                "not installed, and would end in the reload that these changes need; install the package ipset, or "
                "have policies in place of the direct rules, then run again"
            )
            self.refusals.append(refusal("ipset", message))

    def _refuse_pending(self, kind: str, name: str, running: Dict[str, Any]) -> None:
        if name not in self._stored[kind]:
            return  # that is refused already
        stored = self._firewalld.permanent_settings(kind, name)
        for key in self.FIXED:
            if stored.get(key) != running.get(key):
                message = (
                    f"the {kind} {name} has the {key} {stored.get(key)} in firewalld's permanent configuration and "
                    f"{running.get(key)} in the running one, and the reload that these changes need would bring the "
                    "former into force; do so yourself (firewall-cmd --reload), or set it back, then run again"
                )
                self.refusals.append(refusal(f"{kind} {name}", message))

    def _names(self, kind: str) -> Set[str]:
        return {name for name in self._firewalld.names(kind) if not name.startswith(PREFIX)}

    def _read_settings(self) -> Dict[Tuple[str, str], Dict[str, Any]]:
        # in one order, so that check and run say the same
        zones, policies = sorted(self._names("zone")), sorted(self._names("policy"))
        settings = {("zone", name): self._firewalld.zone_settings(name) for name in zones}
        settings.update({("policy", name): self._firewalld.policy_settings(name) for name in policies})
        return settings

    def _ipset_settings(self) -> Dict[str, List[Any]]:
        return {name: self._firewalld.ipset_settings(name) for name in self._names("ipset")}

    def _read_entries(self) -> Dict[str, Tuple[str, ...]]:
        found = self._ipset_settings()
        # firewalld does not know the entries of a set with time-outs: the kernel keeps them
        return {name: tuple(sorted(settings[5])) for name, settings in found.items() if "timeout" not in settings[4]}


def _kept(name: str) -> Finding:
    # firewalld's own timers outlive its reload
    message = (
        "The permanent configuration says otherwise than the running one. The reload that these changes need would "
        "change that; the running one is kept, and what has a time limit in a zone ends when it would have. Make both "
        "the same with firewall-cmd --runtime-to-permanent or --reload."
    )
    return {"kind": "runtime_only", "object": name, "message": message}


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
