# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verification of all flows: document, matrix and JUnit XML."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.therefore.firewall.plugins.filter.verify import (
    verify_flows,
    verify_host,
    verify_junit,
    verify_targets,
    verify_text,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.flows import flows
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.jobs import job_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify import verification
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.verification import document
from estates import archive, desk, outsider

CREATED = "2026-11-24T20:00:00Z"
SCHEMA = json.loads((Path(verification.__file__).parent / "verify.schema.json").read_text())
DUAL = ("192.0.2.10", "2001:db8::10")


def verified(states: dict[str, str], default: str = "open", away: str | None = None) -> Any:
    """The document where these flows (by id) have these states, and the others the default."""
    hosts = [archive(*DUAL), desk("192.0.2.50", "2001:db8::50"), outsider()]
    found = flows(hosts)
    for host in hosts:
        if host["host"] == away:
            continue
        host.update(listening=job_of(found, host["host"])["listen"], stopped=1, arrived=[])
        host["results"] = [
            {
                "id": one["id"], "host": one["host"], "address": one["host"], "port": one["port"], "source": None,
                "protocol": one["protocol"], "error": None, "icmp": None, "sent": True,
                "listener": host["host"] == "desk",
                "state": states.get(one["id"], default if host["host"] == "desk" else "filtered"),
            }
            for one in job_of(found, host["host"])["targets"]
        ]  # fmt: skip
    report = document(found, hosts, [], CREATED)
    jsonschema.validate(report, SCHEMA)
    return report


def test_all_as_it_must_be() -> None:
    report = verified({})
    assert report["totals"] == {
        "flows": 20, "failed": 0, "unknown": 0, "passed": 20, "skipped": 0, "warnings": 0, "unproved": 0,
        "unplanned": 0, "silent_hosts": [],
        "proofs": {"two_ended": 20, "by_service": 0, "refused_by_firewall": 0, "none": 0},
    }  # fmt: skip
    shown = verify_text(report).splitlines()
    assert shown[0].split() == ["from", "desk", "135", "139", "445", "8000", "137u"]
    assert shown[1].split() == ["to", "archive", "O", "O", "O", "O", "O"]
    assert shown[3].split() == ["to", "archive", ".", ".", ".", ".", "."]
    assert shown[-2] == "Proofs: 20 two_ended, 0 by_service, 0 refused_by_firewall, 0 not proved"
    assert shown[-1] == "Verified 20 flows: 20 passed, 0 failed, 0 unknown, 0 skipped; 0 warnings, 0 not provable"


def test_a_broken_flow_is_marked_and_explained_with_the_family_that_fails() -> None:
    report = verified({"desk 2001:db8::10 8000/tcp": "filtered"})
    assert report["totals"]["failed"] == 1
    shown = verify_text(report)
    assert ".!" in shown
    # each address is a flow of its own here; the one that fails says so by its target
    assert "FAILED  desk -> archive 8000/tcp: filtered, no answer: the rules of desk and archive are as wanted" in shown


def test_a_name_with_one_family_that_fails_says_so() -> None:
    server = archive() | {"targets": {"archive.example.com": list(DUAL)}}
    hosts = [server, desk("192.0.2.50", "2001:db8::50")]
    found = flows(hosts)
    (job,) = [one for one in job_of(found, "desk")["targets"] if one["port"] == 8000]
    results = [{**job, "address": DUAL[0], "state": "open"}, {**job, "address": DUAL[1], "state": "filtered"}]
    report = document(found, [server, hosts[1] | {"results": results}], [], CREATED)
    (proof,) = [one for one in report["flows"] if one["port"] == 8000]
    assert proof["outcome"] == "failed"
    assert proof["hint"].startswith("only IPv6 fails: filtered")


def test_the_same_reason_is_said_once_for_all_ports_of_two_hosts() -> None:
    shown = verify_text(verified({}, default="filtered"))
    assert shown.count("FAILED ") == 1
    assert "FAILED  desk -> archive 135/tcp, 139/tcp, 445/tcp, 8000/tcp, 137/udp: filtered" in shown


def test_a_host_that_could_not_be_asked_proves_nothing_and_is_named() -> None:
    report = verified({}, away="desk")
    assert (report["totals"]["unknown"], report["totals"]["failed"]) == (10, 0)
    assert verify_text(report).splitlines()[-1].endswith("; could not be asked: desk")


