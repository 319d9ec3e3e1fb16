# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of a client role for Intune: the older profile for Microsoft Graph, the table, and the files of a hand-over."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover import intune, intune_catalog
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.files import handover_files
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.intune import document
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.intune_page import table
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.compare import MEANINGS
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.rules import render
from jsonschema import Draft202012Validator
from wanted import CLIENT, GATEWAY, ONLINE, SERVER, by_id, rules
from windows_hosts import TITLES

CREATED = "2026-11-25T03:30:00Z"
SCHEMA = json.loads((Path(intune.__file__).parent / "intune.schema.json").read_text())
VALID = Draft202012Validator(SCHEMA)
PORTS = ("localPortRanges", "remotePortRanges")

SETTINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "documented": (CLIENT, {}),
    "minimal": (CLIENT, {"profile": "minimal"}),
    "inbound": (CLIENT, {"inbound": True}),
    "supplements": (CLIENT, {"inbound": True, "supplements": ["rpc_dynamic", "ldaps", "dns"]}),
    "ranges": (CLIENT, {"trusted_subnets": ["192.0.2.10-192.0.2.19", "2001:db8::1-2001:db8::9", "2001:db8:1::7"]}),
    "overrides": (CLIENT, {"port_overrides": {"xml_service": [8443, 9000]}}),
    "any": (CLIENT, {"trusted_subnets": [], "allow_any_source": True}),
    "internet": (CLIENT, {"internet": True, "internet_http": True}),
    "every profile": (CLIENT, {"windows_profiles": ["domain", "private", "public"], "block_public": False}),
    "online": (ONLINE, {"online_endpoints": ["203.0.113.128/25", "2001:db8:80::/48"], "components": ["mfp"]}),
    "any endpoint": (ONLINE, {"online_endpoints": [], "allow_any_endpoint": True}),
}


def profile(role: str, **settings: Any) -> list[dict[str, Any]]:
    found = document(role, rules(role, **settings), CREATED)
    VALID.validate(found)
    firewall_rules: list[dict[str, Any]] = found["firewallRules"]
    return firewall_rules


def page(role: str, **settings: Any) -> str:
    return table(role, rules(role, **settings), CREATED)


