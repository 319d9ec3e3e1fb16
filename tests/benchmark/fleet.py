# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's part of verify and report for so many clients and servers, as seconds of CPU in JSON.

Started by tests/benchmark/run, a process for each size, so that its memory is that of this size alone. What the hosts
would answer is made up and not counted: everything passes.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.perimeter import DETAILS
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.flows import flows
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.inventory import inventory_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.jobs import held_by, job_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._papers import files_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.answers import told_once
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.junit import junit
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.verification import document
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.verify_text import text
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.document import document as report_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.rules import rules_for

CREATED = "2026-01-01T00:00:00Z"
NETWORKS = 300


def address(number: int) -> str:
    """A client's: 250 in each network, and the networks in turn."""
    network, last = number % NETWORKS, number // NETWORKS
    return f"10.{network // 250}.{network % 250}.{last + 1}"


def estate(clients: int, servers: int) -> list[dict[str, Any]]:
    """The hosts as verify takes them."""
    rows = catalogue.find([])
    server = {"trusted_subnets": ["10.0.0.0/8"], "components": ["xml_service", "web"]}
    client = {"trusted_subnets": ["10.0.0.0/8"], "server_addresses": ["10.250.0.0/16"]}
    wanted = {
        role: {role: {"rules": rules_for(rows, role, settings), "egress": "allow"}}
        for role, settings in (("therefore_server", server), ("therefore_client", client))
    }
    places = [("therefore_server", f"archive{one}", f"10.250.{one // 250}.{one % 250 + 1}") for one in range(servers)]
    places += [("therefore_client", f"desk{one}", address(one)) for one in range(clients)]
    return [{"host": name, "targets": {own: [own]}, "wanted": wanted[role]} for role, name, own in places]


def answered(found: Any, host: dict[str, Any]) -> dict[str, Any]:
    """What a host keeps of its probe."""
    (own,) = host["targets"]
    same = {
        "state": "open", "icmp": None, "icmp_from": None, "icmp_by": None, "listener": True, "seen_as": own,
        "closed": False, "sent": True, "latency_ms": 0.4, "source": own, "source_ports": [40000], "tag": None,
        "error": None, "route": None, "hops": None, "decided": None, "tls": None,
    }  # fmt: skip
    targets = job_of(found, host["host"])["targets"]
    return told_once(found, [{**one, **same, "address": one["host"]} for one in targets])


def verified(clients: int, servers: int) -> float:
    """Seconds for flows, document, text and JUnit."""
    hosts = estate(clients, servers)
    begin = time.process_time()
    found = flows(hosts, seed=1)
    first = time.process_time() - begin
    for host in hosts:
        if host["host"] in found["listen"]:
            host |= {"listening": found["listen"][host["host"]]["listen"], "stopped": 1, "arrived": []}
    found["held"] = held_by(hosts)
    for host in hosts:
        host.update(answered(found, host))
    begin = time.process_time()
    report = document(found, hosts, [], CREATED)
    text(report)
    junit(report)
    json.dumps(report)
    if report["totals"]["passed"] != report["totals"]["flows"]:
        sys.exit(f"fleet: not all passed: {report['totals']}")
    return first + time.process_time() - begin


def reported(clients: int, servers: int) -> float:
    """Seconds for the report and its files, where each of nine servers trusts other networks."""
    networks = [f"10.{one // 250}.{one % 250}.0/24" for one in range(NETWORKS)]
    hosts: dict[str, dict[str, Any]] = {
        f"archive{one}": {
            "therefore_addresses": [f"10.250.0.{one + 1}"],
            "therefore_trusted_subnets": [name for at, name in enumerate(networks, 1) if at >> one % 9 & 1],
        }
        for one in range(servers)
    }
    groups = {"therefore_server": [*hosts], "therefore_client": [f"desk{one}" for one in range(clients)]}
    for one, name in enumerate(groups["therefore_client"]):
        hosts[name] = {
            "therefore_addresses": [address(one)],
            "therefore_trusted_subnets": ["10.0.0.0/8"],
            "therefore_server_addresses": ["10.250.0.0/24"],
        }
    begin = time.process_time()
    report = report_of(inventory_of(hosts, groups, {}), None, None, CREATED)
    files_of(report, {"owner": "", "expires": "", "reference": "", "details": dict.fromkeys(DETAILS, "")})
    return time.process_time() - begin


def main() -> None:
    """What is measured, clients, servers; prints seconds and megabytes."""
    what, clients, servers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    spent = {"verify": verified, "report": reported}[what](clients, servers)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": spent, "megabytes": memory}))


if __name__ == "__main__":
    main()
