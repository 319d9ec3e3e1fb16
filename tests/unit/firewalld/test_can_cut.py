# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which changes of a set can cut the connection by which the host is managed, and so are guarded by default."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.can_cut import can_cut
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import State
from rulesets import OFFICE, PREFIX, built, forward, rule

OTHER = "thf-other-"
WEB, OUT = rule(), rule("out", direction="out")
SSH = rule("ssh", ports=[22])
NO_SSH = rule("nossh", ports=[22], peers=["any"], action="block")


def both(*states: State) -> State:
    """The objects of several sets, as a host has them."""
    return State(
        {name: policy for state in states for name, policy in state.policies.items()},
        {name: ipset for state in states for name, ipset in state.ipsets.items()},
    )


def of_other(*rules: dict[str, Any], egress: str = "allow") -> State:
    return built(*rules, name="other", egress=egress)


NOTHING = State()
DENY = built(OUT, egress="deny")


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        pytest.param(NOTHING, DENY, id="a deny"),
        pytest.param(DENY, built(egress="deny"), id="one rule less under a deny"),
        pytest.param(DENY, built(rule("out", direction="out", ports=[80]), egress="deny"), id="a port"),
        pytest.param(DENY, built(rule("out", direction="out", peers=OFFICE[:1]), egress="deny"), id="a peer"),
        pytest.param(both(built(OUT), of_other(egress="deny")), NOTHING, id="a rule less under another set's deny"),
        pytest.param(NOTHING, built(NO_SSH), id="a block"),
        pytest.param(NOTHING, built(NO_SSH, block_action="drop", log=True), id="a silent block"),
        pytest.param(NOTHING, built(rule("low", ports=["1-1023"], peers=["any"], action="block")), id="a range"),
        pytest.param(built(SSH, NO_SSH), built(rule("ssh", ports=[22], peers=OFFICE[:1]), NO_SSH), id="a peer less"),
        pytest.param(both(built(SSH), of_other(NO_SSH)), NOTHING, id="what another set's block leaves open"),
        pytest.param(built(SSH), NOTHING, id="an allow less, which a zone may not have"),
    ],
)
def test_it_can(before: State, wanted: State) -> None:
    assert can_cut(before, wanted, PREFIX, 22) is True


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        pytest.param(NOTHING, built(WEB, OUT, forward()), id="allows"),
        pytest.param(DENY, built(OUT), id="a deny less"),
        pytest.param(DENY, built(OUT, WEB, egress="deny"), id="inbound under a deny"),
        pytest.param(DENY, DENY, id="nothing"),
        pytest.param(NOTHING, built(SSH), id="an allow more"),
        pytest.param(NOTHING, built(rule("udp", ports=[22], protocol="udp", action="block")), id="udp"),
        pytest.param(NOTHING, built(rule("xml", ports=[2222], action="block")), id="another port"),
        pytest.param(built(WEB, NO_SSH), built(WEB, OUT, NO_SSH), id="outbound beside a block"),
        pytest.param(of_other(NO_SSH), built(WEB), id="another port beside another set's block"),
        pytest.param(built(forward("ssh", ports=[22])), NOTHING, id="what passes through"),
        pytest.param(built(NO_SSH), built(NO_SSH, WEB), id="a block that stays"),
    ],
)
def test_it_cannot(before: State, wanted: State) -> None:
    assert can_cut(before, wanted, PREFIX, 22) is False


def test_the_management_port_is_the_one_that_is_given() -> None:
    assert can_cut(NOTHING, built(rule("xml", ports=[2222], action="block")), PREFIX, 2222) is True
    assert can_cut(NOTHING, built(NO_SSH), PREFIX, 2222) is False
