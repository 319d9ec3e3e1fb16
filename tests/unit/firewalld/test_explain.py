# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan that a person reads: what lies between two states, rule by rule, and what a hand edit looks like."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.explain import Explanation, explain
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import IpSet, State, differing
from rulesets import DENY, IN, OUT, PREFIX, built, edited, forward, rule

NOTHING = State()
OFFICE_VIEW = {
    "direction": "in", "protocol": "tcp", "ports": ["443"], "peers": ["192.0.2.0/24", "2001:db8::/64"], "sources": [],
    "action": "allow", "rows": ["https"],
}  # fmt: skip
HTTPS = rule(rows=["https"])
XML = rule("xml", ports=[8000], rows=["xml_service"])
FOREIGN = 'rule service name="ssh" accept'


def plan(permanent: State, wanted: State, runtime: State | None = None) -> Explanation:
    return explain(PREFIX, permanent, permanent if runtime is None else runtime, wanted)


def actions(found: Explanation) -> list[tuple[str, str]]:
    return [(change["action"], change["id"]) for change in found.changes]


def without_rich_rules(state: State, policy: str, *, port: str) -> State:
    kept = tuple(text for text in state.policies[policy].rich_rules if f'port="{port}"' not in text)
    return edited(state, policy, rich_rules=kept)


def test_a_new_rule_is_created() -> None:
    found = plan(NOTHING, built(HTTPS))
    assert found.changes == [
        {"action": "create", "id": "https", "rows": ["https"], "before": None, "after": OFFICE_VIEW}
    ]
    assert found.unchanged == 0


def test_a_rule_that_is_not_wanted_is_deleted() -> None:
    found = plan(built(HTTPS), NOTHING)
    assert found.changes == [
        {"action": "delete", "id": "https", "rows": ["https"], "before": OFFICE_VIEW, "after": None}
    ]
    assert found.unchanged == 0


def test_of_a_rule_that_is_left_out_nothing_is_said() -> None:
    both, xml = built(HTTPS, XML), built(XML | {"ports": [8001]})
    found = explain(PREFIX, both, both, xml, ["https"])
    assert actions(found) == [("update", "xml")]
    assert "https" not in found.before + found.after
    assert explain(PREFIX, both, both, built(XML), ["https"]) == Explanation([], 1, found.before, found.before)


@pytest.mark.parametrize(
    ("changed", "key", "after"),
    [
        ({"ports": [8443, "9000-9010"]}, "ports", ["8443", "9000-9010"]),
        ({"protocol": "udp"}, "protocol", "udp"),
        ({"peers": ["192.0.2.7"]}, "peers", ["192.0.2.7"]),
        ({"peers": ["any"]}, "peers", ["any"]),
        ({"rows": ["https", "mobile_manager"]}, "rows", ["https", "mobile_manager"]),
        ({"direction": "out"}, "direction", "out"),
        ({"action": "block"}, "action", "block"),
    ],
)
def test_a_changed_rule_is_updated(changed: dict[str, Any], key: str, after: Any) -> None:
    found = plan(built(HTTPS, XML), built({**HTTPS, **changed}, XML))
    assert actions(found) == [("update", "https")]
    assert found.changes[0]["before"] == OFFICE_VIEW
    assert found.changes[0]["after"] == {**OFFICE_VIEW, key: after}
    assert found.changes[0]["rows"] == found.changes[0]["after"]["rows"]
    assert found.unchanged == 1


def test_a_forward_rule_has_both_ends() -> None:
    found = plan(NOTHING, built(forward(sources=["198.51.100.0/24"], peers=["192.0.2.5"])))
    assert found.changes[0]["after"] == {
        "direction": "forward", "protocol": "tcp", "ports": ["443"], "peers": ["192.0.2.5"],
        "sources": ["198.51.100.0/24"], "action": "allow", "rows": [],
    }  # fmt: skip


def test_all_kinds_of_change_at_once_in_the_order_of_ids() -> None:
    before = built(HTTPS, XML, rule("smb", ports=[445]))
    found = plan(before, built(rule("dcom", ports=[135]), {**HTTPS, "ports": [8443]}, XML))
    assert actions(found) == [("create", "dcom"), ("update", "https"), ("delete", "smb")]
    assert found.unchanged == 1


@pytest.mark.parametrize("egress", ["allow", "deny"])
def test_nothing_changes_where_everything_is_as_wanted(egress: str) -> None:
    state = built(HTTPS, XML, forward(), rule("out", direction="out"), egress=egress)
    found = plan(state, state)
    assert found.changes == []
    assert found.unchanged == (5 if egress == "deny" else 4)
    assert found.before == found.after


