# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps rules from having an effect on this host, and what the host's state forbids altogether."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.plan import plan
from wanted import CLIENT, SERVER, rules
from windows_hosts import TITLES, converged, edited, foreign, host, plan_for


def state(found: dict[str, Any] | None = None, **profiles: dict[str, Any]) -> dict[str, Any]:
    """A host with these changes to its profiles, by name."""
    found = found or host()
    for name, changed in profiles.items():
        found["profiles"][name].update(changed)
    return found


CONTROLLERS = ["192.0.2.20"]


def denied(found: dict[str, Any], role: str = SERVER, **settings: Any) -> list[dict[str, str]]:
    """What is refused where deny is asked for, with a way to the domain controllers."""
    made = plan(
        rules(role, egress="deny", domain_controllers=CONTROLLERS, **settings), found, TITLES[role], "present", "deny"
    )
    return [one for one in made["findings"] if one["kind"] == "refused"]


def of(found: dict[str, Any], kind: str, **settings: Any) -> list[dict[str, str]]:
    return [one for one in plan_for(found, **settings)["findings"] if one["kind"] == kind]


OFF = {"enabled": False, "origin": {"enabled": "group_policy"}, "local": {"enabled": True, "outbound": "allow"}}
ON_BY_POLICY = {
    "enabled": True,
    "origin": {"enabled": "group_policy"},
    "local": {"enabled": False, "outbound": "allow"},
}


def test_off_by_policy_names_the_policy_and_no_command_that_would_not_help() -> None:
    (finding,) = of(state(domain=OFF), "profile_off")
    assert "is off, by group policy (EnableFirewall)" in finding["message"]
    assert "Have the policy changed." in finding["message"]
    assert "win_firewall" not in finding["message"]


@pytest.mark.parametrize("whose", ["local", "group_policy"])
def test_where_a_profile_is_off_deny_refuses_nothing_and_that_is_said(whose: str) -> None:
    off = {"enabled": False, "origin": {"enabled": whose}}
    found = state(domain=off, private=off, public=off)
    told = [one["message"] for one in of(found, "profile_off", role=CLIENT, egress="deny")]
    assert len(told) == 3
    assert all("no rule has an effect, and other outbound traffic is not refused" in one for one in told)
    assert all(one.endswith("Run again after that, which refuses it.") for one in told)
    assert not any("refused" in one["message"] for one in of(found, "profile_off", role=CLIENT))


def test_off_locally_but_on_by_policy_is_no_finding() -> None:
    assert plan_for(state(domain=ON_BY_POLICY))["findings"] == []


@pytest.mark.parametrize(
    ("whose", "words"), [("group_policy", "Group policy forbids"), ("mdm", "Device management (MDM, such as Intune) f")]
)
def test_local_rules_that_a_policy_forbids(whose: str, words: str) -> None:
    forbidden = {"local_rules_honoured": False, "origin": {"local_rules_honoured": whose}}
    (finding,) = of(state(domain=forbidden), "local_rules_ignored")
    assert finding["message"].startswith(words)


def test_a_policy_that_blocks_all_that_comes_in() -> None:
    (finding,) = of(state(domain={"shielded": True, "origin": {"shielded": "group_policy"}}), "inbound_blocked")
    assert finding["message"].startswith("Group policy blocks all incoming connections on the Domain profile")


@pytest.mark.parametrize("whose", ["local", "mdm"])
def test_a_profile_on_which_nobody_is_to_come_in_may_be_shut(whose: str) -> None:
    """The set has no more than block rules there; Windows says only that some network of now is shut."""
    shut = {"shielded": True, "active": True, "origin": {"shielded": whose}}
    found = state(host(local_policy_modify_state="inbound_blocked"), public=shut)
    assert of(found, "inbound_blocked") == []
    (finding,) = of(state(found, domain={"shielded": True}), "inbound_blocked")
    assert finding["object"] == "domain"


AWAY: dict[str, dict[str, Any]] = {"domain": {"active": False}, "public": {"active": True}}


