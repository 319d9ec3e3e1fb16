# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter as Ansible runs it: values of any release of ansible-core, errors, one warning, documentation."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleError, AnsibleFilterError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.therefore.firewall.plugins.filter import rules_for as plugin
from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.rules import rules_for
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import SETTINGS
from wanted import CLIENT, GATEWAY, LEAST, ONLINE, SERVER


def itself(text: str) -> str:
    return text


class TaggedText(str):
    """Stands for the tagged and unsafe strings, which stay what they are under str()."""

    __slots__ = ()

    __str__ = itself

    def __repr__(self) -> str:
        return f"TaggedText({super().__repr__()})"


class TaggedNumber(int):
    __slots__ = ()


class Lazy(Mapping[Any, Any]):
    """Stands for a mapping whose values are made when asked for."""

    def __init__(self, values: Mapping[Any, Any]) -> None:
        self._values = values

    def __getitem__(self, key: Any) -> Any:
        return tagged(self._values[key])

    def __iter__(self) -> Iterator[Any]:
        return map(tagged, self._values)

    def __len__(self) -> int:
        return len(self._values)


class Vaulted(Sequence[str]):
    """Stands for the encrypted values of ansible-core before 2.19: sequences, but no strings."""

    __ENCRYPTED__ = True

    def __init__(self, text: str) -> None:
        self._text = text

    def __getitem__(self, index: Any) -> str:
        return self._text[index]

    def __len__(self) -> int:
        return len(self._text)

    def __str__(self) -> str:
        return self._text


def tagged(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, str):
        return TaggedText(value)
    if isinstance(value, int):
        return TaggedNumber(value)
    if isinstance(value, Mapping):
        return Lazy(value)
    return tuple(map(tagged, value))


def kinds(value: Any) -> set[type]:
    if isinstance(value, dict):
        return {dict, *(kind for item in value.items() for part in item for kind in kinds(part))}
    if isinstance(value, list):
        return {list, *(kind for item in value for kind in kinds(item))}
    return {type(value)}


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    seen: list[str] = []
    monkeypatch.setattr(plugin.display, "warning", seen.append)
    return seen


SETTINGS_IN_USE = {
    **LEAST[SERVER],
    "components": ["web", "xml_service"],
    "port_overrides": {"xml_service": [8443]},
    "internet": True,
    "mobile_port": 443,
}


def test_tagged_and_lazy_values_give_plain_rules(warnings: list[str]) -> None:
    expected = rules_for(catalogue.find([]), SERVER, SETTINGS_IN_USE)
    found = plugin.rules_for(tagged(catalogue.find([])), TaggedText(SERVER), Lazy(SETTINGS_IN_USE))
    assert found == expected
    assert kinds(found) == {dict, list, str, int}


def test_vaulted_values_are_their_text(warnings: list[str]) -> None:
    found = plugin.rules_for(catalogue.find([]), ONLINE, {"online_endpoints": [Vaulted("203.0.113.7")]})
    assert found == rules_for(catalogue.find([]), ONLINE, {"online_endpoints": ["203.0.113.7"]})


def test_messages_show_the_bare_value() -> None:
    with pytest.raises(AnsibleFilterError) as refused:
        plugin.rules_for([], SERVER, {"trusted_subnets": [TaggedText("10.0.0.1/8")]})
    assert str(refused.value).startswith("therefore_server_trusted_subnets: '10.0.0.1/8' has host bits set")


def test_rows_may_come_from_a_generator(warnings: list[str]) -> None:
    found = plugin.rules_for((row for row in catalogue.find(["smb"])), SERVER, LEAST[SERVER])
    assert {row for rule in found for row in rule["rows"]} == {"smb"}


@pytest.mark.parametrize("settings", [(), (None,), ({},)])
def test_settings_may_be_left_out(settings: tuple[Any, ...]) -> None:
    with pytest.raises(AnsibleFilterError, match="therefore_server_trusted_subnets: \\[\\] names nobody"):
        plugin.rules_for(catalogue.find([]), SERVER, *settings)


@pytest.mark.parametrize("role", [SERVER, CLIENT])
def test_dcom_without_rpc_dynamic_warns_once(role: str, warnings: list[str]) -> None:
    plugin.rules_for(catalogue.find([]), role, LEAST[role])
    assert ["DCOM" in warning for warning in warnings].count(True) == 1
    for part in (role, "firewalls at both ends", "endpoint mapper", f"add rpc_dynamic to {role}_supplements"):
        assert part in warnings[0]


