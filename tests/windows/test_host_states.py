# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts as administrators have them, through the playbooks plan and site: what is said of each, and what is done to it.

All of them are planned in one run, and some then changed in another: those that are refused, and two that are not.
What the playbook diagnose makes of such a plan, once the rules of ours are there, is looked at for some.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from collection import ROOT
from hosts import MDM, POLICY, PRODUCT, Store, stores
from simulation import Simulation, simulate

sys.path.append(str(ROOT / "tests/unit"))

from ansible_collections.therefore.firewall.plugins.plugin_utils._diagnosis.diagnosis import document
from ansible_collections.therefore.firewall.plugins.plugin_utils._diagnosis.request import (
    connections,
    request_of,
)
from estates import archive, desk

SERVER, CLIENT, GATEWAY = "therefore_server", "therefore_client", "therefore_mfp_gateway"
TITLES = {SERVER: "Therefore Server", CLIENT: "Therefore Client", GATEWAY: "Therefore MFP Gateway"}
SERVING: dict[str, Any] = {"therefore_trusted_subnets": ["192.0.2.0/24"], "therefore_server_profile": "minimal"}
DENYING: dict[str, Any] = {"therefore_client_server_addresses": ["192.0.2.10"], "therefore_client_egress": "deny"}
RULES = f"{POLICY}\\FirewallRules"
LOCAL_STORE = r"SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules"


@dataclass(frozen=True)
class State:
    """A host: its role and settings, what differs from an ordinary member of a domain, and what is to be said of it.

    C(findings) has a kind and a part of the message for each finding, C(notes) the object and a part for each note;
    C(site) is what the run of site says where it refuses the host.
    """

    role: str
    settings: dict[str, Any]
    findings: dict[str, str]
    registry: dict[str, dict[str, Any]] = field(default_factory=dict)
    active: tuple[str, ...] = ("domain",)
    rules: tuple[dict[str, Any], ...] = ()
    more: dict[str, Any] = field(default_factory=dict)
    site: str | None = None
    notes: dict[str, str] = field(default_factory=dict)


