# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a connection stops before it comes to a service: at its name, its source, on the way, at a firewall.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ansible_collections.therefore.firewall.plugins.module_utils._probe.limits import NO_NEIGHBOUR
from ansible_collections.therefore.firewall.plugins.module_utils._probe.words import LOST
from ansible_collections.therefore.firewall.plugins.plugin_utils._diagnosis.decider import decider
from ansible_collections.therefore.firewall.plugins.plugin_utils._diagnosis.steps import what
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.estate import covers
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.pairs import Flow
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.ends import Result
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.known import Known
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.place import NAME, SOURCE, TARGET, WAY
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.reasons import CLAMP


class Said(NamedTuple):
    """Whether it passes (none: not known), where it stops, in a sentence, and the remedy."""

    passes: bool | None
    place: str | None
    sentence: str
    remedy: str | None = None


class Case(NamedTuple):
    """A connection, and all that is known of it."""

    flow: Flow
    result: Result
    known: Known

    @property
    def source(self) -> str:
        """Who asks."""
        return self.flow["source"]

    @property
    def to(self) -> str:
        """Who is asked."""
        return self.flow["to"]

    @property
    def port(self) -> str:
        """On which port."""
        return what(self.flow, self.result)


# sentence and remedy
Told = tuple[str, str]


def name(case: Case) -> Said:
    """The source looks for it somewhere else, or nowhere."""
    flow, result, known = case
    sentence = f"Name: {case.source} cannot resolve {flow['target']} ({result.get('error')})."
    if result["state"] != "name-not-resolved":
        meant = known.elsewhere(flow, result["address"])
        sentence = (
            f"Name: {case.source} resolves {flow['target']} to {result['address']}, and the inventory to {meant}."
        )
    remedy = (
        f"mend its record, or the hosts file of {case.source} (getent ahosts {flow['target']}); or give an address in "
        f"the inventory: {case.to}: {{therefore_addresses: [...]}}"
    )
    return Said(False, NAME, sentence, remedy)


def source(case: Case) -> Said:
    """It does not leave the source."""
    _flow, result, known = case
    trouble = known.trouble(case.source, case.flow, blocks=False)
    decision = result.get("decided")
    if decision and decision["outcome"] == "refused":
        found = decider(decision, case.source, case.port)
        remedy = (trouble or _own_egress(case)) if found.ours else found.remedy
        return Said(False, SOURCE, f"Source: {case.source} does not let it out: {found.title}.", remedy)
    error = result.get("error") or "nothing of it leaves"
    remedy = trouble or f"look at the firewall and the limits of {case.source}"
    if result["state"] == "unreachable":
        remedy = f"on {case.source}: ip route get {result['address']}"
    return Said(False, SOURCE, f"Source: {case.source} cannot send it to {result['address']}: {error}.", remedy)


def _own_egress(case: Case) -> str:
    return (
        f"{case.source} refuses other outbound traffic (egress: deny): name {case.result['address']} in a setting of "
        "its role, such as therefore_server_addresses, and run the playbook site"
    )


def way(case: Case) -> Said:
    """It is lost between the two."""
    sentence, remedy = next(_ways(case))
    return Said(False, WAY, f"Way: {sentence}.", remedy)


