# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles' defaults, argument specifications and settings say the same."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import SETTINGS
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import SHARED as SHARED_SETTINGS
from collection import ROOT

ROLES = ROOT / "roles"
ROLE_NAMES = sorted(path.name for path in ROLES.iterdir())
# a default in whose place another variable may stand
SHARED = re.compile(r"\{\{ (?P<variable>\w+) \| default\((?P<value>[^()]+)\) \}\}")

every_role = pytest.mark.parametrize("role", ROLE_NAMES)
every_therefore_role = pytest.mark.parametrize("role", sorted(SETTINGS))


def load(role: str, path: str) -> Any:
    return yaml.safe_load((ROLES / role / path).read_text(encoding="utf-8"))


def options(role: str, entry_point: str = "main") -> dict[str, Any]:
    return dict(load(role, "meta/argument_specs.yml")["argument_specs"][entry_point]["options"])


# a default that is the contrary of another one
NOT = re.compile(r"\{\{ not (?P<variable>\w+) \| bool \}\}")


def without_shared(default: Any) -> Any:
    if isinstance(default, str) and (contrary := NOT.fullmatch(default)):
        role = next(name for name in SETTINGS if contrary["variable"].startswith(f"{name}_"))
        return not load(role, "defaults/main.yml")[contrary["variable"]]
    shared = SHARED.fullmatch(default) if isinstance(default, str) else None
    return yaml.safe_load(shared["value"]) if shared else default


def test_each_role_with_settings_exists() -> None:
    assert {"ruleset", *SETTINGS} <= set(ROLE_NAMES)


@every_role
def test_defaults_are_those_of_the_argument_specs(role: str) -> None:
    specified = {name: option["default"] for name, option in options(role).items() if "default" in option}
    assert {name: without_shared(default) for name, default in load(role, "defaults/main.yml").items()} == specified


@every_role
def test_an_option_without_default_is_required(role: str) -> None:
    assert [name for name, option in options(role).items() if "default" not in option] == [
        name for name, option in options(role).items() if option.get("required")
    ]


@every_role
def test_options_have_the_prefix_of_the_role_a_type_and_prose(role: str) -> None:
    for name, option in options(role).items():
        assert name.startswith(f"{role}_")
        assert option["type"]
        assert option["description"]


@every_role
def test_every_role_has_a_readme(role: str) -> None:
    assert f"ansible-doc -t role therefore.firewall.{role}" in (ROLES / role / "README.md").read_text(encoding="utf-8")


@every_therefore_role
def test_a_shared_variable_has_the_name_of_the_setting_and_is_documented(role: str) -> None:
    for name, default in load(role, "defaults/main.yml").items():
        if shared := SHARED.fullmatch(str(default)):
            assert shared["variable"] == "therefore_" + name.removeprefix(f"{role}_")
            assert f"C({shared['variable']})" in " ".join(options(role)[name]["description"])


@every_therefore_role
def test_the_settings_that_have_a_shared_variable_are_those_whose_default_is_one(role: str) -> None:
    defaults = {name.removeprefix(f"{role}_"): default for name, default in load(role, "defaults/main.yml").items()}
    shared = {name for name, default in defaults.items() if SHARED.fullmatch(str(default))}
    assert shared == {*SETTINGS[role]} & {*SHARED_SETTINGS}


@every_therefore_role
def test_check_takes_what_main_takes(role: str) -> None:
    assert options(role, "check") == options(role)


@every_therefore_role
def test_settings_are_options_of_the_role(role: str) -> None:
    assert {f"{role}_{name}" for name in SETTINGS[role]} <= options(role).keys()


@every_therefore_role
def test_defaults_are_those_of_the_rules_engine(role: str) -> None:
    defaults = load(role, "defaults/main.yml")
    assert {name: without_shared(defaults[f"{role}_{name}"]) for name in SETTINGS[role]} == {
        name: setting.default for name, setting in SETTINGS[role].items()
    }


@every_role
def test_no_role_has_ansible_check_its_arguments_in_a_task_of_its_own(role: str) -> None:
    """A file that Ansible looks into first; the role's task does it (tests/unit/test_foreign_playbooks.py)."""
    assert load(role, "meta/argument_specs") == {"argument_specs": {}}
