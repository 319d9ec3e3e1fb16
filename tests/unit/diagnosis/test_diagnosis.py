# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a diagnosis is asked for, and what it says of facts that no packet of ours brings about here."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._diagnosis.decider import decider
from ansible_collections.therefore.firewall.plugins.plugin_utils._diagnosis.diagnosis import document, text
from ansible_collections.therefore.firewall.plugins.plugin_utils._diagnosis.request import connections, request_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError
from estates import archive, desk, outsider

NAMES = ["desk", "archive", "outsider"]
RESULT = {
    "state": "filtered", "address": "192.0.2.10", "source": "192.0.2.50", "icmp": None, "error": None, "sent": True,
    "source_ports": [40000], "tag": "0f1e", "port": 8000, "protocol": "tcp",
}  # fmt: skip
SYN = {"protocol": "tcp", "port": 8000, "source": "192.0.2.50", "source_port": 40000, "to": "192.0.2.10"}
BACK = {"route_back": {"gateway": None, "interface": "eth0", "source": "192.0.2.10"}}
BLOCKED = {
    "host": "archive", "status": "planned", "message": None,
    "sets": [{"changes": [], "findings": [{
        "kind": "block", "object": "rule Quarantine", "message": "blocks 8000/tcp for all; disable it."}]}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("", "archive"), "diagnose_from: '' names nobody; write the host that cannot connect"),
        (("desk-7", "archive"), "diagnose_from: 'desk-7' is no host of the inventory; did you mean desk?"),
        (("desk", ""), "diagnose_to: '' names nobody"),
        (("desk", "desk"), "diagnose_to: 'desk' is diagnose_from itself"),
        (("desk", "a b"), "diagnose_to: 'a b' is no host of the inventory, address or host name"),
        (("desk", "192.0.2.10"), "diagnose_port: None names no port, and 192.0.2.10 is no host of the inventory"),
        (("desk", "archive", "xml_servise"), "diagnose_row: 'xml_servise' is no row; did you mean xml_service"),
        (("desk", "archive", "dcom", "135"), "diagnose_row: 'dcom' and diagnose_port '135' are two questions"),
        (("desk", "archive", None, "80/icmp"), "diagnose_port: '80/icmp' is no port; write a number from 1 to 65535"),
        (("desk", "archive", None, "70000"), "diagnose_port: '70000' is no port"),
        (("desk", "archive", None, True), "diagnose_port: True is no port"),
    ],
)
def test_a_wrong_question_is_refused(asked: tuple[Any, ...], message: str) -> None:
    with pytest.raises(InputError) as refused_with:
        request_of(NAMES, *asked)
    assert str(refused_with.value).startswith(message)


def tried(to: str, row: Any = None, port: Any = None, source: str = "desk") -> dict[str, Any]:
    hosts = [one for one in (desk(), archive(), outsider()) if one["host"] in (source, to)]
    found = connections(request_of(NAMES, source, to, row, port), hosts)["flows"]
    return {f"{one['port']}/{one['protocol']}": one for one in found}


def test_without_port_and_row_it_is_what_the_rules_of_both_have() -> None:
    assert {"8000/tcp", "135/tcp", "445/tcp"} <= {*tried("archive")}
    assert {*tried("archive", row="xml_service")} == {"8000/tcp"}
    assert {*tried("archive", port="8000")} == {"8000/tcp"}


def test_what_no_rule_has_is_tried_all_the_same() -> None:
    assert {*tried("192.0.2.77", row="sql_server")} == {"1433/tcp"}
    assert {*tried("db.example.com", port="389/udp")} == {"389/udp"}
    assert tried("archive", port=443)["443/tcp"]["tls"] is True
    stranger = tried("archive", port="8000", source="outsider")["8000/tcp"]
    assert (stranger["expect"], stranger["forbidden"]) == ("allow", "the source is no peer of the rule")
    with pytest.raises(InputError, match=r"^diagnose_to: 'archive' is nobody whose services outsider is set to use"):
        tried("archive", source="outsider")


