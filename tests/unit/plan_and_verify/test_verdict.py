# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict on what a probe found, and the reason that a person is given."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.known import Known
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.verdict import verdict
from estates import archive, between, desk, outsider

GOOD_TLS = {
    "version": "TLSv1.3", "chain_verified": True, "name_verified": True, "days_left": 90, "expires": "2027-02-22",
    "error": None,
}  # fmt: skip


def result(state: str, **more: Any) -> dict[str, Any]:
    found = {"state": state, "address": "192.0.2.10", "source": "192.0.2.50", "icmp": None, "error": None, "sent": True}
    return {**found, "source_ports": [40000], "tag": TAG, **more}


def planned(host: str, *changes: dict[str, Any], findings: Any = (), **more: Any) -> dict[str, Any]:
    sets = [{"role": "therefore_server", "changes": list(changes), "unchanged": 0, "findings": list(findings)}]
    return {"host": host, "status": "planned", "message": None, "sets": sets, **more}


def known(*plans: dict[str, Any], listening: Any = (), **said: Any) -> Known:
    """What is known, with what the archive said of its end; its listener was there until it was told to stop."""
    return Known(plans, [archive() | {"listening": list(listening), "stopped": 1, "arrived": [], **said}, desk()])


def held(port: int, protocol: str = "tcp", *addresses: str, error: str = "Address already in use") -> dict[str, Any]:
    """What the archive says of a port that it could not listen on."""
    return {"in_use": [{"port": port, "protocol": protocol, "error": error, "addresses": list(addresses)}]}


def judged(port: str, found: dict[str, Any], about: Known | None = None, **settings: Any) -> tuple[str, str]:
    shared = {key: value for key, value in settings.items() if key != "components"}
    flow = between("desk", "archive", archive(**settings), desk(**shared))[port]
    said = verdict(flow, found, about or known())
    return said["outcome"], said["hint"] or said["warning"] or ""