def test_egress_deny_is_a_change_of_its_own() -> None:
    found = plan(built(HTTPS), built(HTTPS, egress="deny"))
    assert actions(found) == [("create", "egress-deny")]
    assert found.changes[0]["after"] == {
        "direction": "out", "protocol": "", "ports": [], "peers": ["any"], "sources": [], "action": "block", "rows": [],
    }  # fmt: skip
    assert actions(plan(built(HTTPS, egress="deny"), built(HTTPS))) == [("delete", "egress-deny")]


def test_a_rule_that_only_the_runtime_configuration_has() -> None:
    found = plan(NOTHING, built(HTTPS), runtime=built(HTTPS))
    assert actions(found) == [("update", "https")]
    assert found.changes[0]["before"] == {**OFFICE_VIEW, "only_in": "runtime"}


def test_a_rule_that_only_the_permanent_configuration_has() -> None:
    wanted = built(HTTPS, XML)
    found = plan(wanted, wanted, runtime=without_rich_rules(wanted, IN, port="443"))
    assert actions(found) == [("update", "https")]
    assert found.changes[0]["before"] == {**OFFICE_VIEW, "only_in": "permanent"}
    assert found.changes[0]["after"] == OFFICE_VIEW


def test_a_flow_that_two_rules_ask_for_belongs_to_both() -> None:
    one, other = rule("a", peers=["any"]), rule("b", peers=["any"], scope="internet")
    assert actions(plan(NOTHING, built(one, other))) == [("create", "a"), ("create", "b")]
    assert plan(built(one, other), built(one, other)).unchanged == 2
    assert actions(plan(built(one, other), built(other))) == [("delete", "a")]


def test_what_differs_at_runtime_is_shown_beside_the_permanent_rule() -> None:
    wanted = built(HTTPS)
    entries = {name: IpSet(ipset.family, (*ipset.entries, "203.0.113.7")) for name, ipset in wanted.ipsets.items()}
    found = plan(wanted, wanted, runtime=State(wanted.policies, entries))
    peers = ["192.0.2.0/24", "2001:db8::/64", "203.0.113.7"]
    assert actions(found) == [("update", "https")]
    assert found.changes[0]["before"] == {**OFFICE_VIEW, "runtime": {"peers": peers}}


def test_a_rule_to_be_deleted_says_where_it_is() -> None:
    found = plan(NOTHING, NOTHING, runtime=built(HTTPS))
    assert actions(found) == [("delete", "https")]
    assert found.changes[0]["before"]["only_in"] == "runtime"


def test_a_missing_port_is_put_back() -> None:
    wanted = built(rule(ports=[80, 443]))
    found = plan(without_rich_rules(wanted, IN, port="80"), wanted)
    assert actions(found) == [("update", "https")]
    assert (found.changes[0]["before"]["ports"], found.changes[0]["after"]["ports"]) == (["443"], ["443", "80"])


@pytest.mark.parametrize(
    ("changed", "before", "after"),
    [
        ({"priority": -1}, -1, -100),
        ({"target": "ACCEPT"}, "ACCEPT", "CONTINUE"),
        ({"egress": "public"}, "public", "HOST"),
        ({"other": ("masquerade: True",)}, ["masquerade: True"], []),
        ({"ports": (("22", "tcp"),)}, [["22", "tcp"]], []),
        ({"protocols": ("gre",)}, ["gre"], []),
    ],
)
def test_a_hand_edit_that_no_rule_says_is_a_change_of_the_object(
    changed: dict[str, Any], before: Any, after: Any
) -> None:
    wanted, (key,) = built(HTTPS), changed
    for permanent, runtime in ((edited(wanted, IN, **changed), wanted), (wanted, edited(wanted, IN, **changed))):
        found = plan(permanent, wanted, runtime=runtime)
        assert actions(found) == [("update", IN)]
        assert (found.changes[0]["before"][key], found.changes[0]["after"][key]) == (before, after)
        assert found.changes[0]["rows"] == []
        assert found.unchanged == 1


def test_an_edited_description_is_mended_permanently_and_nobody_minds_it_at_runtime() -> None:
    wanted = built(HTTPS)
    with_prose = edited(wanted, IN, description=f"Ask Anna. {wanted.policies[IN].description}")
    assert plan(with_prose, wanted).changes != []
    assert plan(wanted, wanted, runtime=with_prose).changes == []


