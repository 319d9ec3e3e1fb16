# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plan finds in the way: it says so and changes nothing of it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.plan import plan
from wanted import CLIENT, SERVER
from windows_hosts import converged, foreign, host, plan_for

# what a block must have to beat LDAP (UDP-In) and no other rule
LDAP_BLOCK: dict[str, Any] = {
    "action": "block", "direction": "in", "protocol": "udp", "localport": "389", "remoteip": "192.0.2.7",
    "profiles": ["domain"],
}  # fmt: skip


def blocks(*found: dict[str, Any], **changed: Any) -> list[dict[str, str]]:
    return plan_for(host(*found, **changed))["findings"]


def test_a_foreign_block_that_beats_ours_is_found() -> None:
    (finding,) = blocks(foreign("No LDAP", **LDAP_BLOCK))
    assert (finding["kind"], finding["object"]) == ("foreign_block", "No LDAP")
    assert "beats, on the Domain profile, what 'Therefore Server - LDAP (UDP-In)' should allow. " in finding["message"]
    assert "Narrow, disable or remove it" in finding["message"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "should allow. That is so from 192.0.2.7 only. Narrow"),
        ({"remoteip": "any"}, "should allow. Narrow"),
        ({"remoteip": "192.0.0.0/255.255.0.0,2001:db8::/48", "localport": "1-1024"}, "should allow. Narrow"),
        ({"remoteip": "any", "localip": "192.0.2.1", "remoteport": "1024-65535"}, "from port 1024-65535, to 192.0.2.1"),
        (
            {"remoteip": ",".join(f"192.0.2.{n}" for n in range(1, 9))},
            "from 192.0.2.1, 192.0.2.2, 192.0.2.3 and 5 more",
        ),
        ({"remoteip": "LocalSubnet"}, "the addresses of localsubnet. Narrow"),
    ],
)
def test_a_block_for_a_part_of_ours_says_for_which(changed: dict[str, Any], words: str) -> None:
    (finding,) = blocks(foreign("No LDAP", **{**LDAP_BLOCK, **changed}))
    assert words in finding["message"]


@pytest.mark.parametrize(
    "changed",
    [
        {"protocol": "any", "localport": "any"},
        {"localport": "300-400"},
        {"localport": "any", "remoteport": "1024-65535"},
        {"remoteip": "LocalSubnet"},
        {"remoteip": "192.0.0.0/255.255.0.0"},
        {"localip": "192.0.2.1"},
        {"profiles": ["domain", "private", "public"]},
        {"group": "Therefore Client"},
    ],
)
def test_any_overlap_counts(changed: dict[str, Any]) -> None:
    found = blocks(foreign("No LDAP", **{**LDAP_BLOCK, **changed}))
    assert [finding["kind"] for finding in found] == ["foreign_block"]
    assert "LDAP (UDP-In)" in found[0]["message"]


@pytest.mark.parametrize(
    "changed",
    [
        {"enabled": False},
        {"action": "allow"},
        {"direction": "out", "remoteport": "9999", "localport": "any"},
        {"protocol": "icmpv4", "localport": "any"},
        {"localport": "388"},
        {"remoteip": "198.51.100.7"},
        {"profiles": ["private"]},
        {"profiles": ["public"]},
    ],
)
def test_a_block_that_beats_nothing_of_ours_is_no_finding(changed: dict[str, Any]) -> None:
    assert blocks(foreign("No LDAP", **{**LDAP_BLOCK, **changed})) == []


THEREFORE = r"C:\Program Files\Therefore\TheServer.exe"


@pytest.mark.parametrize(
    ("changed", "depends"),
    [
        ({"program": THEREFORE}, f"the program {THEREFORE}."),
        ({"program": r"%SystemRoot%\System32\svchost.exe"}, r"the program %SystemRoot%\System32\svchost.exe."),
        ({"service": "*"}, "whether what listens or asks is a service."),
        ({"service": "NTDS", "program": "System"}, "the program System and the service NTDS."),
        ({"interfacetypes": ["wireless", "ras"]}, "the interfaces wireless, ras."),
        ({"conditions": {"interfaces": ["Ethernet 2"]}}, "the network card Ethernet 2."),
        ({"conditions": {"remote_users": ["D:(A;;CC;;;BU)"]}}, "the remote users D:(A;;CC;;;BU)."),
        ({"conditions": {"platforms": ["2:10:x"]}}, "the Windows version 2:10:x."),
        ({"conditions": {"invented": ["7"]}}, "invented 7."),
        ({"remoteip": "LocalSubnet"}, "the addresses of localsubnet."),
        (
            {"interfacetypes": ["Somethingnew"], "not_understood": ["interfacetypes"]},
            "its interfacetypes, which is not",
        ),
        ({"localport": "NewKeyword", "not_understood": ["localport"]}, "its localport, which is not understood."),
        ({"action": "divert", "not_understood": ["action"]}, "its action, which is not understood."),
        (
            {"not_understood": ["rule"], "direction": "unknown", "action": "unknown"},
            "all of it, for it cannot be read.",
        ),
    ],
)
def test_a_block_that_may_beat_ours_says_on_what_that_depends(changed: dict[str, Any], depends: str) -> None:
    (finding,) = blocks(foreign("No LDAP", **{**LDAP_BLOCK, **changed}), windows_version="10.0")
    assert "may beat, on the Domain profile, what " in finding["message"]
    assert f"should allow. That depends on {depends}" in finding["message"].replace(
        "the interfaces Somethingnew and ", ""
    )


