# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of the hosts of a flow beyond what a probe found.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.pairs import Flow
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.ends import Ends
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.telling import telling


class Known:
    """What is known of the hosts beyond a probe: plans, addresses, what each end said, and translated addresses."""

    def __init__(
        self,
        plans: Iterable[Mapping[str, Any]],
        hosts: Iterable[Mapping[str, Any]],
        translated: Mapping[tuple[str, str], str] | None = None,
    ) -> None:
        """Keep them by host.

        Args:
            plans: The hosts of a plan (_plan).
            hosts: The hosts as flows() takes them, with what each said of its own end (Ends).
            translated: By source and target the address under which the target sees the source, where it is another.
        """
        self._plans = {plan["host"]: plan for plan in plans}
        given = list(hosts)
        self._targets = {host["host"]: host["targets"] for host in given}
        self.ends = Ends(given)
        self._translated = translated or {}

    def seen_as(self, flow: Flow) -> str | None:
        """The address under which the target sees the source, where it is not the source's own."""
        return self._translated.get((flow["source"], flow["to"]))

    def elsewhere(self, flow: Flow, address: str | None) -> str | None:
        """What the inventory says of a target, where the source found another address for it."""
        addresses = self._targets.get(flow["to"], {}).get(flow["target"])
        return None if not addresses or not address or address.partition("%")[0] in addresses else ", ".join(addresses)

    def no_way_back(self, flow: Flow, result: Mapping[str, Any]) -> bool:
        """Whether the target, which saw the packet coming, has no route to where it came from."""
        seen = self.ends.sighting(flow["to"], result)
        return bool(seen and "route_back" in seen and seen["route_back"] is None)

    def trouble(self, host: str, flow: Flow, blocks: bool) -> str | None:
        """What the plan of a host says that bears on a flow: rules that are not there as wanted, or things in the way.

        Args:
            host: The host, one end of the flow.
            flow: The flow.
            blocks: Whether rules that refuse are asked about, and not rules that allow.
        """
        plan = self._plans.get(host)
        if plan and plan["status"] != "planned":
            return f"the rules of {host} are not known ({plan['message']})"
        return self.obstacle(host, flow, blocks)

    def obstacle(self, host: str, flow: Flow, blocks: bool = False) -> str | None:
        """The trouble that a plan names; none where there is no plan of the host."""
        plan = self._plans.get(host)
        if plan is None or plan["status"] != "planned":
            return None
        for one in plan["sets"]:
            for change in one["changes"]:
                if _concerns(change, flow, blocks):
                    return (
                        f"{host} has not the rule {change['id']} as wanted ({change['action']}): run the playbook site"
                    )
        found = telling((finding for one in plan["sets"] for finding in one["findings"]), flow, blocks)
        return f"on {host}, {found['object']}: {found['message']}" if found else None


def _concerns(change: Mapping[str, Any], flow: Flow, blocks: bool) -> bool:
    shown = change["after"] or change["before"] or {}
    ports = [str(port) for port in shown.get("ports", [])]
    mentioned = not ports or str(flow["port"]) in ports
    return (shown.get("action") == "block") is blocks and shown.get("protocol") == flow["protocol"] and mentioned