def test_junit() -> None:
    root = ElementTree.fromstring(verify_junit(verified({"desk 192.0.2.10 445/tcp": "refused"}, away="outsider")))
    assert root.attrib["tests"] == "20"
    assert root.attrib["failures"] == "1"
    assert root.attrib["skipped"] == "10"
    assert [suite.attrib["name"] for suite in root] == ["from desk", "from outsider"]
    (failure,) = root.iter("failure")
    assert "so a firewall refuses" in failure.attrib["message"]
    counts = {one.attrib["name"]: one.attrib["value"] for one in root[0].find("properties")}
    assert counts == {
        "proof.two_ended": "9",
        "proof.by_service": "0",
        "proof.refused_by_firewall": "1",
        "proof.none": "0",
    }
    assert {one.find("properties/property").attrib["value"] for one in root[1].iter("testcase")} == {"none"}


def test_hostile_names_stay_text_in_junit() -> None:
    report = verified({})
    report["flows"][0]["source"] = '<evil a="b">&'
    assert '<evil a="b">&' in {
        case.attrib["classname"] for case in ElementTree.fromstring(verify_junit(report)).iter("testcase")
    }


@pytest.mark.parametrize(("given", "said"), [({}, "this is no verification"), ("x", "this is no verification")])
def test_something_else_is_refused(given: Any, said: str) -> None:
    with pytest.raises(AnsibleFilterError, match=said):
        verify_text(given)


def test_another_version_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="has the version 3, this collection knows 2; make it anew"):
        verify_junit(verified({}) | {"version": 3})


def test_targets_are_resolved() -> None:
    assert verify_targets(["192.0.2.10", "2001:DB8::1"]) == {
        "192.0.2.10": ["192.0.2.10"],
        "2001:DB8::1": ["2001:db8::1"],
    }
    assert "127.0.0.1" in verify_targets("localhost")["localhost"]
    assert verify_targets("no.such.name.invalid") == {"no.such.name.invalid": []}


@pytest.mark.parametrize("given", [7, [7], [""], {"a": "b"}])
def test_wrong_addresses_of_a_host_are_refused(given: Any) -> None:
    with pytest.raises(
        AnsibleFilterError, match=r"therefore_addresses: .* is no list of addresses and host names; write"
    ):
        verify_targets(given)


@pytest.mark.parametrize("given", ["*.example.com", ["archive"], "https://archive.example.com"])
def test_a_wrong_name_in_the_certificate_costs_its_own_host_only(given: Any) -> None:
    found = verify_host(["192.0.2.10"], "archive", given)
    assert found["targets"] == {}
    assert found["refused"].startswith(f"therefore_server_name: {given!r} is no host name; write the one that clients")
    assert verify_host(["192.0.2.10"], "archive", "archive.example.com") == {"targets": {"192.0.2.10": ["192.0.2.10"]}}


@pytest.mark.parametrize("given", ["desk", ["desk"], {"from": "desk"}])
def test_denied_flows_that_are_no_list_are_refused(given: Any) -> None:
    with pytest.raises(AnsibleFilterError, match=r"therefore_verify_denied: .* is no list of flows; write each as"):
        verify_flows([archive(), desk()], given)


def test_a_host_whose_settings_are_wrong_is_named_with_the_message() -> None:
    lost = {"host": "lost", "targets": {"192.0.2.9": ["192.0.2.9"]}, "wanted": {}}
    plans = [
        {"host": "lost", "status": "failed", "message": "therefore_server_mobile_port: 'x' is no port", "sets": []}
    ]
    report = document(flows([lost]), [lost], plans, CREATED)
    jsonschema.validate(report, SCHEMA)
    assert report["totals"]["unplanned"] == 1
    assert "FAILED  lost: its rules are not known: therefore_server_mobile_port: 'x' is no port" in verify_text(report)


def test_a_host_that_could_not_be_read_is_still_a_target_of_known_flows() -> None:
    plans = [{"host": "archive", "status": "failed", "message": "firewalld is not running", "sets": []}]
    report = document(flows([archive(), desk()]), [archive(), desk()], plans, CREATED)
    assert report["unplanned"] == {}
    assert report["totals"]["flows"] == 5
