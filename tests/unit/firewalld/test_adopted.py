# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rich rules of zones that a set makes needless: which ones, and that each is back where it was."""

from __future__ import annotations

import ipaddress
import json
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import apply
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.adopted import (
    Adoption,
    Duplicate,
    put_back,
)
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.former import Former
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.rule_check import check_rules
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import State
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.session import FirewalldError
from ansible_collections.therefore.firewall.plugins.module_utils._guard.record import Record, from_json, to_json
from hypothesis import given
from hypothesis import strategies as st
from rulesets import PREFIX, rule

PLAIN = 'rule family="ipv4" source address="192.0.2.7" port port="443" protocol="tcp" accept'
ID = "zone public: 443/tcp from 192.0.2.7"


class Host(Firewalld):
    """Stands for a firewalld that has one zone, stored and at runtime."""

    def __init__(self, stored: list[str], running: list[str] | None = None, stubborn: bool = False) -> None:
        self.rules = {True: list(stored), False: list(stored if running is None else running)}
        self.stubborn, self.fails_stored = stubborn, False
        self.calls: list[tuple[bool, bool]] = []

    def names(self, kind: str) -> list[str]:
        return {"zone": ["public"]}.get(kind, [])

    def permanent_names(self, kind: str) -> list[str]:
        return self.names(kind)

    def zone_settings(self, name: str) -> dict[str, Any]:
        return {"rules_str": list(self.rules[False])}

    def permanent_settings(self, kind: str, name: str) -> dict[str, Any]:
        return {"rules_str": list(self.rules[True])}

    def permanent(self, prefix: str) -> State:
        return State()

    def runtime(self, prefix: str, kept: State | None = None) -> State:
        return State()

    def read_zones_ahead(self) -> None:
        pass

    def put_rich_rule(self, zone: str, text: str, *, stored: bool, there: bool) -> None:
        self.calls.append((stored, there))
        if self.fails_stored and stored and not there:
            raise FirewalldError("the disk is full")
        if self.stubborn and not there:
            return
        getattr(self.rules[stored], "append" if there else "remove")(text)


class Known(Former):
    """Stands for a former state that firewalld puts back when asked."""

    def __init__(self) -> None:
        self.permanent = self.runtime = State()

    def recover(self, error: FirewalldError, put_back: Any, others: Any) -> FirewalldError:
        put_back()
        return error


def adoption(host: Host, *rules: dict[str, Any], adopt: bool = True, failed: bool = False, **changed: Any) -> Adoption:
    parameters = {"adopt": adopt, "variable_prefix": "therefore_server", "guard_token": None, **changed}
    return Adoption(host, check_rules(rules or (rule(),)), parameters, failed)


def test_what_a_rule_of_the_set_allows_is_found_with_the_remedy() -> None:
    found = adoption(Host([PLAIN]), adopt=False)
    (finding,) = found.findings()
    assert (finding["kind"], finding["object"]) == ("duplicate", "zone public")
    assert finding["message"].startswith(f"allows 443/tcp to 192.0.2.7 ({PLAIN}), as a rule of the set does.")
    assert finding["message"].endswith("therefore_server_adopt: true takes it away once the set is in force.")
    assert (found.changes(), found.gone) == ([], [])


def test_adopted_it_goes_from_both_configurations_the_running_one_first() -> None:
    host = Host(["other", PLAIN])
    found = adoption(host)
    (change,) = found.changes()
    assert (change["action"], change["id"], change["after"], found.findings()) == ("delete", ID, None, [])
    assert (change["before"]["peers"], change["before"]["rule"]) == (["192.0.2.7"], PLAIN)
    assert found.text() == f"{ID}: allow in tcp 443 from 192.0.2.7\n"
    found.take_away()
    assert host.rules == {True: ["other"], False: ["other"]}
    assert host.calls == [(False, False), (True, False)]
    assert adoption(host).gone == []


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.replace("192.0.2.7", "192.0.2.0/24"),
        PLAIN.replace("192.0.2.7", "192.0.2.128/25"),
        PLAIN.replace("ipv4", "ipv6").replace("192.0.2.7", "2001:db8::7"),
    ],
)
def test_all_that_is_wholly_within_a_rule_counts(text: str) -> None:
    assert adoption(Host([text])).gone == [Duplicate("public", text, stored=True, running=True)]


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.replace("192.0.2.7", "192.0.3.7"),
        PLAIN.replace("192.0.2.7", "192.0.0.0/16"),
        PLAIN.replace("443", "444"),
        PLAIN.replace("443", "443-444"),
        PLAIN.replace("tcp", "udp"),
        PLAIN.replace("accept", "drop"),
        PLAIN.replace("accept", 'log prefix="x" accept'),
        PLAIN.replace("accept", 'accept limit value="1/m"'),
        PLAIN.replace("rule ", 'rule priority="-1" '),
        PLAIN.replace("source address", "source NOT address"),
        PLAIN.replace('source address="192.0.2.7" ', ""),
        PLAIN.replace('address="192.0.2.7"', 'ipset="friends"'),
        PLAIN.replace('port port="443" protocol="tcp"', 'service name="https"'),
        PLAIN.replace("port port", 'destination address="192.0.2.1" port port'),
    ],
)
def test_what_allows_or_does_anything_else_is_left_alone(text: str) -> None:
    found = adoption(Host([text]))
    assert (found.gone, found.findings()) == ([], [])


