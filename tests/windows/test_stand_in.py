# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in writes and refuses values as Windows does, each by the source that Values.cs and Rule.cs name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from ordinary_rules import ordinary_rules
from simulation import build

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Engine
    from simulation import Simulation

TCP, UDP, ICMP, OUT = {"Protocol": 6}, {"Protocol": 17}, {"Protocol": 1}, {"Direction": 2}


def remote(addresses: str) -> dict[str, str]:
    return {"RemoteAddresses": addresses}


def local_ports(ports: str) -> dict[str, str]:
    return {"LocalPorts": ports}


def label(case: dict[str, Any]) -> str:
    return str(case)[:80]


# properties in the order in which they are set, and what the last one reads
READS: list[tuple[dict[str, Any], Any]] = [
    (remote("10.0.0.0/8"), "10.0.0.0/255.0.0.0"),
    (remote("10.0.0.2/8"), "10.0.0.0/255.0.0.0"),
    (remote("10.0.0.0/255.255.0.0"), "10.0.0.0/255.255.0.0"),
    (remote("192.0.2.7"), "192.0.2.7/255.255.255.255"),
    (remote("192.0.2.7/32"), "192.0.2.7/255.255.255.255"),
    (remote("192.0.2.1-192.0.2.9"), "192.0.2.1-192.0.2.9"),
    (remote("2001:DB8:10:0::/64"), "2001:db8:10::/64"),
    (remote("2001:db8::7"), "2001:db8::7-2001:db8::7"),
    (remote("2001:db8::7/128"), "2001:db8::7-2001:db8::7"),
    (remote("2001:db8::1-2001:db8::9"), "2001:db8::1-2001:db8::9"),
    (remote("localsubnet,dns,dhcp,wins,defaultgateway"), "LocalSubnet,DNS,DHCP,WINS,DefaultGateway"),
    (remote("10.0.0.0/8,10.1.2.3,192.0.2.7"), "10.0.0.0/255.0.0.0,192.0.2.7/255.255.255.255"),
    (remote("192.0.2.7-192.0.2.7"), "192.0.2.7/255.255.255.255"),
    (remote("192.0.2.7,192.0.2.7"), "192.0.2.7/255.255.255.255"),
    (remote("LocalSubnet6"), "LocalSubnet6"),
    (remote("*"), "*"),
    (remote(""), "*"),
    (TCP | local_ports("80,443"), "80,443"),
    (TCP | local_ports("443,80"), "443,80"),
    (TCP | local_ports("5000-5010"), "5000-5010"),
    (TCP | local_ports("rpc"), "RPC"),
    (TCP | local_ports("RPC-EPMAP"), "RPC-EPMap"),
    (UDP | local_ports("teredo"), "Teredo"),
    (TCP | local_ports("*"), "*"),
    (ICMP | local_ports("*"), None),
    (ICMP | {"IcmpTypesAndCodes": "8:*"}, "8:*"),
    (ICMP | {"IcmpTypesAndCodes": "8:*,3:4"}, "8:*,3:4"),
    (TCP | local_ports("iphttps"), "IPHTTPS"),
    (TCP | local_ports("rpc,80,rpc-epmap"), "RPC,80,RPC-EPMap"),
    ({"InterfaceTypes": "RemoteAccess,Lan"}, "Lan,RemoteAccess"),
    ({"Profiles": 0x7FFFFFFF}, 0x7FFFFFFF),
    ({"Profiles": 3}, 3),
    ({"EdgeTraversalOptions": 2}, 2),
    (OUT | TCP | {"RemotePorts": "443"}, "443"),
]

# what a new object reads before anything is set, and a protocol's own part once it is set
DEFAULTS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {},
        {
            "Enabled": False,
            "Direction": 1,
            "Action": 1,
            "Profiles": 0x7FFFFFFF,
            "Protocol": 256,
            "LocalPorts": None,
            "RemotePorts": None,
            "LocalAddresses": "*",
            "RemoteAddresses": "*",
            "IcmpTypesAndCodes": None,
            "InterfaceTypes": "All",
            "EdgeTraversalOptions": 0,
            "SecureFlags": 0,
        },
    ),
    (TCP, {"LocalPorts": "*", "RemotePorts": "*", "IcmpTypesAndCodes": None}),
    (ICMP, {"LocalPorts": None, "RemotePorts": None, "IcmpTypesAndCodes": "*"}),
    (ICMP | {"IcmpTypesAndCodes": "*"}, {"IcmpTypesAndCodes": "*"}),
]