STATES: dict[str, State] = {
    "intune_forbids_local_rules": State(
        SERVER, SERVING,
        {"local_rules_ignored": "Device management (MDM, such as Intune) forbids local rules on the Domain profile"},
        {f"{MDM}\\DomainProfile": {"AllowLocalPolicyMerge": 0}},
    ),
    "policy_forbids_local_rules_and_deny_is_asked": State(
        CLIENT, {**DENYING, "therefore_client_profile": "minimal", "therefore_domain_controllers": ["192.0.2.20"]},
        {"local_rules_ignored": "Group policy forbids local rules", "refused": "deny would cut this host off"},
        {f"{POLICY}\\DomainProfile": {"AllowLocalPolicyMerge": 0}},
        site="therefore_client_egress: deny would cut this host off: group policy ignores local rules",
    ),
    "policy_switches_firewall_off": State(
        SERVER, SERVING, {"profile_off": "is off, by group policy (EnableFirewall)"},
        {f"{POLICY}\\DomainProfile": {"EnableFirewall": 0}},
    ),
    "policy_allows_outbound_and_deny_is_asked": State(
        CLIENT, {**DENYING, "therefore_domain_controllers": ["192.0.2.20"]},
        {"refused": "deny would have no effect: group policy allows outbound traffic on the Domain profile"},
        {f"{POLICY}\\DomainProfile": {"DefaultOutboundAction": 0}},
        site="therefore_client_egress: deny would have no effect",
    ),
    "member_denies_without_domain_controllers": State(
        CLIENT, {**DENYING, "therefore_client_supplements": ["kerberos", "ldaps", "dns"]},
        {"refused": "set therefore_client_domain_controllers to their addresses"},
        site="set therefore_client_domain_controllers to their addresses",
    ),
    "member_on_public": State(
        SERVER, SERVING,
        {"profile_not_active": "No network of this host has the Domain profile now, and all allow rules of this set"},
        active=("public",),
    ),
    "domain_controller_on_public": State(
        SERVER, {"therefore_trusted_subnets": ["192.0.2.0/24"], "therefore_server_domain_controller": True,
                 "therefore_server_supplements": ["ldaps", "kerberos", "dns", "rpc_dynamic"]},
        {"profile_not_active": "No network of this host has the Domain profile now"},
        {PRODUCT: {"ProductType": "LanmanNT"}},
        active=("public",),
    ),
    "domain_controller_that_nobody_named": State(
        SERVER, SERVING, {"refused": "this host is a domain controller, and "}, {PRODUCT: {"ProductType": "LanmanNT"}},
        site="set therefore_server_block_public: false (therefore_server_domain_controller: true does that)",
    ),
    "rule_with_unknown_interface_type": State(
        SERVER, SERVING, {},
        {RULES: {"{A}": "v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=5000|IFType=New|Name=A rule|"}},
    ),
    "block_with_unknown_interface_type": State(
        SERVER, SERVING, {"group_policy_block": "may"},
        {RULES: {"{A}": "v2.30|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=8000|IFType=New|Name=A block|"}},
    ),
    "own_block_outbound": State(
        CLIENT, {"therefore_client_server_addresses": ["192.0.2.10"], "therefore_client_profile": "minimal"},
        {"foreign_block": "This block rule beats, on the Domain profile, what "},
        rules=({"Name": "No archive", "Protocol": 6, "RemotePorts": "8000", "Action": 0, "Enabled": True,
                "Direction": 2, "Profiles": 1},),
    ),
    "own_block_inbound": State(
        SERVER, SERVING, {"foreign_block": "This block rule beats, on the Domain profile, what "},
        rules=({"Name": "No XML", "Protocol": 6, "LocalPorts": "8000", "Action": 0, "Enabled": True, "Direction": 1,
                "Profiles": 1},),
    ),
    "blocks_of_other_programs": State(
        SERVER, SERVING, {},
        {RULES: {
            "{A}": "v2.30|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=8000|Platform=2:6:1|Platform2=EQ|Name=Old|",
            "{B}": "v2.30|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=8000|AppPkgId=S-1-15-2-1|Name=One package|",
        }},
        rules=({"Name": "chrome.exe", "Protocol": 6, "Action": 0, "Enabled": True, "Profiles": 1,
                "ApplicationName": r"C:\Program Files\Browser\browser.exe"},),
    ),
    "policy_lets_everything_in": State(
        SERVER, SERVING, {"inbound_allowed": "Group policy allows inbound traffic on the Domain profile by default"},
        {f"{POLICY}\\DomainProfile": {"DefaultInboundAction": 0}},
    ),
    "rule_lets_everything_in": State(
        SERVER, SERVING, {"open_rule": "This allow rule lets everybody in, on every port, whatever"},
        rules=({"Name": "Test", "Action": 1, "Enabled": True, "Direction": 1},
               {"Name": "App", "Action": 1, "Enabled": True, "Direction": 1, "LocalAppPackageId": "S-1-15-2-1"}),
    ),
    "rules_let_every_address_in": State(
        SERVER, SERVING, {"open_rule": "lets every IPv4 address in, on every port"},
        {RULES: {"{A}": "v2.30|Action=Allow|Active=TRUE|Dir=In|RA4=10.0.0.0/255.0.0.0|Name=Some|"}},
        rules=({"Name": "Range", "Action": 1, "Enabled": True, "Direction": 1,
                "RemoteAddresses": "0.0.0.0-255.255.255.255"},
               {"Name": "Some ports", "Action": 1, "Enabled": True, "Direction": 1, "Protocol": 6,
                "LocalPorts": "1024-65535"},
               {"Name": "Half", "Action": 1, "Enabled": True, "Direction": 1,
                "RemoteAddresses": "0.0.0.0/128.0.0.0"}),
    ),
    "rule_for_all_ports_as_a_range": State(
        SERVER, SERVING, {"open_rule": "lets everybody in, on every port of TCP"},
        rules=({"Name": "Range", "Action": 1, "Enabled": True, "Direction": 1, "Protocol": 6,
                "LocalPorts": "1-65535"},),
    ),
    "public_shut_by_device_management": State(SERVER, SERVING, {}, {f"{MDM}\\PublicProfile": {"Shielded": 1}}),
    "block_of_a_service": State(
        SERVER, SERVING, {"foreign_block": "(SMB) (TCP-In)' should allow. That depends on the service LanmanServer."},
        rules=({"Name": "No files", "Action": 0, "Enabled": True, "Direction": 1, "Profiles": 1,
                "ServiceName": "LanmanServer"},),
    ),
    "name_that_does_not_resolve": State(
        GATEWAY, {"therefore_online_endpoints": ["no-such-tenant.invalid"], "therefore_mfp_addresses": ["192.0.2.200"],
                  "therefore_mfp_gateway_mode": "relay", "therefore_mfp_gateway_edition": "online"},
        {"refused": "therefore_mfp_gateway_online_endpoints: 'no-such-tenant.invalid' does not resolve on this host;"},
    ),
    "policy_lets_everything_out_and_deny_is_asked": State(
        CLIENT, {**DENYING, "therefore_domain_controllers": ["192.0.2.20"]},
        {"open_rule": "of group policy lets everything out to everybody"},
        {RULES: {"{A}": "v2.30|Action=Allow|Active=TRUE|Dir=Out|Name=All out|"}},
    ),
    "policy_forbids_local_rules_and_brings_one": State(
        SERVER, SERVING, {"local_rules_ignored": "rules for it, policies bring 1."},
        {f"{POLICY}\\DomainProfile": {"AllowLocalPolicyMerge": 0},
         RULES: {"{A}": "v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|LPort=8000|"
                        "RA4=192.0.2.0/255.255.255.0|Name=XML|"}},
    ),
    "windows_says_that_policy_overrides": State(
        SERVER, SERVING, {"local_rules_ignored": "(LocalPolicyModifyState)"}, more={"modify_state": 1},
    ),
    "conditions_that_only_the_registry_has": State(
        SERVER, SERVING, {"open_rule": "This allow rule lets everybody in, on every port, whatever"},
        {LOCAL_STORE: {
            "{A}": "v2.30|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=8000|Platform=2:6:1|Platform2=EQ|Name=Old|",
            "{B}": "v2.30|Action=Allow|Active=TRUE|Dir=In|NNm=Office|Name=Office only|",
        }},
        rules=({"Name": "Old", "Protocol": 6, "LocalPorts": "8000", "Action": 0, "Enabled": True, "Direction": 1},
               {"Name": "Office only", "Action": 1, "Enabled": True, "Direction": 1},
               {"Name": "Everybody", "Action": 1, "Enabled": True, "Direction": 1}),
    ),
    "rule_of_others_with_our_name": State(
        SERVER, SERVING, {"refused": "is also the name of a rule of the group 'Others', which win_firewall_rule would"},
        rules=({"Name": "Therefore Server - XML Service (TCP-In)", "Grouping": "Others", "Protocol": 6,
                "LocalPorts": "8000", "Enabled": True, "Direction": 1, "Profiles": 1},),
        site="rename that rule, or remove it if nobody needs it",
        notes={"8000/tcp": "'Therefore Server - XML Service (TCP-In)' (from any, on Domain)"},
    ),
    "rules_that_let_in_more": State(
        SERVER, SERVING, {},
        {RULES: {"{A}": "v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort2_10=8370-8379|Name=Policy|"}},
        rules=({"Name": "Program", "Protocol": 6, "LocalPorts": "8000", "Enabled": True, "Direction": 1,
                "ApplicationName": r"C:\Program Files\Therefore\Server.exe"},
               {"Name": "Range", "Protocol": 6, "LocalPorts": "7990-8010", "Enabled": True, "Direction": 1},
               {"Name": "Many ports", "Protocol": 6, "LocalPorts": "1024-65535", "Enabled": True, "Direction": 1}),
        notes={"8000/tcp": "'Program' (from any, on Domain), 'Range' (from any, on Domain)",
               "8373/tcp, 8372/tcp": "'Policy' (from any, on Domain)"},
    ),
    "two_networks_and_outbound_traffic_refused_by_others": State(
        SERVER, SERVING, {}, active=("domain", "public"),
        more={"profiles": {name: {"enabled": True, "inbound": "block", "outbound": "block"} for name in
                           ("domain", "private", "public")}},
        notes={"public": "'Network of public' is Public", "domain, public": "refused by default on the Domain and"},
    ),
    "block_named_by_a_resource": State(
        SERVER, SERVING, {"foreign_block": "That is so from 192.0.2.77 only."},
        rules=({"Name": "@FirewallAPI.dll,-28502", "Protocol": 6, "LocalPorts": "8000", "Action": 0, "Enabled": True,
                "Direction": 1, "Profiles": 1, "RemoteAddresses": "192.0.2.77/255.255.255.255"},),
        more={"strings": {"@FirewallAPI.dll,-28502": "File and Printer Sharing"}},
    ),
}  # fmt: skip


