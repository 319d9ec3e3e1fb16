# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report document: the matrix with plan and packets, findings, totals, and that it is as documented."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.inventory import Inventory
from ansible_collections.therefore.firewall.plugins.plugin_utils._report import shape
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import ReportDocument
from inventories import ARCHIVE, CREATED, desks, inventory, report_on

SCHEMA = json.loads((Path(shape.__file__).parent / "report.schema.json").read_text())


def estate(**archive: Any) -> Inventory:
    return inventory(therefore_server={"archive": ARCHIVE | archive}, therefore_client=desks(3))


def checked(given: Inventory, *documents: dict[str, Any] | None) -> ReportDocument:
    report = report_on(given, *documents)
    jsonschema.validate(report, SCHEMA)
    return report


def states(report: ReportDocument, source: str, to: str) -> dict[str, str]:
    """The states of the cells from one group to another, whose titles begin so."""
    ids = {group["title"]: group["id"] for group in report["groups"]}
    pair = tuple(next(ids[title] for title in ids if title.startswith(name)) for name in (source, to))
    return {
        f"{cell['port']}/{cell['protocol']}": cell["state"]
        for cell in report["matrix"]
        if (cell["source"], cell["to"]) == pair
    }


def plan(*changes: dict[str, Any], host: str = "archive", **parts: Any) -> dict[str, Any]:
    role = "therefore_server" if host == "archive" else "therefore_client"
    sets = [{"role": role, "changes": list(changes), "unchanged": 3, "findings": parts.pop("findings", [])}]
    one = {"host": host, "platform": "linux", "status": "planned", "message": None, "sets": sets} | parts
    return {"created": CREATED, "hosts": [one]}


def change(direction: str, port: int, action: str = "allow", protocol: str = "tcp") -> dict[str, Any]:
    after = {"direction": direction, "protocol": protocol, "ports": [port], "peers": ["any"], "action": action}
    return {"action": "create", "id": f"{direction}-{port}", "rows": [], "before": None, "after": after}


def proof(source: str, port: int, outcome: str, **parts: Any) -> dict[str, Any]:
    return {
        "source": source, "members": [source], "count": 1, "to": "archive", "target": "10.1.0.10", "port": port,
        "protocol": "tcp", "rows": ["smb"], "rule": "smb-in-tcp",
        "expect": "allow", "because": "smb", "outcome": outcome, "state": "open",
        "hint": "why" if outcome in ("failed", "unknown") else None, "warnings": [], "results": [],
    } | parts  # fmt: skip


