# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What zones open to everybody of the ports that a rule set means for named peers only. Reads, and changes nothing."""

from __future__ import annotations

from typing import Any, Dict, List, Sequence, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import State
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.session import FirewalldError
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.shadows import Policies
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.traffic import everybody

Found = Tuple[List[Dict[str, str]], List[Dict[str, str]]]


def opened(firewalld: Firewalld, zones: Sequence[str], ports: Sequence[str]) -> Found:
    """Which of these ports (C(port/protocol)) each zone opens, permanently or at runtime, and findings.

    A port is given as C({zone, port}) where the zone opens just that. Where it opens a range, a service, a protocol, a
    source port or everything, only its owner can say what to do: that is a finding. Raises FirewalldError.
    """
    known = {*firewalld.names("zone"), *firewalld.permanent_names("zone")}
    for zone in zones:
        if zone not in known:
            raise FirewalldError(f"zones: {zone!r} is no zone of this host; write one of {', '.join(sorted(known))}")
    found: List[Dict[str, str]] = []
    findings: List[Dict[str, str]] = []
    for zone in sorted(set(zones)) if ports else []:
        settings = firewalld.settings_of_zone(zone)
        own = {f"{port}/{protocol}" for one in settings for port, protocol in one.get("ports", [])}
        found += [{"zone": zone, "port": port} for port in ports if port in own]
        just = {f"port {port}" for port in ports}
        wide = {what: given for one in settings for what, given in _wide(firewalld, one).items() if what not in just}
        for what, (opened_ports, senders) in sorted(wide.items()):
            held = [port for port in ports if any(_overlap(port, one) for one in opened_ports)]
            findings += [_finding(zone, what, held, senders)] if held else []
    return found, findings


def _wide(firewalld: Firewalld, settings: Dict[str, Any]) -> Dict[str, Tuple[List[str], str]]:
    """What of a zone opens ports to whom nobody has chosen, with the ports and with whom it opens them to."""
    verdicts = Policies(firewalld, State()).verdicts({**settings, "rich_rules": settings.get("rules_str", [])})
    found = {}
    for one in verdicts:
        ports = {f"{flow.ports}/{flow.protocol}" for flow in one.flows if flow.source == everybody(flow.version)}
        if one.accepts and ports and not (one.share and one.share.chosen):
            found[one.text] = (sorted(ports), (one.share.senders if one.share else "") or "everybody")
    return found


def _overlap(one: str, other: str) -> bool:
    (low, high, protocol), (other_low, other_high, other_protocol) = _span(one), _span(other)
    return protocol == other_protocol and low <= other_high and other_low <= high


def _span(port: str) -> Tuple[int, int, str]:
    numbers, _slash, protocol = port.partition("/")
    low, _dash, high = numbers.partition("-")
    return int(low), int(high or low), protocol


def _finding(zone: str, what: str, held: List[str], senders: str) -> Dict[str, Any]:
    message = (
        f"opens {', '.join(held)} to {senders} in zone {zone}, among others, so it was left alone. Unless a block rule "
        "of the set refuses other sources, remove it there with firewall-cmd."
    )
    return {"kind": "open_range", "object": f"{what} of zone {zone}", "message": message}