def test_a_member_on_the_wrong_profile_is_told_so() -> None:
    found = state(host(networks=[{"name": "office", "profile": "public"}]), **AWAY)
    (finding,) = plan_for(found)["findings"]
    assert (finding["kind"], finding["object"]) == ("profile_not_active", "domain")
    assert "No network of this host has the Domain profile now, and all allow rules of this set" in finding["message"]
    assert "Of its networks, 'office' is Public." in finding["message"]
    assert "nltest /dsgetdc" in finding["message"]
    assert "set therefore_server_windows_profiles" in finding["message"]


def test_each_network_is_named_with_its_profile() -> None:
    networks = [{"name": "office", "profile": "public"}, {"name": "storage", "profile": "private"}]
    (finding,) = plan_for(state(host(networks=networks), **AWAY))["findings"]
    assert "'office' is Public and 'storage' is Private." in finding["message"]


def test_a_host_that_cannot_name_its_networks_names_its_profiles() -> None:
    (finding,) = plan_for(state(**AWAY))["findings"]
    assert "Active: Public." in finding["message"]


def test_a_host_without_network_says_so() -> None:
    (finding,) = plan_for(state(domain={"active": False}))["findings"]
    assert "It is connected to no network." in finding["message"]


def test_one_network_of_several_with_the_profile_is_enough() -> None:
    assert plan_for(state(public={"active": True}))["findings"] == []


def test_a_host_outside_a_domain_is_told_to_set_the_category() -> None:
    found = state(host(domain_joined=False), **AWAY)
    (finding,) = plan_for(found, windows_profiles=["private"])["findings"]
    assert "Set-NetConnectionProfile" in finding["message"]


def test_a_profile_that_is_off_blocks_nothing() -> None:
    found = state(domain={"enabled": False, "shielded": True, "origin": {"shielded": "group_policy"}})
    assert [one["kind"] for one in plan_for(found)["findings"]] == ["profile_off"]


def test_where_only_blocks_are_ignored_the_rules_are_not_said_to_be() -> None:
    (finding,) = plan_for(state(public={"local_rules_honoured": False}))["findings"]
    assert "on the Public profile (not active now), which ignores the block rules of this set." in finding["message"]


def test_a_firewall_of_others_is_found() -> None:
    (finding,) = of(host(other_firewalls=["Other Firewall"]), "other_firewall")
    assert finding["object"] == "Other Firewall"


def test_a_setting_of_a_policy_that_is_no_number_is_found() -> None:
    (finding,) = of(host(policies_not_understood=["group_policy domain EnableFirewall: off"]), "policy_not_understood")
    assert finding["object"].endswith("EnableFirewall: off")


def test_a_rule_of_ours_that_somebody_narrowed_is_made_again() -> None:
    found = edited(converged(), "XML Service (TCP-In)", conditions={"interfaces": ["Ethernet"], "local_users": ["D:"]})
    made = plan_for(found)
    (change,) = made["changes"]
    assert (change["action"], change["id"]) == ("recreate", "xml_service-in-tcp")
    assert change["before"] is not None
    assert change["after"] is not None
    assert (change["before"]["narrowed_by"], change["after"]["narrowed_by"]) == (
        ["interfaces Ethernet", "local users D:"],
        [],
    )
    assert [step["state"] for step in made["steps"]] == ["absent", "present"]
    (finding,) = made["findings"]
    assert finding["kind"] == "rule_narrowed"
    assert (
        "(interfaces Ethernet and local users D:), and it allows less than it says. The next run" in finding["message"]
    )


def test_a_condition_that_only_the_registry_shows_is_found() -> None:
    found = edited(converged(), "XML Service (TCP-In)", conditions={"platforms": ["2:6:1:EQ"]})
    made = plan_for(found)
    (finding,) = made["findings"]
    assert (finding["kind"], finding["object"]) == ("rule_narrowed", "Therefore Server - XML Service (TCP-In)")
    assert "(platforms 2:6:1:EQ), and it allows less than it says" in finding["message"]
    assert made["changes"] == []