def verification(*proofs: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {"created": CREATED, "flows": list(proofs), "unproved": [], "unplanned": {}} | parts


def of_kind(report: ReportDocument, kind: str) -> list[str]:
    """The findings of a kind, in a line each."""
    return [
        f"{one['level']}: {one['host'] or ''}: {one['text']}|{one['remedy'] or ''}"
        for one in report["findings"]
        if one["kind"] == kind
    ]


def test_from_the_inventory_alone() -> None:
    report = checked(estate())
    assert states(report, "desk", "archive") == {
        "135/tcp": "allowed", "139/tcp": "allowed", "445/tcp": "allowed", "8000/tcp": "allowed", "137/udp": "allowed",
    }  # fmt: skip
    assert set(states(report, "Internet", "archive").values()) == {"refused"}
    assert {host["status"] for host in report["hosts"]} == {"listed"}
    assert report["inputs"] == {"plan": None, "verify": None}


def test_only_some_members_of_a_group_of_one_are_peers() -> None:
    clients = {"desk": {"therefore_addresses": ["10.2.0.7", "10.9.0.7"]}}
    report = checked(inventory(therefore_server={"archive": ARCHIVE}, therefore_client=clients))
    assert set(states(report, "desk", "archive").values()) == {"depends"}


def test_an_unknown_address_is_an_assumption_and_a_finding() -> None:
    report = checked(inventory(therefore_server={"archive": ARCHIVE}, therefore_client={"desk": {}}))
    assert states(report, "desk", "archive")["445/tcp"] == "assumed"
    (found,) = of_kind(report, "address")
    assert found.startswith("note: desk: no address is known|Set therefore_addresses")


def test_the_internet_reaches_what_the_settings_open_to_it() -> None:
    report = checked(estate(therefore_server_components=["web"], therefore_server_internet=True))
    assert states(report, "Internet", "archive") == {
        "80/tcp": "refused", "443/tcp": "allowed", "135/tcp": "refused", "139/tcp": "refused", "445/tcp": "refused",
        "137/udp": "refused",
    }  # fmt: skip
    assert of_kind(report, "internet") == ["note: archive: 443/tcp is open to the internet, as the settings ask|"]


def test_endpoints_and_devices() -> None:
    shared = {"therefore_online_endpoints": ["203.0.113.7"], "therefore_mfp_addresses": ["10.3.0.20"]}
    router = {
        "ansible_host": "10.3.0.1", "therefore_mfp_gateway_mode": "route", "therefore_mfp_gateway_edition": "online",
    }  # fmt: skip
    report = checked(inventory(shared, therefore_online_client=desks(2), therefore_mfp_gateway={"gate": router}))
    assert states(report, "desk", "Therefore Online") == {"443/tcp": "allowed"}
    assert states(report, "MFP devices", "Therefore Online") == {"443/tcp": "allowed", "8091/tcp": "allowed"}


def test_devices_that_a_server_administers() -> None:
    extra = {"therefore_server_supplements": ["mfp_device_admin"], "therefore_server_components": ["mfp_manager"]}
    shared = {"therefore_mfp_addresses": ["10.3.0.20"]}
    report = checked(inventory(shared, therefore_server={"archive": ARCHIVE | extra}))
    assert states(report, "archive", "MFP devices") == {"8000/tcp": "allowed", "8443/tcp": "allowed"}


def test_a_relay_for_devices_of_therefore_online_is_not_open_to_the_internet() -> None:
    shared = {"therefore_online_endpoints": ["203.0.113.7"], "therefore_mfp_addresses": ["10.3.0.20"]}
    relay = {
        "ansible_host": "10.1.0.5", "therefore_mfp_gateway_mode": "relay", "therefore_mfp_gateway_edition": "online",
    }  # fmt: skip
    report = checked(inventory(shared, therefore_mfp_gateway={"gate": relay}))
    assert set(states(report, "Internet", "gate").values()) == {"refused"}
    assert set(states(report, "MFP devices", "gate").values()) == {"allowed"}
    everybody = {"therefore_mfp_addresses": [], "therefore_trusted_subnets": []}
    opened = relay | everybody | {"therefore_mfp_gateway_allow_any_source": True}
    report = checked(inventory(shared, therefore_mfp_gateway={"gate": opened}))
    assert of_kind(report, "internet") == []
    assert len(of_kind(report, "open to everybody")) == 2


@pytest.mark.parametrize(
    ("found", "drifting"),
    [
        (plan(change("in", 445)), {"445/tcp"}),
        (plan(change("out", 445)), set()),
        (plan(change("in", 445, "block")), set()),
        (plan(change("out", 445), host="desk-2"), {"445/tcp"}),
        (plan(change("in", 445), host="desk-2"), set()),
        (plan(change("in", 445, protocol="udp")), set()),
        (plan({"action": "delete", "id": "x", "rows": [], "before": {"id": "x"}, "after": None}), set()),
    ],
)
def test_what_differs_on_a_host_marks_its_cells(found: dict[str, Any], drifting: set[str]) -> None:
    cells = states(checked(estate(), found), "desk", "archive")
    assert {port for port, state in cells.items() if state == "drift"} == drifting


def test_a_missing_block_marks_what_must_not_pass() -> None:
    cells = states(checked(estate(), plan(change("in", 445, "block"))), "Internet", "archive")
    assert {port for port, state in cells.items() if state == "drift"} == {"445/tcp"}


def test_what_the_plan_found_is_a_finding() -> None:
    shadow = {"kind": "shadow", "object": "policy x", "message": "refuses it first."}
    report = checked(estate(), plan(change("in", 445), findings=[shadow]))
    assert of_kind(report, "drift") == [
        "warning: archive: therefore_server: 1 to create, 3 unchanged|Run the playbook site."
    ]
    assert of_kind(report, "in the way") == ["warning: archive: policy x: refuses it first.|"]
    archive = next(host for host in report["hosts"] if host["name"] == "archive")
    assert (archive["platform"], archive["status"], len(archive["changes"])) == ("linux", "planned", 1)
    kinds = {report["findings"][number]["kind"] for number in archive["findings"]}
    assert {"drift", "in the way"} <= kinds


def test_a_finding_that_hosts_share_is_one() -> None:
    report = checked(estate(), plan(change("in", 445)))
    (missing,) = of_kind(report, "not planned")
    assert missing == "note: : desk-1 … desk-3 (3 hosts): is not in the plan|Run the playbook plan again."


def test_a_host_that_is_away() -> None:
    report = checked(estate(), plan(status="unreachable", message="no route", platform=None))
    assert of_kind(report, "unreachable") == ["error: archive: could not be planned: no route|"]
    assert report["findings"][0]["level"] == "error"


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        (["passed", "passed"], "proved"),
        (["passed", "failed"], "failed"),
        (["unknown", "passed"], "unknown"),
        (["skipped", "passed"], "proved"),
        (["skipped"], "allowed"),
    ],
)
def test_packets_outweigh_the_rules(outcomes: list[str], state: str) -> None:
    proofs = [proof(f"desk-{number}", 445, outcome) for number, outcome in enumerate(outcomes, start=1)]
    report = checked(estate(), None, verification(*proofs))
    assert states(report, "desk", "archive")["445/tcp"] == state
    archive, clients = report["groups"][0]["id"], report["groups"][1]["id"]
    (cell,) = [one for one in report["matrix"] if (one["source"], one["to"], one["port"]) == (clients, archive, 445)]
    assert (cell["tries"], cell["failed"]) == (len(outcomes) - outcomes.count("skipped"), outcomes.count("failed"))


