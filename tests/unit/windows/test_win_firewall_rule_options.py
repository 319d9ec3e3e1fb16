# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option that reaches win_firewall_rule is one that the installed module has, with a value that it takes.

The module ignores what it does not know without a word: a misspelt localport would open every port.
"""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from collection import ROOT
from hypothesis import given
from test_plan_properties import messy, planned
from windows_hosts import converged, host, plan_for

# read by the module, and missing in its documentation
UNDOCUMENTED = {"interfacetypes", "edge", "security"}
INTERFACE_TYPES = {"any", "wireless", "lan", "ras"}
PORTS = re.compile(r"^(any|RPC|\d{1,5}(-\d{1,5})?(,\d{1,5}(-\d{1,5})?)*)$")
ADDRESS = re.compile(r"^[0-9a-f.:]+([/-][0-9a-f.:]+)?$")


def module_file(collection: str, name: str) -> Path:
    (folder,) = importlib.util.find_spec(f"ansible_collections.{collection}.plugins").submodule_search_locations  # type: ignore[union-attr,misc]
    return Path(folder) / "modules" / name


def documented(collection: str, name: str) -> dict[str, Any]:
    text = module_file(collection, f"{name}.py").read_text(encoding="utf-8")
    (block,) = re.findall(r"DOCUMENTATION = r?'''\n(.*?)'''", text, re.DOTALL)
    return dict(yaml.safe_load(block)["options"])


SOURCE = module_file("community.windows", "win_firewall_rule.ps1").read_text(encoding="utf-8")
DOCUMENTED = documented("community.windows", "win_firewall_rule")
READ = dict(re.findall(r'Get-AnsibleParam -obj \$params -name "(\w+)"(?: -type "(\w+)")?', SOURCE))
TYPES: dict[str, type] = {"str": str, "bool": bool, "list": list, "": str}


def valid_values(option: str) -> set[str]:
    """What the module validates an option against, read from its source where its documentation has no choices."""
    if "choices" in DOCUMENTED.get(option, {}):
        return set(DOCUMENTED[option]["choices"])
    found = re.search(rf'-name "{option}"[^\n]*-validateset ([^\n]+)', SOURCE)
    named = re.search(r"\$security_options = ([^\n]+)", SOURCE)
    text = "" if not found else named.group(1) if "$security_options" in found.group(1) and named else found.group(1)
    return set(re.findall(r'"(\w+)"', text))


def check(step: dict[str, Any]) -> None:
    for option, value in step.items():
        assert option in READ, f"win_firewall_rule would ignore {option}"
        assert option in DOCUMENTED or option in UNDOCUMENTED, option
        assert isinstance(value, TYPES[READ[option]]), (option, value)
        allowed = valid_values(option)
        assert not allowed or value in allowed, (option, value)
    if step["state"] == "absent":
        assert set(step) in ({"name", "state"}, {"group", "state"})
        return
    assert set(step) - {"icmp_type_code"} == {*DOCUMENTED, *UNDOCUMENTED} - {"icmp_type_code"}
    assert step["name"]
    assert step["protocol"] in ("tcp", "udp", "icmpv4", "icmpv6")
    assert ("icmp_type_code" in step) == step["protocol"].startswith("icmp")
    assert set(step["profiles"]) <= {"domain", "private", "public"}
    assert step["profiles"]
    assert set(step["interfacetypes"]) <= INTERFACE_TYPES
    for option in ("localport", "remoteport"):
        assert PORTS.match(step[option]), step[option]
        assert step["protocol"] in ("tcp", "udp") or step[option] == "any"
    assert step["localip"] == "any"
    assert step["remoteip"] == "any" or all(map(ADDRESS.match, step["remoteip"].split(",")))
    # "any" at both ends would be every port
    assert {step["localport"], step["remoteport"]} != {"any"} or step["protocol"].startswith("icmp")


@given(messy())
def test_every_step_of_any_plan_is_legal(case: Any) -> None:
    for state in ("present", "absent"):
        for step in planned(*case, state)["steps"]:
            check(step)


@pytest.mark.parametrize(
    ("option", "value"), [("local_port", "80"), ("localport", ["80"]), ("direction", "inbound"), ("edge", "never")]
)
def test_the_check_sees_a_wrong_option(option: str, value: Any) -> None:
    step = {**plan_for(host())["steps"][0], option: value}
    with pytest.raises(AssertionError):
        check(step)


def test_a_step_of_the_plan_has_no_option_that_the_module_has_not() -> None:
    """One by one, it is handed over as it is."""
    steps = [step for found in (host(), converged()) for step in plan_for(found)["steps"]]
    assert steps
    assert all(set(step) <= {*DOCUMENTED, *UNDOCUMENTED} for step in steps)


def ours() -> dict[str, Any]:
    path = ROOT / "plugins/modules/win_firewall_rules.yml"
    return dict(yaml.safe_load(path.read_text(encoding="utf-8"))["DOCUMENTATION"]["options"])


def test_one_call_takes_the_options_that_the_module_reads_with_the_values_that_it_takes() -> None:
    """A value that it refuses would end the process half-way, so that ours refuses it before the first step."""
    options = ours()["steps"]["suboptions"]
    assert set(options) == {*DOCUMENTED, *UNDOCUMENTED}
    for name, option in options.items():
        assert option["type"] == (READ[name] or "str")
        if valid_values(name):
            assert set(option["choices"]) == valid_values(name)


def test_the_default_outbound_action_goes_over_as_the_plan_has_it() -> None:
    options = ours()["outbound"]["suboptions"]
    made = plan_for(host(), egress="deny")["outbound"], plan_for(converged(egress="deny"))["outbound"]
    for outbound in made:
        assert set(outbound) == set(options)
        assert set(outbound["profiles"]) <= set(options["profiles"]["choices"])
        assert outbound["state"] in options["state"]["choices"]
        assert outbound["outbound_action"] in options["outbound_action"]["choices"]
