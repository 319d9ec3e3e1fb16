# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventories of README.md, read as Ansible reads them: no setting is wrong, and each gives what it is for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.inventory import Inventory, inventory_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.document import document
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import plain
from collection import ROOT

BLOCK = re.compile(r"\n([^\n]+(?:\n[^\n]+)*)\n\n```yaml\n(.*?)```", re.DOTALL)
EXAMPLES = {words.split(":")[0].split(",")[0]: text for words, text in BLOCK.findall((ROOT / "README.md").read_text())}
MFP = {"mfp_web_service", "mfp_file_transfer"}


def inventory(name: str, folder: Path) -> Inventory:
    path = folder / "inventory.yml"
    path.write_text(EXAMPLES[name])
    found = InventoryManager(loader=DataLoader(), sources=[str(path)])
    shared = plain(found.groups["all"].get_vars())
    hosts = {
        host.name: {**shared, **{k: v for g in host.get_groups() for k, v in plain(g.get_vars()).items()}}
        | plain(host.get_vars())
        for host in found.get_hosts()
    }
    groups = {name: [host.name for host in group.get_hosts()] for name, group in found.groups.items()}
    return inventory_of(hosts, groups, shared)


def rows(given: Inventory, host: str, direction: str, peer: str | None = None) -> set[str]:
    """The rows of the allow rules of a host, of those with this peer."""
    (party,) = [one for one in given.parties if one.name == host]
    return {
        row
        for one in party.wanted.values()
        for rule in one["rules"]
        if (rule["direction"], rule["action"]) == (direction, "allow") and (peer is None or peer in rule["peers"])
        for row in rule["rows"]
    }


@pytest.mark.parametrize("name", EXAMPLES)
def test_nothing_in_it_is_wrong(name: str, tmp_path: Path) -> None:
    given = inventory(name, tmp_path)
    assert [one.problem for one in given.parties if one.problem] == []
    report = document(given, None, None, "2026-11-28T00:00:00Z")
    assert [one["text"] for one in report["findings"] if one["level"] == "error"] == []


def test_there_are_four() -> None:
    assert list(EXAMPLES) == ["All in one", "Database apart", "Web server in a DMZ", "Therefore Online"]


def test_all_in_one(tmp_path: Path) -> None:
    given = inventory("All in one", tmp_path)
    assert {"sql_server", "xml_service", "smb", "dcom", "ldap", "https"} <= rows(given, "archive.example.com", "in")
    assert rows(given, "desk-07.example.com", "in") == set()
    assert {"sql_server", "xml_service"} <= rows(given, "desk-07.example.com", "out", "192.0.2.10")


def test_database_apart(tmp_path: Path) -> None:
    given = inventory("Database apart", tmp_path)
    assert "sql_server" in rows(given, "database.example.com", "in")
    assert not {"xml_service", *MFP} & rows(given, "database.example.com", "in")
    assert rows(given, "archive.example.com", "in", "203.0.113.20-203.0.113.39") == MFP
    assert "sql_server" in rows(given, "archive.example.com", "out", "192.0.2.0/24")
    assert "ldap" in rows(given, "desk-01.example.com", "out", "192.0.2.5")
    assert "ldap" not in rows(given, "database.example.com", "in")


def test_web_server_in_a_dmz(tmp_path: Path) -> None:
    given = inventory("Web server in a DMZ", tmp_path)
    assert rows(given, "web.example.com", "in", "any") == {"https", "mobile_manager"}
    assert "xml_service" in rows(given, "web.example.com", "out", "192.0.2.10")
    assert "xml_service" in rows(given, "archive.example.com", "in", "198.51.100.4")
    assert not {"dcom", "smb"} & rows(given, "web.example.com", "out")
    crossing = document(given, None, None, "2026-11-28T00:00:00Z")["crossings"]
    between = {row for one in crossing if (one["source"], one["to"]) == ("dmz", "inside") for row in one["rows"]}
    assert between == {"xml_service"}
    assert {row for one in crossing if one["source"] == "Internet" for row in one["rows"]} == {
        "https",
        "mobile_manager",
    }


def test_therefore_online(tmp_path: Path) -> None:
    given = inventory("Therefore Online", tmp_path)
    assert rows(given, "laptop-03.example.com", "out", "tenant.example.com") == {"online_xml_service"}
    assert rows(given, "scanproxy.example.com", "in", "203.0.113.20-203.0.113.39") == {
        "online_mfp_web_service", "online_mfp_file_transfer",
    }  # fmt: skip