CHANGED = ["intune_forbids_local_rules", "domain_controller_on_public", *(n for n, one in STATES.items() if one.site)]


def store(state: State) -> Store:
    made = copy.deepcopy(stores()["domain_server"])
    made["active_profiles"] = list(state.active)
    made["registry"] |= state.registry
    made["rules"] = [*made["rules"][:40], *state.rules]
    return made | state.more


class Run:
    """The hosts, planned and then changed."""

    def __init__(self, folder: Path) -> None:
        self.simulation: Simulation = simulate(folder / "hosts")
        self.folder = folder
        groups: dict[str, Any] = {role: {"hosts": {}} for role in TITLES}
        for name, state in STATES.items():
            self.file(name).parent.mkdir(parents=True)
            self.file(name).write_text(json.dumps(store(state)))
            tmp = {"ansible_remote_tmp": str(self.file(name).parent)}
            groups[state.role]["hosts"][name] = {**state.settings, **tmp}
        settings = yaml.safe_load(self.simulation.inventory.read_text())["all"]["children"]["simulated_windows"]["vars"]
        self.inventory = folder / "states.yml"
        self.inventory.write_text(yaml.safe_dump({"all": {"vars": settings, "children": groups}}))
        self.before = {name: self.file(name).read_text() for name in STATES}
        self._run("plan", "-e", f"therefore_plan_file={folder}/plan.json")
        self.untouched = {name: self.file(name).read_text() for name in STATES} == self.before
        self.plan = {one["host"]: one for one in json.loads((folder / "plan.json").read_text())["hosts"]}
        self.site = self._run("site", "--limit", ",".join([*CHANGED, "localhost"]))

    def file(self, name: str) -> Path:
        return self.folder / "states" / name / "store.json"

    def _run(self, playbook: str, *options: str) -> dict[str, Any]:
        environment = os.environ | self.simulation.environment | {"ANSIBLE_HOME": str(self.folder / "home")}
        environment |= {"ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json", "ANSIBLE_FORKS": "2"}
        command = [Path(sys.executable).parent / "ansible-playbook", "-i", self.inventory, *options]
        done = subprocess.run(
            [*command, f"therefore.firewall.{playbook}"],
            env=environment, capture_output=True, text=True, check=False, timeout=500,
        )  # fmt: skip
        result: dict[str, Any] = json.loads(done.stdout[done.stdout.index("{") :])
        return result

    def failures(self, name: str) -> list[str]:
        """What the run of site said where it failed."""
        tasks = [task["hosts"].get(name, {}) for play in self.site["plays"] for task in play["tasks"]]
        return [task["msg"] for task in tasks if task.get("failed")]


