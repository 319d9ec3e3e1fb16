# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows, and what they expand to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError
from wanted import ARTICLE, SUPPLEMENTS

# From the article, by hand: row, port, protocol, direction.
TUPLES = """\
ldap 389 tcp in
ldap 389 tcp out
ldap 389 udp in
ldap 389 udp out
dcom 135 tcp in
dcom 135 tcp out
dcom 135 udp in
dcom 135 udp out
dcom 137 tcp in
dcom 137 tcp out
dcom 137 udp in
dcom 137 udp out
dcom 139 tcp in
dcom 139 tcp out
dcom 139 udp in
dcom 139 udp out
sql_server 1433 tcp in
sql_server 1433 tcp out
smb 445 tcp in
smb 445 tcp out
http 80 tcp in
http 80 tcp out
https 443 tcp in
https 443 tcp out
xml_service 8000 tcp in
xml_service 8000 tcp out
mfp_web_service 8372 tcp in
mfp_web_service 8372 tcp out
mfp_file_transfer 8373 tcp in
mfp_file_transfer 8373 tcp out
mobile_manager 80 tcp in
mobile_manager 80 tcp out
mobile_manager 443 tcp in
mobile_manager 443 tcp out
online_xml_service 443 tcp out
online_mfp_web_service 443 tcp out
online_mfp_file_transfer 8091 tcp out
"""


def test_rows_expand_to_the_37_tuples_of_the_article() -> None:
    entries = [entry for row in catalogue.find([]) for entry in catalogue.expand(row)]
    found = [f"{one['id']} {one['port']} {one['protocol']} {one['direction']}" for one in entries]
    assert len(found) == 37
    assert found == TUPLES.splitlines()


def test_an_expanded_entry_holds_one_port_protocol_and_end() -> None:
    first = catalogue.expand(catalogue.row("dcom"))[0]
    assert (first["ports"], first["protocols"]) == ([135], ["tcp"])
    assert first["ends"] == [{"at": "any", "direction": "in"}]


def test_without_terms_all_rows_come_in_the_order_of_the_article() -> None:
    assert [row["id"] for row in catalogue.find([])] == list(ARTICLE)


@pytest.mark.parametrize(
    ("term", "ids"),
    [
        ("smb", ["smb"]),
        ("SMB", ["smb"]),
        ("MICROSOFT-DS (SMB)", ["smb"]),
        ("xml service", ["xml_service", "online_xml_service"]),
        ("MFP Manager – Web Service", ["mfp_web_service", "online_mfp_web_service"]),
        ("mfp manager -  web service", ["mfp_web_service", "online_mfp_web_service"]),
    ],
)
def test_a_term_is_an_id_or_a_service_in_any_case(term: str, ids: list[str]) -> None:
    assert [row["id"] for row in catalogue.find([term])] == ids


def test_terms_come_in_the_order_of_the_article_and_once() -> None:
    assert [row["id"] for row in catalogue.find(["smb", "ldap", "SMB"])] == ["ldap", "smb"]


def test_supplements_come_after_the_rows_and_only_on_request() -> None:
    assert [row["id"] for row in catalogue.find([], ["smtp", "dns"])] == [*ARTICLE, "dns", "smtp"]


@pytest.mark.parametrize("name", SUPPLEMENTS)
def test_each_supplement_has_the_ports_and_a_public_source_of_its_own(name: str) -> None:
    row = catalogue.row(name)
    assert (row["ports"], row["protocols"]) == SUPPLEMENTS[name]
    assert row["table"] == row["source"]["table"] == "supplement"
    assert row["source"]["url"].startswith("https://")
    assert row["source"]["title"]


def test_a_documented_row_names_title_date_table_and_row() -> None:
    assert catalogue.row("mobile_manager")["source"] == {
        "title": "Standard ports and protocols required for Therefore communication",
        "modified": "Mon, 1 Sep at 4:27 PM",
        "table": "Therefore On-Premises Specific Ports",
        "row": 4,
        "url": "https://softwaresupport.sossystems.co.uk/support/solutions/articles/205000040974",
    }


def test_rows_are_copies() -> None:
    catalogue.row("smb")["ports"].append(1)
    catalogue.find(["smb"])[0]["ends"][0]["at"] = "moon"
    assert catalogue.row("smb")["ports"] == [445]
    assert catalogue.row("smb")["ends"][0]["at"] == "any"


def test_each_file_is_read_once_per_process(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    real = Path.open

    def counting(self: Path, *args: Any, **kwargs: Any) -> Any:
        opened.append(self.name)
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", counting)
    catalogue._layers.cache_clear()
    catalogue._all_rows.cache_clear()
    for _time in range(3):
        catalogue.find([], ["dns"])
        catalogue.duties("therefore_server")
    assert opened == ["layers.json"]


@pytest.mark.parametrize("layer", ["documented", "interpretation", "supplement"])
def test_what_is_read_is_what_people_edit(layer: str) -> None:
    written = yaml.safe_load((catalogue.DATA / f"{layer}.yml").read_text(encoding="utf-8"))
    assert catalogue._layer(layer) == written, "run tools/port-data"


@pytest.mark.parametrize(("port", "expected"), [(49151, False), (49152, True), (65535, True)])
def test_a_range_holds_its_ends_and_nothing_outside(port: int, expected: bool) -> None:
    assert catalogue.has_port(catalogue.row("rpc_dynamic"), port) is expected


@pytest.mark.parametrize(
    ("term", "message"),
    [
        ("xml_servce", "'xml_servce' is neither the id nor the service of a row; did you mean xml_service"),
        ("", "'' is neither the id nor the service of a row; Valid: ldap, dcom"),
        ("RPC_dynamic", "'RPC_dynamic' is a supplement, given only on request; add supplements=['rpc_dynamic']"),
        ("SQL Server Browser", "add supplements=['sql_browser']"),
    ],
)
def test_an_unknown_term_names_what_was_meant(term: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        catalogue.find([term])
    assert message in str(refused.value)
