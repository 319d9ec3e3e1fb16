# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that the controller checks are the documented ones: nothing on the host looks at them."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.options import INFO, RULES, Spec
from collection import ROOT

MODULES = {"win_firewall_rule_info": INFO, "win_firewall_rules": RULES}


def documented(options: dict[str, Any]) -> Spec:
    """The options as a specification has them."""
    return {
        name: {what: value for what, value in option.items() if what not in ("description", "suboptions")}
        | ({"options": documented(option["suboptions"])} if "suboptions" in option else {})
        for name, option in options.items()
    }


@pytest.mark.parametrize("module", MODULES)
def test_the_checked_options_are_those_that_are_documented(module: str) -> None:
    text = (ROOT / f"plugins/modules/{module}.yml").read_text(encoding="utf-8")
    spec = {name: {k: v for k, v in option.items() if k != "no_log"} for name, option in MODULES[module].items()}
    assert spec == documented(yaml.safe_load(text)["DOCUMENTATION"]["options"])


@pytest.mark.parametrize("module", MODULES)
def test_the_module_leaves_them_to_the_controller(module: str) -> None:
    """What it would need to check them is compiled anew in each call."""
    assert "CSharpUtil" not in (ROOT / f"plugins/modules/{module}.ps1").read_text(encoding="utf-8")
    assert (ROOT / f"plugins/action/{module}.py").exists()


@pytest.mark.parametrize(
    ("spec", "options", "word"),
    [
        (INFO, {"direction": "inbound"}, "direction"),
        (INFO, {"plan_for": {"names": ["A"]}}, "group"),
        (INFO, {"local_port": "80"}, "local_port"),
        (RULES, {"group": "G", "steps": [{"localports": "80"}]}, "localports"),
        (RULES, {"group": "G", "outbound": {"outbound_action": "deny"}}, "outbound_action"),
        (RULES, {}, "group"),
    ],
)
def test_a_wrong_option_is_refused(spec: Spec, options: dict[str, Any], word: str) -> None:
    assert word in ArgumentSpecValidator(spec).validate(options).errors.msg


def test_what_is_not_given_is_set() -> None:
    checked = ArgumentSpecValidator(RULES).validate({"group": "G", "steps": [{"name": "One"}]}).validated_parameters
    assert checked["adopt"] == []
    assert checked["steps"][0]["state"] == "present"