ADDRESS, ARGUMENT, DENIED = "0xD000000D", "0x80070057", "0x80070005"

REFUSED: list[tuple[dict[str, Any], str, str]] = [
    (remote("office.example.com"), ADDRESS, "netfw.h"),
    (remote("Nowhere"), ADDRESS, "netfw.h"),
    (remote("10.0.0.0/33"), ADDRESS, "netfw.h"),
    (remote("10.0.0.0/255.0.255.0"), ADDRESS, "MS-FASP 2.2.4"),
    (remote("10.0.0.9-10.0.0.1"), ADDRESS, "MS-FASP 2.2.8"),
    (remote("10.0.0.1-2001:db8::1"), ADDRESS, "MS-FASP 2.2.8"),
    (remote("2001:db8::1/64"), ADDRESS, "helper #47"),
    (remote("::1"), ADDRESS, "helper #8"),
    (remote("*,10.0.0.1"), ADDRESS, "netfw.h"),
    (remote("System.Object[]"), ADDRESS, "netfw.h"),
    (remote("10.0.0.0/8/8"), ADDRESS, "netfw.h"),
    (remote("10.1"), ADDRESS, "netfw.h"),
    (remote("fe80::1%4"), ADDRESS, "netfw.h"),
    (remote("ff02::1"), ADDRESS, "helper #8"),
    ({"LocalAddresses": "LocalSubnet"}, ARGUMENT, "MS-FASP 2.2.37"),
    (local_ports("80"), ARGUMENT, "netfw.h"),
    ({"Protocol": 47} | local_ports("80"), ARGUMENT, "netfw.h"),
    (TCP | local_ports("80, 443"), ARGUMENT, "netfw.h"),
    (TCP | local_ports("443-80"), ARGUMENT, "MS-FASP 2.2.12"),
    (TCP | local_ports("65536"), ARGUMENT, "MS-GPFAS 2.2.2.2"),
    (TCP | local_ports("http"), ARGUMENT, "MS-GPFAS 2.2.2.3"),
    (TCP | local_ports("80,*"), ARGUMENT, "netfw.h"),
    (TCP | local_ports("1-2-3"), ARGUMENT, "netfw.h"),
    (local_ports("80") | TCP, ARGUMENT, "netfw.h"),
    (UDP | local_ports("RPC"), ARGUMENT, "MS-FASP 2.2.37"),
    (TCP | local_ports("Teredo"), ARGUMENT, "MS-FASP 2.2.37"),
    (OUT | TCP | local_ports("RPC"), ARGUMENT, "MS-FASP 2.2.37"),
    (TCP | {"RemotePorts": "RPC"}, ARGUMENT, "MS-FASP 2.2.37"),
    (TCP | {"IcmpTypesAndCodes": "8:*"}, ARGUMENT, "netfw.h"),
    (ICMP | {"IcmpTypesAndCodes": "echo"}, ARGUMENT, "MS-GPFAS 2.2.2.16"),
    (ICMP | {"IcmpTypesAndCodes": "8"}, ARGUMENT, "MS-GPFAS 2.2.2.16"),
    (ICMP | {"IcmpTypesAndCodes": "256:*"}, ARGUMENT, "MS-GPFAS 2.2.2.16"),
    (ICMP | {"IcmpTypesAndCodes": "8:256"}, ARGUMENT, "MS-GPFAS 2.2.2.16"),
    (ICMP | {"IcmpTypesAndCodes": "8:*, 3:*"}, ARGUMENT, "MS-GPFAS 2.2.2.16"),
    (OUT | {"EdgeTraversalOptions": 1}, ARGUMENT, "MS-FASP 2.2.37"),
    ({"EdgeTraversalOptions": 4}, ARGUMENT, "netfw.h"),
    ({"Action": 0, "SecureFlags": 2}, ARGUMENT, "MS-FASP 2.2.37"),
    ({"Profiles": 0}, ARGUMENT, "MS-FASP 2.2.37"),
    ({"Profiles": 9}, ARGUMENT, "MS-FASP 2.2.37"),
    ({"Protocol": 257}, ARGUMENT, "MS-FASP 2.2.37"),
    ({"Protocol": -1}, ARGUMENT, "MS-FASP 2.2.37"),
    ({"SecureFlags": 5}, ARGUMENT, "netfw.h"),
    ({"Direction": 3}, ARGUMENT, "MS-FASP 2.2.37"),
    ({"Action": 2}, ARGUMENT, "MS-FASP 2.2.37"),
    ({"Name": ""}, ARGUMENT, "MS-FASP 2.2.37"),
    ({"Name": "ALL"}, ARGUMENT, "MS-FASP 2.2.37"),
    ({"Description": "a|b"}, ARGUMENT, "MS-FASP 2.2.37"),
    ({"Description": "a" * 10000}, ARGUMENT, "MS-FASP 2.2.37"),
    ({"serviceName": "a/b"}, ARGUMENT, "MS-FASP 2.2.37"),
    ({"ApplicationName": "C:/x.exe"}, ARGUMENT, "MS-FASP 2.2.37"),
    ({"InterfaceTypes": "Token"}, ARGUMENT, "netfw.h"),
]


