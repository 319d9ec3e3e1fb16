# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup as Ansible runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible.plugins.loader import lookup_loader
from ansible_collections.therefore.firewall.plugins.lookup import ports as plugin
from wanted import ARTICLE, CLIENT, GATEWAY, ONLINE, SUPPLEMENTS


class TaggedText(str):
    """Stands for the tagged and unsafe strings of the releases of ansible-core."""

    __slots__ = ()


def ports(*terms: Any, **options: Any) -> list[dict[str, Any]]:
    found = lookup_loader.get("therefore.firewall.ports").run(list(terms), variables={}, **options)
    assert isinstance(found, list)
    return found


def ids(*terms: Any, **options: Any) -> list[str]:
    return [row["id"] for row in ports(*terms, **options)]


def test_without_terms_and_options_it_gives_all_documented_rows() -> None:
    assert ids() == list(ARTICLE)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"table": "online"}, ["online_xml_service", "online_mfp_web_service", "online_mfp_file_transfer"]),
        ({"table": "supplement"}, []),
        ({"table": "supplement", "supplements": ["dns"]}, ["dns"]),
        ({"port": 443}, ["https", "mobile_manager", "online_xml_service", "online_mfp_web_service"]),
        ({"port": "8091"}, ["online_mfp_file_transfer"]),
        ({"port": 50000, "supplements": ["rpc_dynamic"]}, ["rpc_dynamic"]),
        ({"port": 9}, []),
        ({"protocol": "udp"}, ["ldap", "dcom"]),
        ({"direction": "in", "table": "online"}, []),
        ({"direction": "outbound", "table": "online", "port": 8091}, ["online_mfp_file_transfer"]),
        (
            {"scope": "internet"},
            ["http", "https", "mobile_manager", *(row for row in ARTICLE if row.startswith("online"))],
        ),
        ({"scope": "domain"}, [row for row in ARTICLE if not row.startswith("online")]),
        ({"role": ONLINE}, ["online_xml_service", "online_mfp_web_service", "online_mfp_file_transfer"]),
        ({"role": CLIENT, "protocol": "udp", "supplements": ["dns", "smtp"]}, ["ldap", "dcom", "dns"]),
        (
            {"role": GATEWAY},
            [
                "dcom",
                "xml_service",
                "mfp_web_service",
                "mfp_file_transfer",
                "online_mfp_web_service",
                "online_mfp_file_transfer",
            ],
        ),
        ({"port": None, "table": None}, list(ARTICLE)),
    ],
)
def test_options_choose_among_the_rows(options: dict[str, Any], expected: list[str]) -> None:
    assert ids(**options) == expected


def test_terms_and_options_go_together() -> None:
    assert ids("XML Service", scope="internet") == ["online_xml_service"]


def test_expand_gives_37_entries() -> None:
    assert len(ports(expand=True)) == 37


def test_expand_lets_options_choose_among_the_entries() -> None:
    found = ports("dcom", expand=True, port=137, protocol="udp", direction="inbound")
    assert [(one["port"], one["protocol"], one["direction"]) for one in found] == [(137, "udp", "in")]


def test_a_row_in_full() -> None:
    sample = yaml.safe_load(plugin.RETURN)["_raw"]["sample"]
    assert ports("xml_service") == sample


def test_documented_keys_are_those_of_the_rows() -> None:
    documented = set(yaml.safe_load(plugin.RETURN)["_raw"]["contains"])
    given = {key for row in [*ports(supplements=list(SUPPLEMENTS)), *ports(expand=True)] for key in row}
    assert given == documented


def test_documented_choices_are_those_of_the_data() -> None:
    options = yaml.safe_load(plugin.DOCUMENTATION)["options"]
    assert set(options) - {"_terms"} == set(plugin.OPTIONS)
    for name, option in options.items():
        for word in option.get("choices", []):
            assert plugin.OPTIONS[name](name, [word] if option["type"] == "list" else word)
    assert options["supplements"]["choices"] == list(SUPPLEMENTS)


def test_rows_are_plain_values() -> None:
    rows = ports(TaggedText("smb"), table=TaggedText("windows_services"))
    assert json.loads(json.dumps(rows)) == rows


@pytest.mark.parametrize(
    ("terms", "options", "message"),
    [
        (
            ["xml_servce"],
            {},
            "ports: 'xml_servce' is neither the id nor the service of a row; did you mean xml_service",
        ),
        (["rpc_dynamic"], {}, "add supplements=['rpc_dynamic']"),
        ([5], {}, "ports: term: 5 is no string; write a row id or a service name"),
        ([["smb", "ldap"]], {}, "ports: term: ['smb', 'ldap'] is no string"),
        ([None], {}, "ports: term: None is no string"),
        ([], {"tabel": "online"}, "ports: 'tabel' is no option; did you mean table"),
        ([], {"table": "windows"}, "ports: table: 'windows' is unknown; did you mean windows_services"),
        ([], {"port": 0}, "ports: port: 0 is no port; write a whole number from 1 to 65535"),
        ([], {"port": 65536}, "ports: port: 65536 is no port"),
        ([], {"port": "abc"}, "ports: port: 'abc' is no port"),
        ([], {"port": 80.0}, "ports: port: 80.0 is no port"),
        ([], {"port": True}, "ports: port: True is no port"),
        ([], {"port": [80]}, "ports: port: [80] is no port"),
        ([], {"protocol": "TCP"}, "ports: protocol: 'TCP' is unknown; did you mean tcp"),
        ([], {"direction": "inn"}, "ports: direction: 'inn' is unknown; did you mean in"),
        ([], {"scope": "world"}, "ports: scope: 'world' is unknown; Valid: domain, internet"),
        ([], {"role": "client"}, "ports: role: 'client' is unknown; did you mean therefore_client"),
        ([], {"supplements": "dns,smtp"}, "ports: supplements: 'dns,smtp' is a string; write a list: ['dns', 'smtp']"),
        ([], {"supplements": ["rpc"]}, "ports: supplements: 'rpc' is unknown; "),
        ([], {"supplements": {"dns": True}}, "ports: supplements: {'dns': True} is no list"),
        ([], {"expand": "maybe"}, "ports: expand: 'maybe' is no boolean; write true or false"),
    ],
)
def test_refused_in_one_line_with_a_remedy(terms: list[Any], options: dict[str, Any], message: str) -> None:
    with pytest.raises(AnsibleError) as refused:
        ports(*terms, **options)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_data_lies_where_public_plugins_may_read_it() -> None:
    assert "plugins" in Path(plugin.catalogue.DATA).parts


def test_the_documentation_has_each_row_and_each_supplement() -> None:
    notes = yaml.safe_load(plugin.DOCUMENTATION)["notes"]
    cells = ("service", "port_text", "protocols", "direction", "scope")
    rows = [{**row, "protocols": ", ".join(row["protocols"])} for row in ports(supplements=list(SUPPLEMENTS))]
    told = [" - ".join([f"C({row['id']})", *(row[cell] for cell in cells)]) for row in rows]
    assert [note for note in notes if note.startswith("C(")] == told
