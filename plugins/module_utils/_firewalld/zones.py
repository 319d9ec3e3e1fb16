# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What zones open to everybody of the ports that a rule set means for named peers only. Reads, and changes nothing."""

from __future__ import annotations

from typing import Any, Dict, List, Sequence, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.session import FirewalldError

Found = Tuple[List[Dict[str, str]], List[Dict[str, str]]]


def opened(firewalld: Firewalld, zones: Sequence[str], ports: Sequence[str]) -> Found:
    """Which of these ports (C(port/protocol)) each zone opens, permanently or at runtime, and findings.

    A port is given as C({zone, port}) where the zone opens just that. Where it opens a range or a service that holds
    the port among others, only its owner can say what to do: that is a finding. Raises FirewalldError.
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
        services = {name for one in settings for name in one.get("services", [])}
        wide = {f"port {port}": [port] for port in own if port not in ports}
        wide.update({f"service {name}": firewalld.service_ports(name) for name in services})
        findings += [_finding(zone, what, held) for what, held in _holders(wide, ports)]
    return found, findings


def _holders(wide: Dict[str, List[str]], ports: Sequence[str]) -> List[Tuple[str, List[str]]]:
    held = {what: [port for port in ports if any(_overlap(port, one) for one in wide[what])] for what in sorted(wide)}
    return [(what, some) for what, some in held.items() if some]


def _overlap(one: str, other: str) -> bool:
    (low, high, protocol), (other_low, other_high, other_protocol) = _span(one), _span(other)
    return protocol == other_protocol and low <= other_high and other_low <= high


def _span(port: str) -> Tuple[int, int, str]:
    numbers, _slash, protocol = port.partition("/")
    low, _dash, high = numbers.partition("-")
    return int(low), int(high or low), protocol


def _finding(zone: str, what: str, held: List[str]) -> Dict[str, Any]:
    message = (
        f"opens {', '.join(held)} to everybody in zone {zone}, among others, so it was left alone. Unless a block rule "
        "of the set refuses other sources, remove it there with firewall-cmd."
    )
    return {"kind": "open_range", "object": f"{what} of zone {zone}", "message": message}
