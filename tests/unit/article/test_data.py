# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The three layers of data: what the article says, cell by cell, and that a damaged file does not pass."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from ansible_collections.therefore.firewall.plugins.plugin_utils._article.catalogue import DATA
from jsonschema import Draft202012Validator
from wanted import ARTICLE, SUPPLEMENTS

LAYERS = ("documented", "interpretation", "supplement")
ROLES = {"therefore_server", "therefore_client", "therefore_mfp_gateway", "therefore_online_client"}

# Table, number, service, ports, protocols, direction, scope: cells as they stand in the article.
CELLS = """\
windows_services|1|LDAP|389|TCP / UDP|Inbound & Outbound|Domain only
windows_services|2|DCOM (EPMAP)|135, 137, 139|TCP / UDP|Inbound & Outbound|Domain only
windows_services|3|MS-SQL-S (SQL Server)|1433|TCP|Inbound (SQL Server) / Outbound (Clients)|Domain only
windows_services|4|MICROSOFT-DS (SMB)|445|TCP|Inbound & Outbound|Domain only
windows_services|5|HTTP|80|TCP|Inbound (web servers) / Outbound (clients)|Domain & Internet
windows_services|6|HTTPS|443|TCP|Inbound (web servers) / Outbound (clients)|Domain & Internet
on_premises|1|XML Service|8000 (default)|TCP|Inbound (server) / Outbound (clients)|Domain only
on_premises|2|MFP Manager – Web Service|8372|TCP|Inbound (server) / Outbound (MFP)|Domain only
on_premises|3|MFP Manager – File Transfer|8373|TCP|Inbound (server) / Outbound (MFP)|Domain only
on_premises|4|Mobile Manager|80 or 443|TCP|Inbound (server) / Outbound (clients)|\
Domain & Internet (if mobile devices connect externally)
online|1|XML Service|443|TCP|Outbound (client)|Internet (to Therefore Cloud)
online|2|MFP Manager – Web Service|443|TCP|Outbound (MFP)|Internet
online|3|MFP Manager – File Transfer|8091|TCP|Outbound (MFP)|Internet
"""


def load(layer: str) -> Any:
    return yaml.safe_load((DATA / f"{layer}.yml").read_text(encoding="utf-8"))