# one after the other: what is called, what is refused, what the property reads then, and the ports of each rule by name
CALLS: list[tuple[dict[str, Any], str | None, Any, list[tuple[str, str | None]]]] = [
    ({"call": "add", "name": "Twin"}, None, None, [("Twin", "1"), ("Locked", "3"), ("Twin", None)]),
    ({"call": "add", "name": "Locked"}, DENIED, None, [("Twin", "1"), ("Locked", "3"), ("Twin", None)]),
    (
        {"call": "set", "name": "Twin", "property": "LocalPorts", "value": "80"},
        None,
        "80",
        [("Twin", "80"), ("Locked", "3"), ("Twin", None)],
    ),
    (
        {"call": "set", "name": "Twin", "property": "Protocol", "value": 1},
        ARGUMENT,
        6,
        [("Twin", "80"), ("Locked", "3"), ("Twin", None)],
    ),
    (
        {"call": "set", "name": "Locked", "property": "LocalPorts", "value": "80"},
        DENIED,
        "3",
        [("Twin", "80"), ("Locked", "3"), ("Twin", None)],
    ),
    ({"call": "remove", "name": "Locked"}, DENIED, None, [("Twin", "80"), ("Locked", "3"), ("Twin", None)]),
    ({"call": "remove", "name": "TWIN"}, None, None, [("Locked", "3"), ("Twin", None)]),
    ({"call": "remove", "name": "Nobody"}, None, None, [("Locked", "3"), ("Twin", None)]),
    (
        {
            "call": "set after another", "name": "Twin", "property": "Description", "value": "mine",
            "others": {"Protocol": 6, "LocalPorts": "81"},
        },
        None,
        "mine",
        [("Locked", "3"), ("Twin", "81")],
    ),
    (
        {"call": "set after another", "name": "Twin", "property": "Protocol", "value": 1, "others": {"Enabled": True}},
        ARGUMENT,
        6,
        [("Locked", "3"), ("Twin", "81")],
    ),
    (
        {"call": "set after removal", "name": "Twin", "property": "Description", "value": "late"},
        "0x80070002",
        "mine",
        [("Locked", "3")],
    ),
    ({"call": "profile", "name": "", "bits": 4}, None, None, [("Locked", "3")]),
    ({"call": "profile", "name": "", "bits": 6}, ARGUMENT, None, [("Locked", "3")]),
]  # fmt: skip
CALLED_ON = [{"Name": "Twin", **TCP, "LocalPorts": "1"}, {"Name": "Locked", **TCP, "LocalPorts": "3"}]


