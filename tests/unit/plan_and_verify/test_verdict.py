# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict on what a probe found, and the reason that a person is given."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.verdict import Known, verdict
from estates import archive, between, desk, outsider

GOOD_TLS = {
    "version": "TLSv1.3", "chain_verified": True, "name_verified": True, "days_left": 90, "expires": "2027-02-22",
    "error": None,
}  # fmt: skip


def result(state: str, **more: Any) -> dict[str, Any]:
    return {"state": state, "address": "192.0.2.10", "source": "192.0.2.50", "icmp": None, "error": None, **more}


def planned(host: str, *changes: dict[str, Any], findings: Any = (), **more: Any) -> dict[str, Any]:
    sets = [{"role": "therefore_server", "changes": list(changes), "unchanged": 0, "findings": list(findings)}]
    return {"host": host, "status": "planned", "message": None, "sets": sets, **more}


def known(*plans: dict[str, Any], listening: Any = ()) -> Known:
    return Known(plans, [archive() | {"listening": list(listening)}, desk()])


def judged(port: str, found: dict[str, Any], about: Known | None = None, **settings: Any) -> tuple[str, str]:
    shared = {key: value for key, value in settings.items() if key != "components"}
    flow = between("desk", "archive", archive(**settings), desk(**shared))[port]
    said = verdict(flow, found, about or known())
    return said["outcome"], said["hint"] or said["warning"] or ""


MISSING = {"action": "create", "id": "xml_service-in-tcp", "rows": [], "before": None, "after": {
    "action": "allow", "protocol": "tcp", "ports": ["8000"]}}  # fmt: skip
PANIC = {"kind": "panic", "object": "panic mode", "message": "firewalld drops every packet."}
LISTENER = {"port": 8000, "protocol": "tcp"}


@pytest.mark.parametrize(
    ("found", "about", "outcome", "hint"),
    [
        (result("open"), known(), "passed", ""),
        (
            result("refused"),
            known(),
            "failed",
            "path open, nobody listens on archive: is the service (xml_service) runn",
        ),
        (result("refused"), known(listening=[LISTENER]), "failed", "refused although something listens, so a firewall"),
        (result("filtered"), known(), "failed", "filtered, no answer: the rules of desk and archive are as wanted"),
        (
            result("filtered", icmp="admin-prohibited"),
            known(),
            "failed",
            "filtered by ICMP admin-prohibited: the rules",
        ),
        (
            result("filtered"),
            known(planned("archive", MISSING)),
            "failed",
            "filtered, no answer: archive has not the rule xml_service-in-tcp as wanted (create): run the playb",
        ),
        (
            result("filtered"),
            known(planned("desk", MISSING | {"id": "xml_service-out-tcp"})),
            "failed",
            "filtered, no answer: desk has not the rule xml_service-out-tcp as wanted (create)",
        ),
        (
            result("filtered"),
            known(planned("archive", findings=[PANIC])),
            "failed",
            "filtered, no answer: on archive, panic mode: firewalld drops every packet.",
        ),
        (
            result("filtered"),
            known(planned("archive", status="unreachable", message="no route", sets=[])),
            "failed",
            "filtered, no answer: the rules of archive are not known (no route)",
        ),
        (
            result("unreachable", error="No route to host"),
            known(),
            "failed",
            "no way from desk to 192.0.2.10 (No route",
        ),
        (result("name-not-resolved", address=None), known(), "failed", "desk cannot resolve 192.0.2.10: mend its DNS"),
        (
            result("filtered", address="192.0.2.99"),
            known(),
            "failed",
            "filtered; desk resolves 192.0.2.10 to 192.0.2.99, and the inventory to 192.0.2.10",
        ),
        (
            result("refused", address="192.0.2.99"),
            known(),
            "failed",
            "refused; desk resolves 192.0.2.10 to 192.0.2.99, and the inventory to 192.0.2.10",
        ),
        (result("not-tried", error="desk could not be asked"), known(), "unknown", "desk could not be asked"),
        (result("skipped", error="no IPv6"), known(), "skipped", "no IPv6"),
    ],
)
def test_a_flow_that_must_pass(found: dict[str, Any], about: Known, outcome: str, hint: str) -> None:
    said = judged("8000/tcp", found, about)
    assert said[0] == outcome
    assert said[1].startswith(hint)


