# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of a client role as a policy of Intune's settings catalog: what Endpoint security > Firewall makes today.

The form of a policy is that of the reference of Microsoft Graph (beta, deviceManagementConfigurationPolicy). The ids of
settings and of the template stand in no reference; they are those that published exports of tenants agree on. An id of
a setting is the path of the Firewall CSP, which documents the values. Not proved on a tenant. Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.client_rules import (
    ClientRule,
    origin,
    title_of,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.intune_rules import (
    PROTOCOL_NUMBERS,
    ports,
    split,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.rules import Rule
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.values import ANY

GRAPH = "#microsoft.graph.deviceManagementConfiguration"
# "Windows Firewall Rules" of the family endpointSecurityFirewall, and its one setting: a collection of rules
TEMPLATE = "19c8aa67-f286-4861-9aa0-f23541d31680_1"
RULES_TEMPLATE = "76c7a8be-67d2-44bf-81a5-38c94926b1a1"
# the braces are a part of the id
RULE = "vendor_msft_firewall_mdmstore_firewallrules_{firewallrulename}"

# values of the Firewall CSP
ACTIONS = {"block": "0", "allow": "1"}
PROFILES = {"domain": "1", "private": "2", "public": "4"}

Setting = dict[str, Any]


def document(role: str, rules: Iterable[Rule], created: str, installation: str = "") -> dict[str, Any]:
    """The policy, as it is posted to /deviceManagement/configurationPolicies. Raises InputError."""
    collection = {
        "@odata.type": f"{GRAPH}GroupSettingCollectionInstance",
        "settingDefinitionId": RULE,
        "settingInstanceTemplateReference": {"settingInstanceTemplateId": RULES_TEMPLATE},
        "groupSettingCollectionValue": [
            {"children": [*_rule(rule)]} for rule in split(role, rules, installation).given
        ],
    }
    return {
        "name": title_of(role, installation),
        "description": origin(role, created),
        "platforms": "windows10",
        "technologies": "mdm,microsoftSense",
        "roleScopeTagIds": ["0"],
        "templateReference": {"templateId": TEMPLATE},
        "settings": [{"@odata.type": f"{GRAPH}Setting", "settingInstance": collection}],
    }


def _rule(rule: ClientRule) -> Iterator[Setting]:
    """The settings of one rule; what is left out has the default of the CSP, which is any, and no edge traversal."""
    options = rule.options
    yield _text("name", options["name"])
    yield _text("description", options["description"])
    yield _choice("enabled", "1")
    yield _choice("direction", options["direction"])
    yield _choice("action_type", ACTIONS[options["action"]])
    yield _choices("profiles", [PROFILES[profile] for profile in options["profiles"]])
    yield _number("protocol", PROTOCOL_NUMBERS[options["protocol"]])
    yield _texts("localportranges" if options["direction"] == "in" else "remoteportranges", ports(rule))
    if rule.addresses != [ANY]:
        yield _texts("remoteaddressranges", rule.addresses)
    yield _choices("interfacetypes", ["all"])


def _text(name: str, value: str) -> Setting:
    return _instance(name, "SimpleSetting", {"simpleSettingValue": _string(value)})


def _texts(name: str, values: Iterable[str]) -> Setting:
    return _instance(
        name, "SimpleSettingCollection", {"simpleSettingCollectionValue": [_string(value) for value in values]}
    )


def _number(name: str, value: int) -> Setting:
    typed = {"@odata.type": f"{GRAPH}IntegerSettingValue", "value": value}
    return _instance(name, "SimpleSetting", {"simpleSettingValue": typed})


def _choice(name: str, value: str) -> Setting:
    return _instance(name, "ChoiceSetting", {"choiceSettingValue": _chosen(name, value)})


def _choices(name: str, values: Iterable[str]) -> Setting:
    chosen = [_chosen(name, value) for value in values]
    return _instance(name, "ChoiceSettingCollection", {"choiceSettingCollectionValue": chosen})


def _instance(name: str, kind: str, value: Setting) -> Setting:
    return {"@odata.type": f"{GRAPH}{kind}Instance", "settingDefinitionId": f"{RULE}_{name}", **value}


def _string(value: str) -> Setting:
    return {"@odata.type": f"{GRAPH}StringSettingValue", "value": value}


def _chosen(name: str, value: str) -> Setting:
    return {"@odata.type": f"{GRAPH}ChoiceSettingValue", "value": f"{RULE}_{name}_{value}", "children": []}
