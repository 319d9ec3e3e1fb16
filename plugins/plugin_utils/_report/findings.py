# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The findings of the report: what is wrong, what is in the way, what differs, what nobody knows, and the remedy.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.therefore.firewall.plugins.plugin_utils._article.catalogue import DOMAIN
from ansible_collections.therefore.firewall.plugins.plugin_utils._article.catalogue import INTERNET as INTERNET_SCOPE
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.alike import natural, title_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.estate import (
    ANY,
    Host,
    Unnamed,
    address_set,
    other_ports,
    unnamed,
    unnamed_text,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.inventory import HOST
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.plan import UNPLANNED, counts
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.verdict import FAILED, UNKNOWN
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.verify_text import (
    Alike,
    alike,
    named,
    proofs_text,
    unproved_line,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.crossings import (
    WINDOWS_ROWS,
    crosses_exposed,
    exposed_networks,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.groups import group_ids
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.parties import (
    Fold,
    device_lists,
    device_sources,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import LEVELS, Crossing, Finding
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.address_sets import AddressSet

ERROR, WARNING, NOTE = LEVELS
RUN_SITE = "Run the playbook site."
SET_ADDRESSES = (
    "Set therefore_addresses, or therefore_segment where the address is not fixed. Until then the matrix assumes, and "
    "the change request leaves out."
)


class Remark(NamedTuple):
    """A finding in the making, of one host or of none."""

    level: str
    kind: str
    host: str | None
    text: str
    remedy: str | None = None


def findings(remarks: Iterable[Remark]) -> tuple[list[Finding], dict[str, list[int]]]:
    """The findings, the gravest first, and which of them concern a host. What many hosts have in common is one."""
    same: dict[tuple[str, str, str, str | None], dict[str, None]] = {}
    for remark in remarks:
        hosts = same.setdefault((remark.level, remark.kind, remark.text, remark.remedy), {})
        if remark.host is not None:
            hosts[remark.host] = None
    found: list[Finding] = []
    of_host: dict[str, list[int]] = {}
    for (level, kind, text, remedy), hosts in sorted(same.items(), key=lambda item: LEVELS.index(item[0][0])):
        for host in hosts:
            of_host.setdefault(host, []).append(len(found))
        whose = f"{title_of(sorted(hosts, key=natural))}: " if len(hosts) > 1 else ""
        only = next(iter(hosts)) if len(hosts) == 1 else None
        found.append({"level": level, "kind": kind, "host": only, "text": f"{whose}{text}", "remedy": remedy})
    return found, of_host


def of_inventory(folds: Sequence[Fold], any_segment: bool) -> Iterator[Remark]:
    """What the inventory alone tells."""
    for one in folds:
        for member in one.members if one.group["kind"] == HOST else ():
            if member.problem:
                yield Remark(ERROR, "setting", member.name, member.problem)
            elif not member.addresses:
                yield Remark(NOTE, "address", member.name, "no address is known", SET_ADDRESSES)
            elif any_segment and member.segment is None:
                remedy = "Add its network to therefore_segments; what passes within no network is in no change request."
                yield Remark(NOTE, "network", member.name, "lies in no network of the inventory", remedy)
            for role, wanted in member.wanted.items():
                yield from (Remark(NOTE, "advice", member.name, told) for told in wanted["hints"])
                for left in wanted["left_out"]:
                    yield Remark(NOTE, "left out", member.name, f"{role}: {left['row']} is left out by {left['by']}")
        yield from _exposure(one)
    yield from _contradictions([one.host() for one in folds if one.members and one.addresses])
    yield from _device_lists(folds)
    if any(_may_be_clear(rule) for one in folds for rule in one.allows("in")):
        remedy = "Where it is TLS, set therefore_server_xml_service_tls: true, and verify proves it."
        yield Remark(
            NOTE, "clear text", None, "The XML Service may be clear text: TLS is asked for on 443 only.", remedy
        )


def _may_be_clear(rule: Mapping[str, Any]) -> bool:
    return "xml_service" in rule["rows"] and 443 not in rule["ports"] and not rule.get("tls")


def _device_lists(folds: Sequence[Fold]) -> Iterator[Remark]:
    """Hosts that do not mean the same devices. A host that another takes for its device is a relay, and none."""
    members = [member for one in folds for member in one.members]
    hosts = AddressSet(span for member in members if member.kind == HOST for span in member.addresses.spans)
    lists: dict[AddressSet, list[str]] = {}
    for texts, names in device_lists(members).items():
        if devices := address_set(texts) - hosts:
            lists.setdefault(devices, []).extend(names)
    if len(lists) > 1:
        told = (f"{title_of(names)}: {', '.join(devices.texts())}" for devices, names in lists.items())
        remedy = "Set therefore_mfp_addresses once for all, unless each of them serves devices of its own."
        yield Remark(NOTE, "devices", None, f"the lists of devices differ: {'; '.join(told)}", remedy)


def _contradictions(hosts: Sequence[Host]) -> Iterator[Remark]:
    """Settings that contradict each other; what a source has with several targets is one."""
    alike: dict[tuple[object, ...], list[Unnamed]] = {}
    for one in (one for target in hosts for one in unnamed(hosts, target)):
        alike.setdefault((one.source.name, one.services, one.devices), []).append(one)
    for ones in alike.values():
        yield Remark(WARNING, "disagreement", None, unnamed_text(ones[0], title_of([one.target for one in ones])))
    for target in hosts:
        yield from (Remark(WARNING, "disagreement", None, text) for text in other_ports(hosts, target))


def _exposure(one: Fold) -> Iterator[Remark]:
    """Where a group is open to everybody, by wish or by opt-out."""
    for rule in one.allows("in") if one.group["kind"] == HOST else ():
        ports = f"{', '.join(map(str, rule['ports']))}/{rule['protocol']}"
        for member in one.members if ANY in rule["peers"] else ():
            if rule["scope"] == DOMAIN or device_sources(rule):
                remedy = "List the trusted subnets in place of allow_any_source."
                yield Remark(WARNING, "open to everybody", member.name, f"{ports} is open to every address", remedy)
            elif rule["scope"] == INTERNET_SCOPE:
                yield Remark(NOTE, "internet", member.name, f"{ports} is open to the internet, as the settings ask")


def of_crossings(crossings: Sequence[Crossing]) -> Iterator[Remark]:
    """SMB and RPC between a network that lies between the internet and others, and another one."""
    exposed = exposed_networks(crossings)
    pairs: dict[tuple[str, str], set[str]] = {}
    for one in crossings:
        if crosses_exposed(one, exposed):
            pairs.setdefault((one["source"], one["to"]), set()).update(WINDOWS_ROWS & {*one["rows"]})
    for (source, to), rows in pairs.items():
        reached = source if source in exposed else to
        text = f"{source} to {to}: {', '.join(sorted(rows))} would cross, and {reached} is open to the internet"
        remedy = (
            "therefore_transport: xml_service leaves RPC out; smb goes by …_leave_out of the roles at both ends, where "
            "nothing there needs shared files."
        )
        yield Remark(WARNING, "demilitarized zone", None, text, remedy)


def of_plan(plan: Mapping[str, Any], folds: Sequence[Fold]) -> Iterator[Remark]:
    """What the plan found on the hosts."""
    for host in plan["hosts"]:
        if host["status"] in UNPLANNED:
            yield Remark(ERROR, host["status"], host["host"], f"could not be planned: {host['message']}")
        for one in host["sets"]:
            if one["changes"]:
                yield Remark(WARNING, "drift", host["host"], f"{one['role']}: {counts(one)}", RUN_SITE)
            for found in one["findings"]:
                text, why = f"{found['object']}: {found['message']}", found.get("accepted")
                yield (
                    Remark(NOTE, "accepted", host["host"], f"{text} Accepted: {why}")
                    if why
                    else Remark(WARNING, "in the way", host["host"], text)
                )
            for note in one.get("notes", []):
                yield Remark(NOTE, "good to know", host["host"], f"{note['object']}: {note['message']}")
    for found in plan.get("findings", []):
        yield Remark(WARNING, "accepted", None, f"{found['object']}: {found['message']}")
    planned = {host["host"] for host in plan["hosts"]}
    for member in (member for one in folds for member in one.members if member.kind == HOST and member.roles):
        if member.name not in planned:
            yield Remark(NOTE, "not planned", member.name, "is not in the plan", "Run the playbook plan again.")


def of_verification(verification: Mapping[str, Any], folds: Sequence[Fold]) -> Iterator[Remark]:
    """What the packets found."""
    for host, message in verification["unplanned"].items():
        yield Remark(ERROR, "setting", host, message)
    for level, outcome in ((ERROR, FAILED), (WARNING, UNKNOWN)):
        yield from _flows(verification["flows"], level, outcome, folds)
    for proof in verification["flows"]:
        yield from (Remark(WARNING, "service", proof["to"], f"{named(proof)}: {one}") for one in proof["warnings"])
    yield from (Remark(NOTE, "not provable", None, unproved_line(one)) for one in verification["unproved"])
    # what an older run wrote does not count them
    totals = verification.get("totals", {})
    if "proofs" in totals:
        yield Remark(NOTE, "proofs", None, f"the verdicts of verify rest on: {proofs_text(totals)}")


def _flows(proofs: Iterable[Mapping[str, Any]], level: str, outcome: str, folds: Sequence[Fold]) -> Iterator[Remark]:
    """Flows of one outcome. Those between the same groups are one finding, with the hint of the first."""
    groups = group_ids(folds)
    same: dict[tuple[str, str, tuple[str, ...]], list[Alike]] = {}
    for one in alike(proofs, outcome):
        first = one.members[0]
        same.setdefault((groups.get(first, first), groups.get(one.to, one.to), tuple(one.ports)), []).append(one)
    for (_source, _to, ports), ones in same.items():
        members, targets = {name for one in ones for name in one.members}, {one.to for one in ones}
        ends = [title_of(sorted(names, key=natural)) for names in (members, targets)]
        first = "" if len(ones) == 1 else f"{ones[0].source} -> {ones[0].to}: "
        text = f"{ends[0]} -> {ends[1]} {', '.join(ports)}: {first}{ones[0].hint}"
        for name in {name: None for one in ones for name in (*one.members, one.to)}:
            if name in groups:
                yield Remark(level, outcome, name, text)
