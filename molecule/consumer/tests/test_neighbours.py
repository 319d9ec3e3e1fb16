# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's rules and the house's own settings on the same hosts: neither disturbs the other.

The tests run in this order: each starts from what the one before left.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from lab_hosts import Flow, play, probe, run_on

SCENARIO = Path(__file__).parents[1]
HOUSE = SCENARIO / "infrastructure"
HOSTS = ["vault01", "pc01"]
ARCHIVE_ADDRESSES = ["10.78.1.10", "fd78:1::10"]
OURS_ABSENT = {"therefore_server_state": "absent", "therefore_client_state": "absent"}


def changes(playbook: str, **extra: Any) -> dict[str, int]:
    """Run a playbook of the house; how many tasks changed something, per host."""
    stats = play(HOUSE / playbook, [HOUSE / "inventory.yml", SCENARIO / "inventory/lab.yml"], extra)["stats"]
    assert not any(one["failures"] or one["unreachable"] for one in stats.values())
    return {host: one["changed"] for host, one in stats.items()}


def states(flows: list[Flow]) -> list[str]:
    """What pc01 finds when it tries these addresses, ports and protocols."""
    return probe("pc01", flows)


def zones(host: str, *options: str) -> str:
    """All zones of a host as firewalld lists them; ``--permanent`` for the stored ones."""
    return run_on(host, "firewall-cmd", *options, "--list-all-zones")


def our_policies(host: str, *options: str) -> list[str]:
    """Names of the collection's policies on a host."""
    names = run_on(host, "firewall-cmd", *options, "--get-policies").split()
    return [name for name in names if name.startswith("thf-")]


def assert_house_is_in_order(host: str) -> None:
    """Every setting of the role house_firewall is there, permanent and at runtime as it was asked."""
    for options in ([], ["--permanent"]):
        listed = zones(host, *options)
        assert 'port port="9100" protocol="tcp" accept' in listed
        assert "10.78.1.128/25" in listed
    assert "9999/tcp" in zones(host)
    assert "9999/tcp" not in zones(host, "--permanent")


def assert_rules_are_in_order() -> None:
    """The desk reaches the archive's ports of the article, and of the others only the house's own."""
    for address in ARCHIVE_ADDRESSES:
        # row xml_service; row https; 9999 is the house's, where nobody listens; row sql_server is not a component here
        found = states([(address, port, "tcp") for port in (8000, 443, 9999, 1433)])
        assert found == ["open", "open", "refused", "filtered"], address


def test_the_collection_under_test_is_the_installed_archive() -> None:
    paths = os.environ["ANSIBLE_COLLECTIONS_PATH"].split(os.pathsep)
    installed = [Path(path) / "ansible_collections/therefore/firewall" for path in paths]
    assert [(one / "MANIFEST.json").is_file() for one in installed] == [True]
    assert not (installed[0] / "molecule").exists()


@pytest.mark.parametrize("host", HOSTS)
def test_house_settings_beside_our_rules(host: str) -> None:
    assert_house_is_in_order(host)
    assert our_policies(host) == our_policies(host, "--permanent") != []


def test_packets() -> None:
    assert_rules_are_in_order()


def test_the_other_order_changes_nothing() -> None:
    assert changes("site_reversed.yml") == dict.fromkeys(HOSTS, 0)


def test_our_rules_go_and_the_house_stays() -> None:
    gone = changes("site.yml", **OURS_ABSENT)
    assert gone == dict.fromkeys(HOSTS, 1)
    for host in HOSTS:
        assert_house_is_in_order(host)
        assert our_policies(host) + our_policies(host, "--permanent") == []
    assert states([("10.78.1.10", 8000, "tcp")]) == ["filtered"]


def test_the_house_goes_and_our_rules_stay() -> None:
    changes("site_reversed.yml", house_firewall_state="disabled")
    found = states([("10.78.1.10", port, "tcp") for port in (8000, 9999)])
    assert found == ["open", "filtered"]
    for host in HOSTS:
        assert "9100" not in zones(host)
        assert our_policies(host) == our_policies(host, "--permanent") != []


def test_our_rules_first_and_the_house_after_them() -> None:
    assert all(changes("site_reversed.yml").values())
    for host in HOSTS:
        assert_house_is_in_order(host)
    assert_rules_are_in_order()
    assert changes("site.yml") == dict.fromkeys(HOSTS, 0)
