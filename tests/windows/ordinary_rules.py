# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""About 400 ordinary rules of a Windows Server, made from ordinary_rules.txt: always the same, in the store's form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

Rule = dict[str, Any]

PROTOCOLS = {"tcp": 6, "udp": 17, "icmpv4": 1, "icmpv6": 58}
LABELS = {"tcp": "TCP", "udp": "UDP", "icmpv4": "ICMPv4", "icmpv6": "ICMPv6", "2": "IGMP", "41": "IPv6", "47": "GRE"}
DIRECTIONS = {"in": 1, "out": 2}
DOMAIN, PRIVATE_AND_PUBLIC = 1, 6
SERVICE_HOST = r"C:\Windows\system32\svchost.exe"


def ordinary_rules() -> list[Rule]:
    """Every rule of the file."""
    group, rules = "", []
    for line in (Path(__file__).parent / "ordinary_rules.txt").read_text().splitlines():
        if line.startswith("=="):
            group = line.split(" = ")[1]
        elif line and not line.startswith("#"):
            rules += _rules(group, [cell.strip() for cell in line.split(";")])
    return rules


def _rules(group: str, cells: list[str]) -> Iterator[Rule]:
    name, directions, protocol, local, remote, addresses, service, profiles, state = cells
    kind, *types = protocol.split(" ")
    for direction in directions.split():
        rule = {
            "Name": f"{name} ({LABELS[kind]}-{direction.title()})",
            "Description": f"{direction.title()}bound rule for {name}.",
            "Grouping": group,
            "Direction": DIRECTIONS[direction],
            "Protocol": PROTOCOLS.get(kind) or int(kind),
            "Enabled": state == "on",
            "IcmpTypesAndCodes": "".join(types),
            # a rule for both directions has its ports at the end that listens
            "LocalPorts": local if direction == "in" or "in" not in directions else "-",
            "RemotePorts": remote if direction == "out" or local in ("68", "546") else "-",
            "RemoteAddresses": addresses,
            "ServiceName": service,
            "ApplicationName": "System" if service == "-" else SERVICE_HOST,
        }
        rule = {key: value for key, value in rule.items() if value not in ("", "-")}
        if profiles == "all":
            yield rule
        else:
            yield rule | {"Profiles": DOMAIN}
            yield rule | {"Profiles": PRIVATE_AND_PUBLIC, "RemoteAddresses": "LocalSubnet"}
