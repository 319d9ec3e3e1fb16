# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role's variables read by their names are what Ansible makes of the same templates, in any release."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.therefore.firewall.plugins.action import role_rules
from ansible_collections.therefore.firewall.plugins.action.apply_ruleset import OF_ONE_SET, OPTIONS, options_said
from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.role_variables import (
    RoleVariables,
    settings_of,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.advice import advice
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import SETTINGS
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.variables import options_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.wanted import wanted_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError, plain
from collection import ROOT

SUBNETS = ["192.0.2.0/24", "2001:db8::/64"]
CLIENT = "therefore_client"


def text_of(folder: Path, name: str, text: str) -> Any:
    """YAML as Ansible reads it: what is written there may be a template."""
    (folder / name).write_text(text, encoding="utf-8")
    return loaded(folder / name)


def loaded(path: Path) -> Any:
    try:
        return DataLoader().load_from_file(str(path), trusted_as_template=True)
    except TypeError:  # before 2.19, where every file is
        return DataLoader().load_from_file(str(path))


def as_text(value: Any) -> Any:
    """Releases before 2.19 make text of a number where a default is given; both are a number to who asks for one."""
    return str(value) if isinstance(value, int) else value


@cache
def of_role(role: str) -> dict[str, Any]:
    """The variables that the one task of the role sees where nobody sets any."""
    folders = {"ruleset": ("defaults", "vars")}.get(role, ("defaults",))
    read = [loaded(ROOT / "roles" / role / folder / "main.yml") for folder in folders]
    return {name: value for part in read for name, value in part.items()}


def pair(variables: dict[str, Any]) -> tuple[RoleVariables, Templar]:
    templar = Templar(loader=DataLoader(), variables=variables)
    return RoleVariables(variables, templar.template), templar


SET = {
    "nothing": "{}",
    "for all roles": "{therefore_trusted_subnets: [192.0.2.0/24], therefore_transport: dcom}",
    "for this role": "{therefore_client_trusted_subnets: [192.0.2.0/24], therefore_client_egress: deny}",
    "templates": (
        "{net: 192.0.2, therefore_trusted_subnets: ['{{ net }}.0/24'], therefore_client_log: '{{ 1 == 1 }}',"
        " therefore_client_admin_addresses: '{{ [net ~ \".7\"] + therefore_trusted_subnets }}'}"
    ),
    "a template for a template": "{mine: '{{ yours }}', yours: [10.0.0.0/8], therefore_trusted_subnets: '{{ mine }}'}",
    "a default of one's own": "{therefore_trusted_subnets: \"{{ nobody_sets_this | default(['10.0.0.0/8']) }}\"}",
    "numbers": "{ansible_port: 2222, therefore_client_guard_seconds: 90, therefore_port_overrides: {https: [8443]}}",
    "text": "{ansible_port: '2222', therefore_client_guard_seconds: '90', therefore_client_block_public: 'false'}",
    "a condition": "{therefore_client_state: \"{{ 'absent' if 1 == 2 else 'present' }}\"}",
    "a comment": "{therefore_client_state: '{# as ever #}present'}",
}


@pytest.mark.parametrize("role", ["ruleset", *sorted(SETTINGS)])
@pytest.mark.parametrize("written", SET.values(), ids=SET)
def test_they_are_what_the_templates_give(tmp_path: Path, role: str, written: str) -> None:
    variables = {"ansible_facts": {}, "ruleset_name": "own"} | of_role(role) | text_of(tmp_path, "set.yml", written)
    read, templar = pair(variables)
    for name in of_role(role):
        assert as_text(read[name]) == as_text(plain(templar.template(variables[name]))), name


def test_only_templates_are_templated(tmp_path: Path) -> None:
    seen = []

    def template(value: Any) -> Any:
        seen.append(value)
        return templar.template(value)

    written = "{therefore_trusted_subnets: ['{{ net }}'], net: 192.0.2.1}"
    variables = of_role(CLIENT) | text_of(tmp_path, "set.yml", written)
    templar = Templar(loader=DataLoader(), variables=variables)
    read = RoleVariables(variables, template)
    assert settings_of(CLIENT, read)["trusted_subnets"] == ["192.0.2.1"]
    # even the variable that a list holds is handed on
    assert seen == []
    assert pair(variables | {"net": 7})[0]["net"] == 7


def test_what_cannot_be_worked_out_is_said_with_its_name(tmp_path: Path) -> None:
    read, _templar = pair(of_role(CLIENT) | text_of(tmp_path, "set.yml", "{therefore_client_log: '{{ nobody }}'}"))
    with pytest.raises(InputError, match=r"^therefore_client_log: cannot be worked out: .*'nobody' is undefined"):
        options_said(CLIENT, read)


@pytest.mark.parametrize("role", sorted(SETTINGS))
def test_a_role_says_its_own_options_and_the_role_ruleset_what_is_of_every_set(role: str) -> None:
    connection = {"ruleset_platform": "linux", "ruleset_management_port": 2222, "ruleset_plan_only": True}
    # of another set, as the inventory or a play has it, and what the entry point "rules" returned
    others = {"ruleset_log": True, "ruleset_name": "own", "ruleset_block_public": True, f"{role}_rules": [1]}
    read, _templar = pair(of_role(role) | connection | others | {f"{role}_guard": "always"})
    said = options_said(role, read)
    assert said["management_ports"] == [2222, 5986, 5985]
    settings = {name: said.pop(name) for name in ("settings", "variable_prefix", "management_ports")}["settings"]
    assert settings.keys() == SETTINGS[role].keys()
    assert said == {
        "platform": "linux", "plan_only": True, "management_port": 2222, "state": "present", "egress": "allow",
        "block_action": "reject", "log": False, "guard": "always", "guard_seconds": 60, "apply": "one_call",
        "adopt": False, "manage_firewalld": False, "close_in_zones": [],
    }  # fmt: skip


def test_the_role_ruleset_says_each_option_but_those_of_roles() -> None:
    read, _templar = pair(of_role("ruleset") | {"ruleset_name": "own", "__ruleset_platform": "linux"})
    assert options_said("ruleset", read).keys() == {*OF_ONE_SET, "management_ports"}
    assert {*OPTIONS} - {*OF_ONE_SET} == {"role", "settings", "management_ports", "of_role"}


def test_a_name_of_ansibles_own_kind_reads_no_specification_again() -> None:
    class Told(str):
        """As the arguments of tasks are."""

    assert options_of(Told(CLIENT)) is options_of(CLIENT)


def test_a_default_stands_in_for_what_is_itself_undefined(tmp_path: Path) -> None:
    read, _templar = pair(text_of(tmp_path, "set.yml", "{a: \"{{ b | default('x') }}\", b: '{{ nobody }}'}"))
    assert read["a"] == "x"


def test_a_variable_that_hands_on_itself_ends(tmp_path: Path) -> None:
    read, _templar = pair(text_of(tmp_path, "set.yml", "{a: '{{ b | default([]) }}', b: '{{ a | default([]) }}'}"))
    with pytest.raises(InputError, match=r"^a: cannot be worked out: "):
        read["a"]


def test_what_is_omitted_is_as_not_set(tmp_path: Path) -> None:
    """As an argument of a task, which the action takes its own default for then."""
    written = "{a: '{{ omit }}', b: '{{ a }}', c: '{{ nobody | default(omit) }}', d: {e: '{{ a }}', f: 1}, g: 2}"
    read, _templar = pair({"omit": "__omit_place_holder__12"} | text_of(tmp_path, "set.yml", written))
    assert read.chosen(["a", "b", "c", "d", "g", "h"]) == {"d": {"f": 1}, "g": 2}


def test_what_a_host_said_is_no_template(tmp_path: Path) -> None:
    """The result of a module, such as a fact: Ansible does not template it."""
    try:
        from ansible.module_utils.common.json import get_decoder  # noqa: F401 (2.19 and newer: untrusted unless said)

        said: Any = "".join(["{{ ", "ansible_password }}"])
    except ImportError:
        from ansible.utils.unsafe_proxy import wrap_var

        said = wrap_var("{{ ansible_password }}")
    read, templar = pair({"said": said, "ansible_password": "secret"})
    assert read["said"] == plain(templar.template(said)) == "{{ ansible_password }}"


def test_a_thousand_alike_hosts_have_their_rules_from_one_file_and_others_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(role_rules.constants, "DEFAULT_LOCAL_TMP", str(tmp_path))
    settings: dict[str, Any] = {"trusted_subnets": SUBNETS}
    expected = wanted_of(catalogue.find([]), CLIENT, settings)[0]
    said = advice(CLIENT, settings, expected["rules"])
    assert said
    assert role_rules.wanted_once(CLIENT, settings) == (expected, said)
    (kept,) = tmp_path.iterdir()
    assert role_rules.wanted_once(CLIENT, dict(settings)) == (expected, [])
    # it is the file that is read, and a broken one is no harm
    kept.write_text(json.dumps({"rules": []}))
    assert role_rules.wanted_once(CLIENT, settings) == ({"rules": []}, [])
    kept.write_text("")
    assert role_rules.wanted_once(CLIENT, settings)[0] == expected
    assert role_rules.wanted_once(CLIENT, settings | {"inbound": True})[0] != expected
    assert role_rules.wanted_once("therefore_server", settings)[0] != expected
    assert len(list(tmp_path.iterdir())) == 3
    with pytest.raises(InputError):
        role_rules.wanted_once(CLIENT, settings | {"inbound": "ja"})
    assert len(list(tmp_path.iterdir())) == 3


def test_without_the_folder_of_the_run_they_are_worked_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(role_rules.constants, "DEFAULT_LOCAL_TMP", str(tmp_path / "file"))
    assert role_rules.wanted_once(CLIENT, {"trusted_subnets": SUBNETS})[0]["rules"]
