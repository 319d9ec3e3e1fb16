# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verification of a large estate: what is alike is told once, and nothing is lost."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from ansible_collections.therefore.firewall.plugins.filter.verify import verify_junit, verify_text
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.flows import flows
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.jobs import held_by, job_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify import answers
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.verification import document, lifted
from estates import CLIENT, SERVER, host

DESKS, CREATED = 12, "2026-11-28T00:00:00Z"
OPEN = {"state": "open", "listener": True, "sent": True, "error": None, "icmp": None, "closed": False, "tls": None}
SILENT = OPEN | {"state": "filtered", "listener": False}


def estate() -> list[dict[str, Any]]:
    desks = [host(f"desk{one}", f"192.0.2.{50 + one}", therefore_client=CLIENT) for one in range(DESKS)]
    outside = [host(f"outside{one}", f"203.0.113.{one + 1}") for one in range(3)]
    return [host("archive", "192.0.2.10", therefore_server=SERVER), *desks, *outside]


def verified(broken: tuple[str, ...] = (), away: tuple[str, ...] = (), opened: tuple[str, ...] = ()) -> Any:
    """The document where some desks do not reach 8000, some hosts are away, and some outside come in on it."""
    hosts = estate()
    found = flows(hosts)
    hosts[0] |= {"listening": found["listen"]["archive"]["listen"], "stopped": 1, "arrived": []}
    found["held"] = held_by(hosts)
    for one in hosts[1:]:
        name, (own,) = one["host"], one["targets"]
        passes = [target["port"] != 8000 or name not in broken for target in job_of(found, name)["targets"]]
        outside = name.startswith("outside")
        results = [
            {**target, "address": target["host"], "source": own, "latency_ms": float(own[-1]), "source_ports": [4000],
             **(OPEN | {"seen_as": own} if (target["port"] == 8000 and name in opened) or (passed and not outside)
                else SILENT)}
            for target, passed in zip(job_of(found, name)["targets"], passes, strict=True)
        ]  # fmt: skip
        if name not in away:
            one.update(answers.told_once(found, results))
        else:
            one["problem"] = "timed out"
    return document(found, hosts, [], CREATED)


def of_port(report: Any, port: int, expect: str = "allow") -> list[tuple[str, int, str]]:
    return [
        (one["source"], one["count"], one["outcome"])
        for one in report["flows"]
        if one["port"] == port and one["expect"] == expect
    ]


def test_what_alike_hosts_found_alike_is_one_entry() -> None:
    report = verified()
    assert of_port(report, 8000) == [("desk0 … desk11 (12 hosts)", 12, "passed")]
    assert of_port(report, 8000, "deny") == [("outside0 … outside2 (3 hosts)", 3, "passed")]
    (one,) = [one for one in report["flows"] if one["port"] == 8000 and one["expect"] == "allow"]
    assert one["members"] == [f"desk{number}" for number in range(DESKS)]
    assert report["totals"]["flows"] == report["totals"]["passed"] == (DESKS + 3) * 5


def test_a_failure_is_one_hosts() -> None:
    report = verified(broken=("desk3", "desk7"), opened=("outside1",))
    assert of_port(report, 8000) == [
        ("desk0 … desk11 (10 hosts)", 10, "passed"), ("desk3", 1, "failed"), ("desk7", 1, "failed"),
    ]  # fmt: skip
    assert ("outside1", 1, "failed") in of_port(report, 8000, "deny")
    assert report["totals"]["failed"] == 3
    shown = verify_text(report)
    assert "FAILED  desk3 -> archive 8000/tcp: filtered" in shown
    # each host has one line with all its ports
    lines = [line for line in shown.splitlines() if line.startswith("from ")]
    assert [line.split("  ")[0] for line in lines] == [
        "from desk0 … desk11 (10 hosts)", "from desk3", "from desk7", "from outside0, outside2",
        "from outside1",
    ]  # fmt: skip
    root = ElementTree.fromstring(verify_junit(report))
    assert {one.attrib["classname"] for one in root.iter("testcase") if one.find("failure") is not None} == {
        "desk3",
        "desk7",
        "outside1",
    }


def test_hosts_that_were_away_for_the_same_reason_are_one_entry() -> None:
    report = verified(away=("desk1", "desk2"))
    assert of_port(report, 8000) == [("desk0 … desk11 (10 hosts)", 10, "passed"), ("desk1, desk2", 2, "unknown")]
    assert report["totals"]["silent_hosts"] == ["desk1", "desk2"]
    assert "UNKNOWN desk1, desk2 -> archive 135/tcp" in verify_text(report)
    assert "could not be asked (timed out)" in verify_text(report)


def test_hosts_whose_short_names_are_one_stay_apart() -> None:
    report = verified(away=("desk1", "desk2", "desk4"))
    for one in report["flows"]:
        if one["port"] == 135 and one["outcome"] == "unknown":
            one["members"] = ["desk1", "desk3", "desk4"]
    assert verify_text(report).count("UNKNOWN desk1 … desk4 (3 hosts) -> archive") == 2


@pytest.mark.parametrize("settings", [{}, {"broken": ("desk3",), "away": ("desk1",), "opened": ("outside0",)}])
def test_telling_alike_answers_once_changes_no_verdict(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = verified(**settings)
    monkeypatch.setattr(answers, "LARGE", 10)
    short = verified(**settings)
    for report in (whole, short):
        for one in report["flows"]:
            del one["results"]
            one["members"].sort()
    assert short["totals"] == whole["totals"]
    assert short["flows"] == whole["flows"]


def test_a_large_estate_keeps_of_good_answers_what_tells_them_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "LARGE", 10)
    found = flows(estate())
    targets = job_of(found, "desk5")["targets"]
    good = [{**one, **OPEN, "address": one["host"], "source": "192.0.2.55", "seen_as": None} for one in targets]
    for one in good:
        del one["name"]
    by_service = good[1] | {"listener": False}
    translated = good[2] | {"seen_as": "198.51.100.1"}
    elsewhere = good[3] | {"address": "192.0.2.99"}
    told = answers.told_once(found, [good[0], by_service, translated, elsewhere, good[4]])
    assert told["results"] == [translated, elsewhere]
    assert [one["answer"]["listener"] for one in told["alike"]] == [True, False]
    numbers = [number for one in told["alike"] for low, high in one["flows"] for number in range(low, high + 1)]
    assert {found["flows"][number]["id"] for number in numbers} == {good[0]["id"], by_service["id"], good[4]["id"]}


def test_a_document_of_version_1_has_one_host_for_each_entry() -> None:
    old = verified(broken=("desk3",)) | {"version": 1}
    old["flows"] = [
        {key: value for key, value in one.items() if key not in ("members", "count")} | {"source": "desk3"}
        for one in old["flows"]
    ]
    new = lifted(old)
    assert (new["version"], new["flows"][0]["members"], new["flows"][0]["count"]) == (2, ["desk3"], 1)
    assert "from desk3" in verify_text(old)
    assert lifted({"version": 1}) == {"version": 1}