@pytest.mark.parametrize(
    "changed",
    [
        {"action": "block", "peers": ["any"]},
        {"direction": "out"},
        {"direction": "forward", "sources": ["192.0.2.0/24"]},
        {"peers": ["archive.example.com"]},
    ],
)
def test_rules_that_do_not_surely_let_it_in_have_no_duplicates(changed: dict[str, Any]) -> None:
    assert adoption(Host([PLAIN]), rule(**changed)).gone == []


def test_a_rule_for_everybody_or_for_neighbouring_networks_holds_it() -> None:
    assert adoption(Host([PLAIN]), rule(peers=["any"])).gone
    whole = PLAIN.replace("192.0.2.7", "192.0.2.0/24")
    assert adoption(Host([whole]), rule(peers=["192.0.2.0/25", "192.0.2.128/25"])).gone


def test_one_that_only_runs_could_not_be_put_back_and_stays() -> None:
    found = adoption(Host([], [PLAIN]))
    assert found.gone == []
    assert "leaves it alone: only the running configuration has it" in found.findings()[0]["message"]


def test_one_that_is_only_stored_goes_and_comes_back_there_alone() -> None:
    host = Host([PLAIN], [])
    found = adoption(host)
    assert found.changes()[0]["before"]["only_in"] == "permanent"
    found.take_away()
    assert not found.is_back()
    put_back(host, found.gone)
    assert (host.rules, found.is_back()) == ({True: [PLAIN], False: []}, True)


def test_under_a_guard_that_was_armed_before_and_in_a_failed_firewalld_none_goes() -> None:
    found = adoption(Host([PLAIN]), guard_token="0123")
    assert found.gone == []
    assert "takes it away in the next run" in found.findings()[0]["message"]
    assert adoption(Host([PLAIN]), failed=True).findings() == []


def test_a_firewalld_that_keeps_it_is_an_error() -> None:
    with pytest.raises(FirewalldError, match="did not take away zone public: 443/tcp from"):
        adoption(Host([PLAIN], stubborn=True)).take_away()


def test_what_went_before_a_failure_is_put_back() -> None:
    host = Host([PLAIN])
    found = adoption(host)
    host.fails_stored = True
    with pytest.raises(FirewalldError, match="the disk is full"):
        apply.apply(host, PREFIX, State(), Known(), None, adoption=found)
    assert host.calls == [(False, False), (True, False), (False, True)]
    assert found.is_back()


def test_the_guard_remembers_them() -> None:
    gone = (Duplicate("public", PLAIN, stored=True, running=False),)
    record = Record("web", "0123", 60, 0.0, "from here", True, "enabled", State(), State(), {}, adopted=gone)
    assert from_json(to_json(record)) == record
    older = {key: value for key, value in json.loads(to_json(record)).items() if key != "adopted"}
    assert from_json(json.dumps(older)).adopted == ()


NETWORKS = st.builds(
    lambda number, length: str(ipaddress.ip_network((0xC0000200 + number, length), strict=False)),
    st.integers(0, 255),
    st.integers(24, 32),
)


@given(st.lists(NETWORKS, min_size=1, max_size=3), NETWORKS, st.integers(440, 446))
def test_whoever_may_come_in_by_a_rule_that_goes_comes_in_by_the_set(peers: list[str], source: str, port: int) -> None:
    text = PLAIN.replace("192.0.2.7", source).replace('"443"', f'"{port}"')
    gone = adoption(Host([text]), rule(peers=sorted(set(peers)), ports=["441-443"])).gone
    open_to = {one for peer in peers for one in ipaddress.ip_network(peer)}
    assert bool(gone) == ({*ipaddress.ip_network(source)} <= open_to and 441 <= port <= 443)
