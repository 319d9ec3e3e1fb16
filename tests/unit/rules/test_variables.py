# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of variables: none of ours passes misspelt, no name of somebody else's is taken for one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._guard import watch
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules import variables
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import SETTINGS
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.variables import (
    check_names,
    check_operation,
    check_ruleset_names,
    known,
    options_of,
    strangers,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError
from collection import ROOT
from hypothesis import given
from hypothesis import strategies as st

SERVER = "therefore_server"


class OnlyNames(Mapping[str, Any]):
    """Variables whose values must not be read: one may be a password."""

    def __init__(self, *names: str) -> None:
        self._names = names

    def __getitem__(self, name: str) -> Any:
        raise AssertionError(f"{name} was read")

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def get(self, key: str, default: Any = None) -> Any:
        assert key == variables.ALLOW_UNKNOWN
        return default


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("therefore_server_component", "therefore_server_components"),
        ("therefore_server_egres", "therefore_server_egress"),
        ("therefore_server_trusted_subnet", "therefore_server_trusted_subnets"),
        ("therefore_mfp_address", "therefore_mfp_addresses"),
        ("therefore_mfp_adresses", "therefore_mfp_addresses"),
        ("therefore_trusted_subnet", "therefore_trusted_subnets"),
        ("therfore_trusted_subnets", "therefore_trusted_subnets"),
        ("Therefore_server_egress", "therefore_server_egress"),
        ("therefore_client-egress", "therefore_client_egress"),
        ("therefore_srver_egress", "therefore_server_egress"),
        ("therefore_mfp_gateway_modus", "therefore_mfp_gateway_mode"),
        ("therefore_fail_on_drif", "therefore_fail_on_drift"),
        ("therefore_online_endpoint", "therefore_online_endpoints"),
    ],
)
def test_a_misspelt_name_is_refused_with_the_one_that_was_meant(name: str, meant: str) -> None:
    with pytest.raises(InputError) as refused:
        check_names(OnlyNames(name))
    assert f"{name}: is no variable of" in str(refused.value)
    assert f"did you mean {meant}?" in str(refused.value)
    assert "therefore_allow_unknown_variables: true" in str(refused.value)


def test_a_setting_that_each_role_has_for_itself_is_refused_for_all() -> None:
    with pytest.raises(InputError) as refused:
        check_names(OnlyNames("therefore_egress", "Therefore_edition"))
    edition, egress = sorted(refused.value.messages, key=str.lower)
    assert edition.startswith(
        "Therefore_edition: is no variable of all roles; did you mean therefore_mfp_gateway_edition? "
    )
    assert "did you mean therefore_server_egress or therefore_client_egress or therefore_mfp_gateway_egress" in egress


def test_a_name_with_a_role_in_front_is_refused_whatever_it_is_near() -> None:
    with pytest.raises(InputError, match="therefore_client_zzz: is no variable of therefore_client; "):
        check_names(OnlyNames("therefore_client_zzz"))


def test_all_misspelt_names_are_said_at_once() -> None:
    with pytest.raises(InputError) as refused:
        check_names(OnlyNames("therefore_server_egres", "therefore_mfp_address", "therefore_server_egress"))
    assert [message.partition(":")[0] for message in refused.value.messages] == [
        "therefore_mfp_address", "therefore_server_egres",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        *("therefore_version", "therefore_site", "therefore_archive_root", "trusted_subnets", "total", "the_reforms"),
        *("ansible_host", "template_path", "totals", "therefore_trust", "server_addresses"),
    ],
)
def test_names_of_others_pass(name: str) -> None:
    check_names(OnlyNames(name))


def test_a_misspelt_variable_of_the_role_ruleset_is_refused_where_it_is_used_alone() -> None:
    meant = "ruleset_egres: is no variable of the role ruleset; did you mean ruleset_egress?"
    with pytest.raises(InputError, match=re.escape(meant)):
        check_ruleset_names({"ruleset_egres": None, "ruleset_rules": None})
    check_ruleset_names({"ruleset_egress": None, "ruleset_probe": None, "ruleset_of_ours": None, "rulesets": None})
    check_ruleset_names({"ruleset_egres": None, "therefore_allow_unknown_variables": True})


