# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever somebody edits by hand in one of our objects, stored or running: changes and diff say it."""

from __future__ import annotations

import dataclasses
from typing import Any

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.explain import explain
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import IpSet, Policy, State
from hypothesis import given
from hypothesis import strategies as st
from rulesets import OFFICE, built, forward, rule

PREFIX = "thf-web-"
WANTED = [
    built(rule(), rule("out", direction="out"), forward(), egress="deny"),
    built(rule(), rule("more", ports=[8000]), rule("block", peers=["any"], action="block")),
    built(rule(peers=["any"]), rule("other", peers=OFFICE[:1])),
]
NEW_POLICY = Policy("ANY", "HOST", -7, "ACCEPT")
EDITS: dict[str, Any] = {
    "ingress": "public", "egress": "dmz", "priority": -7, "target": "ACCEPT", "ports": (("9999", "tcp"),),
    "protocols": ("gre",), "other": ("services: ['ssh']",), "rich_rules": ("rule service name=\"nfs\" accept",),
}  # fmt: skip
# what an edit of each adds, or, for a rich rule, any word of it
SEEN = {
    "ingress": "public", "egress": "dmz", "priority": "-7", "target": "ACCEPT", "ports": "9999", "protocols": "gre",
    "other": "ssh", "rich_rules": "nfs",
}  # fmt: skip


@st.composite
def edit(draw: st.DrawFn, state: State) -> tuple[State, str]:
    """The state after a hand edit, and a word that names what was edited."""
    policies, ipsets = dict(state.policies), dict(state.ipsets)
    kind = draw(st.sampled_from(["policy", "ipset", "drop", "new"]))
    if kind == "ipset" and ipsets:
        name = draw(st.sampled_from(sorted(ipsets)))
        ipset, entry = ipsets[name], draw(st.sampled_from(["add", "remove", "family"]))
        if entry == "family":
            ipsets[name], word = IpSet(ipset.family + " hash:ip", ipset.entries), name
        elif entry == "add":
            word = "198.18.0.9" if ipset.family == "inet" else "2001:db8:9::9"
            ipsets[name] = IpSet(ipset.family, tuple(sorted((*ipset.entries, word))))
        else:
            word = draw(st.sampled_from(ipset.entries))
            ipsets[name] = IpSet(ipset.family, tuple(one for one in ipset.entries if one != word))
    elif kind == "drop":
        name = draw(st.sampled_from(sorted(state.names())))
        word = ""
        policies.pop(name, None)
        ipsets.pop(name, None)
    elif kind == "new":
        word = f"{PREFIX}{draw(st.sampled_from(['x', '4beef']))}"
        if draw(st.booleans()):
            policies[word] = NEW_POLICY
        else:
            ipsets[word] = IpSet("inet", ("198.18.0.9",))
    else:
        name, key = draw(st.sampled_from(sorted(policies))), draw(st.sampled_from(sorted(EDITS)))
        value = EDITS[key]
        if key in ("ports", "protocols", "rich_rules"):
            value = tuple(sorted((*getattr(policies[name], key), *value)))
        policies[name], word = dataclasses.replace(policies[name], **{key: value}), SEEN[key]
    return State(policies, ipsets), word


@given(st.data())
def test_a_hand_edit_is_in_the_changes_and_in_the_diff(data: st.DataObject) -> None:
    wanted = data.draw(st.sampled_from(WANTED))
    where = data.draw(st.sampled_from(["permanent", "runtime", "both", "each"]))
    found, word = data.draw(edit(wanted))
    permanent, runtime = {"permanent": (found, wanted), "runtime": (wanted, found)}.get(where, (found, found))
    words = [word]
    if where == "each":
        runtime, other = data.draw(edit(wanted))
        words.append(other)
    plan = explain(PREFIX, permanent, runtime, wanted)
    assert plan.changes
    assert plan.before != plan.after
    for one in words:
        assert one in str(plan.changes)
        assert one in plan.before + plan.after


@given(st.data())
def test_an_edit_goes_unsaid_beside_no_change_of_a_rule(data: st.DataObject) -> None:
    """One of the rules differs as well."""
    wanted = built(rule(ports=[8443]), rule("out", direction="out"), forward(), egress="deny")
    before = built(rule(), rule("out", direction="out"), forward(), egress="deny")
    found, word = data.draw(edit(before))
    plan = explain(PREFIX, found, found, wanted)
    assert word in str(plan.changes)
    assert word in plan.before + plan.after
    assert any(change["id"] == "https" for change in plan.changes)


def test_as_wanted_there_is_nothing_to_say() -> None:
    for wanted in WANTED:
        plan = explain(PREFIX, wanted, wanted, wanted)
        assert plan.changes == []
        assert plan.before == plan.after
