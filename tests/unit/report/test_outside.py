# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines that Ansible does not manage: the papers claim of them what their files bring, and say what they lack."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.perimeter import request_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._papers import files_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import Finding, ReportDocument
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError
from inventories import ARCHIVE, SHARED, desks, inventory, report_on

OFFICE: dict[str, Any] = {
    "therefore_segments": {
        **SHARED["therefore_segments"], "office": {"networks": ["10.2.0.0/24"], "roles": ["therefore_client"]},
    },
}  # fmt: skip
LAPTOPS: dict[str, Any] = {
    "therefore_segments": {"laptops": {"networks": ["10.2.0.0/24"], "roles": ["therefore_online_client"]}},
}
SERVERS = {
    "archive": ARCHIVE,
    "sql": {"therefore_addresses": ["10.1.0.11"], "therefore_server_components": ["sql_server"]},
}
DENY = {"therefore_client_egress": "deny", "therefore_server_addresses": ["10.1.0.10"]}


def hand_over(report: ReportDocument) -> list[Finding]:
    return [one for one in report["findings"] if one["kind"] == "hand-over"]


def papers(report: ReportDocument) -> dict[str, str]:
    return files_of(report, request_of("", "", ""))


def test_egress_deny_is_claimed_of_no_machine_outside_ansible() -> None:
    report = report_on(inventory(OFFICE | DENY, therefore_server=SERVERS))
    assert not [cell for cell in report["matrix"] if cell["state"] == "refused" and "outbound" in cell["because"]]
    assert {one["egress"] for one in report["rule_sets"] if one["role"] == "therefore_client"} == {"allow"}
    assert not [name for name, text in papers(report).items() if "other outbound traffic" in text]
    (found,) = hand_over(report)
    assert found["level"] == "warning"
    assert found["text"].startswith("therefore_client_egress: deny is not handed over: the machines of office that")


def test_hosts_of_ansible_refuse_what_they_are_set_to_refuse() -> None:
    report = report_on(inventory(OFFICE | DENY, therefore_server=SERVERS, therefore_client=desks(1)))
    sets = [one for one in report["rule_sets"] if one["role"] == "therefore_client"]
    assert sorted(one["egress"] for one in sets) == ["allow", "deny"]
    sources = {cell["source"] for cell in report["matrix"] if "outbound" in cell["because"]}
    assert {group["kind"] for group in report["groups"] if group["id"] in sources} == {"host"}


def test_without_deny_hosts_and_machines_have_one_set_of_rules() -> None:
    report = report_on(inventory(OFFICE, therefore_client=desks(1)))
    assert len([one for one in report["rule_sets"] if one["role"] == "therefore_client"]) == 1
    assert hand_over(report) == []


@pytest.mark.parametrize("value", ["denied", True])
def test_a_wrong_egress_is_refused_all_the_same(value: Any) -> None:
    with pytest.raises(InputError, match="therefore_client_egress"):
        inventory(OFFICE | {"therefore_client_egress": value}, therefore_server=SERVERS)


def with_private(count: int, of: int) -> dict[str, dict[str, Any]]:
    private = {"therefore_client_windows_profiles": ["private"]}
    return {name: one | (private if number < count else {}) for number, (name, one) in enumerate(desks(of).items())}


@pytest.mark.parametrize(("count", "of", "told"), [(1, 1, 1), (3, 3, 1), (2, 3, 1), (1, 3, 0), (1, 2, 0)])
def test_a_setting_that_most_hosts_have_and_the_machines_have_not_is_a_finding(count: int, of: int, told: int) -> None:
    report = report_on(inventory(OFFICE, therefore_client=with_private(count, of)))
    assert len(hand_over(report)) == told
    for found in hand_over(report):
        assert found["text"].startswith("therefore_client_windows_profiles is ['private'] for the hosts with the role")
        assert "the machines of office" in found["text"]
        assert found["remedy"].startswith("Set therefore_client_windows_profiles for all hosts (group all)")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        # as the default has it, in another order
        ("windows_profiles", ["private", "domain"]),
        # only for hosts that refuse other outbound traffic, which these machines do not
        ("egress_keep", [{"id": "web", "protocol": "tcp", "ports": [443], "peers": ["10.1.0.0/24"]}]),
        # of rows that are not asked for
        ("admin_addresses", ["10.1.0.7"]),
    ],
)
def test_a_setting_that_makes_no_other_rules_there_is_none(setting: str, value: Any) -> None:
    shared = OFFICE | {"therefore_client_windows_profiles": ["domain", "private"]}
    hosts = {name: one | {f"therefore_client_{setting}": value} for name, one in desks(2).items()}
    assert hand_over(report_on(inventory(shared, therefore_client=hosts))) == []


def test_settings_that_only_matter_together_are_both_told() -> None:
    own = {"therefore_client_internet": True, "therefore_client_internet_http": True}
    hosts = {name: one | own for name, one in desks(2).items()}
    told = [one["text"].split(" ")[0] for one in hand_over(report_on(inventory(OFFICE, therefore_client=hosts)))]
    assert told == ["therefore_client_internet", "therefore_client_internet_http"]


def test_deny_of_the_hosts_alone_is_not_handed_over_either() -> None:
    """To set it for all hosts would not bring it to these machines, so that is no remedy."""
    shared = OFFICE | {"therefore_server_addresses": ["10.1.0.10"]}
    hosts = {name: one | {"therefore_client_egress": "deny"} for name, one in desks(2).items()}
    (found,) = hand_over(report_on(inventory(shared, therefore_client=hosts)))
    assert found["text"].startswith("therefore_client_egress: deny is not handed over: the machines of office that")
    assert "docs/clients.md" in (found["remedy"] or "")


def test_the_remedy_works_as_it_is_named() -> None:
    report = report_on(
        inventory(OFFICE | {"therefore_client_windows_profiles": ["private"]}, therefore_client=desks(2))
    )
    assert hand_over(report) == []
    profile = json.loads(papers(report)["intune/therefore-client.json"])
    assert {rule["profileTypes"] for rule in profile["firewallRules"]} == {"private"}
    assert "        Profile = 'Private'" in papers(report)["group-policy/therefore-client.ps1"]


def test_a_setting_that_only_the_machines_have_is_a_finding_too() -> None:
    shared = OFFICE | {"therefore_client_inbound": True}
    report = report_on(inventory(shared, therefore_client={"desk": {"therefore_client_inbound": False}}))
    assert [one["text"].split(" for ")[0] for one in hand_over(report)] == ["therefore_client_inbound is False"]


@pytest.mark.parametrize(
    ("endpoints", "levels"),
    [
        (["tenant.example.com"], ["warning"]),
        (["a.example.com", "b.example.com"], ["warning"]),
        (["tenant.example.com", "203.0.113.7"], ["note"]),
        (["203.0.113.7"], []),
    ],
)
def test_endpoints_by_name_are_a_finding(endpoints: list[str], levels: list[str]) -> None:
    report = report_on(inventory(LAPTOPS | {"therefore_online_endpoints": endpoints}))
    assert [one["level"] for one in hand_over(report)] == levels
    for found in hand_over(report):
        assert all(name in found["text"] for name in endpoints if name.endswith("com"))
        assert "reusable group" in (found["remedy"] or "")
