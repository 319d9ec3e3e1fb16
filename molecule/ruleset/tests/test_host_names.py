# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host names among the peers are resolved on the host, to all their addresses, each time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import FRIEND, FRIENDS, STRANGER, STRANGERS, rule
from engine_host import Host

BY_NAME = rule("xml", 8000, peers=["desk.example"])


@pytest.fixture(autouse=True)
def _own_hosts_file(host: Host) -> Iterator[None]:
    host.run("cp /etc/hosts /run/hosts; mount --bind /run/hosts /etc/hosts")
    yield
    host.run("umount /etc/hosts")


def name(host: Host, *addresses: str) -> None:
    """Give desk.example these addresses."""
    lines = "\n".join(f"{address} desk.example" for address in addresses)
    host.run("(echo 127.0.0.1 localhost; cat) >/run/hosts", stdin=lines + "\n")


def test_all_addresses_and_a_change_without_a_reload(host: Host) -> None:
    name(host, *FRIENDS)
    applied = host.applied(rules=[BY_NAME])
    assert applied["volatile"] == {"desk.example": FRIENDS}
    assert host.seen_from(FRIEND, 8000) == ["open"]
    assert host.applied(rules=[BY_NAME])["changed"] is False
    name(host, *STRANGERS, "10.79.1.31")
    moved = host.applied(rules=[BY_NAME])
    assert (moved["changed"], moved["reloaded"]) == (True, False)
    assert moved["volatile"] == {"desk.example": ["10.79.1.30", "10.79.1.31", "fd79:1::30"]}
    assert host.seen_from(STRANGER, 8000) == ["open"]
    assert host.seen_from(FRIEND, 8000) == ["filtered"]


def test_a_name_that_no_longer_resolves_changes_nothing(host: Host) -> None:
    name(host, *FRIENDS)
    host.applied(rules=[BY_NAME])
    name(host)
    more = [BY_NAME, rule("sql", 1433)]
    # the rest is planned, and of the rule itself nothing is claimed
    predicted = host.applied(check=True, rules=more)
    assert [change["id"] for change in predicted["changes"]] == ["sql"]
    (finding,) = predicted["findings"]
    assert (finding["kind"], finding["object"]) == ("refused", "host name desk.example")
    assert host.applied(check=True, rules=[BY_NAME])["changed"] is False
    for rules in ([BY_NAME], more):
        message = host.refused(rules=rules)
        assert message == finding["message"]
        assert "'desk.example' does not resolve on this host" in message
        assert "give addresses" in message
    assert host.seen_from(FRIEND, 8000) == ["open"]