@pytest.mark.parametrize(
    ("role", "settings"),
    [
        (SERVER, {"supplements": ["rpc_dynamic"], "components": ["xml_service"]}),
        (SERVER, {"supplements": ["rpc_dynamic"], "port_overrides": {"mfp_web_service": [8372]}}),
        (SERVER, {"state": "absent", "leave_out": ["smb"]}),
        (GATEWAY, {"supplements": ["mfp_http"]}),
        (GATEWAY, {"port_overrides": {"mfp_web_service": [80]}}),
        (GATEWAY, {"mode": "relay", "edition": "online"}),
        (ONLINE, {}),
    ],
)
def test_no_warning_where_there_is_nothing_to_say(role: str, settings: dict[str, Any], warnings: list[str]) -> None:
    plugin.rules_for(catalogue.find([]), role, {**LEAST[role], **settings})
    assert warnings == []


def test_the_port_of_the_mfp_web_service_is_one_sentence_for_all_roles(warnings: list[str]) -> None:
    plugin.rules_for(catalogue.find([]), SERVER, {**LEAST[SERVER], "supplements": ["rpc_dynamic"]})
    plugin.rules_for(catalogue.find([]), GATEWAY, LEAST[GATEWAY])
    assert len(warnings) == 2
    assert warnings[0] == warnings[1]  # Ansible shows the same warning once
    for part in ("8372", "80", "therefore_port_overrides: {mfp_web_service: [8372]}"):
        assert part in warnings[0]


def test_what_settings_leave_out_is_said_with_its_row(warnings: list[str]) -> None:
    asked = {**LEAST[CLIENT], "transport": "xml_service", "leave_out": ["smb"]}
    plugin.rules_for(catalogue.find([]), CLIENT, asked)
    assert warnings == [
        "therefore_client: smb (MICROSOFT-DS (SMB), 445) is left out by therefore_client_leave_out.",
        "therefore_client: dcom (DCOM (EPMAP), 135, 137, 139) is left out by therefore_client_transport: xml_service.",
    ]


def template(text: str, variables: dict[str, Any]) -> Any:
    """What a playbook does with this text, in any release of ansible-core."""
    try:
        from ansible.template import trust_as_template as trust
    except ImportError:  # before 2.19

        def trust(value: str) -> str:
            return value

    variables = {name: trust(value) if isinstance(value, str) else value for name, value in variables.items()}
    return Templar(loader=DataLoader(), variables=variables).template(trust(text))


def test_in_a_template_as_the_roles_use_it() -> None:
    found = template(
        "{{ query('therefore.firewall.ports') | therefore.firewall.rules_for('therefore_online_client', settings) }}",
        {"settings": {"online_endpoints": ["203.0.113.7"]}},
    )
    assert found == rules_for(catalogue.find([]), ONLINE, {"online_endpoints": ["203.0.113.7"]})
    assert json.loads(json.dumps(found)) == found


def test_in_a_template_the_message_arrives_whole() -> None:
    text = "{{ query('therefore.firewall.ports') | therefore.firewall.rules_for('therefore_online_client') }}"
    with pytest.raises(AnsibleError, match="therefore_online_client_online_endpoints: \\[\\] names nobody; list who"):
        template(text, {})


def documentation() -> Any:
    return yaml.safe_load(Path(plugin.__file__).with_suffix(".yml").read_text(encoding="utf-8"))


def test_documented_roles_are_those_that_have_settings() -> None:
    assert documentation()["DOCUMENTATION"]["options"]["role"]["choices"] == list(SETTINGS)


def test_documented_keys_are_those_of_the_rules() -> None:
    settings = {"mode": "route", "supplements": ["mfp_http"]}
    found = [
        *rules_for(catalogue.find([]), GATEWAY, {**LEAST[GATEWAY], **settings}),
        *rules_for(
            catalogue.find([]), SERVER, {**LEAST[SERVER], "supplements": ["rpc_dynamic"], "xml_service_tls": True}
        ),
    ]
    assert {key for rule in found for key in rule} == set(documentation()["RETURN"]["_value"]["contains"])


def test_documented_sample_is_a_real_rule() -> None:
    settings = {"components": ["sql_server"], "trusted_subnets": ["192.0.2.0/24", "2001:db8:10::/64"]}
    found = {rule["id"]: rule for rule in rules_for(catalogue.find([]), SERVER, settings)}
    assert found["sql_server-in-tcp"] == documentation()["RETURN"]["_value"]["sample"][0]
