# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows' own build of PowerShell (PWSH_WINDOWS): a real registry, and the same answers as the build for Linux."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from batches import MODULE_STEPS, START
from conftest import Engine
from playbook import INFO, Answers, Step, run
from simulation import simulate

LIBRARIES = Path(__file__).resolve().parents[2] / "plugins/module_utils/_windows"
BUILD = os.environ.get("PWSH_WINDOWS", "")
pytestmark = pytest.mark.skipif(not BUILD, reason="the variable PWSH_WINDOWS names no Windows build of PowerShell")

RULE = "v2.30|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=8000|Name=Barrier|"
# keys below the policy's, and what is read: values, settings, what is named as strange, rules
REGISTRY: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any], int, list[str]]] = {
    "a number": (
        {"DomainProfile": {"EnableFirewall": {"kind": "DWord", "value": 1}}},
        {"EnableFirewall": 1}, {"enabled": True}, 0, [],
    ),
    "above 2^31": (
        {"DomainProfile": {"EnableFirewall": {"kind": "DWord", "value": 0x80000001 - 2**32}}},
        {"EnableFirewall": 0x80000001 - 2**32}, {"enabled": True}, 0, [],
    ),
    "text for a number": (
        {"DomainProfile": {"EnableFirewall": {"kind": "String", "value": "1"}}},
        {"EnableFirewall": "1"}, {}, 1, [],
    ),
    "no key": ({}, {}, {}, 0, []),
    "a key without values": ({"DomainProfile": {}}, {}, {}, 0, []),
    "a rule": ({"FirewallRules": {"{A}": {"kind": "String", "value": RULE}}}, {}, {}, 0, ["Barrier"]),
}  # fmt: skip


@pytest.fixture(scope="module")
def read() -> dict[str, dict[str, Any]]:
    answers = Engine(BUILD).ask("registry.ps1", [case[0] for case in REGISTRY.values()], str(LIBRARIES))
    return dict(zip(REGISTRY, answers, strict=True))


@pytest.mark.parametrize("name", REGISTRY)
def test_policies_are_read_from_a_real_registry(name: str, read: dict[str, dict[str, Any]]) -> None:
    _keys, table, settings, strange, rules = REGISTRY[name]
    found = read[name]
    assert (found["table"], found["settings"], len(found["strange"])) == (table, settings, strange)
    assert [rule["name"] for rule in found["rules"]] == rules


@pytest.fixture(scope="module")
def both(pwsh: str, tmp_path_factory: pytest.TempPathFactory) -> list[Answers]:
    """What the reader and win_firewall_rule say on the one build and on the other, of the same host."""
    found = []
    for engine in (pwsh, BUILD):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PWSH", engine)
            hosts = simulate(tmp_path_factory.mktemp("build"))
            start = hosts.store("domain_server") | {"rules": START, "denied": ["Locked"]}
            hosts.store_file("domain_server").write_text(json.dumps(start))
            found.append(run(hosts, [Step("info", INFO), *MODULE_STEPS[:6]], ["domain_server"]))
    return found


def test_both_builds_give_the_same_answers(both: list[Answers]) -> None:
    linux, windows = both
    assert linux.keys() == windows.keys()
    for key in linux:
        assert windows[key].store == linux[key].store, key
        for name in {*linux[key].result, *windows[key].result}:
            assert (key, name, windows[key].result.get(name)) == (key, name, linux[key].result.get(name))
