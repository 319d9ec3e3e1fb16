# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script for group policy: the object has what the Windows role would set on a host; nothing else is touched."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.compare import MEANINGS
from group_policy import FOREIGN, OPENED, PDC, STORE, Objects, as_options, made, role_options, wanted

if TYPE_CHECKING:
    from conftest import Engine

CLIENT, ONLINE = "therefore_client", "therefore_online_client"
SUBNETS = {"trusted_subnets": ["192.0.2.0/24", "198.51.100.10-198.51.100.19", "203.0.113.7", "2001:db8::/64"]}
EVERYTHING = {
    **SUBNETS, "inbound": True, "internet": True, "internet_http": True, "supplements": ["rpc_dynamic", "ldaps"],
}  # fmt: skip
# the engine's machine knows no other name for sure
RESOLVED = {"localhost": ["127.0.0.1", "::1"]}

SETTINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "documented": (CLIENT, SUBNETS),
    "minimal": (CLIENT, {**SUBNETS, "profile": "minimal"}),
    "inbound": (CLIENT, {**SUBNETS, "inbound": True}),
    "everything": (CLIENT, EVERYTHING),
    "overrides": (CLIENT, {**SUBNETS, "port_overrides": {"xml_service": [8443, 9000], "smb": [4450]}}),
    "servers": (CLIENT, {**SUBNETS, "server_addresses": ["2001:db8::10", "192.0.2.10"]}),
    "any": (CLIENT, {"allow_any_source": True, "inbound": True}),
    "every profile": (CLIENT, {**SUBNETS, "windows_profiles": ["domain", "private", "public"], "block_public": False}),
    "online": (ONLINE, {"online_endpoints": ["203.0.113.128/25", "2001:db8:80::/48"], "components": ["mfp"]}),
    "any endpoint": (ONLINE, {"allow_any_endpoint": True}),
}

# a property in the object, what somebody has made of it, and whether the rule must be made anew
DRIFTS: list[tuple[str, Any, bool]] = [
    ("DisplayName", "Renamed", False),
    ("Description", "", False),
    ("Direction", "Outbound", True),
    ("Action", "Block", False),
    ("Enabled", "False", False),
    ("Profile", "Any", False),
    ("Protocol", "UDP", True),
    ("LocalPort", ["1", "2"], False),
    ("RemotePort", "50000", False),
    ("LocalAddress", "10.0.0.1", False),
    ("RemoteAddress", ["192.0.2.0/255.255.254.0", "2001:db8::/64"], False),
    ("Program", r"C:\x.exe", True),
    ("Service", "Spooler", True),
    ("InterfaceType", "Wireless", False),
    ("EdgeTraversalPolicy", "Allow", False),
    ("Authentication", "Required", False),
    ("Encryption", "Required", False),
    # what narrows a rule and is no part of ours
    ("InterfaceAlias", "Ethernet", True),
    ("Package", "S-1-15-2-1", True),
    ("LocalUser", "O:LSD:(A;;CC;;;S-1-5-84-0-0-0-0-0)", True),
    ("RemoteUser", "O:LSD:(A;;CC;;;S-1-5-21-1)", True),
    ("RemoteMachine", "O:LSD:(A;;CC;;;S-1-5-21-2)", True),
]


@pytest.fixture
def objects(pwsh: str, tmp_path: Path) -> Objects:
    return Objects(pwsh, tmp_path)


@pytest.fixture(scope="module")
def fresh(pwsh: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Objects]:
    """Objects into which the rules of these settings were put, once for all tests."""
    known: dict[str, Objects] = {}

    def put(name: str) -> Objects:
        if name not in known:
            known[name] = Objects(pwsh, tmp_path_factory.mktemp("objects"))
            role, settings = SETTINGS[name]
            answer = known[name].run(made(role, wanted(role, **settings)))
            assert answer.error is None
        return known[name]

    return put


@pytest.fixture(scope="module")
def inbound_rules(fresh: Callable[[str], Objects]) -> list[dict[str, Any]]:
    return [rule for rule in fresh("everything").own if rule["Direction"] == "Inbound" and rule["Protocol"] == "TCP"]


