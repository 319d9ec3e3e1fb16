# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the roles made of the simulated hosts: the rules of the article, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import GROUPS, Windows

IN, OUT = 1, 2
BLOCK, ALLOW = 0, 1
DOMAIN, PRIVATE, PUBLIC = 1, 2, 4
# what the module makes of all three
EVERY_PROFILE = 0x7FFFFFFF
TRUSTED = "192.0.2.0/255.255.255.0,2001:db8:10::/64"


def rule(host: str, name: str) -> dict[str, Any]:
    return Windows(host).rules[f"{GROUPS[host]} - {name}"]


def test_rules_of_others_are_as_they_were(converged: Windows) -> None:
    others = [one for one in converged.store["rules"] if one.get("Grouping") != GROUPS[converged.name]]
    assert len(others) > 100
    assert others == converged.store_before["rules"]


def test_check_mode_predicts_every_change(converged: Windows) -> None:
    applied = converged.changes("applied")
    assert converged.changes("predicted") == applied
    assert {change["action"] for change in applied} == {"create"}
    rules = [change for change in applied if change["id"] != "egress-deny"]
    assert len(rules) == len(converged.rules)


def test_nothing_is_wider_than_the_trusted_subnets() -> None:
    found = [one for one in Windows("domain_server").rules.values() if one.get("Action", ALLOW) == ALLOW]
    open_to_all = {one["Name"] for one in found if one.get("RemoteAddresses", "*") == "*"}
    # row https and mobile_manager with therefore_server_internet; row http needs a setting more
    assert open_to_all == {"Therefore Server - HTTPS (Internet) (TCP-In)"}
    assert all(one["Profiles"] & PUBLIC == 0 for one in found)


@pytest.mark.parametrize(
    ("name", "ports"),
    [
        ("XML Service{} (TCP-In)", "8000"),  # row xml_service
        ("MS-SQL-S (SQL Server){} (TCP-In)", "1433"),  # row sql_server
        ("MICROSOFT-DS (SMB){} (TCP-In)", "445"),  # row smb
        ("DCOM (EPMAP){} (UDP-In)", "135,137,139"),  # row dcom
        ("LDAP{} (TCP-In)", "389"),  # row ldap
    ],
)
def test_internal_rule_and_its_block_on_the_public_profile(name: str, ports: str) -> None:
    allow, block = (rule("domain_server", name.format(remark)) for remark in ("", " (Block Public)"))
    assert (allow["Direction"], allow["LocalPorts"], allow["RemoteAddresses"]) == (IN, ports, TRUSTED)
    assert (allow["Profiles"], allow["Enabled"]) == (DOMAIN, True)
    assert (block["Action"], block["Profiles"], block["LocalPorts"]) == (BLOCK, PUBLIC, ports)


def test_devices_alone_reach_the_mfp_manager() -> None:
    found = rule("domain_server", "MFP Manager - Web Service (TCP-In)")
    assert (found["LocalPorts"], found["RemoteAddresses"]) == ("8372", "198.51.100.20-198.51.100.39")


def test_a_client_has_outbound_rules_to_its_servers_only() -> None:
    rules = Windows("member_client").rules
    kept = ("(Egress)", "(Domain Controllers)")
    allowed = [one for one in rules.values() if not any(remark in one["Name"] for remark in kept)]
    assert {one["Direction"] for one in allowed} == {OUT}
    # the stand-in gives a single IPv6 address back as a range, as Windows does
    servers = "192.0.2.10/255.255.255.255,2001:db8:10::10-2001:db8:10::10"
    assert {one["RemoteAddresses"] for one in allowed} == {servers}


def test_egress_deny_blocks_by_default_and_keeps_what_a_host_needs() -> None:
    client = Windows("member_client")
    assert {profile["outbound"] for profile in client.store["profiles"].values()} == {"block"}
    assert {one.get("RemotePorts") for name, one in client.rules.items() if "(Egress)" in name} == {
        "53", "67", "547", "123", None,
    }  # fmt: skip


def test_domain_controllers_stay_reachable_on_every_profile() -> None:
    found = [one for one in Windows("member_client").rules.values() if "(Domain Controllers)" in one["Name"]]
    assert {(one["RemoteAddresses"], one["Profiles"]) for one in found} == {
        ("192.0.2.5/255.255.255.255", EVERY_PROFILE)
    }
    assert {"88,464", "389", "445", "49152-65535"} <= {one["RemotePorts"] for one in found}


def test_a_host_outside_a_domain_has_its_rules_on_the_profile_that_it_uses() -> None:
    assert {one["Profiles"] for one in Windows("workgroup_host").rules.values()} == {PRIVATE}


def test_a_converged_host_costs_one_remote_execution() -> None:
    tasks = Windows("domain_server").run("therefore.firewall.site")["tasks"]
    ran = {name for name, result in tasks.items() if not result.get("skipped")}
    assert ran == {"Check them, on the controller", "Apply the rule set"}
    # what is done beyond the one call that reads the host
    assert "steps_done" not in tasks["Apply the rule set"]