def _ways(case: Case) -> Iterator[Told]:
    """What may have become of it, the first that holds first."""
    flow, result, known = case
    sender, seen = result.get("icmp_from"), known.ends.sighting(case.to, result) or {}
    between = f"between {case.source} and {case.to}"
    if result.get("error") in LOST:
        yield f"{between}, {result['error']}", CLAMP
    if result["state"] == "open":
        yield from _in_its_place(case, between)
    if result.get("error") == NO_NEIGHBOUR:
        yield f"nobody in the network of {case.source} answers to {result['address']}", _address(case)
    if result.get("icmp") == "time-exceeded":
        yield f"it goes round in a loop, says {sender}", f"mend the routes of {sender}"
    if known.no_way_back(flow, result):
        back = seen.get("source")
        yield f"it arrives at {case.to}, which has no route back to {back}", f"on {case.to}: ip route get {back}"
    if known.ends.came(case.to, result):
        remedy = f"look at the outbound rules and routes of {case.to}, and at the firewalls {between}"
        yield f"it arrives at {case.to}, which lets it in, and the answer is lost on the way back", remedy
    ask = (
        f"let {case.port} from {result.get('source') or case.source} to {result['address']} pass there; the playbook "
        "report writes the change request for the network team"
    )
    if result.get("icmp"):
        yield f"{sender}, a router or firewall {between}, refuses it (ICMP {result['icmp']})", ask
    if result["state"] == "refused":
        yield f"something {between} refuses it with a reset, and nothing arrived at {case.to}", ask
    hops = result.get("hops") or []
    last = f"; the last router that answered is {hops[-1]}" if hops else ""
    yield f"it leaves {case.source} and does not arrive at {case.to}{last}", ask


def _in_its_place(case: Case, between: str) -> Iterator[Told]:
    if case.known.ends.arrived(case.to, case.result):
        yield (
            f"the connection comes to {case.to}, and what follows it is dropped {between}",
            "look for a firewall with rules on applications, or for one that sees one direction only",
        )
    yield (
        f"something {between} answers in place of {case.to}, which saw nothing of it",
        "look for a proxy, or for a firewall that answers for others",
    )


def _address(case: Case) -> str:
    own = sorted(case.known.ends.own_addresses(case.to))
    has = f"{case.to} has {', '.join(own)}; " if own else ""
    return f"{has}is it up, and is this its address? The inventory has it: {case.to}: {{therefore_addresses: [...]}}"


def target(case: Case) -> Said:
    """It arrives, and the firewall of the target does not let it in."""
    known, result = case.known, case.result
    trouble = known.trouble(case.to, case.flow, blocks=False)
    plan = f"ansible-playbook therefore.firewall.plan --limit {case.to}"
    decision = known.ends.decision(case.to, result)
    if decision and decision["outcome"] != "passed":
        found = decider(decision, case.to, case.port)
        sentence, remedy = f"it arrives at {case.to} and is refused by {found.title}.", trouble or found.remedy
    elif known.ends.withheld(case.to, result):
        sentence = f"it arrives at {case.to}, and the answer does not leave that host: its outbound rules refuse it"
        remedy = f"on {case.to}: nft list ruleset; look at the hooks output and postrouting"
    elif decision:
        sentence = f"it arrives at {case.to}, is let in, and does not come to who listens there: it is sent elsewhere."
        remedy = f"on {case.to}: nft list ruleset; look for redirect, dnat, and for iptables-legacy -t nat -S"
    elif result.get("icmp_by") == "target":
        why = trouble or "its own rules, or a table of others"
        sentence, remedy = f"{result['address']} refuses it (ICMP {result['icmp']}): {why}", plan
    elif not known.ends.came(case.to, result):
        sentence, remedy = f"{result['state']}, and {trouble}", plan
    else:
        why = trouble or "it does not tell which of its rules"
        sentence, remedy = f"it arrives at {case.to} and is not let in: {why}", plan
    return Said(False, TARGET, f"Target's firewall: {sentence.rstrip('.')}.", _not_a_peer(case) or remedy)


def _not_a_peer(case: Case) -> str | None:
    """The line of the inventory that is missing, where no rule of the target names the source."""
    seen = (case.known.ends.sighting(case.to, case.result) or {}).get("source") or case.result.get("source")
    stranger = bool(case.flow["peers"] and seen and not covers(case.flow["peers"], seen))
    if not stranger and not case.flow.get("forbidden"):
        return None
    why = case.flow.get("forbidden") or f"{seen} is no peer of the rule {case.flow['rule']}"
    return (
        f"{why}: add {seen} to therefore_trusted_subnets of {case.to} in the inventory, and run ansible-playbook "
        f"therefore.firewall.site --limit {case.to}"
    )