def test_an_ipset_that_no_rule_uses_is_a_change_of_the_object() -> None:
    wanted = built(HTTPS)
    stray = State(wanted.policies, {**wanted.ipsets, f"{PREFIX}stray": IpSet("inet", ("203.0.113.7",))})
    found = plan(stray, wanted)
    assert found.changes == [
        {
            "action": "delete", "id": f"{PREFIX}stray", "rows": [],
            "before": {"family": "inet", "entries": ["203.0.113.7"]}, "after": None,
        }
    ]  # fmt: skip


def test_a_rich_rule_of_somebody_else_in_our_policy_is_deleted_by_its_text() -> None:
    wanted = built(HTTPS)
    foreign = edited(wanted, IN, rich_rules=(*wanted.policies[IN].rich_rules, FOREIGN))
    found = plan(foreign, wanted)
    assert actions(found) == [("delete", f"{IN}: {FOREIGN}")]
    assert found.changes[0]["before"]["action"] == "foreign"
    assert f"\n{IN}: {FOREIGN}: not made by this set\n" in f"\n{found.before}"
    assert found.unchanged == 1


def test_a_rich_rule_in_our_form_that_no_rule_owns_is_named_by_policy_and_port() -> None:
    wanted = built(HTTPS)
    nobody = 'rule port port="22" protocol="tcp" accept'
    found = plan(edited(wanted, IN, rich_rules=(*wanted.policies[IN].rich_rules, nobody)), wanted)
    assert actions(found) == [("delete", f"{IN}: 22/tcp")]
    assert found.changes[0]["before"]["peers"] == ["any"]


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (HTTPS, "https: allow in tcp 443 from 192.0.2.0/24 2001:db8::/64 (https)\n"),
        (rule("dns", protocol="udp", ports=[53], peers=["any"]), "dns: allow in udp 53 from any\n"),
        (rule("x", ports=[80, "8000-8010"], direction="out"), "x: allow out tcp 80,8000-8010 to 192.0.2.0/24 2001:"),
        (rule("b", action="block", peers=["any"]), "b: block in tcp 443 from any\n"),
        (
            forward(sources=["198.51.100.7"], peers=["192.0.2.5"]),
            "mfp: allow forward tcp 443 from 198.51.100.7 to 192.",
        ),
        (rule(rows=["https", "mobile"]), "(https, mobile)\n"),
    ],
)
def test_diff_says_each_rule_in_a_line(wanted: dict[str, Any], text: str) -> None:
    state = built(wanted)
    found = plan(NOTHING, state)
    assert found.before == ""
    assert text in found.after
    assert plan(state, NOTHING).before == found.after


def test_how_traffic_is_refused_is_part_of_the_rule() -> None:
    blocked = rule("blocked", action="block", peers=["any"])
    silent = {"block_action": "drop", "log": True}
    found = plan(built(blocked, egress="deny"), built(blocked, egress="deny", **silent))
    assert actions(found) == [("update", "blocked"), ("update", "egress-deny")]
    assert found.after == (
        "blocked: block (drop) (logged) in tcp 443 from any\negress-deny: block (logged) out all other traffic to any\n"
    )
    assert "(" not in found.before


def test_diff_of_egress_deny() -> None:
    assert plan(NOTHING, built(egress="deny")).after == "egress-deny: block out all other traffic to any\n"


def test_diff_shows_what_only_the_runtime_configuration_has() -> None:
    found = plan(NOTHING, NOTHING, runtime=built(HTTPS))
    assert found.before.startswith("https: allow in tcp 443 from ")
    assert found.after == ""


def test_differing_names_each_object_once_and_prefers_the_permanent_form() -> None:
    wanted = built(HTTPS, rule("out", direction="out"), egress="deny")
    permanent, runtime = edited(wanted, IN, priority=-1), edited(edited(wanted, IN, priority=-2), OUT, target="DROP")
    found = [(name, was.priority, was.target) for name, was, _wanted in differing(permanent, runtime, wanted)]
    assert found == [(IN, -1, "CONTINUE"), (OUT, -100, "DROP")]


def test_differing_sees_what_is_missing_and_what_is_too_much() -> None:
    wanted = built(egress="deny")
    policy = wanted.policies[DENY]
    assert list(differing(NOTHING, wanted, wanted)) == [(DENY, None, policy)]
    assert list(differing(wanted, NOTHING, wanted)) == [(DENY, None, policy)]
    assert list(differing(wanted, wanted, NOTHING)) == [(DENY, policy, None)]
    assert list(differing(NOTHING, wanted, NOTHING)) == [(DENY, policy, None)]
    assert list(differing(wanted, wanted, wanted)) == []
