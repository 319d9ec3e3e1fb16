# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The front of the module firewalld_ruleset: its options, names, versions of firewalld, findings, missing bindings."""

from __future__ import annotations

import socket
from typing import Any

import pytest
import yaml
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import dbus_types, wanted
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import RulesetError, State
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.session import FirewalldError
from ansible_collections.therefore.firewall.plugins.modules import firewalld_ruleset as module
from rulesets import OFFICE, built, forward, rule

DOCUMENTATION = yaml.safe_load(module.DOCUMENTATION)
RETURN = yaml.safe_load(module.RETURN)
FORWARDING = {"net.ipv4.ip_forward": "IPv4", "net.ipv6.conf.all.forwarding": "IPv6"}


def documented(options: dict[str, Any]) -> dict[str, Any]:
    """Documented options in the form of an argument specification."""
    found = {}
    for name, option in options.items():
        words = {"suboptions": "options"}
        found[name] = {words.get(key, key): value for key, value in option.items() if key != "description"}
        if "suboptions" in option:
            found[name]["options"] = documented(option["suboptions"])
    return found


def specified(options: dict[str, Any]) -> dict[str, Any]:
    """An argument specification without what has no counterpart in the documentation."""
    found = {name: {key: value for key, value in option.items() if key != "no_log"} for name, option in options.items()}
    for option in found.values():
        if "options" in option:
            option["options"] = specified(option["options"])
    return found


def parameters(**changed: Any) -> dict[str, Any]:
    given = {name: option.get("default") for name, option in module.OPTIONS.items()}
    return {**given, "name": "web", "rules": [rule()], **changed}


def test_options_are_those_of_the_documentation() -> None:
    assert specified(module.OPTIONS) == documented(DOCUMENTATION["options"])


def test_rules_of_the_tests_have_the_keys_of_the_options() -> None:
    assert set(rule()) == set(module.RULE_OPTIONS)


def test_documented_sample_has_the_keys_of_a_change() -> None:
    plan = module.explain("thf-web-", built(rule()), built(rule()), built(rule(ports=[8443])))
    (sample,) = RETURN["changes"]["sample"]
    assert set(plan.changes[0]) == set(sample) == set(RETURN["changes"]["contains"])
    assert set(plan.changes[0]["before"]) == set(sample["before"])
    assert set(plan.changes[0]["after"]) == set(sample["after"])


def test_wanted_rules_are_checked() -> None:
    assert wanted.rules_of(parameters())[0]["ports"] == ["443"]
    with pytest.raises(RulesetError, match="rules: https: ports has 0"):
        wanted.rules_of(parameters(rules=[rule(ports=[0])]))


def test_block_public_adds_the_blocks() -> None:
    ids = [found["id"] for found in wanted.rules_of(parameters(block_public=True))]
    assert ids == ["https", "https-block"]


@pytest.mark.parametrize("rules", [[rule()], [rule(ports=[0])], []])
def test_absent_wants_nothing_whatever_the_rules_are(rules: list[dict[str, Any]]) -> None:
    given = parameters(state="absent", rules=rules, block_public=True, egress="deny")
    assert wanted.rules_of(given) == []
    assert wanted.state_of(given, [], wanted.Names()) == State()


def test_wanted_state_is_that_of_the_named_set() -> None:
    given = parameters(name="mfp", egress="deny")
    found = wanted.state_of(given, wanted.rules_of(given), wanted.Names())
    assert set(found.policies) == {"thf-mfp-in", "thf-mfp-deny"}
    assert found == built(rule(), name="mfp", egress="deny")


@pytest.mark.parametrize("name", ["archive.invalid", "no-such-host.example.invalid", "a" * 63 + ".invalid"])
def test_a_name_that_does_not_resolve_is_refused(name: str) -> None:
    names = wanted.Names()
    rest = [rule("xml", ports=[8000]), rule("web", ports=[80], peers=["any"])]
    given = parameters(rules=[rule(peers=[name, "192.0.2.7"]), *rest])
    found = wanted.state_of(given, wanted.rules_of(given), names)
    (refused,) = names.refusals
    assert (refused["kind"], refused["object"]) == ("refused", f"host name {name}")
    message = refused["message"]
    assert message.startswith(f"rules: the host name {name!r} does not resolve on this host (")
    assert message.endswith("); correct the name, mend DNS, or give addresses")
    assert "\n" not in message
    assert names.found == {}
    # the rest is as wanted; of the rule, not even what is known, which would take away what it had
    assert names.waiting == ["https"]
    assert found == built(*rest)


def test_a_name_is_all_its_addresses_once_and_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    def answers(name: str, port: None, type: int) -> list[Any]:  # noqa: A002
        """Stands for a name server."""
        texts = ["192.0.2.80", "192.0.2.8", "192.0.2.80"]
        return [
            *((socket.AF_INET, type, 6, "", (text, 0)) for text in texts),
            (socket.AF_INET6, type, 6, "", ("2001:db8::80", 0, 0, 0)),
        ]

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    names = wanted.Names()
    assert names.resolve("archive.example.com") == ["192.0.2.8", "192.0.2.80", "2001:db8::80"]
    assert names.found == {"archive.example.com": ["192.0.2.8", "192.0.2.80", "2001:db8::80"]}


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """Stands for the kernel's settings."""
    settings = dict.fromkeys(FORWARDING, False)
    monkeypatch.setattr(wanted, "_is_set", settings.__getitem__)
    return settings


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([forward()], ["net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"]),
        ([forward(peers=["192.0.2.5"])], ["net.ipv4.ip_forward"]),
        ([forward(peers=OFFICE[1:])], ["net.ipv6.conf.all.forwarding"]),
        # what the host itself serves says nothing about the traffic that it forwards
        ([rule(), forward(sources=["198.51.100.7"], peers=["192.0.2.5"])], ["net.ipv4.ip_forward"]),
        ([forward(sources=["any"], peers=["any"])], ["net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"]),
        ([rule(), rule("out", direction="out")], []),
        ([], []),
    ],
)
def test_a_kernel_that_does_not_forward_is_a_finding(
    rules: list[dict[str, Any]], expected: list[str], kernel: dict[str, bool]
) -> None:
    found = wanted.forwarding_findings(built(*rules))
    assert [one["object"] for one in found] == expected
    for one in found:
        label = FORWARDING[one["object"]]
        assert one["kind"] == "forwarding"
        assert one["message"] == (
            f"The kernel does not forward {label} packets; set {one['object']}=1 (ansible.posix.sysctl)."
        )