@pytest.mark.parametrize("name", SETTINGS)
def test_the_object_has_what_the_role_would_set(name: str, fresh: Callable[[str], Objects]) -> None:
    role, settings = SETTINGS[name]
    expected = role_options(role, wanted(role, **settings), {})
    found = {rule["Name"]: as_options(rule) for rule in fresh(name).own}
    assert found.keys() == expected.keys()
    for rule, option in itertools.product(expected, MEANINGS):
        if option in expected[rule]:
            meaning = MEANINGS[option]
            assert (rule, option, meaning(found[rule][option])) == (rule, option, meaning(expected[rule][option]))  # type: ignore[literal-required]


@pytest.mark.parametrize("name", SETTINGS)
def test_the_object_is_opened_and_saved_once(name: str, fresh: Callable[[str], Objects]) -> None:
    log = fresh(name).log
    # and is read again from where it was saved
    assert (log[0], log[-2:]) == (OPENED, [f"Save {STORE}", OPENED])
    assert {line.split()[0] for line in log[1:-2]} == {"New"}
    assert fresh(name).server == PDC


@pytest.mark.parametrize("name", SETTINGS)
def test_rules_of_others_stay(name: str, fresh: Callable[[str], Objects]) -> None:
    assert fresh(name).rules[: len(FOREIGN)] == FOREIGN


@pytest.mark.parametrize("name", SETTINGS)
def test_a_second_run_changes_nothing_and_saves_nothing(
    name: str, fresh: Callable[[str], Objects], objects: Objects
) -> None:
    role, settings = SETTINGS[name]
    objects.put(fresh(name).rules)
    result = objects.run(made(role, wanted(role, **settings))).result or {}
    assert (result["Created"], result["Changed"], result["Removed"], result["Saved"]) == ([], [], [], False)
    assert len(result["Unchanged"]) == len(fresh(name).own)
    assert objects.log == [OPENED]


@pytest.mark.parametrize(("name", "value", "anew"), DRIFTS, ids=[drift[0] for drift in DRIFTS])
def test_drift_is_found_and_mended(
    name: str, value: Any, anew: bool, fresh: Callable[[str], Objects], inbound_rules: list[Any], objects: Objects
) -> None:
    before = copy.deepcopy(fresh("everything").rules)
    (rule,) = [one for one in before if one["Name"] == inbound_rules[0]["Name"]]
    assert rule[name] != value
    rule[name] = value
    objects.put(before)
    result = objects.run(made(CLIENT, wanted(CLIENT, **EVERYTHING))).result or {}
    assert (result["Differing"], result["Changed"]) == ({rule["Name"]: [name]}, [rule["Name"]])
    calls = [f"Remove {rule['Name']}", f"New {rule['Name']}"] if anew else [f"Set {rule['Name']}"]
    assert objects.log == [OPENED, *calls, f"Save {STORE}", OPENED]
    by_name = {one["Name"]: one for one in fresh("everything").rules}
    assert {one["Name"]: {**one, "Description": one["Description"] or None} for one in objects.rules} == by_name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (
            "RemoteAddress",
            ["2001:db8::/64", "203.0.113.7/255.255.255.255", "198.51.100.10-198.51.100.19", "192.0.2.0/24"],
        ),
        ("LocalPort", ["139", "135", "137"]),
        ("Description", "UPPER"),
        ("Protocol", "tcp"),
    ],
)
def test_another_way_to_write_the_same_is_no_drift(
    name: str, value: Any, fresh: Callable[[str], Objects], inbound_rules: list[Any], objects: Objects
) -> None:
    before = copy.deepcopy(fresh("everything").rules)
    (rule,) = [one for one in before if one["Name"] == inbound_rules[0]["Name"]]
    rule[name] = rule[name].upper() if value == "UPPER" else value
    objects.put(before)
    assert objects.run(made(CLIENT, wanted(CLIENT, **EVERYTHING))).result["Changed"] == []  # type: ignore[index]


def test_an_obsolete_rule_of_the_group_is_removed(fresh: Callable[[str], Objects], objects: Objects) -> None:
    objects.put(fresh("inbound").rules)
    result = objects.run(made(CLIENT, wanted(CLIENT, **SUBNETS))).result or {}
    gone = {rule["Name"] for rule in fresh("inbound").own} - {rule["Name"] for rule in fresh("documented").own}
    assert gone
    assert set(result["Removed"]) == gone
    assert objects.rules == [rule for rule in fresh("inbound").rules if rule["Name"] not in gone]


def differing(fresh: Callable[[str], Objects]) -> list[dict[str, Any]]:
    """Rules of which one is missing, one differs and some are no longer wanted."""
    rules = copy.deepcopy(fresh("inbound").rules)
    rules.pop()
    rules[-1]["Enabled"] = "False"
    return rules