def test_only_names_that_begin_as_ours_are_strangers() -> None:
    assert strangers(["therefore_version", "other", "therefore_segment", "therefore_server_egres"]) == [
        "therefore_version"
    ]


def test_unknown_names_can_be_allowed() -> None:
    check_names({"therefore_server_egres": "x", "therefore_allow_unknown_variables": True})
    check_names({"therefore_server_egres": "x", "therefore_allow_unknown_variables": "yes"})
    with pytest.raises(InputError, match="therefore_allow_unknown_variables: 'often' is no boolean"):
        check_names({"therefore_server_egres": "x", "therefore_allow_unknown_variables": "often"})


@pytest.mark.parametrize("name", variables.SWITCHES)
def test_a_switch_of_the_playbooks_is_yes_or_no(name: str) -> None:
    for value in (True, "true", "Yes", "on", 1, "1"):
        assert variables.switch(name, value)
    for value in (False, "false", "No", "off", 0, "0", "", None):
        assert not variables.switch(name, value)
    # Ansible's filter takes each of these for no
    for value in ("ture", 2, [], "{{ x }}"):
        with pytest.raises(InputError, match=rf"^{name}: .* is no boolean; write true or false$"):
            variables.switch(name, value)


def test_every_variable_of_ours_is_known() -> None:
    check_names(OnlyNames(*known()))
    assert strangers(known()) == []


def test_every_name_in_playbooks_and_roles_is_known() -> None:
    files = [*(ROOT / "playbooks").rglob("*.yml"), *(ROOT / "roles").rglob("*.yml")]
    used = {
        name
        for path in files
        for name in re.findall(r"(?<![\w.])therefore_[a-z_]+[a-z]\b(?!\.)", path.read_text(encoding="utf-8"))
    }
    assert sorted(used - known() - {*SETTINGS, "therefore_probe", "therefore_selftest"}) == []


@given(st.sampled_from(sorted(known())), st.data())
def test_no_single_slip_in_a_long_name_passes(name: str, data: Any) -> None:
    at = data.draw(st.integers(len("therefore_") + 1, len(name) - 1))
    slip = data.draw(st.sampled_from([name[:at] + name[at + 1 :], name[:at] + "x" + name[at:]]))
    if slip not in known() and len(name) >= len("therefore_") + 8:
        with pytest.raises(InputError):
            check_names(OnlyNames(slip))


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("guard", "sometimes", "Valid: auto, always, never"),
        ("guard_seconds", 5, "write whole seconds from 10 to 3600"),
        ("guard_seconds", 3601, "write whole seconds from 10 to 3600"),
        ("guard_seconds", True, "write whole seconds from 10 to 3600"),
        ("guard_seconds", "soon", "write whole seconds from 10 to 3600"),
        ("manage_firewalld", "maybe", "write true or false"),
        ("close_in_zones", "public", "write a list: ['public']"),
    ],
)
@pytest.mark.parametrize("role", SETTINGS)
def test_variables_that_make_no_rule_are_checked_too(role: str, name: str, value: Any, remedy: str) -> None:
    with pytest.raises(InputError) as refused:
        check_operation(role, {f"{role}_{name}": value})
    assert str(refused.value).startswith(f"{role}_{name}: {value!r} ")
    assert remedy in str(refused.value)


@pytest.mark.parametrize("role", SETTINGS)
def test_defaults_of_the_documentation_pass(role: str) -> None:
    check_operation(role, {name: spec["default"] for name, spec in options_of(role).items() if "default" in spec})


def test_the_times_are_those_of_the_guard() -> None:
    assert (variables.SHORTEST, variables.LONGEST) == (watch.SHORTEST, watch.LONGEST)