def test_a_kernel_that_forwards_is_no_finding(kernel: dict[str, bool]) -> None:
    kernel.update(dict.fromkeys(FORWARDING, True))
    assert wanted.forwarding_findings(built(forward())) == []


def test_a_kernel_setting_that_is_not_there_is_not_set() -> None:
    assert not wanted._is_set("net.no_such_setting")


def test_documented_kinds_hold_those_of_the_findings(kernel: dict[str, bool]) -> None:
    kinds = {one["kind"] for one in [*wanted.forwarding_findings(built(forward())), module.apply.PANIC]}
    described = str(RETURN["findings"]["contains"]["kind"]["description"])
    assert all(f"V({kind})" in described for kind in kinds)


def test_without_dbus_bindings_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dbus_types, "HAS_DBUS", False)
    # as after a respawn that found no bindings either
    monkeypatch.setattr(module, "has_respawned", lambda: True)
    with pytest.raises(FirewalldError) as refused:
        module.ensure_dbus()
    assert str(refused.value) == (
        "no Python 3.7 or newer on this host has the D-Bus bindings; install the package python3-dbus "
        "(python3-dbus-python on SUSE), which firewalld needs as well"
    )
    assert refused.value.state in {"stopped", "missing"}


def test_without_dbus_bindings_a_python_that_has_them_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(dbus_types, "HAS_DBUS", False)
    monkeypatch.setattr(module, "has_respawned", lambda: False)
    monkeypatch.setattr(module, "probe_interpreters_for_module", lambda pythons, name: f"{pythons[0]} with {name}")
    # stands for Ansible's own, which never comes back
    monkeypatch.setattr(module, "respawn_module", asked.append)
    with pytest.raises(FirewalldError):
        module.ensure_dbus()
    assert asked == ["/usr/bin/python3 with dbus, dataclasses"]


def test_with_dbus_bindings_no_other_python_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(dbus_types, "HAS_DBUS", True)
    monkeypatch.setattr(module, "probe_interpreters_for_module", lambda *arguments: asked.append(arguments))
    module.ensure_dbus()
    assert asked == []


DENY = {"egress": "deny", "variable_prefix": "therefore_client"}


def domain_refusals(monkeypatch: pytest.MonkeyPatch, joined: str | None, *rules: dict[str, Any], **changed: Any) -> Any:
    monkeypatch.setattr(wanted.domain, "joined_by", lambda: joined)
    return wanted.domain_refusals(parameters(**{**DENY, **changed}), list(rules))


def test_deny_on_a_member_of_a_domain_needs_a_way_to_its_domain_controllers(monkeypatch: pytest.MonkeyPatch) -> None:
    (refused,) = domain_refusals(monkeypatch, "/etc/sssd/sssd.conf", rule(direction="out", ports=[88, 389]))
    assert refused["kind"] == "refused"
    assert refused["message"] == (
        "therefore_client_egress: deny would keep this member of a domain (/etc/sssd/sssd.conf) from its domain "
        "controllers: no rule lets 389/udp out; set therefore_client_domain_controllers to their addresses (or "
        "therefore_domain_controllers for all roles), or set therefore_client_egress: allow"
    )


def test_a_way_by_hand_is_one_and_is_asked_for_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    ways = [rule(direction="out", ports=[88, 389]), rule(direction="out", protocol="udp", ports=["300-400"])]
    assert domain_refusals(monkeypatch, "/etc/sssd/sssd.conf", *ways) == []
    (refused,) = domain_refusals(monkeypatch, "/etc/sssd/sssd.conf", variable_prefix="ruleset")
    assert "give rules to them, or set ruleset_egress: allow" in refused["message"]


@pytest.mark.parametrize(
    ("joined", "changed"), [(None, {}), ("/etc/sssd/sssd.conf", {"egress": "allow"}), ("x", {"state": "absent"})]
)
def test_nobody_else_needs_one(joined: str | None, changed: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    assert domain_refusals(monkeypatch, joined, **changed) == []


@pytest.mark.parametrize(
    ("runs", "enabled", "told"),
    [
        (False, "masked", ["refused"]),
        (False, "masked-runtime", ["refused"]),
        (False, "disabled", []),
        # what keeps this run from it is something else
        (True, "masked", []),
    ],
)
def test_only_one_that_does_not_run_is_told_to_be_masked(
    monkeypatch: pytest.MonkeyPatch, runs: bool, enabled: str, told: list[str]
) -> None:
    monkeypatch.setattr(module.units, "firewalld_service", lambda: (runs, enabled))
    assert [one["kind"] for one in module.masked()] == told