@pytest.mark.parametrize("other", [{"ports": ["445"]}, {"protocol": "udp"}, {"action": "block"}])
def test_a_missing_rule_for_something_else_is_no_reason(other: dict[str, Any]) -> None:
    missing = MISSING | {"after": {**MISSING["after"], **other}}
    assert (
        "as wanted, so look at what lies between"
        in judged("8000/tcp", result("filtered"), known(planned("archive", missing)))[1]
    )


@pytest.mark.parametrize(
    ("state", "listening", "outcome"),
    [
        ("open", [], "passed"),
        ("udp-unknown", [], "unknown"),
        ("udp-unknown", [{"port": 137, "protocol": "udp"}], "failed"),
    ],
)
def test_silence_over_udp_means_something_only_where_we_listened(state: str, listening: Any, outcome: str) -> None:
    assert judged("137/udp", result(state), known(listening=listening))[0] == outcome


@pytest.mark.parametrize(("port", "outcome"), [("137/tcp", "passed"), ("139/udp", "unknown")])
def test_a_refusal_on_a_port_that_no_service_uses(port: str, outcome: str) -> None:
    assert judged(port, result("refused"), profile="documented")[0] == outcome


@pytest.mark.parametrize(
    ("tls", "outcome", "said"),
    [
        ({}, "passed", ""),
        ({"version": "TLSv1.2"}, "passed", ""),
        ({"version": "TLSv1.1"}, "failed", "open with TLSv1.1; allow TLS 1.2 or newer only"),
        ({"version": None, "error": "wrong version number"}, "failed", "open, but no TLS (wrong version number)"),
        (
            {"chain_verified": False, "error": "self-signed"},
            "failed",
            "the chain of the certificate does not verify for ar",
        ),
        ({"name_verified": False}, "failed", "the name of the certificate does not verify for archive"),
        ({"days_left": 29}, "passed", "the certificate expires in 29 days (2027-02-22)"),
        ({"days_left": 30}, "passed", ""),
    ],
)
def test_tls_on_443(tls: dict[str, Any], outcome: str, said: str) -> None:
    found = judged("443/tcp", result("open", tls=GOOD_TLS | tls), components=["web"])
    assert found[0] == outcome
    assert found[1].startswith(said)
    assert bool(found[1]) is bool(said)


def test_no_tls_is_asked_of_our_own_listener() -> None:
    assert judged("443/tcp", result("open", listener=True, tls=None), components=["web"]) == ("passed", "")


@pytest.mark.parametrize(
    ("state", "about", "outcome", "hint"),
    [
        ("filtered", known(), "passed", ""),
        ("refused", known(), "passed", ""),
        ("unreachable", known(), "passed", ""),
        ("udp-unknown", known(), "unknown", "no answer, which over UDP means nothing"),
        (
            "open",
            known(),
            "failed",
            "open, and must not be (outsider is no peer of the rule): another rule or zone of arch",
        ),
        (
            "open",
            known(planned("archive", MISSING | {"id": "xml-block", "after": {**MISSING["after"], "action": "block"}})),
            "failed",
            "open, and must not be (outsider is no peer of the rule): archive has not the rule xml-block as wanted",
        ),
    ],
)
def test_a_flow_that_must_not_pass(state: str, about: Known, outcome: str, hint: str) -> None:
    flow = between("outsider", "archive", archive(), outsider())["8000/tcp"]
    said = verdict(flow, result(state), about)
    assert said["outcome"] == outcome
    assert (said["hint"] or "").startswith(hint)


@pytest.mark.parametrize(
    ("source", "state", "outcome"),
    [
        ("192.0.2.50", "open", "passed"),
        ("192.0.2.50", "filtered", "failed"),
        ("203.0.113.7", "open", "failed"),
        ("203.0.113.7", "filtered", "passed"),
        (None, "filtered", "unknown"),
    ],
)
def test_a_source_with_one_foreign_address(source: str | None, state: str, outcome: str) -> None:
    flow = between("desk", "archive", archive(), desk("192.0.2.50", "203.0.113.7"))["8000/tcp"]
    assert verdict(flow, result(state, source=source), known())["outcome"] == outcome
