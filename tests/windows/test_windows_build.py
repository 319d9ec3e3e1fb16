# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows' own build of PowerShell (PWSH_WINDOWS): a real registry, and the same answers as the build for Linux."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batches import MODULE_STEPS, START, TCP_RULE, rule
from conftest import Engine
from hosts import stores
from playbook import GUARD, INFO, PROBE, RULES, Answers, Step, fields, run
from servers import Authority, Servers, free_port
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


# what the builds do not say alike, by nature: words and parts of the system, and what is new each time
OTHERWISE = {
    "error": "the system's own words",
    "latency_ms": "measured",
    "source_ports": "chosen by the system",
    "tag": "made for each flow",
    "cipher": "Wine does not tell it",
    "chain_verified": "Wine finds nothing wrong with a chain whose root it does not know; the module hands that on",
    "exception": "the engine's own words around that of the firewall",
    "invocation": "names the folder of the host",
}
STEPS = [
    Step("info", INFO),
    *MODULE_STEPS[:6],
    Step("one call", RULES, {"group": "New", "steps": [rule("", name="One", group="New", **TCP_RULE).options]}),
    Step("arm in check mode", GUARD, {"group": "New"}, True),
    Step("for a plan", INFO, {"plan_for": {"group": "New"}}),
]


def probed(servers: Servers, authority: Authority) -> Step:
    """What Wine carries: no reset over UDP, no TLS 1.3, one address of localhost."""
    old = [authority.context("localhost", days, signed) for days, signed in ((10, True), (-3, True), (12, False))]
    for context in old:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    here: dict[str, Any] = {"host": "127.0.0.1"}
    secure = here | {"tls": True, "server_name": "localhost"}
    targets = [
        here | {"id": "open", "port": servers.tcp()},
        here | {"id": "closed", "port": free_port()},
        here | {"id": "closes", "port": servers.speaks(b"")},
        here | {"id": "clear text", "port": servers.speaks(b"220 mail.example.com ESMTP\r\n"), "tls": True},
        here | {"id": "udp answers", "port": servers.udp(answer=b"hello"), "protocol": "udp"},
        here | {"id": "udp silent", "port": servers.udp(), "protocol": "udp"},
        {"id": "no such name", "host": "no-such-name.invalid", "port": 80},
        *(secure | {"id": f"tls {number}", "port": servers.tls(context)} for number, context in enumerate(old)),
    ]
    return Step("probe", PROBE, {"targets": targets, "timeout": 8, "attempts": 1})


@pytest.fixture(scope="module")
def both(pwsh: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Answers]]:
    """What the modules say on the one build and on the other, of the same host and the same services."""
    servers = Servers()
    found = []
    steps = [*STEPS, probed(servers, Authority(tmp_path_factory.mktemp("authority")))]
    for engine in (pwsh, BUILD):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PWSH", engine)
            hosts = simulate(tmp_path_factory.mktemp("build"))
            start = hosts.store("domain_server") | {"rules": START, "denied": ["Locked"]}
            hosts.store_file("domain_server").write_text(json.dumps(start))
            found.append(run(hosts, steps, ["domain_server"]))
    yield found
    servers.close()


@pytest.mark.parametrize("step", [*(step.name for step in STEPS), "probe"])
def test_both_builds_give_the_same_answers(step: str, both: list[Answers]) -> None:
    linux, windows = (answers["domain_server", step] for answers in both)
    assert fields(windows.result, OTHERWISE) == fields(linux.result, OTHERWISE)
    assert windows.store == linux.store


def test_what_differs_by_nature_is_there(both: list[Answers]) -> None:
    named = {key for answers in both for one in answers["domain_server", "probe"].result["results"] for key in one}
    assert named >= {"error", "latency_ms", "source_ports", "tag"}


@pytest.fixture(scope="module")
def readings(pwsh: str, tmp_path_factory: pytest.TempPathFactory) -> list[list[dict[str, Any]]]:
    found = []
    for engine in (pwsh, BUILD):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PWSH", engine)
            folder = tmp_path_factory.mktemp("read")
            prelude = str(simulate(folder).folder / "prelude.ps1")
            found.append(
                Engine(engine).ask("read.ps1", list(stores_small().values()), prelude, str(LIBRARIES), str(folder))
            )
    return found


def stores_small() -> dict[str, dict[str, Any]]:
    """The hosts with few of their ordinary rules: a variable of the environment holds 32,767 characters here."""
    return {name: store | {"rules": store["rules"][-8:]} for name, store in stores().items()}


def test_the_reader_reads_the_same_of_every_host(readings: list[list[dict[str, Any]]]) -> None:
    linux, windows = readings
    for name, one, other in zip(stores_small(), linux, windows, strict=True):
        assert fields(other, OTHERWISE, name) == fields(one, OTHERWISE, name)
