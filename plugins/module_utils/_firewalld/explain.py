# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies between two states of a set, said rule by rule: the plan that a person reads."""

from __future__ import annotations

import re
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.objects import object_changes, object_text
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import (
    ANY,
    DESCRIPTION_SEPARATOR,
    Policy,
    State,
)

RICH_RULE = re.compile(
    r'^rule(?: family="(?P<family>\w+)")?(?: source ipset="(?P<source>[^"]+)")?'
    r'(?: destination ipset="(?P<destination>[^"]+)")? port port="(?P<port>[\d-]+)" protocol="(?P<protocol>\w+)" '
    r'(?P<log>log prefix="[^"]+" level="info" limit value="[^"]+" )?(?P<action>accept|reject|drop)$'
)
IPSET = re.compile(r'ipset="([^"]+)"')
LOGGED_DENY = re.compile(r'^rule priority="32767" log prefix="[^"]+" level="info" limit value="[^"]+"$')
DESCRIBED_RULE = re.compile(r"^(?P<id>\S+) \[(?P<rows>[^\]]*)\] (?P<protocol>\w+) (?P<ports>\S+) (?P<sets>.+)$")
DIRECTIONS = {"in": "in", "block": "in", "out": "out", "fwd": "forward", "deny": "out"}

View = Dict[str, Any]
# ids and rows of the rules that want a rich rule, by its protocol, port, source and destination
Owners = Dict[Tuple[str, str, str, str], List[Tuple[str, List[str]]]]
# names of the objects that each rule is made of
Touched = Dict[str, Set[str]]


class Explanation(NamedTuple):
    """The plan: changes (a dictionary each), how many rules stay, and both states as text for diff mode."""

    changes: List[Dict[str, Any]]
    unchanged: int
    before: str
    after: str


def explain(prefix: str, permanent: State, runtime: State, wanted: State, left_out: Sequence[str] = ()) -> Explanation:
    """The changes that bring the permanent and the runtime state to the wanted one.

    C(left_out) are rules of which nothing is said, since what is wanted of them is not known.
    """
    touched: Touched = {}
    views = (
        _views(prefix, permanent, permanent, touched),
        _views(prefix, runtime, permanent, touched),
        _views(prefix, wanted, wanted, touched),
    )
    old, old_runtime, new = ({name: one for name, one in each.items() if name not in left_out} for each in views)
    changes = []
    for rule_id in sorted({*old, *old_runtime, *new}):
        before, after = _before(old.get(rule_id), old_runtime.get(rule_id)), new.get(rule_id)
        if before != after:
            changes.append(_change(rule_id, (after or before or {})["rows"], before, after))
    unchanged = len(new) - sum(1 for change in changes if change["id"] in new)
    said = {name for change in changes for name in touched[change["id"]]}
    every = {name for names in touched.values() for name in names}
    waiting = {name for rule_id in left_out for name in touched.get(rule_id, ())}
    changed = object_changes(permanent, runtime, wanted, every, said)
    objects = [change for change in changed if change["id"] not in waiting]
    return Explanation(
        changes + objects,
        unchanged,
        _before_text(old, old_runtime) + object_text(objects, "before"),
        _text(new) + object_text(objects, "after"),
    )


def _before(permanent: Optional[View], runtime: Optional[View]) -> Optional[View]:
    if permanent == runtime:
        return permanent
    if permanent is None:
        return dict(runtime or {}, only_in="runtime")
    if runtime is None:
        return dict(permanent, only_in="permanent")
    return dict(permanent, runtime={key: runtime[key] for key in runtime if runtime[key] != permanent[key]})


def _change(rule_id: str, rows: List[str], before: Optional[View], after: Optional[View]) -> Dict[str, Any]:
    action = "create" if before is None else "delete" if after is None else "update"
    return {"action": action, "id": rule_id, "rows": rows, "before": before, "after": after}


def _views(prefix: str, state: State, described: State, touched: Touched) -> Dict[str, View]:
    """Each rule of a state by its id; the descriptions of C(described) say which rich rule belongs to which rule.

    C(touched) learns which objects each rule is made of.
    """
    views: Dict[str, View] = {}
    for name, policy in sorted(state.policies.items()):
        suffix = name[len(prefix) :]
        if suffix == "deny":
            views["egress-deny"] = dict(_empty("out", "block", []), peers={ANY})
            touched.setdefault("egress-deny", set()).add(name)
        owners = _owners(described.policies.get(name, policy))
        for text in policy.rich_rules:
            if suffix == "deny" and LOGGED_DENY.match(text):
                views["egress-deny"]["log"] = True
                continue
            for rule_id in _add(views, name, DIRECTIONS.get(suffix, "in"), text, owners, state):
                touched.setdefault(rule_id, set()).update({name, *IPSET.findall(text)})
    return {
        rule_id: {key: sorted(value) if isinstance(value, set) else value for key, value in view.items()}
        for rule_id, view in views.items()
    }


