# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever the stand-in refuses of a rule as the roles make it, the plan refuses first, before anything changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Engine
    from simulation import Simulation

TCP = {"Protocol": 6, "LocalPorts": "9100"}
RULE: dict[str, Any] = {"id": "one", "direction": "in", "protocol": "tcp", "ports": [9100], "peers": ["192.0.2.1"]}
MANY = [f"10.{number // 250}.{number % 250}.1" for number in range(1001)]
NETWORKS = [f"10.{number // 250}.{number % 250}.0/28" for number in range(1001)]
PORTS = list(range(1, 2003, 2))


def peers(*addresses: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    return {"peers": list(addresses)}, {"RemoteAddresses": ",".join(addresses)}, "peers"


def named(text: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    return {"name": text}, {"Name": text}, "name"


def described(text: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    return {"description": text}, {"Description": text}, "description"


def grouped(text: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    return {"group": text}, {"Grouping": text}, "ruleset_group"


# what the plan is given, what the firewall would be given, and what the refusal names
REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "| in a name": named("web|app"),
    "@ before a name": named("@web"),
    "a name for all": named("All"),
    "a name that is too long": named("a" * 10000),
    "| in a description": described("web|app"),
    "@ before a description": described("@web"),
    "a description that is too long": described("a" * 10000),
    "| in a group": grouped("web|app"),
    "@ before a group": grouped("@web"),
    "a group that is too long": grouped("a" * 10000),
    "loopback": peers("127.0.0.1"),
    "a network of loopback": peers("127.0.0.0/8"),
    "loopback of IPv6": peers("::1"),
    "a range from loopback": peers("::1-::9"),
    "unspecified": peers("0.0.0.0"),
    "a network of the unspecified": peers("0.0.0.0/8"),
    "unspecified of IPv6": peers("::"),
    "multicast": peers("224.0.0.251"),
    "a network of multicast": peers("239.0.0.0/8"),
    "a range into multicast": peers("223.0.0.1-224.0.0.1"),
    "multicast of IPv6": peers("ff02::1"),
    "broadcast": peers("255.255.255.255"),
    "a range to broadcast": peers("250.0.0.1-255.255.255.255"),
    "one among others": peers("192.0.2.1", "224.0.0.251"),
    "too many addresses": peers(*MANY),
    "too many networks": peers(*NETWORKS),
    "too many ports": ({"ports": PORTS}, {"LocalPorts": ",".join(map(str, PORTS))}, "ports"),
}
TAKEN: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a name with an @ in it": named("web@app"),
    "a long name": named("a" * 9999),
    "a thousand addresses": peers(*MANY[:1000]),
    "a thousand networks and a range": peers(*NETWORKS[:1000], "192.0.2.1-192.0.2.9"),
    "link-local": peers("fe80::/64", "169.254.0.0/16"),
}


@pytest.fixture(scope="module")
def answers(scripts: Engine, simulation: Simulation) -> dict[str, dict[str, Any]]:
    cases = {**REFUSED, **TAKEN}
    library, store = simulation.folder / "stand_in.dll", simulation.store_file("workgroup_host")
    # one variable of the environment holds a limited text
    found: dict[str, dict[str, Any]] = {}
    names = list(cases)
    for start in range(0, len(names), 8):
        part = names[start : start + 8]
        given = [{**TCP, **cases[name][1]} for name in part]
        found.update(zip(part, scripts.ask("try.ps1", given, str(library), str(store)), strict=True))
    return found


def plan(changed: dict[str, Any]) -> None:
    from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.rules import render

    rule = {**RULE, **changed}
    render([rule], rule.pop("group", "Mine"), {})


@pytest.mark.parametrize("name", REFUSED)
def test_the_firewall_refuses_it(name: str, answers: dict[str, dict[str, Any]]) -> None:
    assert "(stand-in: " in answers[name]["refused"]


@pytest.mark.parametrize("name", REFUSED)
def test_we_refuse_it_first_with_its_variable(name: str, answers: dict[str, dict[str, Any]]) -> None:
    from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError

    changed, _properties, named_in = REFUSED[name]
    with pytest.raises(InputError) as error:
        plan(changed)
    assert str(error.value).startswith("ruleset_")
    assert named_in in str(error.value)


@pytest.mark.parametrize("name", TAKEN)
def test_nothing_is_refused_that_the_firewall_takes(name: str, answers: dict[str, dict[str, Any]]) -> None:
    assert answers[name]["refused"] is None
    plan(TAKEN[name][0])
