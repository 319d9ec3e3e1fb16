# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody edited in a set's objects that no rule says: their shape, or things that no rule of ours would make."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Set

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import (
    Policy,
    State,
    differing,
)

# what a rule says of an object; the rest only the object itself can say
SAID_BY_RULES = ("rich_rules", "description", "entries")

Change = Dict[str, Any]


def object_changes(permanent: State, runtime: State, wanted: State, touched: Set[str], said: Set[str]) -> List[Change]:
    """The objects that differ, as changes, unless rules say it.

    A rule that changes says so of the objects that it C(said) something of. One that does not may still move to a new
    ipset: of those that rules C(touched), only what is neither new nor gone is a change.
    """
    changes = []
    for name in sorted({name for name, _found, _wanted in differing(permanent, runtime, wanted)}):
        stored, running, target = (_get(state, name) for state in (permanent, runtime, wanted))
        if isinstance(running, Policy) and isinstance(stored, Policy):
            # a running policy has the description that it was loaded with
            running = Policy(**{**vars(running), "description": stored.description})
        shapes = {_shape(one) for one in (stored, running, target)} - {None}
        moved = name in touched and (target is None or (stored is None and running is None))
        if len(shapes) > 1 or not (name in said or moved):
            changes.append(_change(name, _before(stored, running, target), _plain(target)))
    return changes


def object_text(changes: List[Change], side: str) -> str:
    """One side of a diff: what differs in these objects, a line for each property."""
    lines = []
    for change in changes:
        name, before, after = change["id"], change["before"] or {}, change["after"] or {}
        own = {"before": before, "after": after}[side]
        running = before.get("runtime", {}) if side == "before" else {}
        for key in sorted({*before, *after} - {"runtime", "only_in"}):
            if key in own and (before.get(key) != after.get(key) or key in before.get("runtime", {})):
                lines.append(f"{name}, {key}: {own[key]}\n")
            if key in running:
                lines.append(f"{name}, {key} at runtime: {running[key]}\n")
        if "only_in" in own:
            lines.append(f"{name}: only in the {own['only_in']} configuration\n")
    return "".join(lines)


def _get(state: State, name: str) -> Any:
    return state.policies.get(name) or state.ipsets.get(name)


def _shape(found: Any) -> Any:
    if not found:
        return None
    return tuple(sorted((key, value) for key, value in vars(found).items() if key not in SAID_BY_RULES))


def _plain(found: Any) -> Optional[Dict[str, Any]]:
    return {key: _listed(value) for key, value in vars(found).items()} if found else None


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, tuple) else value


def _before(stored: Any, running: Any, target: Any) -> Optional[Dict[str, Any]]:
    kept, now = _plain(stored), _plain(running)
    if kept and now and stored != target:
        runtime = {key: value for key, value in now.items() if value != kept.get(key)}
        return {**kept, "runtime": runtime} if runtime else kept
    if kept and now:
        return now
    if kept or now:
        return {**(kept or now or {}), "only_in": "permanent" if kept else "runtime"}
    return None


def _change(name: str, before: Optional[Dict[str, Any]], after: Optional[Dict[str, Any]]) -> Change:
    action = "create" if before is None else "delete" if after is None else "update"
    return {"action": action, "id": name, "rows": [], "before": before, "after": after}
