# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusal of other outbound traffic on Windows, and that it is undone where it was our doing and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
from wanted import ONLINE, rules
from windows_hosts import SERVER_TITLE, converged, host, plan_for, run

BLOCK = {"state": "enabled", "outbound_action": "block"}
ALLOW = {"state": "enabled", "outbound_action": "allow"}
EVERY = ["Domain", "Private", "Public"]


def profiles(**changed: dict[str, Any]) -> dict[str, Any]:
    found = host()["profiles"]
    return {name: {**found[name], **changed.get(name, {})} for name in found}


def outbound(found: dict[str, Any]) -> list[str]:
    return [profile["outbound"] for profile in found["profiles"].values()]


def egress_change(made: Any) -> dict[str, Any] | None:
    return next((change for change in made["changes"] if change["id"] == "egress-deny"), None)


def test_deny_blocks_by_default_and_keeps_what_a_host_needs() -> None:
    made = plan_for(host(), egress="deny")
    assert made["outbound"] == {"profiles": EVERY, **BLOCK}
    kept = [step["name"] for step in made["steps"] if "(Egress)" in step["name"]]
    assert len(kept) == 7
    change = egress_change(made)
    assert change is not None
    assert (change["action"], change["before"]) == ("create", None)
    assert change["after"] == {
        "direction": "out", "protocol": "", "ports": [], "peers": ["any"], "sources": [], "action": "block", "rows": [],
        "profiles": ["domain", "private", "public"],
    }  # fmt: skip


def test_deny_twice_changes_nothing() -> None:
    found = converged(egress="deny")
    made = plan_for(found, egress="deny")
    assert (made["changes"], made["steps"], made["outbound"]) == ([], [], {})
    assert made["unchanged"] == len(rules("therefore_server")) + 7 + 1


def test_a_profile_that_somebody_opened_again_is_closed_again() -> None:
    found = converged(egress="deny")
    found["profiles"]["private"]["outbound"] = "allow"
    made = plan_for(found, egress="deny")
    assert made["outbound"] == {"profiles": ["Private"], **BLOCK}
    change = egress_change(made)
    assert change is not None
    assert (change["action"], change["before"]["profiles"]) == ("update", ["domain", "public"])


@pytest.mark.parametrize(("state", "egress"), [("present", "allow"), ("absent", "allow"), ("absent", "deny")])
def test_what_we_refused_passes_again(state: str, egress: str) -> None:
    found = converged(egress="deny")
    made = plan_for(found, state=state, egress=egress)
    assert made["outbound"] == {"profiles": EVERY, **ALLOW}
    change = egress_change(made)
    assert change is not None
    assert (change["action"], change["after"]) == ("delete", None)
    after = run(found, made)
    assert outbound(after) == ["allow"] * 3
    assert [rule for rule in after["rules"] if "(Egress)" in rule["name"]] == []


def test_a_block_that_is_not_our_doing_stays() -> None:
    found = host(profiles=profiles(public={"outbound": "block"}))
    after = run(found, plan_for(found, egress="deny"))
    assert outbound(after) == ["block"] * 3
    again = run(after, plan_for(after, egress="deny"))
    assert again == after
    assert outbound(run(after, plan_for(after))) == ["allow", "allow", "block"]


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_block_without_keep_rules_is_not_our_doing(state: str) -> None:
    found = {**converged(), "profiles": profiles(domain={"outbound": "block"})}
    assert plan_for(found, state=state)["outbound"] == {}


@pytest.mark.parametrize("first", ["therefore_server", ONLINE])
def test_the_last_set_that_refuses_gives_it_back(first: str) -> None:
    second = ONLINE if first == "therefore_server" else "therefore_server"
    found = converged("therefore_server", egress="deny")
    found = run(found, plan_for(found, ONLINE, egress="deny"))
    found = run(found, plan_for(found, first, state="absent"))
    assert outbound(found) == ["block"] * 3
    found = run(found, plan_for(found, second, state="absent"))
    assert outbound(found) == ["allow"] * 3


def test_a_profile_that_is_off_is_not_turned_on() -> None:
    found = host(profiles=profiles(private={"enabled": False}))
    made = plan_for(found, egress="deny")
    assert made["outbound"] == {"profiles": ["Domain", "Public"], **BLOCK}
    assert plan_for(run(found, made), egress="deny")["changes"] == []


def test_a_block_that_is_left_on_a_profile_that_is_off_is_said() -> None:
    found = converged(egress="deny")
    found["profiles"]["public"]["enabled"] = False
    made = plan_for(found, state="absent")
    assert made["outbound"] == {"profiles": ["Domain", "Private"], **ALLOW}
    (finding,) = made["findings"]
    assert (finding["kind"], finding["object"]) == ("outbound_left_blocked", "public")
    assert "Set-NetFirewallProfile -Name Public -DefaultOutboundAction Allow" in finding["message"]


def test_the_keep_rules_stand_before_anything_is_refused() -> None:
    made = plan_for(host(), egress="deny")
    half_way = run(host(), made, made["steps"][:-1])
    assert outbound(half_way) == ["allow"] * 3
    rest = plan_for(half_way, egress="deny")
    assert run(half_way, rest) == converged(egress="deny")
    assert all(step["group"] == SERVER_TITLE for step in made["steps"])