def test_the_group_is_compared_as_windows_does(objects: Objects) -> None:
    objects.put([*FOREIGN, {**FOREIGN[0], "Name": "Old", "Group": "THEREFORE CLIENT"}])
    result = objects.run(made(CLIENT, wanted(CLIENT, **SUBNETS))).result or {}
    assert result["Removed"] == ["Old"]


def test_what_if_says_what_would_change_and_changes_nothing(fresh: Callable[[str], Objects], objects: Objects) -> None:
    before = differing(fresh)
    objects.put(before)
    text = made(CLIENT, wanted(CLIENT, **SUBNETS))
    predicted = objects.run(text, PolicyStore=STORE, WhatIf=True)
    assert (objects.rules, objects.log) == (before, [OPENED])
    done = objects.run(text)
    assert predicted.result is not None
    assert done.result is not None
    for kind in ("Created", "Changed", "Removed", "Unchanged", "Differing"):
        assert predicted.result[kind] == done.result[kind]
    assert all(done.result[kind] for kind in ("Created", "Changed", "Removed"))
    assert (predicted.result["Saved"], done.result["Saved"]) == (False, True)
    lines = predicted.printed.splitlines()
    assert len(lines) == sum(len(done.result[kind]) for kind in ("Created", "Changed", "Removed"))
    assert f'"Change Enabled" on target "{STORE}, rule {done.result["Changed"][0]}"' in predicted.printed


@pytest.mark.parametrize("what_if", [False, True])
def test_remove_takes_the_group_away_and_nothing_else(
    what_if: bool, fresh: Callable[[str], Objects], objects: Objects
) -> None:
    objects.put(fresh("documented").rules)
    names = {rule["Name"] for rule in fresh("documented").own}
    arguments = {"PolicyStore": STORE, "Remove": True} | ({"WhatIf": True} if what_if else {})
    result = objects.run(made(CLIENT, wanted(CLIENT, **SUBNETS)), **arguments).result or {}
    assert set(result["Removed"]) == names
    assert objects.rules == (fresh("documented").rules if what_if else FOREIGN)


def test_removing_what_is_not_there_saves_nothing(objects: Objects) -> None:
    objects.run(made(CLIENT, wanted(CLIENT, **SUBNETS)), PolicyStore=STORE, Remove=True)
    assert objects.log == [OPENED]


@pytest.mark.parametrize("fails", ["New *smb-out-tcp", "New *dcom-out-tcp", "Set *", "Remove *", "Save *"])
def test_a_failure_in_the_middle_leaves_the_object_as_it_was(
    fails: str, fresh: Callable[[str], Objects], objects: Objects
) -> None:
    own = {rule["Name"].removeprefix("Therefore-Client-"): rule for rule in copy.deepcopy(fresh("inbound").rules)}
    own["xml_service-out-tcp"]["Enabled"] = "False"
    missing = ("smb-out-tcp", "dcom-out-tcp")
    before = [rule for name, rule in own.items() if name not in missing]
    objects.put(before, fails)
    answer = objects.run(made(CLIENT, wanted(CLIENT, **SUBNETS)))
    assert answer.error is not None
    said = "Run this again" if fails == "Save *" else "Nothing was saved: the object is as it was."
    assert said in answer.error
    assert "Stand-in" in answer.error
    assert objects.rules == before
    assert len(objects.log) > 1
    objects.put(before)
    assert objects.run(made(CLIENT, wanted(CLIENT, **SUBNETS))).error is None


def test_a_name_in_the_way_is_refused(objects: Objects) -> None:
    stranger = {**FOREIGN[1], "Name": "therefore-client-SMB-out-tcp"}
    objects.put([*FOREIGN, stranger])
    answer = objects.run(made(CLIENT, wanted(CLIENT, **SUBNETS)))
    assert answer.error is not None
    assert "'therefore-client-SMB-out-tcp'" in answer.error
    assert "'Security baseline'" in answer.error
    assert (objects.rules, objects.log) == ([*FOREIGN, stranger], [OPENED])


def test_an_own_rule_whose_name_is_a_pattern_is_refused(objects: Objects) -> None:
    trap = {**FOREIGN[0], "Name": "*", "Group": "Therefore Client"}
    objects.put([*FOREIGN, trap])
    answer = objects.run(made(CLIENT, wanted(CLIENT, **SUBNETS)), PolicyStore=STORE, Remove=True)
    assert answer.error is not None
    assert "its name is a pattern" in answer.error
    assert objects.rules == [*FOREIGN, trap]