@pytest.fixture(scope="module")
def hosts(pwsh: str, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return Run(tmp_path_factory.mktemp("states"))


def test_a_plan_changes_no_host(hosts: Run) -> None:
    assert hosts.untouched


@pytest.mark.parametrize("name", STATES)
def test_what_the_plan_says(name: str, hosts: Run) -> None:
    planned = hosts.plan[name]
    assert (planned["status"], planned["message"]) == ("planned", None)
    (one,) = planned["sets"]
    found = {finding["kind"]: finding["message"] for finding in one["findings"]}
    assert len(found) == len(one["findings"])
    assert found.keys() == STATES[name].findings.keys()
    for kind, words in STATES[name].findings.items():
        assert words in found[kind]
    notes = {note["object"]: note["message"] for note in one["notes"]}
    assert notes.keys() == STATES[name].notes.keys()
    for what, words in STATES[name].notes.items():
        assert words in notes[what]
    # what is refused hides nothing of the rest
    assert {change["action"] for change in one["changes"]} >= {"create"}


@pytest.mark.parametrize("name", CHANGED)
def test_what_site_does(name: str, hosts: Run) -> None:
    state = STATES[name]
    now = json.loads(hosts.file(name).read_text())
    if state.site:
        (message,) = hosts.failures(name)
        assert state.site in message
        assert now == json.loads(hosts.before[name])
        return
    assert hosts.failures(name) == []
    ours = [rule["Name"] for rule in now["rules"] if rule.get("Grouping") == TITLES[state.role]]
    assert len(ours) == sum(len(one["changes"]) for one in hosts.plan[name]["sets"])
    assert {profile["outbound"] for profile in now["profiles"].values()} == {"not_configured"}


def test_a_name_that_is_a_resource_is_told_as_its_text(hosts: Run) -> None:
    (finding,) = hosts.plan["block_named_by_a_resource"]["sets"][0]["findings"]
    assert finding["object"] == "File and Printer Sharing"


# as the probe on Windows says it: nobody answers, or its own firewall does not let it out
SILENT = {
    "state": "filtered", "address": "192.0.2.10", "source": "192.0.2.50", "icmp": None, "error": None, "sent": True,
    "source_ports": [40000], "tag": "0f1e", "port": 8000, "protocol": "tcp",
}  # fmt: skip
HELD = SILENT | {"error": "this host's own firewall does not let it out", "sent": False}
# and where it gets there: to our listener, since nobody else is there, or to a service for the host itself only
TAKEN = SILENT | {"state": "open", "listener": True}
REFUSED = SILENT | {"state": "refused"}
LISTENING = {"listening": [{"port": 8000, "protocol": "tcp"}], "watching": False, "stopped": 1}
ARRIVED = LISTENING | {
    "arrived": [{"protocol": "tcp", "port": 8000, "source": "192.0.2.50", "source_port": 40000, "tag": "0f1e"}]
}
HELD_PORT = {"port": 8000, "protocol": "tcp", "programs": ["w3wp"], "addresses": ["127.0.0.1"], "error": "in use"}
LOOPBACK = {"listening": [], "in_use": [HELD_PORT], "watching": False, "stopped": 1}
LOGGED = LISTENING | {
    "logging": "on",
    "logged": [ARRIVED["arrived"][0] | {"to": "192.0.2.10", "says": "DROP"}],
}


@pytest.mark.parametrize(
    ("result", "end", "place", "words"),
    [
        (TAKEN, ARRIVED, "service", "nothing listens on 8000/tcp of archive"),
        (REFUSED, LOOPBACK, "service", "w3wp on 8000/tcp of archive listens on 127.0.0.1 only"),
        (SILENT, LOGGED, "target", "it arrives at archive and is not let in"),
    ],
)
def test_what_a_diagnosis_says_of_the_end(
    result: dict[str, Any], end: dict[str, Any], place: str, words: str, hosts: Run
) -> None:
    plan = copy.deepcopy(hosts.plan["own_block_outbound"]) | {"host": "archive"}
    for one in plan["sets"]:
        one["changes"] = []
    said = diagnosis(result, [desk(), archive() | end], plan)
    assert (said["passes"], said["place"]) == (False, place)
    assert words in said["sentence"]
    assert said["remedy"]
    logged = [step["text"] for step in said["steps"] if step["step"] == "log"]
    assert logged == (["the firewall's log of archive has it: DROP (from 192.0.2.50)"] if end is LOGGED else [])


def diagnosis(result: dict[str, Any], ends: list[dict[str, Any]], plan: dict[str, Any]) -> dict[str, Any]:
    """What is said of the desk's connection to port 8000 of the archive."""
    found = connections(request_of(["desk", "archive"], "desk", "archive", None, "8000"), ends)
    ends[0]["results"] = [result | {"id": found["flows"][0]["id"]}]
    (said,) = document(found, ends, [plan], "2026-11-28T00:00:00Z")["connections"]
    return dict(said)


@pytest.mark.parametrize(
    ("name", "result", "place", "words"),
    [
        ("own_block_outbound", HELD, "source", "Source: desk"),
        ("own_block_inbound", SILENT, "target", "No XML"),
        ("intune_forbids_local_rules", SILENT, "target", "forbids local rules"),
        ("member_on_public", SILENT, "target", "No network of this host has the Domain profile now"),
        ("block_with_unknown_interface_type", SILENT, "target", "A block"),
    ],
)
def test_what_a_diagnosis_says(name: str, result: dict[str, Any], place: str, words: str, hosts: Run) -> None:
    source = place == "source"
    plan = copy.deepcopy(hosts.plan[name]) | {"host": "desk" if source else "archive"}
    for one in plan["sets"]:
        one["changes"] = []
    said = diagnosis(result, [desk(), archive() | LISTENING], plan)
    assert (said["passes"], said["place"]) == (False, place)
    assert words in said["sentence"]
    if source:
        assert "No archive" in (said["remedy"] or "")
