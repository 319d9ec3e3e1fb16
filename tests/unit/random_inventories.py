# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random inventories: small, but with everything that makes traffic cross networks, and right settings only."""

from __future__ import annotations

from random import Random
from typing import Any

NETWORKS = [
    "10.0.0.0/8", "10.1.0.0/24", "10.1.0.64/26", "10.1.0.70", "10.2.0.0/24", "10.2.0.10-10.2.0.50", "10.3.0.0/28",
    "fd00::/16", "fd00:1::/64", "fd00:1::/112", "fd00:2::/64", "fd00:2::10-fd00:2::2f",
]  # fmt: skip
ADDRESSES = [
    "10.1.0.10", "10.1.0.63", "10.1.0.64", "10.1.0.70", "10.1.0.127", "10.2.0.9", "10.2.0.10", "10.2.0.50", "10.2.0.51",
    "10.3.0.1", "10.3.0.15", "10.3.0.16", "10.9.0.1", "172.16.0.1", "172.16.0.2", "fd00:1::10", "fd00:1::1:10",
    "fd00:2::10", "fd00:2::2f", "fd00:2::30", "fd01::1", "203.0.113.7",
]  # fmt: skip
ENDPOINTS = ["203.0.113.7", "203.0.113.0/28", "2001:db8::/48", "10.3.0.8/29", "tenant.example.com", "cdn.example.com"]
ROWS = [
    "ldap", "dcom", "sql_server", "smb", "http", "https", "xml_service", "mfp_web_service", "mfp_file_transfer",
    "mobile_manager", "online_xml_service", "online_mfp_web_service", "online_mfp_file_transfer",
]  # fmt: skip
SUPPLEMENTS = {
    "therefore_server": ["rpc_dynamic", "netbios_datagram", "ldaps", "kerberos", "sql_browser", "mfp_http"],
    "therefore_client": ["rpc_dynamic", "netbios_datagram", "ldaps", "sql_browser", "kerberos"],
    "therefore_mfp_gateway": ["mfp_http", "mfp_device_admin"],
    "therefore_online_client": [],
}
COMPONENTS = ["sql_server", "xml_service", "mfp_manager", "mobile_manager", "web"]


class RandomInventory:
    """One of them: C(shared) variables, and C(roles) with their hosts and their variables."""

    def __init__(self, seed: int) -> None:
        """Make it; the same seed gives the same."""
        self._random = Random(seed)
        self.shared = {
            "therefore_trusted_subnets": self._some(NETWORKS, 0, 4),
            "therefore_segments": self._segments(),
            **(self._settings("therefore_client") | self._settings("therefore_online_client")),
        }
        self.roles: dict[str, dict[str, dict[str, Any]]] = {}
        for role in SUPPLEMENTS:
            names = [f"{role.removeprefix('therefore_')}-{number}" for number in range(self._random.randint(0, 4))]
            self.roles[role] = {name: self._place() | self._settings(role) for name in names}
        self._second_role()

    def _segments(self) -> dict[str, Any] | None:
        if self._chance(0.1):
            return None
        left = self._some(NETWORKS, 2, 9)
        segments: dict[str, Any] = {}
        while left:
            count = self._random.randint(1, 3)
            roles = self._some(["therefore_client", "therefore_online_client"], 0, 2) if self._chance(0.4) else []
            segments[f"net {len(segments)}"] = {"networks": left[:count], "roles": roles}
            left = left[count:]
        return segments

    def _place(self) -> dict[str, Any]:
        segments = self.shared["therefore_segments"]
        if segments and self._chance(0.15):
            return {"therefore_segment": self._random.choice(list(segments))}
        return {"therefore_addresses": self._some(ADDRESSES, 0, 3) or ["name.example.com"]}

    def _second_role(self) -> None:
        """A host may have two roles."""
        servers, gateways = self.roles["therefore_server"], self.roles["therefore_mfp_gateway"]
        if servers and self._chance(0.3):
            gateways[next(iter(servers))] = self._settings("therefore_mfp_gateway")

    def _settings(self, role: str) -> dict[str, Any]:
        found: dict[str, Any] = {
            "state": "absent" if self._chance(0.03) else "present",
            "profile": self._random.choice(["minimal", "documented"]),
            "block_public": self._chance(0.5),
            "egress": self._random.choice(["allow", "deny"]),
            "supplements": self._some(SUPPLEMENTS[role], 0, 3) if self._chance(0.3) else [],
        }
        if self._chance(0.4):
            found["port_overrides"] = {row: self._ports() for row in self._some(ROWS, 1, 3)}
        if role != "therefore_online_client":
            trusted = [*self._some(NETWORKS, 2, 8), *self._some(ADDRESSES, 0, 4)] if self._chance(0.9) else []
            found |= {"trusted_subnets": trusted, "allow_any_source": True}
            found["transport"] = self._random.choice(["both", "both", "xml_service", "dcom"])
        if role in ("therefore_server", "therefore_client") and self._chance(0.3):
            found["domain_controllers"] = self._some(ADDRESSES, 0, 3)
        if role == "therefore_mfp_gateway":
            found["admin_addresses"] = self._some(ADDRESSES, 1, 2)
        if role in ("therefore_server", "therefore_mfp_gateway"):
            found["mfp_addresses"] = self._some(["10.3.0.0/29", *ADDRESSES], 0, 4)
        if role in ("therefore_client", "therefore_mfp_gateway"):
            found["server_addresses"] = self._some(["10.1.0.0/28", *ADDRESSES], 0, 6) if self._chance(0.5) else []
        if role in ("therefore_server", "therefore_client"):
            found |= self._reach()
        if role == "therefore_server" and found["internet"]:
            found["internet_sources"] = self._some(["198.51.100.0/24", "2001:db8:1::/48", "10.2.0.0/24"], 0, 2)
        if role in ("therefore_mfp_gateway", "therefore_online_client"):
            found |= {"online_endpoints": self._some(ENDPOINTS, 0, 4), "allow_any_endpoint": True}
        found |= getattr(self, f"_{role.removeprefix('therefore_')}")()
        # both are refused
        found["block_public"] = found["block_public"] and not found.get("domain_controller")
        return {f"{role}_{name}": value for name, value in found.items()}

    def _reach(self) -> dict[str, Any]:
        internet = self._chance(0.3)
        return {
            "admin_addresses": self._some(ADDRESSES, 0, 2),
            "internet": internet,
            "internet_http": internet and self._chance(0.5),
            "mobile_port": self._random.choice([80, 443]),
        }

    def _server(self) -> dict[str, Any]:
        return {"components": self._some(COMPONENTS, 0, 5), "domain_controller": self._chance(0.3)}

    def _client(self) -> dict[str, Any]:
        return {"inbound": self._chance(0.4)}

    def _mfp_gateway(self) -> dict[str, Any]:
        return {
            "mode": self._random.choice(["terminate", "relay", "route"]),
            "edition": self._random.choice(["on_premises", "online"]),
        }

    def _online_client(self) -> dict[str, Any]:
        return {"components": self._some(["mfp"], 0, 1)}

    def _ports(self) -> list[int]:
        return sorted({self._random.choice([80, 443, 445, 446, 8000, 8001, 8443]) for _try in range(2)})

    def _some(self, items: list[str], least: int, most: int) -> list[str]:
        return self._random.sample(items, min(len(items), self._random.randint(least, most)))

    def _chance(self, part: float) -> bool:
        return self._random.random() < part