def test_a_rule_that_is_not_there_outweighs_a_packet_that_passed() -> None:
    report = checked(estate(), plan(change("in", 445)), verification(proof("desk-1", 445, "passed")))
    assert states(report, "desk", "archive")["445/tcp"] == "drift"


def test_what_must_not_pass_and_did_not_is_closed() -> None:
    probes = {"outsider": {"ansible_host": "203.0.113.66"}}
    given = inventory(therefore_server={"archive": ARCHIVE}, therefore_probe=probes)
    report = checked(given, None, verification(proof("outsider", 445, "passed", expect="deny")))
    assert states(report, "outsider", "archive")["445/tcp"] == "closed"


def test_a_flow_that_somebody_denied_has_a_cell_of_its_own() -> None:
    report = checked(estate(), None, verification(proof("desk-1", 3389, "failed", expect="deny", rows=[], rule=None)))
    assert states(report, "desk", "archive")["3389/tcp"] == "failed"


def test_failures_between_the_same_groups_are_one_finding() -> None:
    proofs = [proof(f"desk-{number}", 445, "failed", hint=f"hint {number}") for number in (1, 2, 3)]
    report = checked(estate(), None, verification(*proofs))
    (found,) = [one for one in report["findings"] if one["kind"] == "failed"]
    assert found["text"].endswith("desk-1 … desk-3 (3 hosts) -> archive 445/tcp: desk-1 -> archive: hint 1")
    assert {host["name"] for host in report["hosts"] if 0 in host["findings"]} == {
        "archive",
        "desk-1",
        "desk-2",
        "desk-3",
    }


def test_what_the_inventory_contradicts() -> None:
    report = checked(estate(therefore_server_trusted_subnets=["10.9.0.0/24"]))
    (found,) = of_kind(report, "disagreement")
    assert (
        "desk-1 … desk-3 (3 hosts) is set to use dcom (tcp), dcom (udp), smb (tcp), xml_service (tcp) of archive"
        in found
    )
    assert "add 10.2.0.1-10.2.0.3 to the trusted subnets of archive" in found


def test_what_a_source_has_with_several_servers_is_one_finding() -> None:
    server = ARCHIVE | {"therefore_server_trusted_subnets": ["10.9.0.0/24"]}
    servers = {name: server | {"therefore_addresses": [f"10.1.0.{at}"]} for at, name in enumerate("abc", start=10)}
    # each a group of its own
    servers["b"]["therefore_server_egress"] = "deny"
    found = of_kind(checked(inventory(therefore_server=servers, therefore_client=desks(1))), "disagreement")
    (line,) = [one for one in found if "desk-1 is set to use" in one]
    assert "(tcp) of a, c, b, whose rules do not name it" in line


def test_a_service_on_two_ports_is_a_contradiction() -> None:
    other = {"therefore_server_port_overrides": {"xml_service": [8443]}}
    (found,) = of_kind(checked(estate(**other)), "disagreement")
    assert "(3 hosts) uses xml_service (tcp) of archive on 8000, and archive opens 8443" in found


def test_a_wrong_setting_is_an_error_and_hides_nobody() -> None:
    clients = desks(2) | {"bad": {"therefore_client_trusted_subnets": "x"}}
    report = checked(inventory(therefore_server={"archive": ARCHIVE}, therefore_client=clients))
    (found,) = of_kind(report, "setting")
    assert found.startswith("error: bad: therefore_client_trusted_subnets: 'x'")
    assert {host["name"]: host["status"] for host in report["hosts"]}["bad"] == "failed"
    assert states(report, "desk", "archive")["445/tcp"] == "allowed"


def test_open_to_everybody_is_a_warning() -> None:
    report = checked(estate(therefore_server_trusted_subnets=[], therefore_server_allow_any_source=True))
    assert (
        "warning: archive: 445/tcp is open to every address|List the trusted subnets in place of allow_any_source."
        in (of_kind(report, "open to everybody"))
    )


def test_totals() -> None:
    report = checked(estate(), plan(change("in", 445)))
    sizes = [len(one["rules"]) for one in report["rule_sets"]]
    assert report["totals"]["hosts"] == 4
    assert report["totals"]["rules"] == sizes[0] + 3 * sizes[1]
    assert report["totals"]["changes"] == 1
    assert report["totals"]["states"] == Counter(cell["state"] for cell in report["matrix"])


def test_every_row_of_a_rule_has_its_origin() -> None:
    report = checked(estate())
    assert {row for one in report["rule_sets"] for rule in one["rules"] for row in rule["rows"]} == {*report["rows"]}
    assert report["rows"]["smb"]["table"] == "Standard Windows Services Ports"


def test_the_proofs_of_a_verification_are_counted() -> None:
    totals = {"proofs": {"two_ended": 7, "by_service": 2, "refused_by_firewall": 1, "none": 3}}
    found = checked(estate(), None, verification(totals=totals))["findings"]
    assert [one["text"] for one in found if one["kind"] == "proofs"] == [
        "the verdicts of verify rest on: 7 two_ended, 2 by_service, 1 refused_by_firewall, 3 not proved"
    ]