def test_a_block_of_all_addresses_depends_on_nothing() -> None:
    everybody = "0.0.0.0-255.255.255.255,::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
    (finding,) = blocks(foreign("No LDAP", **{**LDAP_BLOCK, "remoteip": everybody}))
    assert "This block rule beats, on the Domain profile, what " in finding["message"]
    assert "only" not in finding["message"]


def test_a_block_of_a_service_is_told_for_the_ports_on_which_it_listens() -> None:
    (finding,) = blocks(foreign("No files", action="block", service="LanmanServer"))
    assert "'Therefore Server - MICROSOFT-DS (SMB) (TCP-In)'" in finding["message"]
    assert "DCOM (EPMAP) (TCP-In)" in finding["message"], "which has 139 among its ports"
    assert [part for part in ("XML Service", "LDAP", "MS-SQL-S") if part in finding["message"]] == []
    (finding,) = blocks(foreign("No directory", action="block", service="NTDS"))
    assert "LDAP" in finding["message"]


@pytest.mark.parametrize(
    "changed",
    [
        {"program": r"C:\Program Files\Browser\browser.exe"},
        {"service": "Spooler"},
        {"conditions": {"package": ["S-1-15-2-1"]}},
        {"conditions": {"platforms": ["2:6:1:EQ"]}},
        {"conditions": {"platforms": ["2:6:1", "2:11:0:GTEQ"]}},
        # what is not understood does not matter where the rest touches nothing of ours
        {"localport": "388", "not_understood": ["interfacetypes"]},
        {"enabled": False, "not_understood": ["rule"]},
    ],
)
def test_a_block_of_other_programs_packages_and_windows_leaves_ours_alone(changed: dict[str, Any]) -> None:
    assert blocks(foreign("No LDAP", **{**LDAP_BLOCK, **changed}), windows_version="10.0") == []


@pytest.mark.parametrize("platforms", [["2:10:0"], ["2:6:1:GTEQ"], ["2:6:1", "2:10:0"]])
def test_a_block_for_this_windows_surely_beats_ours(platforms: list[str]) -> None:
    (finding,) = blocks(foreign("No LDAP", **LDAP_BLOCK, conditions={"platforms": platforms}), windows_version="10.0")
    assert " beats, on the Domain profile" in finding["message"]


def test_a_rule_by_hand_may_be_of_any_program() -> None:
    rule = {"id": "own", "direction": "in", "protocol": "udp", "ports": [389], "peers": ["192.0.2.7"]}
    made = plan([rule], host(foreign("No LDAP", **LDAP_BLOCK, program="x.exe")), "Own", "present", "allow")
    assert "That depends on the program x.exe." in made["findings"][0]["message"]


def test_a_block_of_group_policy_is_a_finding_of_its_own() -> None:
    (finding,) = blocks(foreign("No LDAP", **LDAP_BLOCK, policy_source="group_policy"))
    assert finding["kind"] == "group_policy_block"
    assert finding["message"].startswith("This block rule of group policy beats, ")
    assert "Change it in group policy" in finding["message"]


def test_a_block_of_device_management_is_a_finding_of_its_own() -> None:
    (finding,) = blocks(foreign("@x.dll,-1", **LDAP_BLOCK, policy_source="mdm", display_name="No directory"))
    assert (finding["kind"], finding["object"]) == ("mdm_block", "No directory")
    assert "Change it in device management" in finding["message"]


def test_one_block_is_one_finding_that_names_all_that_it_beats() -> None:
    (finding,) = blocks(foreign("Nothing", action="block"))
    assert finding["message"].count("Therefore Server - ") > 3


def test_our_own_blocks_are_no_findings() -> None:
    assert plan_for(converged())["findings"] == []


def test_a_block_of_another_role_is_found() -> None:
    found = plan_for(converged(SERVER), CLIENT, inbound=True, windows_profiles=["public"], block_public=False)
    assert {finding["kind"] for finding in found["findings"]} == {"foreign_block", "profile_not_active"}