def _owners(policy: Policy) -> Owners:
    """Which rules each rich rule belongs to, read from the policy's description."""
    owners: Owners = {}
    for found in filter(None, map(DESCRIBED_RULE.match, policy.description.split(DESCRIPTION_SEPARATOR))):
        owner = (found.group("id"), [row for row in found.group("rows").split(",") if row])
        for port in found.group("ports").split(","):
            for pair in found.group("sets").split():
                source, _arrow, destination = pair.partition(">")
                owners.setdefault((found.group("protocol"), port, source, destination), []).append(owner)
    return owners


def _add(views: Dict[str, View], policy: str, direction: str, text: str, owners: Owners, state: State) -> List[str]:
    """Add a rich rule to the views of the rules that want it; their ids."""
    found = RICH_RULE.match(text)
    if not found:
        views[f"{policy}: {text}"] = _empty(direction, "foreign", [])
        return [f"{policy}: {text}"]
    source, destination = found.group("source") or ANY, found.group("destination") or ANY
    nobody: List[Tuple[str, List[str]]] = [(f"{policy}: {found.group('port')}/{found.group('protocol')}", [])]
    action = "allow" if found.group("action") == "accept" else "block"
    near, far = (destination, source) if direction == "in" else (source, destination)
    wanting = owners.get((found.group("protocol"), found.group("port"), source, destination), nobody)
    for rule_id, rows in wanting:
        view = views.setdefault(rule_id, _empty(direction, action, rows))
        view["protocol"] = found.group("protocol")
        # what few want is said where it is wanted
        view.update({"refusal": "drop"} if found.group("action") == "drop" else {})
        view.update({"log": True} if found.group("log") else {})
        view["ports"].add(found.group("port"))
        view["peers"].update(_entries(state, far))
        if direction == "forward":
            view["sources"].update(_entries(state, near))
    return [rule_id for rule_id, _rows in wanting]


def _empty(direction: str, action: str, rows: List[str]) -> View:
    return {
        "direction": direction, "protocol": "", "ports": set(), "peers": set(), "sources": set(), "action": action,
        "rows": rows,
    }  # fmt: skip


def _entries(state: State, ipset: str) -> Tuple[str, ...]:
    if ipset == ANY:
        return (ANY,)
    return state.ipsets[ipset].entries if ipset in state.ipsets else ()


def _before_text(permanent: Dict[str, View], runtime: Dict[str, View]) -> str:
    """What was found: what is stored, and below it what the running configuration has otherwise."""
    lines = []
    for rule_id in sorted({*permanent, *runtime}):
        stored, running = permanent.get(rule_id), runtime.get(rule_id)
        if stored:
            lines.append(f"{rule_id}: {sentence(stored)}\n")
            if stored != running:
                lines.append(f"{rule_id}, at runtime: {sentence(running) if running else 'not there'}\n")
        elif running:
            lines.append(f"{rule_id}: {sentence(running)}, at runtime only\n")
    return "".join(lines)


def _text(views: Dict[str, View]) -> str:
    return "".join(f"{rule_id}: {sentence(view)}\n" for rule_id, view in sorted(views.items()))


def sentence(view: View) -> str:
    """One rule in one line, as it is shown in a diff and in a plan."""
    if view["action"] == "foreign":
        return "not made by this set"
    ports = ",".join(view["ports"]) or "all other traffic"
    ends = {
        "in": f"from {' '.join(view['peers'])}",
        "out": f"to {' '.join(view['peers'])}",
        "forward": f"from {' '.join(view['sources'])} to {' '.join(view['peers'])}",
    }[view["direction"]]
    rows = f" ({', '.join(view['rows'])})" if view["rows"] else ""
    action = view["action"] + (" (drop)" if "refusal" in view else "") + (" (logged)" if "log" in view else "")
    return " ".join(filter(None, (action, view["direction"], view["protocol"], ports, ends))) + rows