def diagnosed(
    found: dict[str, Any], plans: Any = (), ends: dict[str, Any] | None = None, port: str = "8000"
) -> dict[str, Any]:
    hosts = [desk(), archive() | (ends or {})]
    flows = connections(request_of(NAMES, "desk", "archive", None, port), hosts)
    hosts[0]["results"] = [RESULT | {"id": flows["flows"][0]["id"]} | found]
    report = document(flows, hosts, plans, "2026-11-28T00:00:00Z")
    assert report["connections"][0]["sentence"] in text(report)
    return dict(report["connections"][0])


WATCHING = {"watching": True, "stopped": 1, "addresses": ["192.0.2.10"]}
HELD = {"in_use": [{"port": 8000, "protocol": "tcp", "error": "in use", "addresses": ["0.0.0.0"], "full": False}]}


@pytest.mark.parametrize(
    ("seen", "place"),
    [
        ([], "way"),
        ([SYN | BACK], "target"),
        ([SYN | BACK | {"source": "203.0.113.1"}], "target"),
        # of a stranger with another port nobody knows whether it is a translated address
        ([SYN | BACK | {"source": "203.0.113.1", "source_port": 9}], None),
        ([SYN | {"route_back": None}], "way"),
    ],
)
def test_what_arrives_tells_the_way_from_the_firewall(seen: list[Any], place: str | None) -> None:
    assert diagnosed({}, ends=WATCHING | HELD | {"seen": seen})["place"] == place


def test_a_windows_host_is_told_from_its_plan() -> None:
    found = diagnosed({}, [BLOCKED], {"watching": False, "stopped": 1, **HELD})
    assert found["sentence"] == (
        "Target's firewall: filtered, and on archive, rule Quarantine: blocks 8000/tcp for all; disable it."
    )
    assert found["place"] == "target"
    # without anything in its way, the place is not known, and what would settle it is said
    found = diagnosed({}, [], {"watching": False, "stopped": 1, **HELD})
    assert (found["place"], found["remedy"]) == (None, "look on archive whether it arrives: tcpdump -ni any port 8000")


def test_a_translated_address_that_is_no_peer_names_the_line_of_the_inventory() -> None:
    moved = [SYN | BACK | {"source": "203.0.113.1"}]
    found = diagnosed({}, ends=WATCHING | HELD | {"seen": moved})
    assert found["remedy"] == (
        "203.0.113.1 is no peer of the rule xml_service-in-tcp: add 203.0.113.1 to therefore_trusted_subnets of "
        "archive in the inventory, and run ansible-playbook therefore.firewall.site --limit archive"
    )


def test_a_source_that_is_away_is_said() -> None:
    hosts = [desk() | {"problem": "timed out"}, archive()]
    report = document(connections(request_of(NAMES, "desk", "archive", None, 8000), hosts), hosts, [], "2026-11-28")
    assert report["connections"][0]["sentence"] == "Not known: desk could not be asked (timed out)."


def refused(table: str, chain: str, *before: str) -> str:
    made = {"outcome": "refused", "family": "inet", "table": table, "chain": chain, "rule": "drop", "chains": before}
    return decider(made, "archive", "8000/tcp").title


@pytest.mark.parametrize(
    ("chain", "title"),
    [
        ("filter_IN_policy_thf-server-in_deny", "our policy thf-server-in of archive"),
        ("filter_IN_policy_theirs_deny", "the policy theirs of archive"),
        ("filter_OUT_policy_theirs_post", "the policy theirs of archive"),
        ("filter_IN_public", "the zone public of archive"),
        ("filter_IN_my_zone_deny", "the zone my_zone of archive"),
        ("mangle_PRE_public_deny", "the zone public of archive"),
        ("filter_INPUT", "firewalld of archive (drop in filter_INPUT)"),
    ],
)
def test_chains_of_firewalld_are_its_objects(chain: str, title: str) -> None:
    assert refused("firewalld", chain).startswith(title)


def test_what_no_zone_let_in_is_the_zones() -> None:
    before = ("filter_INPUT", "filter_INPUT_POLICIES", "filter_IN_public", "filter_IN_policy_theirs")
    assert refused("firewalld", "filter_INPUT_POLICIES", *before).startswith("the zone public of archive")
