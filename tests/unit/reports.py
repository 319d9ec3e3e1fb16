# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Report documents for the tests of the page: one with everything in it, one with hostile text, one that is big."""

from __future__ import annotations

import copy
import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import ReportDocument
from installation import installation, papers
from inventories import ARCHIVE, desks, inventory, report_on

PLANNED, PROVED = "2026-11-22T03:10:00Z", "2026-11-25T03:40:00Z"
ENDPOINTS = ["tenant.example.com", "203.0.113.7"]
# what must stay text wherever it stands
HOSTILE = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(2)'>",
    "</style></title></svg><b>",
    "javascript:alert(3)",
    "{{ 7 * 7 }}{% raw %}&amp;",
    "one\ntwo\u2028three",
    "\u202eexe.redro\u202c \u05d0\u05d1\u05d2",
    "n" * 300,
]


def sample() -> ReportDocument:
    """Three networks, the cloud and the internet; servers, clients, a gateway; a plan and packets with findings."""
    shared = {
        "therefore_online_endpoints": ENDPOINTS,
        "therefore_mfp_addresses": ["10.3.0.20-10.3.0.39"],
        "therefore_segments": {
            "servers": {"networks": ["10.1.0.0/24", "fd00:1::/64"]},
            "office": {"networks": ["10.2.0.0/24", "fd00:2::/64"], "roles": ["therefore_client"]},
            "devices": {"networks": ["10.3.0.0/24"]},
        },
    }
    components = ["xml_service", "mfp_manager", "mobile_manager", "web"]
    given = inventory(
        shared,
        therefore_server={
            "archive": ARCHIVE | {"therefore_server_components": components, "therefore_server_internet": True},
            "database": {"ansible_host": "10.1.0.11", "therefore_server_components": ["sql_server"]},
        },
        therefore_client=desks(20),
        therefore_mfp_gateway={
            "scangate": {"therefore_addresses": ["10.1.0.2", "10.3.0.1"], "therefore_mfp_gateway_mode": "route"}
        },
        therefore_online_client={"laptop": {"therefore_segment": "office"}},
        therefore_probe={"outsider": {"ansible_host": "198.51.100.66"}},
    )
    return report_on(given, _plan(), _verification())


def _rule(direction: str, ports: list[str], peers: list[str], row: str) -> dict[str, Any]:
    return {
        "direction": direction, "protocol": "tcp", "ports": ports, "peers": peers, "sources": [], "action": "allow",
        "rows": [row],
    }  # fmt: skip


def _plan() -> dict[str, Any]:
    wanted = _rule("in", ["1433"], ["10.1.0.0/24", "10.2.0.0/24"], "sql_server")
    found = wanted | {"ports": ["1434"], "peers": ["10.1.0.0/24"]}
    update = {"action": "update", "id": "sql-server-in-tcp", "rows": ["sql_server"], "before": found, "after": wanted}
    smb = _rule("out", ["445"], ["10.1.0.10"], "smb")
    create = {"action": "create", "id": "smb-out-tcp", "rows": ["smb"], "before": None, "after": smb}
    old = _rule("in", ["2030"], ["any"], "")
    delete = {"action": "delete", "id": "old-share-in-tcp", "rows": [], "before": old | {"rows": []}, "after": None}
    shadow = {"kind": "shadow", "object": "policy corp-deny", "message": "comes first and refuses 8000/tcp."}
    hosts = [
        _planned("archive", "therefore_server", [], [shadow]),
        _planned("database", "therefore_server", [update, delete], []),
        *(_planned(name, "therefore_client", [create] if name[-1] in "37" else [], []) for name in desks(19)),
        {"host": "desk-20", "platform": None, "status": "unreachable", "message": "no route to host", "sets": []},
        _planned("scangate", "therefore_mfp_gateway", [], []),
        _planned("laptop", "therefore_online_client", [], []) | {"platform": "windows"},
    ]
    return {"created": PLANNED, "hosts": hosts}


def _planned(name: str, role: str, changes: list[dict[str, Any]], findings: list[dict[str, Any]]) -> dict[str, Any]:
    sets = [{"role": role, "changes": changes, "unchanged": 12, "findings": findings}]
    return {"host": name, "platform": "linux", "status": "planned", "message": None, "sets": sets}


def _verification() -> dict[str, Any]:
    flows = [
        *(_proof(name, "archive", port, "smb", "passed") for name in desks(19) for port in (135, 139)),
        *(_proof(name, "archive", 8000, "xml_service", "failed") for name in ("desk-4", "desk-5")),
        *(_proof(name, "archive", 443, "https", "passed") for name in desks(19)),
        _proof("desk-1", "archive", 80, "http", "unknown"),
        *(_proof("outsider", "archive", port, "smb", "passed", "deny") for port in (135, 139, 445, 8000)),
        _proof("laptop", "tenant.example.com", 443, "online_xml_service", "passed"),
    ]
    return {"created": PROVED, "flows": flows, "unproved": [], "unplanned": {}}


def _proof(source: str, to: str, port: int, row: str, outcome: str, expect: str = "allow") -> dict[str, Any]:
    hint = {"failed": "refused by a rule on the way", "unknown": "nothing answers"}.get(outcome)
    return {
        "source": source, "members": [source], "count": 1, "to": to, "target": "10.1.0.10", "port": port,
        "protocol": "tcp", "rows": [row], "rule": f"{row}-in-tcp",
        "expect": expect, "because": row, "outcome": outcome, "state": "open", "hint": hint,
        "warnings": [], "results": [],
    }  # fmt: skip


