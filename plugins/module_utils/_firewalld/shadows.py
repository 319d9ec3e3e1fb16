# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of others refuses packets before our rules can allow them. Reads, and changes nothing.

As packets show on firewalld 1.3 and 2.3: policies with a negative priority come before all zones, in the order of that
priority alone. Neither the priority of a zone nor that of a rich rule in a zone or a later policy comes before ours, so
only policies can shadow. Within one, rich rules with a negative priority come first, then those that refuse, then
what it allows, then rich rules with a positive priority, then its target.
"""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.dbus_errors import LOCKDOWN_REMEDY
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import PREFIX, Policy, State
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.traffic import (
    EVERY_PORT,
    Reader,
    Share,
    Traffic,
    from_port,
)

# those that decide; %%REJECT%% is what a zone calls it
TARGETS = ("ACCEPT", "DROP", "REJECT", "%%REJECT%%")
LAST = 1 << 16  # after every rich rule


class Verdict(NamedTuple):
    """What a policy does with some flows, and when."""

    priority: int
    accepts: bool
    flows: List[Traffic]
    text: str
    # where it is about some of their packets only
    share: Optional[Share] = None


def findings(firewalld: Firewalld, wanted: State) -> List[Dict[str, str]]:
    """What refuses traffic that the wanted rules allow, and what may refuse our changes. Raises FirewalldError."""
    found = []
    if firewalld.ask(".policies", "queryLockdown"):
        message = (
            f"firewalld accepts changes only from those in its whitelist. Where it refuses ours: {LOCKDOWN_REMEDY}."
        )
        found.append({"kind": "lockdown", "object": "lockdown", "message": message})
    ours = {name: policy for name, policy in wanted.policies.items() if "accept" in str(policy.rich_rules)}
    if ours:
        found += Policies(firewalld, wanted).findings(ours)
    return found


class Policies:
    """The policies of others: which packets come to them, and what becomes of those there."""

    def __init__(self, firewalld: Firewalld, wanted: State) -> None:
        self._firewalld = firewalld
        self._wanted = Reader(lambda name: wanted.ipsets[name].entries, lambda _name: [])
        self.reader = Reader(lambda name: firewalld.ipset_settings(name)[5], firewalld.service_ports)

    def names(self) -> List[str]:
        """Their names."""
        return sorted(name for name in self._firewalld.names("policy") if not name.startswith(PREFIX))

    def findings(self, ours: Dict[str, Policy]) -> List[Dict[str, str]]:
        """Those that come before one of ours and refuse what it allows."""
        found = []
        for name in self.names():
            settings = self._firewalld.policy_settings(name)
            refused: Dict[str, List[str]] = {}
            for own, policy in ours.items():
                if self.comes_before(name, settings, own, policy):
                    for text, flow in self._refused(settings, policy):
                        refused.setdefault(text, []).append(f"{flow.ports}/{flow.protocol}")
            found += [_finding(name, settings, text, ports) for text, ports in refused.items()]
        return found

    def comes_before(self, name: str, settings: Dict[str, Any], own: str, policy: Policy) -> bool:
        """Whether packets of ours come to this policy, and before they come to ours."""
        priority = settings.get("priority", 0)
        if priority > policy.priority or (priority == policy.priority and not self._wins_tie(name, own)):
            return False
        return self.meets(settings, policy)

    def meets(self, settings: Dict[str, Any], policy: Policy) -> bool:
        """Whether packets of a policy of ours come to one with these settings."""
        return self._takes(policy.ingress, settings.get("ingress_zones", [])) and self._takes(
            policy.egress, settings.get("egress_zones", [])
        )

    def _wins_tie(self, name: str, own: str) -> bool:
        # the order of names turned round with 2.3; what came between is not known
        if not self._firewalld.version_at_least(2):
            return name < own
        return self._firewalld.version_at_least(2, 3) and name > own

    def _takes(self, end: str, zones: Sequence[str]) -> bool:
        """Whether packets to or from an end of ours, HOST or ANY, come to a policy with these zones."""
        if end == "HOST" or "ANY" in zones:
            return end in zones
        return any(zone in self._zones_in_use() for zone in zones if zone != "HOST")

    def _zones_in_use(self) -> List[str]:
        in_use = list(self._firewalld.ask(".zone", "getActiveZones"))
        # before, a policy met no packets of a zone that is nothing but the default
        if self._firewalld.version_at_least(2):
            in_use.append(self._firewalld.ask("", "getDefaultZone"))
        return in_use

    def _refused(self, settings: Dict[str, Any], policy: Policy) -> Iterator[Tuple[str, Traffic]]:
        verdicts = list(self.verdicts(settings))
        refusing = [one for one in verdicts if not one.accepts]
        allowed = [flow for text in policy.rich_rules for flow in self._wanted.flows(text)] if refusing else []
        for verdict in refusing:
            earlier = [
                one
                for other in verdicts
                if other.accepts and is_whole(other, verdict) and comes_first(other, verdict)
                for one in other.flows
            ]
            for flow in allowed:
                if any(flow.meets(one) for one in verdict.flows) and not any(flow.within(one) for one in earlier):
                    yield verdict.text, flow

    def verdicts(self, settings: Dict[str, Any]) -> Iterator[Verdict]:
        """What the rules of a policy, or of a zone, do with packets."""
        for text in settings.get("rich_rules", []):
            action = self.reader.action(text)
            if action:
                flows, share = self.reader.flows(text), self.reader.share(text)
                yield Verdict(self.reader.priority(text), action == "accept", flows, text, share)
        opened = {f"port {port}/{protocol}": [f"{port}/{protocol}"] for port, protocol in settings.get("ports", [])}
        opened.update({f"service {name}": self._firewalld.service_ports(name) for name in settings.get("services", [])})
        opened.update({f"protocol {name}": [f"{EVERY_PORT}/{name}"] for name in settings.get("protocols", [])})
        for text, ports in opened.items():
            yield Verdict(0, True, [flow for port in ports for flow in self.reader.port_flows(port)], text)
        for port, protocol in settings.get("source_ports", []):
            flows = self.reader.port_flows(f"{EVERY_PORT}/{protocol}")
            yield Verdict(0, True, flows, f"source port {port}/{protocol}", from_port(port))
        if settings.get("target") in TARGETS:
            accepts = settings["target"] == "ACCEPT"
            yield Verdict(LAST, accepts, self.reader.flows("rule"), f"target {settings['target']}")


def is_whole(one: Verdict, other: Verdict) -> bool:
    """Whether, of the packets that the other is about, one is about all that are of its flows."""
    return one.share is None or one.share.holds(other.share)


def comes_first(accepting: Verdict, refusing: Verdict) -> bool:
    """Whether, within a policy or zone, the one that accepts comes before the one that refuses."""
    # with the same priority other than 0, the order is that in which they were added
    return accepting.priority < refusing.priority or accepting.priority == refusing.priority != 0


def _finding(name: str, settings: Dict[str, Any], text: str, ports: List[str]) -> Dict[str, str]:
    message = (
        f"comes before the set's rules with its priority {settings.get('priority', 0)} and refuses "
        f"{', '.join(sorted(set(ports)))}, which they allow: {text}. Narrow it, or have it come later (firewall-cmd "
        f"--permanent --policy={name} --set-priority=-99, then firewall-cmd --reload)."
    )
    return {"kind": "shadow", "object": f"policy {name}", "message": message}
