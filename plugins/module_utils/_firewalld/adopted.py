# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rich rules of zones that allow what a set allows: they outlive a change of the set, and may be taken away.

Only the plainest kind counts: it accepts a port from an address, and does nothing else.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Dict, Iterator, List, NamedTuple, Sequence

from ansible_collections.therefore.firewall.plugins.module_utils._addresses import is_host_name, networks
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import commands
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.explain import sentence
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.refusals import Finding
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import ANY
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.session import FirewalldError
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.traffic import (
    End,
    Reader,
    Traffic,
    everybody,
)

# as firewalld writes it
PLAIN = re.compile(
    r'rule family="ipv[46]" source address="(?P<address>[^"]+)" port port="(?P<port>[\d-]+)" '
    r'protocol="(?P<protocol>tcp|udp)" accept'
)
OFFLINE = "firewall-offline-cmd"


class Duplicate(NamedTuple):
    """A rich rule of a zone, and which configuration has it."""

    zone: str
    text: str
    stored: bool
    running: bool

    @property
    def parts(self) -> Dict[str, str]:
        """Its address, port and protocol."""
        found = PLAIN.fullmatch(self.text)
        return found.groupdict() if found else {}

    @property
    def id(self) -> str:
        """How a change calls it."""
        return "zone {0}: {port}/{protocol} from {address}".format(self.zone, **self.parts)

    def view(self) -> Dict[str, Any]:
        """It as rules of a set are shown."""
        shown = {
            "direction": "in", "protocol": self.parts["protocol"], "ports": [self.parts["port"]],
            "peers": [self.parts["address"]], "sources": [], "action": "allow", "rows": [], "zone": self.zone,
            "rule": self.text,
        }  # fmt: skip
        return shown if self.running else {**shown, "only_in": "permanent"}


class Adoption:
    """The duplicates of a set's rules on a host, and those of them that go. Raises FirewalldError."""

    def __init__(
        self, firewalld: Firewalld, rules: Sequence[Dict[str, Any]], parameters: Dict[str, Any], failed: bool
    ) -> None:
        self._firewalld = firewalld
        self._variable = f"{parameters['variable_prefix']}_adopt"
        # a guard that was armed before has not saved them
        self._guarded = bool(parameters["guard_token"])
        allowed = list(_allowed(rules))
        found = _duplicates(firewalld, allowed) if allowed and not failed else []
        self.gone = [one for one in found if parameters["adopt"] and one.stored and not self._guarded]
        self._kept = [one for one in found if one not in self.gone]

    def changes(self) -> List[Dict[str, Any]]:
        """Those that go, as changes."""
        return [
            {"action": "delete", "id": one.id, "rows": [], "before": one.view(), "after": None} for one in self.gone
        ]

    def text(self) -> str:
        """Those that go, as a diff shows them."""
        return "".join(f"{one.id}: {sentence(one.view())}\n" for one in self.gone)

    def findings(self) -> List[Finding]:
        """Those that stay, each with what to do."""
        return [
            {"kind": "duplicate", "object": f"zone {one.zone}", "message": self._message(one)} for one in self._kept
        ]

    def _message(self, one: Duplicate) -> str:
        what = "allows {port}/{protocol} to {address}".format(**one.parts)
        if not one.stored:
            remedy = (
                f"{self._variable} leaves it alone: only the running configuration has it, perhaps with a time limit, "
                "which could not be put back. Remove it with firewall-cmd if nobody needs it."
            )
        elif self._guarded:
            remedy = f"{self._variable}: true takes it away in the next run; what guards this one does not hold it."
        else:
            remedy = f"{self._variable}: true takes it away once the set is in force."
        return (
            f"{what} ({one.text}), as a rule of the set does. That stays open when the set is changed or taken away. "
            f"{remedy}"
        )

    def take_away(self) -> None:
        """Remove them, at runtime first: what fails there leaves what is stored."""
        for one in self.gone:
            if one.running:
                self._firewalld.put_rich_rule(one.zone, one.text, stored=False, there=False)
        for one in self.gone:
            self._firewalld.put_rich_rule(one.zone, one.text, stored=True, there=False)
        left = [one for one in self.gone if any(_has(self._firewalld, one))]
        if left:
            raise FirewalldError(f"firewalld did not take away {', '.join(one.id for one in left)}")

    def is_back(self) -> bool:
        """Whether each is where it was found."""
        return all(_has(self._firewalld, one) == [one.stored, one.running] for one in self.gone)


def put_back(firewalld: Firewalld, duplicates: Sequence[Duplicate]) -> None:
    """Have each where it was. Raises FirewalldError."""
    for one in duplicates:
        stored, running = _has(firewalld, one)
        if one.stored and not stored:
            firewalld.put_rich_rule(one.zone, one.text, stored=True, there=True)
        if one.running and not running:
            firewalld.put_rich_rule(one.zone, one.text, stored=False, there=True)


def put_back_stored(duplicates: Sequence[Duplicate]) -> None:
    """As put_back(), where firewalld does not run: it will load what is stored. Raises FirewalldError."""
    for one in duplicates:
        try:
            code, _output, _errors = commands.run([OFFLINE, f"--zone={one.zone}", f"--query-rich-rule={one.text}"])
            if code:
                code, _output, errors = commands.run([OFFLINE, f"--zone={one.zone}", f"--add-rich-rule={one.text}"])
        except OSError as error:
            code, errors = 1, str(error)
        if code:
            raise FirewalldError(f"{one.id} could not be put back ({errors.strip()})")


def _has(firewalld: Firewalld, one: Duplicate) -> List[bool]:
    stored = one.zone in firewalld.permanent_names("zone") and one.text in _rich(
        firewalld.permanent_settings("zone", one.zone)
    )
    running = one.zone in firewalld.names("zone") and one.text in _rich(firewalld.zone_settings(one.zone))
    return [stored, running]


def _rich(settings: Dict[str, Any]) -> List[str]:
    return list(settings.get("rules_str", []))


def _duplicates(firewalld: Firewalld, allowed: Sequence[Traffic]) -> List[Duplicate]:
    firewalld.read_zones_ahead()
    stored = {name: _rich(firewalld.permanent_settings("zone", name)) for name in firewalld.permanent_names("zone")}
    running = {name: _rich(firewalld.zone_settings(name)) for name in firewalld.names("zone")}
    read = Reader(lambda _name: [], lambda _name: [])
    found = []
    for zone in sorted({*stored, *running}):
        kept, now = stored.get(zone, []), running.get(zone, [])
        for text in sorted({*kept, *now}):
            flows = read.flows(text) if PLAIN.fullmatch(text) else []
            if flows and all(any(flow.within(ours) for ours in allowed) for flow in flows):
                found.append(Duplicate(zone, text, text in kept, text in now))
    return found


def _allowed(rules: Sequence[Dict[str, Any]]) -> Iterator[Traffic]:
    """What the inbound rules allow to addresses; those of a host name may be others tomorrow."""
    for rule in rules:
        if (rule["direction"], rule["action"]) != ("in", "allow"):
            continue
        everyone = ANY in rule["peers"]
        given = [] if everyone else [net for one in rule["peers"] if not is_host_name(one) for net in networks(one)]
        for version in (4, 6):
            same: Any = ipaddress.collapse_addresses(net for net in given if net.version == version)
            end = everybody(version) if everyone else End(tuple(same))
            if end.networks:
                yield from (Traffic(version, rule["protocol"], port, end, everybody(version)) for port in rule["ports"])