def as_options(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule of Microsoft Graph in the words of win_firewall_rule; what is missing has its default."""

    def joined(name: str) -> str:
        return ",".join(rule.get(name, ["any"])).replace("*", "any")

    return {
        "name": rule["displayName"],
        "description": rule["description"],
        "direction": rule["trafficDirection"],
        "action": {"allowed": "allow", "blocked": "block"}[rule["action"]],
        "profiles": rule["profileTypes"].split(","),
        "protocol": str(rule["protocol"]),
        "localport": joined("localPortRanges"),
        "remoteport": joined("remotePortRanges"),
        "localip": joined("localAddressRanges"),
        "remoteip": joined("remoteAddressRanges"),
        "program": rule.get("filePath", "any"),
        "service": rule.get("serviceName", "any"),
        "interfacetypes": {"notConfigured": ["any"]}[rule["interfaceTypes"]],
        "edge": {"notConfigured": "no", "blocked": "no"}[rule["edgeTraversal"]],
    }


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_a_rule_whole() -> None:
    (rule,) = [one for one in profile(CLIENT) if one["displayName"] == "Therefore Client - XML Service (TCP-Out)"]
    assert rule == {
        "@odata.type": "#microsoft.graph.windowsFirewallRule",
        "displayName": "Therefore Client - XML Service (TCP-Out)",
        "description": "row xml_service of: Standard ports and protocols required for Therefore communication "
        "(modified Mon, 1 Sep at 4:27 PM)",
        "protocol": 6,
        "remotePortRanges": ["8000"],
        "localAddressRanges": ["*"],
        "remoteAddressRanges": ["192.0.2.0/24", "2001:db8::/64"],
        "profileTypes": "domain",
        "action": "allowed",
        "trafficDirection": "out",
        "interfaceTypes": "notConfigured",
        "edgeTraversal": "notConfigured",
    }


def test_the_profile_says_where_it_comes_from() -> None:
    found = document(CLIENT, rules(CLIENT), CREATED)
    assert found["@odata.type"] == "#microsoft.graph.windows10EndpointProtectionConfiguration"
    assert found["displayName"] == "Therefore Client"
    for part in ("therefore.firewall", CREATED, CLIENT, "Standard ports and protocols", "Mon, 1 Sep at 4:27 PM"):
        assert part in found["description"]


@pytest.mark.parametrize("name", SETTINGS)
def test_the_rules_are_those_of_the_role(name: str) -> None:
    role, settings = SETTINGS[name]
    wanted = {
        rule.options["name"]: rule.options
        for rule in render(rules(role, **settings), TITLES[role], {})
        # a block for the keyword, which Intune does not take, would be one for the whole range
        if (rule.options["action"], rule.options["localport"]) != ("block", "RPC")
    }
    found = {rule["displayName"]: as_options(rule) for rule in profile(role, **settings)}
    assert found.keys() == wanted.keys()
    for rule, options in found.items():
        for option, value in options.items():
            # Intune takes no keyword: the ports that it stands for, as outbound rules and Linux have them
            expected = "49152-65535" if wanted[rule].get(option) == "RPC" else wanted[rule].get(option)
            assert (rule, option, MEANINGS[option](value)) == (rule, option, MEANINGS[option](expected))


@pytest.mark.parametrize("name", SETTINGS)
def test_the_table_has_a_line_for_each_rule(name: str) -> None:
    role, settings = SETTINGS[name]
    lines = [line.split(" | ") for line in page(role, **settings).splitlines() if line.startswith("| ")][2:]
    found = profile(role, **settings)
    assert [line[0].removeprefix("| ") for line in lines] == [rule["displayName"] for rule in found]
    for line, rule in zip(lines, found, strict=True):
        assert [line[3], line[4]] == [
            {"in": "The rule applies to inbound traffic", "out": "The rule applies to outbound traffic"}[
                rule["trafficDirection"]
            ],
            {"allowed": "Allow", "blocked": "Block"}[rule["action"]],
        ]
        assert line[5].lower().replace(", ", ",") == rule["profileTypes"]
        assert line[6].split()[0] == str(rule["protocol"])
        assert line[7:9] == [", ".join(rule.get(name, ["(leave empty)"])) for name in PORTS]
        assert line[10] == ", ".join(rule["remoteAddressRanges"]).replace("*", "(leave empty)")


def test_a_block_stays_a_block() -> None:
    blocks = [rule for rule in profile(CLIENT, inbound=True) if rule["action"] == "blocked"]
    assert {(rule["profileTypes"], rule["trafficDirection"], *rule["remoteAddressRanges"]) for rule in blocks} == {
        ("public", "in", "*")
    }


def test_names_are_left_out_of_a_rule_with_addresses() -> None:
    (rule,) = profile(ONLINE, online_endpoints=["archive.example.com", "203.0.113.7"])
    assert rule["remoteAddressRanges"] == ["203.0.113.7"]
    said = page(ONLINE, online_endpoints=["archive.example.com", "203.0.113.7"])
    assert (
        "without the host names archive.example.com; give addresses in therefore_online_client_online_endpoints" in said
    )


NAMED = {"online_endpoints": ["a.example.com", "b.example.com"]}


def test_a_rule_for_names_alone_is_in_no_file_but_in_the_page() -> None:
    assert profile(ONLINE, **NAMED) == []
    assert [*handover_files(ONLINE, rules(ONLINE, **NAMED), CREATED)] == [
        "group-policy/therefore-online-client.ps1", "intune/therefore-online-client.md",
    ]  # fmt: skip
    said = page(ONLINE, **NAMED)
    (line,) = [line.split(" | ") for line in said.splitlines() if line.startswith("| Therefore Online Client - ")]
    assert line[8] == "443"
    assert line[10] == "reusable group of a.example.com, b.example.com"
    assert "Therefore Online Client - XML Service (TCP-Out): not in the files" in said
    assert "the host names a.example.com, b.example.com alone; give addresses" in said


def test_names_beside_addresses_stand_in_the_page() -> None:
    assert "203.0.113.7, reusable group of a.example.com |" in page(
        ONLINE, online_endpoints=["a.example.com", "203.0.113.7"]
    )


def test_the_table_says_where_the_keyword_of_the_role_is_missing() -> None:
    said = page(CLIENT, inbound=True, supplements=["rpc_dynamic"])
    found = by_id(CLIENT, inbound=True, supplements=["rpc_dynamic"])
    assert f"- {found['rpc_dynamic-in-tcp']['name']}: the whole range, where the Windows role sets the narrower" in said
    assert f"- Left out: {found['rpc_dynamic-in-tcp-block']['name']}, which blocks the keyword RPC" in said
    assert said.count("keyword") == 2
    assert "keyword" not in page(CLIENT)


def test_no_block_is_wider_than_the_role_sets() -> None:
    found = profile(CLIENT, inbound=True, supplements=["rpc_dynamic"])
    actions = {rule["action"] for rule in found if "49152-65535" in rule.get("localPortRanges", [])}
    assert actions == {"allowed"}


def test_the_table_says_where_domain_rules_have_no_effect() -> None:
    assert "therefore_client_windows_profiles" in page(CLIENT)
    assert "windows_profiles" not in page(CLIENT, windows_profiles=["private"])


def test_without_rules_there_is_nothing_for_intune() -> None:
    assert [*handover_files(CLIENT, [], CREATED)] == ["group-policy/therefore-client.ps1"]


def test_a_name_that_costs_all_rules_is_refused() -> None:
    wanted = rules(CLIENT)
    wanted[0]["name"] = "SMB / CIFS"
    with pytest.raises(InputError, match=f"{wanted[0]['id']}: name: 'SMB / CIFS' has a /, which Intune does not take"):
        handover_files(CLIENT, wanted, CREATED)


def test_a_name_that_is_there_twice_is_refused() -> None:
    wanted = rules(CLIENT)
    wanted[1]["name"] = wanted[0]["name"]
    with pytest.raises(InputError, match="is there twice"):
        handover_files(CLIENT, wanted, CREATED)


def test_more_rules_than_a_profile_takes_are_refused() -> None:
    first: Any = rules(CLIENT)[0]
    many = [{**first, "id": f"rule-{number}", "name": f"Rule {number}"} for number in range(151)]
    assert len(document(CLIENT, many[:150], CREATED)["firewallRules"]) == 150
    with pytest.raises(InputError, match="the 151 rules are more than the 150 that one profile of Intune takes"):
        handover_files(CLIENT, many, CREATED)


BASE = "vendor_msft_firewall_mdmstore_firewallrules_{firewallrulename}"


def catalog_options(children: list[dict[str, Any]]) -> dict[str, Any]:
    """A rule of the settings catalog as a rule of the older profile; each setting is read by its type."""
    found: dict[str, Any] = {}
    for child in children:
        name = child["settingDefinitionId"].removeprefix(f"{BASE}_")
        kind = child["@odata.type"].removeprefix("#microsoft.graph.deviceManagementConfiguration")
        key = kind.removesuffix("Instance")
        (value,) = [child[f"{one}Value"] for one in (key[0].lower() + key[1:],)]
        texts = [one["value"] for one in (value if isinstance(value, list) else [value])]
        found[name] = texts if "Collection" in kind else texts[0]
    chosen = {name: found[name].removeprefix(f"{BASE}_{name}_") for name in ("enabled", "direction", "action_type")}
    assert chosen["enabled"] == "1"
    assert found["interfacetypes"] == [f"{BASE}_interfacetypes_all"]
    words = {f"{BASE}_profiles_{bit}": word for bit, word in ((1, "domain"), (2, "private"), (4, "public"))}
    ports = {key: found[low] for key, low in zip(PORTS, map(str.lower, PORTS), strict=True) if low in found}
    return {
        "displayName": found["name"], "description": found["description"], "trafficDirection": chosen["direction"],
        "action": {"0": "blocked", "1": "allowed"}[chosen["action_type"]], "protocol": found["protocol"],
        "profileTypes": ",".join(words[profile] for profile in found["profiles"]),
        "remoteAddressRanges": found.get("remoteaddressranges", ["*"]), **ports,
    }  # fmt: skip


@pytest.mark.parametrize("name", SETTINGS)
def test_the_settings_catalog_has_the_rules_of_the_older_profile(name: str) -> None:
    role, settings = SETTINGS[name]
    policy = intune_catalog.document(role, rules(role, **settings), CREATED)
    assert policy["templateReference"] == {"templateId": "19c8aa67-f286-4861-9aa0-f23541d31680_1"}
    assert (policy["platforms"], policy["technologies"]) == ("windows10", "mdm,microsoftSense")
    ((setting,), collection) = policy["settings"], policy["settings"][0]["settingInstance"]
    assert setting["@odata.type"] == "#microsoft.graph.deviceManagementConfigurationSetting"
    assert collection["settingDefinitionId"] == BASE
    found = [catalog_options(one["children"]) for one in collection["groupSettingCollectionValue"]]
    fixed = ("@odata.type", "interfaceTypes", "localAddressRanges", "edgeTraversal")
    older = [{key: value for key, value in rule.items() if key not in fixed} for rule in profile(role, **settings)]
    assert found == older


def test_hostile_texts_stay_texts() -> None:
    wanted = rules(CLIENT)[:1]
    text = "<script>`x`\n\n# no * [a](b)"
    wanted[0]["name"], wanted[0]["description"] = text, text
    found = json.loads(handover_files(CLIENT, wanted, CREATED)["intune/therefore-client.json"])
    assert found["firewallRules"][0]["displayName"] == text
    lines = handover_files(CLIENT, wanted, CREATED)["intune/therefore-client.md"].splitlines()
    assert len([line for line in lines if line.startswith("|")]) == 3
    assert "\\<script\\>\\`x" in lines[6]


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("protocol", 256),
        ("protocol", "6"),
        ("remotePortRanges", []),
        ("remotePortRanges", ["RPC"]),
        ("remotePortRanges", "443"),
        ("localAddressRanges", ["*", "192.0.2.1"]),
        ("remoteAddressRanges", ["*", "192.0.2.1"]),
        ("remoteAddressRanges", ["archive.example.com"]),
        ("remoteAddressRanges", ["192.0.2.1 - 192.0.2.9"]),
        ("remoteAddressRanges", []),
        ("remoteAddressRanges", ["192.0.2.0/255.255.255.0"]),
        ("profileTypes", "Domain"),
        ("profileTypes", "notConfigured,domain"),
        ("action", "allow"),
        ("trafficDirection", "both"),
        ("interfaceTypes", "any"),
        ("edgeTraversal", "no"),
        ("group", "Therefore Client"),
        ("displayName", ""),
    ],
)
def test_the_schema_refuses(change: str, value: Any) -> None:
    found = copy.deepcopy(document(CLIENT, rules(CLIENT), CREATED))
    VALID.validate(found)
    found["firewallRules"][0][change] = value
    assert not VALID.is_valid(found)


@pytest.mark.parametrize(
    "value",
    [
        "192.0.2.1", "192.0.2.0/24", "192.0.2.1-192.0.2.9", "2001:db8::1", "2001:db8::/64",
        "2001:db8::1-2001:db8::9", "LocalSubnet",
    ],
)  # fmt: skip
def test_the_schema_takes_every_other_documented_form_of_an_address(value: str) -> None:
    found = document(CLIENT, rules(CLIENT), CREATED)
    found["firewallRules"][0]["remoteAddressRanges"] = [value]
    VALID.validate(found)


@pytest.mark.parametrize("role", [CLIENT, ONLINE])
def test_the_files_of_a_role(role: str) -> None:
    found = handover_files(role, rules(role), CREATED)
    name = role.replace("_", "-")
    assert list(found) == [
        f"group-policy/{name}.ps1", f"intune/{name}.json", f"intune/{name}-catalog.json", f"intune/{name}.md",
    ]  # fmt: skip
    assert json.loads(found[f"intune/{name}.json"]) == document(role, rules(role), CREATED)
    assert json.loads(found[f"intune/{name}-catalog.json"]) == intune_catalog.document(role, rules(role), CREATED)
    assert found[f"intune/{name}.md"] == page(role)
    assert all(text.endswith("\n") for text in found.values())


@pytest.mark.parametrize("role", [SERVER, GATEWAY])
def test_other_roles_are_refused(role: str) -> None:
    with pytest.raises(InputError, match=f"role: '{role}' is not for clients outside Ansible"):
        handover_files(role, [], CREATED)


def test_the_names_of_two_installations_differ() -> None:
    given = rules(CLIENT)
    plain, munich = (handover_files(CLIENT, given, CREATED, word) for word in ("", "Munich"))
    assert plain.keys() == munich.keys()
    names: list[set[str]] = []
    for files in (plain, munich):
        older = json.loads(files["intune/therefore-client.json"])
        newer = json.loads(files["intune/therefore-client-catalog.json"])
        assert older["displayName"] == newer["name"]
        found = {rule["displayName"] for rule in older["firewallRules"]}
        assert all(f'"{name}"' in files["intune/therefore-client-catalog.json"] for name in found)
        assert all(name in files["intune/therefore-client.md"] for name in found)
        names.append(found)
    assert not names[0] & names[1]
    assert all(name.startswith("Therefore Client Munich - ") for name in names[1])
    assert "$Installation = ''" in plain["group-policy/therefore-client.ps1"]
    assert "$Installation = 'Munich'" in munich["group-policy/therefore-client.ps1"]


@pytest.mark.parametrize("word", ["two words", "a" * 41, "Muenchen'", "M\u00fcnchen"])
def test_a_word_that_fits_no_name_is_refused(word: str) -> None:
    with pytest.raises(InputError, match=r"therefore_report_installation: .* is no word of at most 40 letters"):
        handover_files(CLIENT, rules(CLIENT), CREATED, word)
