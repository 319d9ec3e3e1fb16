# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An old firewalld: what it can have it gets, what would do nothing is left out and said, all else is refused."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import xtables
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import State
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.session import FirewalldError
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.version import fit
from rulesets import built, forward, rule

OUT = rule("out", direction="out")


class Version(Firewalld):
    """Stands for a firewalld of some version, with policies of these names."""

    def __init__(self, version: str, *policies: str) -> None:
        self.version = version
        self.policies = list(policies)
        self.types = ["hash:net"]
        self.backend = "nftables"

    def names(self, kind: str) -> list[str]:
        return self.policies

    def ipset_types(self) -> list[str]:
        return self.types

    def config_property(self, name: str) -> str:
        return {"FirewallBackend": self.backend}[name]

    def permanent_names(self, kind: str) -> list[str]:
        return []


def prefix(wanted: State) -> str:
    return next(iter(wanted.policies)).rpartition("-")[0] + "-"


@pytest.mark.parametrize("version", ["0.8.9", "0.6.3", "0.4.4.4"])
def test_without_policies_it_is_refused(version: str) -> None:
    with pytest.raises(
        FirewalldError, match=f"^firewalld {version} has no policy objects; rule sets need 0.9.0 or newer"
    ):
        fit(Version(version), "thf-one-", State())


def test_outbound_rules_that_would_do_nothing_are_left_out_and_said() -> None:
    wanted = built(rule("inbound"), OUT)
    ours = prefix(wanted)
    # a deny of its own that goes is none
    fitting, (finding,) = fit(Version("0.9.3", f"{ours}deny", "theirs-deny"), ours, wanted)
    assert fitting == built(rule("inbound"))
    assert fitting != wanted
    assert (finding["kind"], finding["object"]) == ("left_out", "outbound rules")
    assert "firewalld 0.9.3 cannot match a destination ipset" in finding["message"]


@pytest.mark.parametrize(
    ("wanted", "policies"),
    [
        (built(rule("inbound"), forward()), ()),
        (built(forward(sources=["any"])), ()),
        (built(OUT, egress="deny"), ()),
        (built(OUT), ("thf-other-deny",)),
    ],
)
def test_rules_that_would_have_an_effect_are_refused(wanted: State, policies: tuple[str, ...]) -> None:
    _fitting, (finding,) = fit(Version("0.9.11", *policies), prefix(wanted), wanted)
    assert finding["kind"] == "refused"
    assert "leave those rules and egress deny out on this host, or update firewalld" in finding["message"]


def test_without_the_program_that_makes_ipsets_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    firewalld = Version("0.9.3")
    firewalld.types = []
    assert_refused(firewalld)
    # newer ones name the types all the same
    firewalld = Version("2.3.1")
    firewalld.backend = "iptables"
    monkeypatch.setattr(xtables, "has_ipset", lambda: False)
    assert_refused(firewalld)
    monkeypatch.setattr(xtables, "has_ipset", lambda: True)
    assert fit(firewalld, "thf-one-", built(rule())) == (built(rule()), [])


def assert_refused(firewalld: Version) -> None:
    _fitting, (finding,) = fit(firewalld, "thf-one-", built(rule()))
    assert (finding["kind"], finding["object"]) == ("refused", "ipset")
    assert "install the package ipset" in finding["message"]
    # rules for everybody need none, nor does a set that goes
    for wanted in (built(rule(peers=["any"])), State()):
        assert fit(firewalld, "thf-one-", wanted) == (wanted, [])


@pytest.mark.parametrize(
    ("version", "wanted"),
    [
        ("0.9.0", [rule()]),
        ("0.9.11", [rule(), rule("block", peers=["any"], action="block"), rule("out", direction="out", peers=["any"])]),
        ("0.9.11", [forward(peers=["any"])]),
        ("1.0.0", [rule(), OUT, forward()]),
        ("1.3.3", [OUT]),
        ("2.3.1", [forward()]),
        ("2.4.0-rc1", [forward()]),
        ("10.0", [forward()]),
    ],
)
def test_what_it_can_have_it_gets(version: str, wanted: list[dict[str, Any]]) -> None:
    assert fit(Version(version), "thf-one-", built(*wanted)) == (built(*wanted), [])
