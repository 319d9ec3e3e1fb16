# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The libraries of win_firewall_rule_info over stores of all kinds: what is in force, and what nobody understands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hosts import MDM, POLICY, PRODUCT, VERSION, stores

if TYPE_CHECKING:
    from conftest import Engine
    from simulation import Simulation

LIBRARIES = Path(__file__).resolve().parents[2] / "plugins/module_utils/_windows"
ON = r"v2.30|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=8000|"


def host(registry: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """A member of a domain without rules, with these keys besides its own."""
    store = {**stores()["domain_server"], "rules": [], **changed}
    return {**store, "registry": {**store["registry"], **registry}}


def policy(**values: Any) -> dict[str, Any]:
    return host({rf"{POLICY}\DomainProfile": values})


def locally(**values: Any) -> dict[str, Any]:
    profiles = stores()["domain_server"]["profiles"]
    return {**profiles, "domain": {**profiles["domain"], **values}}


# a state of the host, a profile, and what of it is in force there: (value, its origin)
IN_FORCE: dict[str, tuple[dict[str, Any], str, dict[str, tuple[Any, str]]]] = {
    "nothing set": (
        host({}),
        "domain",
        {"enabled": (True, "local"), "inbound": ("block", "local"), "outbound": ("allow", "local")},
    ),
    "off by policy": (policy(EnableFirewall=0), "domain", {"enabled": (False, "group_policy")}),
    "off locally, on by policy": (
        {**policy(EnableFirewall=1), "profiles": locally(enabled=False)},
        "domain",
        {"enabled": (True, "group_policy")},
    ),
    "a policy on another profile": (policy(EnableFirewall=0), "public", {"enabled": (True, "local")}),
    "outbound allowed by policy": (
        {**policy(DefaultOutboundAction=0), "profiles": locally(outbound="block")},
        "domain",
        {"outbound": ("allow", "group_policy")},
    ),
    "outbound blocked by policy": (policy(DefaultOutboundAction=1), "domain", {"outbound": ("block", "group_policy")}),
    "inbound allowed by policy": (policy(DefaultInboundAction=0), "domain", {"inbound": ("allow", "group_policy")}),
    "text where a number is expected": (policy(EnableFirewall="0"), "domain", {"enabled": (True, "local")}),
    "a number above 2^31": (
        {**policy(EnableFirewall=-1), "profiles": locally(enabled=False)},
        "domain",
        {"enabled": (True, "group_policy")},
    ),
    "no number at all": (policy(EnableFirewall="off"), "domain", {"enabled": (True, "local")}),
    "a key without values": (policy(), "domain", {"enabled": (True, "local")}),
    "local rules forbidden": (
        policy(AllowLocalPolicyMerge=0),
        "domain",
        {"local_rules_honoured": (False, "group_policy")},
    ),
    "local rules forbidden by MDM": (
        host({rf"{MDM}\DomainProfile": {"AllowLocalPolicyMerge": 0}}),
        "domain",
        {"local_rules_honoured": (False, "mdm")},
    ),
    "all that comes in is blocked by policy": (
        policy(DoNotAllowExceptions=1),
        "domain",
        {"shielded": (True, "group_policy")},
    ),
    "all that comes in is blocked by the host": (
        {**policy(DoNotAllowExceptions=0), "profiles": locally(shielded=True)},
        "domain",
        {"shielded": (True, "local")},
    ),
    "off by MDM": (host({rf"{MDM}\PublicProfile": {"EnableFirewall": 0}}), "public", {"enabled": (False, "mdm")}),
    "group policy before MDM": (
        host({rf"{MDM}\DomainProfile": {"EnableFirewall": 0}, rf"{POLICY}\DomainProfile": {"EnableFirewall": 1}}),
        "domain",
        {"enabled": (True, "group_policy")},
    ),
    "StandardProfile": (
        host({rf"{POLICY}\StandardProfile": {"EnableFirewall": 0}}),
        "private",
        {"enabled": (False, "group_policy")},
    ),
    "StandardProfile beside a value of the profile's own": (
        host({rf"{POLICY}\StandardProfile": {"EnableFirewall": 0}, rf"{POLICY}\PublicProfile": {"EnableFirewall": 1}}),
        "public",
        {"enabled": (True, "group_policy")},
    ),
    "StandardProfile is not the domain's": (
        host({rf"{POLICY}\StandardProfile": {"EnableFirewall": 0}}),
        "domain",
        {"enabled": (True, "local")},
    ),
    "below StandardProfile this must not stand": (
        host({rf"{POLICY}\StandardProfile": {"AllowLocalPolicyMerge": 0, "DefaultOutboundAction": 1}}),
        "private",
        {"local_rules_honoured": (True, "local"), "outbound": ("allow", "local")},
    ),
    "Windows enforces something else": (
        {**policy(EnableFirewall=1), "active_store": {"domain": {"DefaultOutboundAction": "Block"}}},
        "domain",
        {"enabled": (True, "group_policy"), "outbound": ("block", "active_store")},
    ),
}  # fmt: skip

# a rule of a policy, and what of it is not understood
STRANGE: dict[str, list[str]] = {
    f"{ON}IFType=Somethingnew|": ["interfacetypes"],
    f"{ON}LPort2_40=NewKeyword|": ["localport", "LPort2_40"],
    f"{ON}RA4=office.example.com|": ["remoteip"],
    f"{ON}RA4=10.0.0.0/99|": ["remoteip"],
    f"{ON}RA4=NewPlace|RA6=NewPlace|": ["remoteip"],
    f"{ON}LA4=10.0.0.1-10.0.0.2-10.0.0.3|": ["localip"],
    f"{ON}Profile=Somewhere|": ["profiles"],
    f"{ON}Frobnicate=9|": ["Frobnicate"],
    f"{ON}Edge=MAYBE|": ["edge"],
    f"{ON}Security=Quantum|": ["security"],
    "v2.30|Action=Block|Active=TRUE|Dir=In|Protocol=tcp|LPort=8000|": ["protocol"],
    "v2.30|Action=Block|Active=TRUE|Dir=In|Protocol=999|": ["protocol"],
    "v2.30|Action=Divert|Active=TRUE|Dir=In|": ["action"],
    "v2.30|Action=Block|Active=TRUE|Dir=Sideways|": ["direction"],
    "v2.30|Active=TRUE|Dir=In|Protocol=6|LPort=8000|": ["action"],
    "v2.30|Action=Block|Active=TRUE|Protocol=6|LPort=8000|": ["direction"],
    "v2.30|Action=Block|Active=TRUE|Dir=In|Protocol=1|ICMP4=echo|": ["icmp_type_code"],
    "42": ["rule"],
    "": ["rule"],
}

# a field of MS-GPFAS 2.2.2.19 that narrows a rule, and our word and text for it
NARROWING: dict[str, tuple[str, list[str]]] = {
    "IF={00000000-0000-0000-0000-000000000001}": ("interfaces", ["{00000000-0000-0000-0000-000000000001}"]),
    "AppPkgId=S-1-15-2-1": ("package", ["S-1-15-2-1"]),
    "LUOwn=S-1-5-21-1": ("owner", ["S-1-5-21-1"]),
    "LUAuth=O:LSD:(A;;CC;;;BA)": ("local_users", ["O:LSD:(A;;CC;;;BA)"]),
    "LUAuth2_24=TwA6": ("local_users", ["TwA6"]),
    "RUAuth=O:LSD:(A;;CC;;;BU)": ("remote_users", ["O:LSD:(A;;CC;;;BU)"]),
    "RMauth=O:LSD:(A;;CC;;;DC)": ("remote_machines", ["O:LSD:(A;;CC;;;DC)"]),
    "NNm=Y29ycA==": ("networks", ["Y29ycA=="]),
    "SecurityRealmId=7": ("security_realm", ["7"]),
    "TTK=Proximity": ("trust_tuples", ["Proximity"]),
    "TTK2_22=WFDPrint": ("trust_tuples", ["WFDPrint"]),
    "TTK2_27=UPnP": ("trust_tuples", ["UPnP"]),
    "TTK2_28=WFDCDPSvc": ("trust_tuples", ["WFDCDPSvc"]),
    "SkipVer=2.20": ("not_before_version", ["2.20"]),
    "Platform=2:6:1|Platform=2:6:2|Platform2=GTEQ": ("platforms", ["2:6:1", "2:6:2:GTEQ"]),
}
# every other field of that grammar, with each kind of value
UNDERSTOOD = (
    "Profile=Domain", "LPort2_10=8001-8002", "LPort=RPC", "LPort=RPC-EPMap", "LPort=Teredo", "LPort2_10=IPTLSIn",
    "LPort2_10=IPHTTPSIn", "LPort2_20=DHCP", "LPort2_20=Ply2Disc", "LPort2_25=mDNS", "LPort2_29=TcpCDPSvc",
    "RPort=1024", "RPort2_10=1024-65535", "RPort2_10=IPTLSOut", "RPort2_28=CortanaOut", "Security=Authenticate",
    "Security=AuthenticateEncrypt", "Security2_9=An-NoEncap", "Security2=AnE-Nego", "IFType=Lan", "IFType=Wireless",
    "IFType=RemoteAccess", r"App=%SystemRoot%\x.exe", "Svc=*", "LA4=10.0.0.1", "LA6=2001:db8::/64",
    "RA4=10.0.0.0/255.0.0.0", "RA4=10.0.0.1-10.0.0.9", "RA6=2001:db8::1-2001:db8::9", "RA4=LocalSubnet", "RA6=DNS",
    "RA42=IntErnet", "RA62=CaptivePortal", "Name=a", "Desc=b", "EmbedCtxt=c", "Edge=TRUE", "Defer=App", "Defer=User",
    "LSM=TRUE", "ICMP4=8:*", "ICMP6=128:0", "AuthByPassOut=TRUE", "LOM=TRUE", "PCross=TRUE",
)  # fmt: skip
# a local rule as a later Windows, or a broken one, might give it
STRANGE_LOCALLY: dict[str, tuple[dict[str, Any], list[str]]] = {
    "interface": ({"InterfaceTypes": "Token"}, ["interfacetypes"]),
    "port": ({"LocalPorts": "80,NewKeyword"}, ["localport"]),
    "remote port": ({"RemotePorts": "1-2-3"}, ["remoteport"]),
    "address": ({"RemoteAddresses": "office.example.com"}, ["remoteip"]),
    "local address": ({"LocalAddresses": "300.1.1.1/255.0.0.0"}, ["localip"]),
    "protocol": ({"Protocol": 300}, ["protocol"]),
    "action": ({"Action": 7}, ["action"]),
    "direction": ({"Direction": 3}, ["direction"]),
    "edge": ({"Direction": 1, "EdgeTraversalOptions": 9}, ["edge"]),
    "profile": ({"Profiles": 9}, ["profiles"]),
}

ALL = {
    **{f"in force: {name}": case[0] for name, case in IN_FORCE.items()},
    "strange": host({rf"{POLICY}\FirewallRules": {f"{n:03}": text for n, text in enumerate(STRANGE)}}),
    "narrowing": host({rf"{MDM}\FirewallRules": {f"{n:03}": f"{ON}{one}|" for n, one in enumerate(NARROWING)}}),
    "understood": host({rf"{POLICY}\FirewallRules": {f"{n:03}": f"{ON}{one}|" for n, one in enumerate(UNDERSTOOD)}}),
    "locally": host(
        {},
        rules=[
            {"Name": name, "Protocol": 6, "Enabled": True, **changed}
            for name, (changed, _strange) in STRANGE_LOCALLY.items()
        ],
    ),
    "odd": host({}, odd=[{"Name": "broken", "Profiles": "all of them"}, {"Name": "whole", "LocalPorts": "80"}]),
    "conditions": host(
        {},
        rules=[{"Name": "1", "Interfaces": ["Ethernet"], "LocalAppPackageId": "S-1-15-2-1", "LocalUserOwner": "S-1-5"}],
    ),
    "others": host(
        {PRODUCT: {"ProductType": "LanmanNT"}, VERSION: {"CurrentVersion": "6.1"}},
        products=[
            {"DisplayName": "Other Firewall", "RuleCategories": [0, 2]},
            {"DisplayName": "IPsec of others", "RuleCategories": [3]},
        ],
        networks=[{"name": "office", "profile": "public"}, {"name": "storage", "profile": "private"}],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def read(scripts: Engine, simulation: Simulation) -> dict[str, Any]:
    folder = simulation.folder / "reader"
    folder.mkdir()
    prelude = simulation.folder / "prelude.ps1"
    answers = scripts.ask("read.ps1", list(ALL.values()), str(prelude), str(LIBRARIES), str(folder))
    return dict(zip(ALL, answers, strict=True))


@pytest.mark.parametrize("name", IN_FORCE)
def test_what_is_in_force_and_whose_doing_it_is(name: str, read: dict[str, Any]) -> None:
    _store, profile, expected = IN_FORCE[name]
    found = read[f"in force: {name}"]["profiles"][profile]
    assert {setting: (found[setting], found["origin"][setting]) for setting in expected} == expected


def test_local_values_stay_beside_those_of_a_policy(read: dict[str, Any]) -> None:
    found = read["in force: off locally, on by policy"]["profiles"]["domain"]
    assert found["local"] == {"enabled": False, "inbound": "block", "outbound": "allow"}


def test_a_value_of_the_wrong_kind_is_named(read: dict[str, Any]) -> None:
    assert read["in force: no number at all"]["policies_not_understood"] == ["group_policy domain EnableFirewall: off"]
    assert read["in force: off by policy"]["policies_not_understood"] == []


@pytest.mark.parametrize("text", STRANGE)
def test_a_rule_that_nobody_understands_hides_no_other(text: str, read: dict[str, Any]) -> None:
    rule = read["strange"]["policy"][list(STRANGE).index(text)]
    assert (rule["not_understood"], rule["raw"]) == (STRANGE[text], text)


@pytest.mark.parametrize("field", NARROWING)
def test_a_field_that_narrows_a_rule(field: str, read: dict[str, Any]) -> None:
    rule = read["narrowing"]["policy"][list(NARROWING).index(field)]
    name, texts = NARROWING[field]
    assert (rule["conditions"], rule["policy_source"]) == ({name: texts}, "mdm")
    assert "not_understood" not in rule


@pytest.mark.parametrize("field", UNDERSTOOD)
def test_every_other_field_is_understood(field: str, read: dict[str, Any]) -> None:
    rule = read["understood"]["policy"][UNDERSTOOD.index(field)]
    assert not {"not_understood", "conditions"} & set(rule)


@pytest.mark.parametrize("name", STRANGE_LOCALLY)
def test_a_local_rule_that_nobody_understands_hides_no_other(name: str, read: dict[str, Any]) -> None:
    rule = read["locally"]["local"][list(STRANGE_LOCALLY).index(name)]
    assert (rule["name"], rule["not_understood"]) == (name, STRANGE_LOCALLY[name][1])


def test_what_is_not_understood_stays_as_it_is(read: dict[str, Any]) -> None:
    rules = {rule["name"]: rule for rule in read["locally"]["local"]}
    assert rules["interface"]["interfacetypes"] == ["Token"]
    assert rules["address"]["remoteip"] == "office.example.com"
    assert (rules["action"]["action"], rules["protocol"]["protocol"]) == ("7", "300")


def test_a_local_rule_that_cannot_be_read_hides_no_other(read: dict[str, Any]) -> None:
    broken, whole = read["odd"]["odd"]
    assert (broken["name"], broken["action"], broken["not_understood"]) == ("broken", "unknown", ["rule"])
    assert "all of them" in broken["raw"]
    assert (whole["name"], whole["localport"]) == ("whole", "80")


def test_conditions_of_a_local_rule(read: dict[str, Any]) -> None:
    (rule,) = read["conditions"]["local"]
    assert rule["conditions"] == {"interfaces": ["Ethernet"], "package": ["S-1-15-2-1"], "owner": ["S-1-5"]}


def test_what_else_decides(read: dict[str, Any]) -> None:
    others, plain = read["others"], read["in force: nothing set"]
    assert (others["other_firewalls"], plain["other_firewalls"]) == (["Other Firewall"], [])
    assert (others["domain_controller"], plain["domain_controller"]) == (True, False)
    assert (others["windows_version"], plain["windows_version"]) == ("6.1", "10.0")
    assert [one["profile"] for one in others["networks"]] == ["public", "private"]
    assert [one["profile"] for one in plain["networks"]] == ["domain"]