def validator(layer: str) -> Draft202012Validator:
    schema = json.loads((DATA / f"{layer}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_cells_are_those_of_the_article() -> None:
    cells = [
        "|".join(
            [
                row["table"],
                str(row["row"]),
                row["service"],
                row["port_text"],
                " / ".join(protocol.upper() for protocol in row["protocols"]),
                row["direction"],
                row["scope"],
            ]
        )
        for row in load("documented")["rows"]
    ]
    assert cells == CELLS.splitlines()


def test_ports_as_numbers_agree_with_the_cells() -> None:
    for row in load("documented")["rows"]:
        assert row["ports"] == [int(word) for word in row["port_text"].replace(",", " ").split() if word.isdigit()]


def test_the_article_is_cited_as_it_stands_without_a_year() -> None:
    assert load("documented")["article"] == {
        "title": "Standard ports and protocols required for Therefore communication",
        "modified": "Mon, 1 Sep at 4:27 PM",
        "applies_to": "All Versions",
        "url": "https://softwaresupport.sossystems.co.uk/support/solutions/articles/205000040974",
    }


def test_only_80_or_443_is_a_choice() -> None:
    assert [row["id"] for row in load("documented")["rows"] if row["choice"]] == ["mobile_manager"]


def test_interpretation_speaks_of_every_row_of_the_article_and_of_no_other() -> None:
    assert list(load("interpretation")["rows"]) == list(ARTICLE)


@pytest.mark.parametrize("row_id", ARTICLE)
def test_ends_of_a_row_are_the_directions_of_its_cell(row_id: str) -> None:
    ends = load("interpretation")["rows"][row_id]["ends"]
    assert [end["direction"] for end in ends] == ARTICLE[row_id][2]


def test_layers_are_not_mixed() -> None:
    supplements = {row["id"] for row in load("supplement")["rows"]}
    assert supplements == set(SUPPLEMENTS)
    assert not supplements & set(ARTICLE)
    interpreted = {
        row for role in load("interpretation")["roles"].values() for d in role["duties"] for row in d["rows"]
    }
    assert interpreted == set(ARTICLE)
    assert {row for duties in load("supplement")["roles"].values() for d in duties for row in d["rows"]} == supplements


def test_every_supplement_names_a_source_and_every_source_is_used() -> None:
    supplement = load("supplement")
    assert {row["source"] for row in supplement["rows"]} == set(supplement["sources"])


def test_both_layers_know_the_same_roles() -> None:
    assert set(load("interpretation")["roles"]) == set(load("supplement")["roles"]) == ROLES


@pytest.mark.parametrize("layer", LAYERS)
def test_file_is_valid(layer: str) -> None:
    assert [error.message for error in validator(layer).iter_errors(load(layer))] == []


@pytest.mark.parametrize("layer", LAYERS)
def test_editors_find_the_schema(layer: str) -> None:
    first_line = (DATA / f"{layer}.yml").read_text(encoding="utf-8").splitlines()[0]
    assert first_line == f"# yaml-language-server: $schema={layer}.schema.json"


DAMAGES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "port 0": ("documented", lambda data: data["rows"][0].update(ports=[0])),
    "port 65536": ("documented", lambda data: data["rows"][0].update(ports=[65536])),
    "port as text": ("documented", lambda data: data["rows"][0].update(ports=["389"])),
    "no ports": ("documented", lambda data: data["rows"][0].update(ports=[])),
    "protocol in capitals": ("documented", lambda data: data["rows"][0].update(protocols=["TCP"])),
    "unknown table": ("documented", lambda data: data["rows"][0].update(table="other")),
    "cell missing": ("documented", lambda data: data["rows"][0].pop("scope")),
    "cell empty": ("documented", lambda data: data["rows"][0].update(service=" ")),
    "cell too many": ("documented", lambda data: data["rows"][0].update(ends=[])),
    "no date": ("documented", lambda data: data["article"].pop("modified")),
    "unknown end": ("interpretation", lambda data: data["rows"]["smb"]["ends"][0].update(at="moon")),
    "unknown direction": ("interpretation", lambda data: data["rows"]["smb"]["ends"][0].update(direction="inbound")),
    "unknown scope": ("interpretation", lambda data: data["rows"]["smb"].update(scopes=["world"])),
    "unknown condition": (
        "interpretation",
        lambda data: data["roles"]["therefore_server"]["duties"][0].update(when={"moon": True}),
    ),
    "forward without sources": (
        "interpretation",
        lambda data: data["roles"]["therefore_client"]["duties"][1].update(direction="forward"),
    ),
    "sources, not forward": (
        "interpretation",
        lambda data: data["roles"]["therefore_client"]["duties"][1].update(sources="devices"),
    ),
    "role missing": ("interpretation", lambda data: data["roles"].pop("therefore_client")),
    "set name too long": ("interpretation", lambda data: data["roles"]["therefore_server"].update(set="server12")),
    "no source": ("supplement", lambda data: data["rows"][0].pop("source")),
    "source without url": ("supplement", lambda data: data["sources"]["windows_ports"].pop("url")),
    "source not https": ("supplement", lambda data: data["sources"]["windows_ports"].update(url="http://example.com")),
    "open range": ("supplement", lambda data: data["rows"][0].update(ports=["49152-"])),
    "unknown keyword": ("supplement", lambda data: data["rows"][0].update(keyword="ANY")),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_file_is_not_valid(damage: str) -> None:
    layer, break_it = DAMAGES[damage]
    data = copy.deepcopy(load(layer))
    break_it(data)
    assert not validator(layer).is_valid(data)