def hostile() -> ReportDocument:
    """The sample in which every text that an inventory, a plan or a verification can bring is hostile."""
    report = sample()
    names = itertools.cycle(HOSTILE)
    _hostile_hosts(report, names)
    _hostile_networks(report, names)
    for finding, name in zip(report["findings"], names, strict=False):
        finding.update(kind=name, host=name, text=name, remedy=name)
    for cell, name in zip(report["matrix"], names, strict=False):
        cell.update(because=name, rule=name)
    for rule, name in zip(report["rule_sets"][0]["rules"], names, strict=False):
        rule.update(id=name, name=name, peers=[name])
    for row, name in zip(report["rows"].values(), names, strict=False):
        row.update(service=name, notes=name, title=name, modified=name, url=name)
    return report


def _hostile_hosts(report: ReportDocument, names: Iterator[str]) -> None:
    for host, name in zip(report["hosts"], names, strict=False):
        host.update(name=name, message=name, addresses=[name], platform=name)
        for change in host["changes"]:
            change["id"] = name
            for shown in filter(None, (change["before"], change["after"])):
                shown["peers"] = [name]
    for group, name in zip(report["groups"], names, strict=False):
        group.update(title=name, segment=name, addresses=[name], hosts=[name for _host in group["hosts"]])


def _hostile_networks(report: ReportDocument, names: Iterator[str]) -> None:
    renamed = dict(zip((segment["name"] for segment in report["segments"][:3]), names, strict=False))
    for segment in report["segments"]:
        segment.update(name=renamed.get(segment["name"], segment["name"]), networks=HOSTILE[:5])
    for crossing in report["crossings"]:
        source, to = (renamed.get(name, name) for name in (crossing["source"], crossing["to"]))
        crossing.update(source=source, to=to, destinations=HOSTILE)


def networks(count: int) -> ReportDocument:
    """The sample with so many networks more, each of which reaches the next, the servers and the cloud."""
    report = sample()
    names = [f"branch {number}" for number in range(1, count + 1)]
    report["segments"] += [
        {"name": name, "networks": [f"10.{number}.0.0/16", f"fd00:{number}::/64"], "groups": []}
        for number, name in enumerate(names, start=10)
    ]
    first = report["crossings"][0]
    for name, following in itertools.pairwise([*names, "office"]):
        for to, ports in ((following, [443]), ("servers", [135, 139, 389, 443, "49152-65535"]), ("Internet", [443])):
            report["crossings"].append({**first, "source": name, "to": to, "ports": ports})
    return report


def big(hosts: int, groups: int, targets: int = 0) -> ReportDocument:
    """So many hosts with 20 rules, in so many groups with rules of their own; each reaches all groups, or so many."""
    report = sample()
    own = report["rule_sets"][0]["rules"]
    every = (own * 20)[:20]
    report["rule_sets"] = [
        {"role": "therefore_server", "title": "Therefore Server", "egress": "allow", "rules": copy.deepcopy(every)}
        for _group in range(groups)
    ]
    names = [[f"host-{number}.example.com" for number in range(first, hosts, groups)] for first in range(groups)]
    report["groups"] = [
        {
            "id": f"g{number}", "title": f"{members[0]} … ({len(members)} hosts)", "kind": "host",
            "roles": ["therefore_server"], "segment": "servers", "addresses": ["10.1.0.0/24"], "hosts": members,
            "rule_sets": [number - 1],
        }
        for number, members in enumerate(names, start=1)
    ]  # fmt: skip
    report["hosts"] = [
        {
            "name": name, "group": f"g{number}", "addresses": ["10.1.0.10", "fd00:1::10"], "platform": "linux",
            "status": "planned", "message": None, "changes": [], "findings": [0],
        }
        for number, members in enumerate(names, start=1) for name in members
    ]  # fmt: skip
    report["matrix"] = [
        {
            "source": f"g{source}", "to": f"g{to}", "port": 1000 + port, "protocol": "tcp",
            "state": "allowed" if source == to else "refused", "rows": ["smb"], "rule": "smb-in-tcp", "because": "smb",
            "tries": 0, "failed": 0,
        }
        for source in range(1, groups + 1) for to in range(1, (targets or groups) + 1) for port in range(15)
    ]  # fmt: skip
    report["totals"] |= {"hosts": hosts, "groups": groups, "rules": hosts * 20, "flows": len(report["matrix"])}
    report["totals"]["states"] = {
        "allowed": (targets or groups) * 15,
        "refused": len(report["matrix"]) - (targets or groups) * 15,
    }
    return report


def estate() -> ReportDocument:
    """An installation as people have it, whose diagram is taller than a page."""
    return papers(installation())


def long_names() -> ReportDocument:
    """The sample with names as a directory or a cloud makes them."""
    named: dict[str, Any] = json.loads(json.dumps(sample()))
    words = {
        "servers": "Rechenzentrum Nord, Serverraum 2 (Produktion)",
        "office": "Hauptverwaltung Obergeschosse",
        "devices": "Multifunktionsgeraetenetz-aller-Standorte",
        **{one["name"]: f"{one['name']}-production.verwaltung.example-holding.com" for one in named["hosts"]},
    }
    text = json.dumps(named)
    for word in sorted(words, key=len, reverse=True):
        text = re.sub(rf'(?<="){re.escape(word)}(?=[ "])', words[word], text)
    renamed: ReportDocument = json.loads(text)
    return renamed