@pytest.mark.parametrize(("profile", "active"), [("domain", "active now"), ("public", "not active now")])
def test_a_profile_that_is_off_is_found(profile: str, active: str) -> None:
    found = host()
    found["profiles"][profile]["enabled"] = False
    (finding,) = plan_for(found)["findings"]
    assert (finding["kind"], finding["object"]) == ("profile_off", profile)
    assert f"The {profile.capitalize()} profile ({active}) is off" in finding["message"]


def test_a_profile_that_no_rule_uses_may_be_off() -> None:
    found = host()
    found["profiles"]["private"]["enabled"] = False
    assert plan_for(found)["findings"] == []


def test_local_rules_that_group_policy_ignores_are_found() -> None:
    found = host(local_rules_honoured=False)
    found["profiles"]["domain"]["local_rules_honoured"] = False
    (finding,) = plan_for(found)["findings"]
    assert (finding["kind"], finding["object"]) == ("local_rules_ignored", "domain")
    assert "AllowLocalPolicyMerge" in finding["message"]


@pytest.mark.parametrize(("state", "expected"), [("inbound_blocked", 1), (2, 1), ("ok", 0), (0, 0), (None, 0)])
def test_a_host_that_refuses_all_that_comes_in_is_found(state: Any, expected: int) -> None:
    found = plan_for(host(local_policy_modify_state=state))["findings"]
    assert [finding["kind"] for finding in found] == ["inbound_blocked"] * expected


def test_removal_finds_nothing_in_its_way() -> None:
    found = converged()
    found["profiles"]["domain"]["enabled"] = False
    found["rules"].append(foreign("No LDAP", **LDAP_BLOCK))
    assert plan_for(found, state="absent")["findings"] == []


def test_the_sets_of_roles_that_are_there_are_named() -> None:
    found = host(foreign("a", group="therefore client"), foreign("b", group="Therefore MFP Gateway"), foreign("c"))
    by_policy = foreign("d", group="Therefore Server", policy_source="group_policy")
    assert plan_for(found | {"rules": [*found["rules"], by_policy]})["sets"] == ["client", "gateway"]
    assert plan_for(host() | {"groups": ["", "Therefore Server"]})["sets"] == ["server"]


@pytest.mark.parametrize("state", ["present", "absent"])
def test_an_unconfirmed_guard_is_said_first_also_where_nothing_differs(state: str) -> None:
    guard = {"group": "Therefore Client", "until": "2026-11-25T08:30:00Z", "seconds_left": 43}
    found = converged() if state == "present" else host()
    made = plan_for(found | {"guard": guard}, state=state)
    assert made["changes"] == []
    assert (made["findings"][0]["kind"], made["findings"][0]["object"]) == ("refused", "guard of Therefore Client")
    assert "at 2026-11-25T08:30:00Z, in 43 seconds" in made["findings"][0]["message"]
    assert plan_for(found | {"guard": None}, state=state)["findings"] == []


def test_a_guard_of_which_nothing_is_known_is_refused_with_its_file() -> None:
    (finding,) = plan_for(converged() | {"guard": {"damaged": r"C:\ProgramData\x\armed.json"}})["findings"]
    assert (finding["kind"], finding["object"]) == ("refused", "guard")
    assert r"the file C:\ProgramData\x\armed.json of a guard cannot be read" in finding["message"]


def test_a_rule_without_a_name_is_called_so() -> None:
    (block,) = blocks(foreign("", **LDAP_BLOCK))
    opening = foreign("", direction="in")
    (opened,) = plan_for(converged() | {"open_rules": [opening]})["findings"]
    assert block["object"] == opened["object"] == "a rule without a name"


def test_a_block_of_unknown_profiles_names_those_of_the_rules() -> None:
    (finding,) = blocks(foreign("No LDAP", **{**LDAP_BLOCK, "profiles": [], "not_understood": ["profiles"]}))
    assert "may beat, on the Domain profile, what" in finding["message"]


@pytest.mark.parametrize(
    ("keyword", "of", "words"),
    [
        ("RPC-EPMap", "135", None),
        ("RPC", "50000-50010", "the ports that Windows has for RPC"),
        ("IPHTTPS", "443", "the ports that Windows has for IPHTTPS"),
        ("IPHTTPSIn", "443", "the ports that Windows has for IPHTTPSIN"),
    ],
)
def test_a_block_of_a_keyword_beats_what_has_its_port(keyword: str, of: str, words: str | None) -> None:
    rule = {"id": "x", "direction": "in", "protocol": "tcp", "ports": [of], "peers": ["192.0.2.1"]}
    block = foreign("Block", action="block", protocol="tcp", localport=keyword)
    (finding,) = plan([rule], host(block), "metrics", "present", "allow")["findings"]
    assert ("may beat" in finding["message"], "That depends on" in finding["message"]) == (bool(words), bool(words))
    assert (words or "beats") in finding["message"]
