# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The matrix of the report: which group reaches which on which port, as the rules say, the plan and the packets.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._article.catalogue import INTERNET as INTERNET_SCOPE
from ansible_collections.therefore.firewall.plugins.plugin_utils._article.catalogue import span
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.estate import (
    ALLOW,
    ANY,
    Port,
    covered,
    ports_of,
    rows_text,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.pairs import BY_SOURCE, DENY, expected
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify import verdict
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.groups import group_ids
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.parties import (
    ADMINISTRATORS,
    CONTROLLERS,
    DEVICES,
    ENDPOINTS,
    EVERYBODY,
    Fold,
    Rule,
    device_sources,
    device_targets,
    is_directory,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import Cell

EXPECTED_STATES = {ALLOW: "allowed", BY_SOURCE: "depends", DENY: "refused"}
CellKey = tuple[str, str, str, int]
Cells = dict[CellKey, Cell]


def cells(folds: Sequence[Fold]) -> Cells:
    """The cells as the rules alone have them."""
    result: Cells = {}
    for target in folds:
        opened: dict[Port, list[Rule]] = {}
        for rule in target.allows("in"):
            for port in ports_of(rule):
                opened.setdefault(port, []).append(rule)
        for source in folds if opened else ():
            for cell in _between(source, target, opened):
                result[_key(cell)] = cell
    for cell in _outbound(folds):
        result.setdefault(_key(cell), cell)
    return dict(sorted(result.items(), key=lambda item: _order(item[0])))


def _order(key: CellKey) -> tuple[int, int, str, int]:
    source, to, protocol, port = key
    return int(source[1:]), int(to[1:]), protocol, port


def _key(cell: Cell) -> CellKey:
    return cell["source"], cell["to"], cell["protocol"], cell["port"]


def _between(source: Fold, target: Fold, opened: Mapping[Port, list[Rule]]) -> Iterator[Cell]:
    """The ports that a group opens to anybody, as the other must find them."""
    kind = source.group["kind"]
    if kind == ENDPOINTS or not source.known or (source is target and len(source.members) == 1):
        return
    for port, rules in opened.items():
        if kind == EVERYBODY:
            found = _from_the_internet(rules)
        elif source.addresses and target.addresses:
            # within a group, the last one asks the first
            needed = expected(source.host(-1), port, rules, target.host(0).addresses)
            found = _as_state(needed) or _let_in(source, target, rules)
        else:
            found = _assumed(source, port, rules)
        if found:
            rule, state, because = found
            yield _cell(source, target, port, rule, state, because)


Found = tuple[Rule, str, str] | None


def _as_state(found: Found) -> Found:
    return (found[0], EXPECTED_STATES[found[1]], found[2]) if found else None


def _let_in(source: Fold, target: Fold, rules: Iterable[Rule]) -> Found:
    """What the target lets in though the source has no rule for it: for its administrators that is what they need."""
    wanted = source.group["kind"] == ADMINISTRATORS and bool(source.addresses & target.admins)
    addresses = source.host(-1).addresses
    for rule in rules:
        if covered(rule["peers"], addresses):
            every = covered(rule["peers"], addresses, whole=True)
            if wanted:
                return rule, "allowed" if every else "depends", f"{rows_text(rule)}, for administrators"
            some = "" if every else "some of its addresses are "
            return rule, "open", f"{rows_text(rule)}: {some}let in, not asked for"
    return None


def _from_the_internet(rules: Iterable[Rule]) -> Found:
    # what devices use of Therefore Online has the scope internet too, and is open to the devices alone
    opened = next((rule for rule in rules if rule["scope"] == INTERNET_SCOPE and not device_sources(rule)), None)
    if not opened:
        return next(iter(rules)), "refused", "the internet is no peer of the rule"
    return opened, "allowed" if ANY in opened["peers"] else "depends", rows_text(opened)


def _assumed(source: Fold, port: Port, rules: Iterable[Rule]) -> Found:
    """Whether the peers hold the address cannot be told where it is not known."""
    for rule in rules:
        for sender in source.allows("out"):
            if port in ports_of(sender) and {*rule["rows"]} & {*sender["rows"]}:
                return rule, "assumed", rows_text(rule)
    return None


def _outbound(folds: Sequence[Fold]) -> Iterator[Cell]:
    """What goes to those who have no rules of ours: Therefore Online, the internet, devices, domain controllers."""
    others: dict[str, list[Fold]] = {}
    for one in folds:
        if not one.members:
            others.setdefault(one.group["kind"], []).append(one)
    for one in folds:
        for rule in (*one.allows("out"), *one.allows("forward")):
            targets = [target for target in others.get(_kind_of_target(rule), []) if _reaches(rule, target)]
            for source, target in itertools.product(_senders(one, rule, others), targets):
                for port in ports_of(rule):
                    yield _cell(source, target, port, rule, "allowed", rows_text(rule))


def _senders(one: Fold, rule: Rule, others: Mapping[str, list[Fold]]) -> list[Fold]:
    """Who sends by a rule: the host, or those for whom it forwards; administrators reach what it administrates."""
    if device_targets(rule):
        return [*([one] if rule["direction"] == "out" else []), *others.get(ADMINISTRATORS, [])]
    if rule["direction"] == "forward":
        return [devices for devices in others.get(DEVICES, []) if covered(rule["sources"], devices.addresses.texts())]
    return [one]


def _reaches(rule: Rule, target: Fold) -> bool:
    named = target.group["kind"] in (CONTROLLERS, DEVICES)
    return not named or bool(covered(rule["peers"], target.addresses.texts()))


def _kind_of_target(rule: Rule) -> str:
    """Which group without rules of ours an outbound rule is for; none where the target has rules."""
    if rule["scope"] == INTERNET_SCOPE:
        return EVERYBODY if ANY in rule["peers"] else ENDPOINTS
    if device_targets(rule):
        return DEVICES
    return CONTROLLERS if is_directory(rule) else ""


def _cell(source: Fold, target: Fold, port: Port, rule: Rule, state: str, because: str) -> Cell:
    return {
        "source": source.group["id"], "to": target.group["id"], "port": port.port, "protocol": port.protocol,
        "state": state, "rows": list(rule["rows"]), "rule": rule["id"], "because": because, "tries": 0, "failed": 0,
    }  # fmt: skip


def by_pair(matrix: Iterable[Cell]) -> dict[tuple[str, str], dict[tuple[str, int], str]]:
    """The states by port, for each two groups."""
    pairs: dict[tuple[str, str], dict[tuple[str, int], str]] = {}
    for cell in matrix:
        pairs.setdefault((cell["source"], cell["to"]), {})[cell["protocol"], cell["port"]] = cell["state"]
    return pairs


def add_drift(found: Cells, folds: Iterable[Fold], plan: Mapping[str, Any]) -> None:
    """Mark the cells for which a rule at one of the ends is not there as wanted."""
    hosts = {host["host"]: host for host in plan["hosts"]}
    troubled = {one.group["id"]: _Trouble(hosts[name] for name in one.group["hosts"] if name in hosts) for one in folds}
    for cell in found.values():
        blocks = cell["state"] == "refused"
        ends = (cell["to"],) if blocks else (cell["source"], cell["to"])
        directions = ("in",) if blocks else ("out", "in")
        # what nobody asks for is no trouble when it is not there
        if cell["state"] != "open" and any(
            troubled[end].concerns(cell, direction, blocks) for end, direction in zip(ends, directions, strict=True)
        ):
            cell["state"] = "drift"


class _Trouble:
    """What differs on the hosts of a group."""

    def __init__(self, hosts: Iterable[Mapping[str, Any]]) -> None:
        self._ports = {
            (shown.get("direction"), shown.get("action") == "block", shown.get("protocol"), *span(port))
            for host in hosts
            for one in host["sets"]
            for change in one["changes"]
            for shown in [change["after"] or change["before"] or {}]
            for port in shown.get("ports") or ["1-65535"]
        }

    def concerns(self, cell: Cell, direction: str, blocks: bool) -> bool:
        return any(
            (direction, blocks, cell["protocol"]) == (way, block, protocol) and low <= cell["port"] <= high
            for way, block, protocol, low, high in self._ports
        )


def add_proofs(found: Cells, folds: Iterable[Fold], verification: Mapping[str, Any]) -> None:
    """Mark the cells that packets proved, or disproved. A flow that the rules do not ask for gets a cell of its own."""
    groups = group_ids(folds)
    endpoints = next((one.group for one in folds if one.group["kind"] == ENDPOINTS), None)
    outcomes: dict[CellKey, Counter[str]] = {}
    for proof in verification["flows"]:
        to = groups.get(proof["to"])
        if to is None and endpoints and proof["to"] in endpoints["addresses"]:
            to = endpoints["id"]
        if to is not None:
            for group, tries in Counter(groups[name] for name in proof["members"]).items():
                key = (group, to, proof["protocol"], proof["port"])
                outcomes.setdefault(key, Counter())[proof["outcome"]] += tries
                if found.get(key, {"state": "open"})["state"] == "open":
                    found[key] = _unplanned(key, proof)
    for key, counted in outcomes.items():
        _judge(found[key], counted)


def _unplanned(key: CellKey, proof: Mapping[str, Any]) -> Cell:
    source, to, protocol, port = key
    return {
        "source": source, "to": to, "port": port, "protocol": protocol, "state": EXPECTED_STATES[proof["expect"]],
        "rows": list(proof["rows"]), "rule": proof["rule"], "because": proof["because"], "tries": 0, "failed": 0,
    }  # fmt: skip


def _judge(cell: Cell, counted: Counter[str]) -> None:
    """A failure outweighs everything, and a rule that is not there as wanted outweighs a packet that passed."""
    cell["tries"] = counted.total() - counted[verdict.SKIPPED]
    cell["failed"] = counted[verdict.FAILED]
    if counted[verdict.FAILED]:
        cell["state"] = "failed"
    elif cell["state"] == "drift":
        return
    elif counted[verdict.UNKNOWN]:
        cell["state"] = "unknown"
    elif counted[verdict.PASSED]:
        cell["state"] = "closed" if cell["state"] == "refused" else "proved"