def test_a_block_of_ours_that_somebody_narrowed_is_found() -> None:
    found = edited(converged(), "XML Service (Block Public) (TCP-In)", conditions={"networks": ["Office"]})
    (finding,) = plan_for(found)["findings"]
    assert (finding["kind"], "and it blocks less than it says" in finding["message"]) == ("rule_narrowed", True)


def test_a_domain_controller_on_the_wrong_profile_is_not_told_to_look_for_one() -> None:
    (finding,) = plan_for(state(host(domain_controller=True), **AWAY), block_public=False)["findings"]
    assert "before its own directory answers" in finding["message"]
    assert "nltest" not in finding["message"]


FORBIDDEN: dict[str, dict[str, Any]] = {
    "domain": {"local_rules_honoured": False, "origin": {"local_rules_honoured": "group_policy"}}
}


def by_policy(names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Rules of the set as group policy brings them, under names of its own."""
    ours = [rule for rule in converged(block_public=False)["rules"] if rule["name"].endswith(names)]
    return [{**rule, "name": "GPO", "group": "", "description": "", "policy_source": "group_policy"} for rule in ours]


def test_rules_that_policies_bring_are_not_missed_where_local_ones_are_ignored() -> None:
    found = state(host(*by_policy(("-In)", "-Out)"))), **FORBIDDEN)
    assert of(found, "local_rules_ignored", block_public=False) == []


def test_those_that_policies_do_not_bring_are_counted() -> None:
    brought = by_policy(("LDAP (UDP-In)",))
    (finding,) = of(state(host(*brought), **FORBIDDEN), "local_rules_ignored", block_public=False)
    assert finding["message"].endswith(" rules for it, policies bring 1.")
    for changed in ({"enabled": False}, {"conditions": {"interfaces": ["a"]}}, {"profiles": ["public"]}):
        found = state(host({**brought[0], **changed}), **FORBIDDEN)
        (finding,) = of(found, "local_rules_ignored", block_public=False)
        assert "policies bring" not in finding["message"]


def test_what_the_firewall_says_of_local_changes_counts_where_no_setting_does() -> None:
    (finding,) = plan_for(host(local_policy_modify_state="group_policy_override"))["findings"]
    assert (finding["kind"], finding["object"]) == ("local_rules_ignored", "local_policy_modify_state")
    found = state(host(local_policy_modify_state="group_policy_override"), **FORBIDDEN)
    assert [one["object"] for one in of(found, "local_rules_ignored")] == ["domain"]


@pytest.mark.parametrize(
    ("whose", "words"),
    [
        ("local", "The host allows inbound traffic on the Domain profile by default"),
        ("group_policy", "Group policy allows inbound traffic on the Domain profile by default"),
        ("mdm", "Device management (MDM, such as Intune) allows inbound traffic"),
    ],
)
def test_a_profile_that_lets_everything_in(whose: str, words: str) -> None:
    found = state(domain={"inbound": "allow", "origin": {"inbound": whose}})
    (finding,) = of(found, "inbound_allowed")
    assert finding["message"].startswith(words)
    assert ("inbound_action: block" in finding["message"]) == (whose == "local")
    found["profiles"]["domain"]["enabled"] = False
    assert of(found, "inbound_allowed") == []


def test_a_profile_without_inbound_rules_of_ours_may_let_everything_in() -> None:
    assert of(state(private={"inbound": "allow"}), "inbound_allowed") == []


def test_a_rule_of_others_that_lets_everything_in() -> None:
    (finding,) = plan_for(host(open_rules=[foreign("All in", profiles=["domain", "public"])]))["findings"]
    assert (finding["kind"], finding["object"]) == ("open_rule", "All in")
    assert "lets everybody in, on every port, whatever the rules of this set name, on the Domain" in finding["message"]
    policy = foreign("All TCP", protocol="tcp", policy_source="mdm", display_name="By Intune")
    (finding,) = plan_for(host(open_rules=[policy]))["findings"]
    assert finding["object"] == "By Intune"
    assert "of device management (MDM) lets everybody in, on every port of TCP" in finding["message"]


@pytest.mark.parametrize("ports", ["0-65535", "1-65535", "1-1023,1024-65535"])
def test_all_ports_can_be_a_range(ports: str) -> None:
    (finding,) = of(
        host(open_rules=[foreign("Wide", protocol="tcp", localport=ports, remoteport="0-65535")]), "open_rule"
    )
    assert "lets everybody in, on every port of TCP, whatever" in finding["message"]


@pytest.mark.parametrize(
    ("remoteip", "whom"),
    [
        ("0.0.0.0-255.255.255.255", "every IPv4 address"),
        ("0.0.0.0/0.0.0.0", "every IPv4 address"),
        ("0.0.0.0/128.0.0.0,128.0.0.0/128.0.0.0", "every IPv4 address"),
        ("::/1,8000::/1", "every IPv6 address"),
        ("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "every IPv6 address"),
        ("0.0.0.0-255.255.255.255,::/0", "everybody"),
        ("0.0.0.0-255.255.255.255,LocalSubnet", "every IPv4 address"),
    ],
)
def test_all_addresses_can_be_said_in_several_ways(remoteip: str, whom: str) -> None:
    (finding,) = of(host(open_rules=[foreign("Wide", remoteip=remoteip)]), "open_rule")
    assert f"lets {whom} in, on every port, whatever" in finding["message"]


@pytest.mark.parametrize(
    "changed",
    [
        {"localport": "1024-65535"}, {"remoteip": "0.0.0.0-255.255.255.254"}, {"remoteip": "0.0.0.0/128.0.0.0"},
        {"remoteip": "128.0.0.0/128.0.0.0,::/1"},
        {"enabled": False}, {"action": "block"}, {"localport": "8000"}, {"remoteip": "LocalSubnet"},
        {"program": "a.exe"}, {"service": "x"}, {"interfacetypes": ["lan"]}, {"security": "authenticate"},
        {"conditions": {"package": ["S-1"]}}, {"not_understood": ["New"]}, {"profiles": ["public"]},
        {"protocol": "icmpv4"}, {"direction": "out"}, {"group": "Therefore Server"},
    ],
)  # fmt: skip
def test_what_is_narrow_somewhere_does_not_let_everything_in(changed: dict[str, Any]) -> None:
    assert of(host(open_rules=[foreign("Some", **changed)]), "open_rule") == []


def test_deny_has_no_effect_beside_a_rule_that_lets_everything_out() -> None:
    found = host(open_rules=[foreign("All out", direction="out")])
    made = plan(rules(CLIENT, egress="deny", domain_controllers=CONTROLLERS), found, TITLES[CLIENT], "present", "deny")
    (finding,) = [one for one in made["findings"] if one["kind"] == "open_rule"]
    assert "lets everything out to everybody: refusing other outbound traffic has no effect" in finding["message"]
    made = plan(rules(CLIENT), found, TITLES[CLIENT], "present", "allow")
    assert [one for one in made["findings"] if one["kind"] == "open_rule"] == []


def test_a_domain_controller_that_refuses_outbound_traffic_is_warned() -> None:
    settings = {"domain_controllers": CONTROLLERS, "domain_controller": True}
    made = plan(
        rules(SERVER, egress="deny", **settings), host(domain_controller=True), TITLES[SERVER], "present", "deny"
    )
    (finding,) = made["findings"]
    assert finding["kind"] == "controller_denies"
    assert "therefore_server_domain_controllers, or set therefore_server_egress: allow" in finding["message"]


ALLOWED = {"outbound": "allow", "origin": {"outbound": "group_policy"}}
BLOCKED = {"outbound": "block", "origin": {"outbound": "mdm"}}
IGNORED = {"local_rules_honoured": False, "origin": {"local_rules_honoured": "group_policy"}}


@pytest.mark.parametrize(
    ("profile", "changed", "words"),
    [
        ("domain", ALLOWED, "deny would have no effect: group policy allows outbound traffic on the Domain profile"),
        ("public", ALLOWED, "deny would have no effect: group policy allows outbound traffic on the Public profile"),
        ("domain", BLOCKED, "deny is not this host's to say: device management (MDM, such as Intune) blocks outbound"),
        ("domain", IGNORED, "deny would cut this host off: group policy ignores local rules on the Domain profile"),
    ],
)
def test_deny_against_a_policy_is_refused(profile: str, changed: dict[str, Any], words: str) -> None:
    (finding,) = denied(state(**{profile: changed}))
    assert finding["message"].startswith(f"therefore_server_egress: {words}")
    assert "therefore_server_egress: allow" in finding["message"]


def test_the_rest_of_the_plan_stays() -> None:
    made = plan_for(state(domain=IGNORED), egress="deny")
    assert len(made["steps"]) > len(plan_for(state(domain=IGNORED))["steps"])


def test_deny_leaves_a_profile_alone_that_a_policy_decides_about() -> None:
    assert plan_for(state(domain=ALLOWED), egress="deny")["outbound"]["profiles"] == ["Private", "Public"]


@pytest.mark.parametrize("changed", [ALLOWED, BLOCKED, IGNORED])
def test_without_deny_nothing_is_refused(changed: dict[str, Any]) -> None:
    assert of(state(domain=changed), "refused") == []


def test_a_firewall_without_a_name_is_told() -> None:
    (finding,) = of(host(other_firewalls=[""]), "other_firewall")
    assert finding["object"] == "a product without a name"


def test_a_profile_that_is_off_refuses_nothing() -> None:
    assert denied(state(public={**ALLOWED, "enabled": False})) == []


def test_blocks_on_a_domain_controller_are_refused() -> None:
    (finding,) = of(host(domain_controller=True), "refused")
    assert "this host is a domain controller, and" in finding["message"]
    assert "set therefore_server_block_public: false" in finding["message"]


@pytest.mark.parametrize("role", [SERVER, CLIENT])
def test_without_blocks_a_domain_controller_is_as_good_as_any(role: str) -> None:
    assert of(host(domain_controller=True), "refused", role=role, block_public=False) == []


SUPPLEMENTS = ["kerberos", "ldaps", "dns"]


def test_deny_on_a_member_without_a_way_to_its_domain_controllers_is_refused() -> None:
    found = plan_for(host(), CLIENT, egress="deny", supplements=SUPPLEMENTS)["findings"]
    (finding,) = [one for one in found if one["kind"] == "refused"]
    assert finding["message"] == (
        "therefore_client_egress: deny would keep this member of a domain from its domain controllers: no rule lets "
        "88/tcp, 389/tcp, 389/udp out on every profile, and Windows has the Domain profile only where it reaches one; "
        "set therefore_client_domain_controllers to their addresses (or therefore_domain_controllers for all roles), "
        "or set therefore_client_egress: allow"
    )


def test_deny_with_domain_controllers_is_not_refused() -> None:
    assert denied(host(), CLIENT) == denied(host(), SERVER) == []


def test_deny_outside_a_domain_needs_no_domain_controllers() -> None:
    found = plan_for(host(domain_joined=False), CLIENT, egress="deny", windows_profiles=["private"])["findings"]
    assert [one for one in found if one["kind"] == "refused"] == []


def test_a_rule_set_by_hand_is_told_to_bring_rules() -> None:
    one = {"id": "own", "direction": "out", "protocol": "tcp", "ports": [88], "peers": ["192.0.2.20"]}
    (finding,) = plan([one], host(), "Own", "present", "deny")["findings"]
    assert finding["message"].startswith("ruleset_egress: deny would keep this member of a domain from its domain")
    assert "give rules to them, on all three profiles" in finding["message"]