def ask(scripts: Engine, simulation: Simulation, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    library, store = simulation.folder / "stand_in.dll", simulation.store_file("member_client")
    answers: list[dict[str, Any]] = scripts.ask("try.ps1", cases, str(library), str(store))
    return answers


@pytest.fixture(scope="module")
def reads(scripts: Engine, simulation: Simulation) -> list[dict[str, Any]]:
    return ask(scripts, simulation, [case for case, _expected in READS])


@pytest.fixture(scope="module")
def refusals(scripts: Engine, simulation: Simulation) -> list[dict[str, Any]]:
    return ask(scripts, simulation, [case for case, _code, _source in REFUSED])


@pytest.fixture(scope="module")
def defaults(scripts: Engine, simulation: Simulation) -> list[dict[str, Any]]:
    return ask(scripts, simulation, [case for case, _expected in DEFAULTS])


@pytest.fixture(scope="module")
def called(scripts: Engine, simulation: Simulation) -> list[dict[str, Any]]:
    store = simulation.store_file("policy_host")
    store.write_text(json.dumps(simulation.store("policy_host") | {"rules": CALLED_ON, "denied": ["Locked"]}))
    library = simulation.folder / "stand_in.dll"
    answers: list[dict[str, Any]] = scripts.ask("calls.ps1", [case[0] for case in CALLS], str(library), str(store))
    return answers


@pytest.mark.parametrize("number", range(len(READS)), ids=[label(case) for case, _expected in READS])
def test_what_is_read(number: int, reads: list[dict[str, Any]]) -> None:
    case, expected = READS[number]
    assert (reads[number]["refused"], reads[number][list(case)[-1]]) == (None, expected)


@pytest.mark.parametrize("number", range(len(REFUSED)), ids=[label(case) for case, _code, _source in REFUSED])
def test_what_is_refused(number: int, refusals: list[dict[str, Any]]) -> None:
    _case, code, source = REFUSED[number]
    assert f"{code} (stand-in: {source}: " in refusals[number]["refused"]


@pytest.mark.parametrize("number", range(len(DEFAULTS)), ids=[label(case) for case, _expected in DEFAULTS])
def test_what_a_new_rule_reads(number: int, defaults: list[dict[str, Any]]) -> None:
    _case, expected = DEFAULTS[number]
    assert {name: defaults[number][name] for name in expected} == expected


@pytest.mark.parametrize("number", range(len(CALLS)), ids=[f"{call['call']} {call['name']}" for call, *_rest in CALLS])
def test_what_the_collection_does_at_once(number: int, called: list[dict[str, Any]]) -> None:
    _call, refused, reads, rules = CALLS[number]
    answer = called[number]
    assert answer["reads"] == reads
    assert [(rule["Name"], rule.get("LocalPorts")) for rule in answer["rules"]] == rules
    assert answer["refused"] is None if refused is None else refused in answer["refused"]


@pytest.mark.parametrize(
    ("state", "code"), [("reader", DENIED), ("stopped", "0x800706D9")], ids=["may only read", "service is stopped"]
)
def test_who_may_not_write(state: str, code: str, scripts: Engine, simulation: Simulation, tmp_path: Path) -> None:
    store, library = tmp_path / "store.json", simulation.folder / "stand_in.dll"
    store.write_text(json.dumps(simulation.store("blocked_host") | {"rules": CALLED_ON, state: True}))
    calls = [
        {"call": "set", "name": "Twin", "property": "LocalPorts", "value": "80"},
        {"call": "remove", "name": "Twin"},
        {"call": "add", "name": "New"},
        {"call": "profile", "name": "", "bits": 1},
    ]
    answers = scripts.ask("calls.ps1", calls, str(library), str(store))
    refused = [code in (answer["refused"] or "") for answer in answers]
    assert refused == [True, True, True, state == "stopped"]
    assert answers[-1]["rules"] == CALLED_ON


def test_ordinary_rules_are_about_400_and_always_the_same() -> None:
    assert 350 <= len(ordinary_rules()) <= 450
    assert ordinary_rules() == ordinary_rules()


def test_every_ordinary_rule_stands_as_windows_would_hold_it(simulation: Simulation) -> None:
    stored = simulation.store("domain_server")["rules"]
    assert [rule["Name"] for rule in stored] == [rule["Name"] for rule in ordinary_rules()]
    assert [rule.get("LocalPorts") for rule in stored] == [rule.get("LocalPorts") for rule in ordinary_rules()]


def test_what_a_host_starts_with_stands_as_windows_would_write_it(simulation: Simulation) -> None:
    (rule,) = [one for one in simulation.store("half_done_host")["rules"] if one["Name"] == "By hand, in disorder"]
    assert rule["LocalPorts"] == "RPC-EPMap,5000-5010,443,80"
    assert rule["LocalAddresses"] == "192.0.2.1/255.255.255.255"
    assert rule["RemoteAddresses"].endswith(",10.0.0.0/255.0.0.0,DNS,LocalSubnet")


def test_a_host_that_starts_with_a_wrong_rule_is_refused(pwsh: str, simulation: Simulation, tmp_path: Path) -> None:
    store = tmp_path / "store.json"
    wrong = {"Name": "Wrong", "Direction": 2, "EdgeTraversalOptions": 1}
    store.write_text(json.dumps(simulation.store("blocked_host") | {"rules": [wrong]}))
    with pytest.raises(RuntimeError, match="edge traversal on an outbound rule"):
        build(pwsh, tmp_path / "stand_in.dll", [store])