HOSTILE = [
    "it's $(throw 'no') `n \"x\" #> @{} ; exit 1",
    "\u2018low\u2019 \u201aquotes\u201b \u201c\u201d \u2013 \u00e4\u6f22\U0001f600",
    "two\nlines\r\n# @RULES@ '@GROUP@' @ORIGIN@",
    "'); Remove-NetFirewallRule -Name * -PolicyStore x; ('",
    "%SystemRoot% ${env:OS} $true -split '' \x07",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_texts(text: str, objects: Objects) -> None:
    rules = wanted(CLIENT, **SUBNETS)[:1]
    rules[0]["name"], rules[0]["description"] = f"Name {text}", text
    answer = objects.run(made(CLIENT, rules))
    assert answer.error is None
    assert [(rule["DisplayName"], rule["Description"]) for rule in objects.own] == [(f"Name {text}", text)]


def test_host_names_are_looked_up_where_the_script_runs(objects: Objects) -> None:
    rules = wanted(ONLINE, online_endpoints=["203.0.113.128/25", "localhost"])
    answer = objects.run(made(ONLINE, rules))
    assert answer.error is None
    assert ["localhost" in warning and "run this again" in warning for warning in answer.warnings] == [True]
    (rule,) = objects.own
    resolved = set(rule["RemoteAddress"]) - {"203.0.113.128/255.255.255.128"}
    assert len(rule["RemoteAddress"]) == len(resolved) + 1
    assert {"127.0.0.1"} <= resolved <= set(RESOLVED["localhost"])
    assert objects.run(made(ONLINE, rules)).result["Changed"] == []  # type: ignore[index]


def test_a_name_without_an_answer_is_refused_before_anything_is_opened(objects: Objects) -> None:
    answer = objects.run(made(ONLINE, wanted(ONLINE, online_endpoints=["203.0.113.7", "gone.invalid"])))
    assert answer.error is not None
    assert "'gone.invalid' does not resolve on this machine" in answer.error
    assert (objects.rules, objects.log) == (FOREIGN, [])


def test_removing_looks_no_name_up(objects: Objects) -> None:
    answer = objects.run(
        made(ONLINE, wanted(ONLINE, online_endpoints=["gone.invalid"])), PolicyStore=STORE, Remove=True
    )
    assert (answer.error, answer.warnings) == (None, [])


def test_domain_and_name_in_place_of_the_store(objects: Objects) -> None:
    domain, name = STORE.split("\\")
    answer = objects.run(
        made(CLIENT, wanted(CLIENT, **SUBNETS)), Domain=domain, GpoName=name, DomainController="dc1.corp.example.com"
    )
    assert answer.error is None
    assert {line for line in objects.log if line.startswith("Open")} == {f"Open {STORE} dc1.corp.example.com"}
    assert objects.server == "dc1.corp.example.com"


@pytest.mark.parametrize("store", ["PersistentStore", "localhost", r"\x", "corp.example.com\\", ""])
def test_what_is_no_object_of_a_domain_is_refused(store: str, objects: Objects) -> None:
    answer = objects.run(made(CLIENT, wanted(CLIENT, **SUBNETS)), PolicyStore=store)
    assert answer.error is not None
    assert "PolicyStore" in answer.error
    assert objects.log == []


def test_an_object_that_does_not_exist_is_refused(objects: Objects) -> None:
    answer = objects.run(made(CLIENT, wanted(CLIENT, **SUBNETS)), PolicyStore=r"corp.example.com\Other")
    assert answer.error is not None
    assert r"'corp.example.com\Other' cannot be read" in answer.error
    assert objects.log == []


def test_an_object_that_cannot_be_opened_is_refused(objects: Objects) -> None:
    objects.put(FOREIGN, "Open *")
    answer = objects.run(made(CLIENT, wanted(CLIENT, **SUBNETS)))
    assert answer.error is not None
    assert f"'{STORE}' cannot be opened" in answer.error
    assert objects.rules == FOREIGN


@pytest.mark.parametrize(
    ("modules", "system", "said"),
    [
        (["NetSecurity", "DnsClient"], "Windows_NT", "GroupPolicy is missing: install"),
        (["GroupPolicy"], "Windows_NT", "NetSecurity is missing"),
        (["NetSecurity", "GroupPolicy"], "", "takes Windows"),
    ],
)
def test_what_the_machine_lacks_is_named(modules: list[str], system: str, said: str, pwsh: str, tmp_path: Path) -> None:
    objects = Objects(pwsh, tmp_path, modules=modules, environment={"OS": system})
    answer = objects.run(made(CLIENT, wanted(CLIENT, **SUBNETS)))
    assert answer.error is not None
    assert said in answer.error
    assert objects.log == []


@pytest.fixture
def without_sessions(pwsh: str, tmp_path: Path) -> Objects:
    """A Windows whose Get-, Set- and Remove-NetFirewallRule know no session, as Server 2022 by its reference."""
    return Objects(pwsh, tmp_path, sessions=False)


def test_a_windows_without_sessions_is_refused(without_sessions: Objects) -> None:
    answer = without_sessions.run(made(CLIENT, wanted(CLIENT, **SUBNETS)))
    assert answer.error is not None
    assert "-WithoutSession" in answer.error
    assert (without_sessions.rules, without_sessions.log) == (FOREIGN, [])


def test_a_windows_without_sessions_can_still_look(without_sessions: Objects) -> None:
    answer = without_sessions.run(made(CLIENT, wanted(CLIENT, **SUBNETS)), PolicyStore=STORE, WhatIf=True)
    assert answer.error is None
    assert len(answer.result["Created"]) == len(wanted(CLIENT, **SUBNETS))  # type: ignore[index]
    assert (without_sessions.rules, without_sessions.log) == (FOREIGN, [])


def test_without_a_session_the_object_itself_is_changed(
    without_sessions: Objects, fresh: Callable[[str], Objects]
) -> None:
    without_sessions.put(differing(fresh))
    text = made(CLIENT, wanted(CLIENT, **SUBNETS))
    first = without_sessions.run(text, PolicyStore=STORE, WithoutSession=True)
    assert (first.error, first.result["Saved"]) == (None, True)  # type: ignore[index]
    by_name = {rule["Name"]: rule for rule in fresh("documented").rules}
    assert {rule["Name"]: rule for rule in without_sessions.rules} == by_name
    assert {line.split()[0] for line in without_sessions.log} == {"New", "Set", "Remove"}
    # nothing is closed before what is needed is open
    assert without_sessions.log[-1].startswith("Remove ")
    second = without_sessions.run(text, PolicyStore=STORE, WithoutSession=True)
    assert second.result["Saved"] is False  # type: ignore[index]


def test_a_failure_without_a_session_says_that_changes_stay(without_sessions: Objects) -> None:
    without_sessions.put(FOREIGN, "New *smb-out-tcp")
    text = made(CLIENT, wanted(CLIENT, **SUBNETS))
    answer = without_sessions.run(text, PolicyStore=STORE, WithoutSession=True)
    assert answer.error is not None
    assert "What was changed before stays; run this again to complete it." in answer.error
    assert without_sessions.own


@pytest.mark.parametrize("before", ["empty", "differing"])
def test_a_domain_controller_that_loses_the_changes_is_no_success(
    before: str, fresh: Callable[[str], Objects], objects: Objects
) -> None:
    objects.put(FOREIGN if before == "empty" else differing(fresh), read_only=True)
    answer = objects.run(made(CLIENT, wanted(CLIENT, **SUBNETS)))
    assert answer.error is not None
    assert f"was saved without an error, but {PDC} does not have what was saved: Therefore-Client-" in answer.error
    assert "-DomainController" in answer.error


def test_a_change_that_was_lost_is_no_success(fresh: Callable[[str], Objects], objects: Objects) -> None:
    before = copy.deepcopy(fresh("documented").rules)
    before[-1]["RemoteAddress"] = "10.0.0.1"
    objects.put(before, read_only=True)
    answer = objects.run(made(CLIENT, wanted(CLIENT, **SUBNETS)))
    assert answer.error is not None
    assert f"does not have what was saved: {before[-1]['Name']}." in answer.error


def test_a_domain_that_dns_does_not_know_is_refused(objects: Objects) -> None:
    answer = objects.run(made(CLIENT, wanted(CLIENT, **SUBNETS)), PolicyStore=r"CORP\Therefore clients")
    assert answer.error is not None
    assert "DNS names no PDC emulator of 'CORP'" in answer.error
    assert objects.log == []


def test_a_domain_controller_without_a_session_is_refused(objects: Objects) -> None:
    text = made(CLIENT, wanted(CLIENT, **SUBNETS))
    answer = objects.run(text, PolicyStore=STORE, WithoutSession=True, DomainController="dc7")
    assert answer.error is not None
    assert "-WithoutSession and -DomainController do not go together" in answer.error
    assert (objects.rules, objects.log) == (FOREIGN, [])


def test_a_look_without_a_session_says_whom_it_asks(without_sessions: Objects) -> None:
    text = made(CLIENT, wanted(CLIENT, **SUBNETS))
    answer = without_sessions.run(text, PolicyStore=STORE, WhatIf=True, DomainController="dc7")
    assert ["which may be another one than dc7" in warning for warning in answer.warnings] == [True]


@pytest.mark.parametrize(
    ("status", "warned"),
    [
        ("AllSettingsEnabled", 0),
        ("UserSettingsDisabled", 0),
        ("ComputerSettingsDisabled", 1),
        ("AllSettingsDisabled", 1),
    ],
)
def test_a_computer_half_that_is_off_is_a_warning(status: str, warned: int, objects: Objects) -> None:
    objects.put(FOREIGN, status=status)
    answer = objects.run(made(CLIENT, wanted(CLIENT, **SUBNETS)))
    assert answer.error is None
    found = [warning for warning in answer.warnings if "is switched off" in warning]
    assert [f"({status})" in warning for warning in found] == [True] * warned


def test_constrained_language_is_named(pwsh: str, tmp_path: Path) -> None:
    environment = {"OS": "Windows_NT", "STANDIN_LANGUAGE": "ConstrainedLanguage"}
    objects = Objects(pwsh, tmp_path, environment=environment)
    answer = objects.run(made(CLIENT, wanted(CLIENT, **SUBNETS)))
    assert answer.error is not None
    assert "runs in the language mode ConstrainedLanguage here" in answer.error
    assert (objects.rules, objects.log) == (FOREIGN, [])


def test_names_of_two_installations_differ(fresh: Callable[[str], Objects], objects: Objects) -> None:
    text = made(CLIENT, wanted(CLIENT, **SUBNETS))
    first = objects.run(text, PolicyStore=STORE, Installation="Munich").result or {}
    shared = {rule["Name"] for rule in fresh("documented").own}
    assert {name.replace("-Munich-", "-", 1) for name in first["Created"]} == shared
    assert not {*first["Created"]} & shared
    assert objects.run(text, PolicyStore=STORE, Installation="Munich").result["Saved"] is False  # type: ignore[index]


@pytest.mark.parametrize("word", ["*", "a b", "", "x" * 41, "'"])
def test_the_word_of_an_installation_is_plain(word: str, objects: Objects) -> None:
    answer = objects.run(made(CLIENT, wanted(CLIENT, **SUBNETS)), PolicyStore=STORE, Installation=word)
    assert answer.error is not None
    assert "Installation" in answer.error
    assert objects.log == []


def test_a_refusal_ends_with_an_error_code(objects: Objects) -> None:
    objects.run(made(CLIENT, wanted(CLIENT, **SUBNETS)))
    script_file = objects.folder / "script.ps1"
    done = objects.start([str(script_file), "-PolicyStore", "PersistentStore"])
    assert (done.returncode, "is no group policy object" in done.stderr + done.stdout) == (1, True)


def test_the_help_has_examples(objects: Objects) -> None:
    text = made(CLIENT, wanted(CLIENT, **SUBNETS))
    (objects.folder / "made.ps1").write_text(text)
    asking = objects.folder / "ask.ps1"
    asking.write_text(
        f"$help = Get-Help '{objects.folder / 'made.ps1'}' -Full\n"
        "@{ synopsis = $help.Synopsis; examples = @($help.examples.example).Count;"
        " parameters = @($help.parameters.parameter | Where-Object { $_.description } | ForEach-Object { $_.name }) }"
        " | ConvertTo-Json -Compress\n"
    )
    done = objects.start([str(asking)])
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["synopsis"] == 'Puts the firewall rules of the group "Therefore Client" into a group policy object.'
    assert told["examples"] == 3
    assert set(told["parameters"]) == {
        "PolicyStore", "Domain", "GpoName", "DomainController", "WithoutSession", "Installation", "Remove",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["everything", "online"])
def test_windows_powershell_5_understands_it(name: str, scripts: Engine) -> None:
    role, settings = SETTINGS[name]
    assert scripts.ask("syntax.ps1", [made(role, wanted(role, **settings))]) == [[]]