TAG = "0f1e2d3c"
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
            "refused, by archive or by a firewall or router on the way, which a reset does not tell: is the service",
        ),
        (
            result("refused"),
            known(listening=[LISTENER]),
            "failed",
            "refused although our listener listens on archive, so",
        ),
        (
            result("refused"),
            known(**held(8000, "tcp", "0.0.0.0")),
            "failed",
            "refused although a service listens on ar",
        ),
        (
            result("refused"),
            known(**held(8000, "tcp", "127.0.0.1")),
            "failed",
            "refused: the service on archive listens",
        ),
        (
            result("refused"),
            known(listening=[LISTENER], stopped=0),
            "unknown",
            "refused, and our listener on archive had",
        ),
        (result("filtered"), known(), "failed", "filtered, no answer: the rules of desk and archive are as wanted"),
        (
            result("filtered", icmp="admin-prohibited"),
            known(),
            "failed",
            "filtered by ICMP admin-prohibited: the rules",
        ),
        (
            result("filtered", icmp="port-unreachable", icmp_from="192.0.2.1", icmp_by="other"),
            known(),
            "failed",
            "filtered by ICMP port-unreachable from 192.0.2.1 (a router or firewall on the way): the rules of",
        ),
        (
            result("filtered", icmp="admin-prohibited", icmp_by="self", sent=False, error="ICMP from 192.0.2.50"),
            known(),
            "failed",
            "filtered at the source, ICMP from 192.0.2.50: desk's own firewall",
        ),
        (
            result("unreachable", icmp="time-exceeded", icmp_from="192.0.2.1", icmp_by="other"),
            known(),
            "failed",
            "a loop: 192.0.2.1 says",
        ),
        (
            result("not-sent", sent=False, error="this host has no local port left"),
            known(),
            "failed",
            "desk could not send it: this host has no local port left",
        ),
        (
            result("unreachable", sent=False, error="the gateway 192.0.2.1 does not answer"),
            known(),
            "failed",
            "no way from desk to 192.0.2.10 (the gateway 192.0.2.1 does not answer)",
        ),
        (
            result("filtered"),
            known(
                listening=[LISTENER], arrived=[{**LISTENER, "source": "192.0.2.50", "source_port": 40000, "tag": None}]
            ),
            "failed",
            "it arrives at archive, and the answer is lost on the way back",
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
        (
            result("name-not-resolved", address=None),
            known(),
            "failed",
            "desk cannot resolve 192.0.2.10 (no address): mend",
        ),
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


OUR_UDP = {"port": 137, "protocol": "udp"}


@pytest.mark.parametrize(
    ("state", "about", "outcome"),
    [
        ("open", known(), "passed"),
        ("udp-unknown", known(), "unknown"),
        ("udp-unknown", known(**held(137, "udp", "0.0.0.0")), "unknown"),
        ("udp-unknown", known(listening=[OUR_UDP]), "failed"),
        ("udp-unknown", known(listening=[OUR_UDP], stopped=0), "unknown"),
    ],
)
def test_silence_over_udp_means_something_only_where_we_listened(state: str, about: Known, outcome: str) -> None:
    assert judged("137/udp", result(state), about)[0] == outcome


@pytest.mark.parametrize("port", ["137/tcp", "139/udp"])
def test_a_refusal_on_a_port_that_no_service_uses_is_never_passed(port: str) -> None:
    assert judged(port, result("refused"), profile="documented")[0] == "unknown"


def proof(port: str, found: dict[str, Any], about: Known, *estate: dict[str, Any]) -> tuple[str, str]:
    """Outcome and proof of a flow to the archive, from the desk or from an outsider."""
    source = estate[1]["host"] if estate else "desk"
    flow = between(source, "archive", *(estate or (archive(), desk())))[port]
    said = verdict(flow, found, about)
    return said["outcome"], said["proof"]


OURS = known(listening=[LISTENER, OUR_UDP])
CAME = {"port": 8000, "protocol": "tcp", "source": "192.0.2.50", "source_port": 40000, "tag": None}


@pytest.mark.parametrize(
    ("found", "about", "expected"),
    [
        (result("open", listener=True), OURS, ("passed", "two_ended")),
        (result("open"), OURS, ("failed", "none")),
        (result("open", closed=True), OURS, ("failed", "none")),
        (result("open"), known(listening=[LISTENER], arrived=[CAME]), ("failed", "none")),
        (result("open"), known(listening=[LISTENER], stopped=0), ("unknown", "none")),
        (result("open"), known(**held(8000, "tcp", "::")), ("passed", "by_service")),
        (result("open"), known(**held(8000, "tcp", "127.0.0.1")), ("unknown", "none")),
        (result("open"), known(**held(8000, error="Permission denied")), ("unknown", "none")),
        (result("open"), known(), ("passed", "by_service")),
        (result("refused"), OURS, ("failed", "refused_by_firewall")),
        (result("filtered"), OURS, ("failed", "two_ended")),
        (result("filtered", icmp="admin-prohibited", icmp_by="other"), OURS, ("failed", "refused_by_firewall")),
    ],
)
def test_what_proves_a_flow_that_must_pass(found: dict[str, Any], about: Known, expected: tuple[str, str]) -> None:
    assert proof("8000/tcp", found, about) == expected


STRANGE = result("filtered", source="203.0.113.9")
STRANGE_CAME = CAME | {"source": "203.0.113.9"}


@pytest.mark.parametrize(
    ("port", "found", "about", "expected"),
    [
        ("8000/tcp", STRANGE, OURS, ("passed", "two_ended")),
        ("8000/tcp", STRANGE, known(listening=[LISTENER], stopped=None), ("unknown", "none")),
        ("8000/tcp", STRANGE, known(listening=[LISTENER], stopped=0), ("unknown", "none")),
        ("8000/tcp", STRANGE, known(listening=[LISTENER], arrived=[STRANGE_CAME]), ("failed", "two_ended")),
        ("8000/tcp", STRANGE | {"sent": None}, OURS, ("unknown", "none")),
        ("8000/tcp", STRANGE | {"sent": False}, OURS, ("unknown", "none")),
        ("8000/tcp", STRANGE | {"state": "not-sent", "sent": False}, OURS, ("unknown", "none")),
        ("8000/tcp", STRANGE | {"state": "unreachable"}, OURS, ("unknown", "none")),
        ("8000/tcp", STRANGE, known(**held(8000, "tcp", "0.0.0.0")), ("passed", "by_service")),
        ("8000/tcp", STRANGE, known(**held(8000, "tcp", "127.0.0.1")), ("unknown", "none")),
        ("8000/tcp", STRANGE, known(), ("unknown", "none")),
        ("8000/tcp", STRANGE | {"state": "refused"}, OURS, ("passed", "refused_by_firewall")),
        ("8000/tcp", STRANGE | {"state": "refused"}, known(), ("unknown", "none")),
        (
            "8000/tcp",
            STRANGE | {"icmp": "admin-prohibited", "icmp_by": "target"},
            known(),
            ("passed", "refused_by_firewall"),
        ),
        (
            "8000/tcp",
            STRANGE | {"icmp": "admin-prohibited", "icmp_by": "self", "sent": False},
            OURS,
            ("unknown", "none"),
        ),
        ("8000/tcp", STRANGE | {"state": "open"}, known(), ("failed", "by_service")),
        ("8000/tcp", STRANGE | {"state": "open", "listener": True}, OURS, ("failed", "two_ended")),
        ("137/udp", STRANGE | {"state": "udp-unknown"}, OURS, ("passed", "two_ended")),
        ("137/udp", STRANGE | {"state": "refused"}, known(**held(137, "udp", "::")), ("passed", "refused_by_firewall")),
        ("137/udp", STRANGE | {"state": "udp-unknown"}, known(**held(137, "udp", "0.0.0.0")), ("unknown", "none")),
        (
            "137/udp",
            # an address that was translated on the way is known by the tag
            STRANGE | {"state": "udp-unknown"},
            known(listening=[OUR_UDP], arrived=[STRANGE_CAME | OUR_UDP | {"source": "192.0.2.1", "tag": TAG}]),
            ("failed", "two_ended"),
        ),
        (
            "137/udp",
            STRANGE | {"state": "refused", "icmp": "port-unreachable", "icmp_by": "target"},
            known(),
            ("unknown", "none"),
        ),
        (
            "137/udp",
            STRANGE | {"icmp": "port-unreachable", "icmp_by": "other"},
            known(),
            ("passed", "refused_by_firewall"),
        ),
    ],
)
def test_what_proves_a_flow_that_must_not_pass(
    port: str, found: dict[str, Any], about: Known, expected: tuple[str, str]
) -> None:
    assert proof(port, found, about, archive(), outsider()) == expected


@pytest.mark.parametrize(
    ("found", "about", "place"),
    [
        (result("filtered", sent=False), OURS, "source"),
        (result("name-not-resolved", address=None, sent=False), OURS, "source"),
        (result("filtered", icmp="admin-prohibited", icmp_by="other"), OURS, "way"),
        (result("filtered", icmp="admin-prohibited", icmp_by="target"), OURS, "target"),
        (result("open"), OURS, "way"),
        (result("filtered"), OURS, None),
        (result("refused"), known(**held(8000, "tcp", "127.0.0.1")), "service"),
    ],
)
def test_where_it_was_stopped(found: dict[str, Any], about: Known, place: str | None) -> None:
    flow = between("desk", "archive", archive(), desk())["8000/tcp"]
    assert verdict(flow, found, about)["stopped_at"] == place


def test_a_translated_address_is_said_and_hints_count_with_it() -> None:
    flow = between("desk", "archive", archive(), desk())["8000/tcp"]
    passed = verdict(flow, result("open", listener=True, seen_as="198.51.100.1"), OURS)
    assert passed["warning"] == "archive sees desk as 198.51.100.1, not as 192.0.2.50 (address translation)"
    about = Known([], [archive(), desk()], {("desk", "archive"): "198.51.100.1"})
    assert "as 198.51.100.1 (address translation), which is no peer" in str(
        verdict(flow, result("filtered"), about)["hint"]
    )


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
        (
            {"error": "only settings that are out of date succeed (dh key too small)"},
            "failed",
            "open with TLS that a cl",
        ),
        (
            {"client_certificate": True, "error": "the server wants a client certificate"},
            "failed",
            "open, and the serv",
        ),
        (
            {"version": None, "client_certificate": True, "error": "the server wants a"},
            "failed",
            "open, and the server w",
        ),
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
        ("filtered", OURS, "passed", ""),
        ("refused", known(), "unknown", "not proved: refused, and whether anybody listens on archive is not known"),
        ("unreachable", OURS, "unknown", "not proved: no way from outsider to 192.0.2.10"),
        ("udp-unknown", known(), "unknown", "not proved: udp-unknown, and whether anybody listens"),
        (
            "open",
            known(),
            "failed",
            "open, and must not be (the source is no peer of the rule): another rule or zone of arch",
        ),
        (
            "open",
            known(planned("archive", MISSING | {"id": "xml-block", "after": {**MISSING["after"], "action": "block"}})),
            "failed",
            "open, and must not be (the source is no peer of the rule): archive has not the rule xml-block as wanted",
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
    assert verdict(flow, result(state, source=source), OURS if state == "filtered" else known())["outcome"] == outcome


@pytest.mark.parametrize(("egress", "outcome"), [("deny", "passed"), ("allow", "unknown")])
def test_the_own_firewall_is_a_proof_only_where_the_source_is_to_refuse(egress: str, outcome: str) -> None:
    flow = between("outsider", "archive", archive(), outsider())["8000/tcp"]
    flow["refuses"] = egress == "deny"
    found = result("filtered", icmp="admin-prohibited", icmp_by="self", sent=False)
    assert verdict(flow, found, OURS)["outcome"] == outcome
