# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The port data as tables for people."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.therefore.firewall.plugins.filter.port_table import port_table
from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.rules import rules_for

RULES = rules_for(catalogue.find(["smb"]), "therefore_client", {"trusted_subnets": ["192.0.2.0/24"]})


def test_rows_as_text() -> None:
    assert port_table(catalogue.find(["smb", "http"])).splitlines() == [
        "id    service             ports  protocols  direction                                   scope",
        "smb   MICROSOFT-DS (SMB)  445    tcp        Inbound & Outbound                          Domain only",
        "http  HTTP                80     tcp        Inbound (web servers) / Outbound (clients)  Domain & Internet",
    ]


def test_rows_as_markdown() -> None:
    assert port_table(catalogue.find(["smb"]), "markdown").splitlines() == [
        "| id | service | ports | protocols | direction | scope |",
        "| --- | --- | --- | --- | --- | --- |",
        "| smb | MICROSOFT-DS (SMB) | 445 | tcp | Inbound & Outbound | Domain only |",
    ]


def test_every_row_has_a_line() -> None:
    assert len(port_table(catalogue.find([])).splitlines()) == 14


def test_rules() -> None:
    assert port_table(RULES).splitlines() == [
        "rule         direction  protocol  ports  far end       scope   action  rows",
        "smb-out-tcp  out        tcp       445    192.0.2.0/24  domain  allow   smb",
    ]


def test_a_bar_stays_text_in_markdown() -> None:
    assert "smb\\|out" in port_table([{**RULES[0], "id": "smb|out"}], "markdown")


@pytest.mark.parametrize(
    ("entries", "style", "said"),
    [
        (RULES, "html", r"style: 'html'"),
        ([{"id": "smb"}], "text", r"port_table: \[\{'id': 'smb'\}\] are neither rows of the lookup"),
        ("smb", "text", r"port_table: 'smb' are neither rows"),
        (7, "text", r"port_table: 7 are neither rows"),
    ],
)
def test_something_else_is_refused(entries: Any, style: str, said: str) -> None:
    with pytest.raises(AnsibleFilterError, match=said):
        port_table(entries, style)
