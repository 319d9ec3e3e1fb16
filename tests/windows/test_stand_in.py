# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in writes and refuses values as Windows does, each by the source that Values.cs and Rule.cs name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from ordinary_rules import ordinary_rules

if TYPE_CHECKING:
    from conftest import Engine
    from simulation import Simulation

TCP, UDP, ICMP, OUT = {"Protocol": 6}, {"Protocol": 17}, {"Protocol": 1}, {"Direction": 2}


def remote(addresses: str) -> dict[str, str]:
    return {"RemoteAddresses": addresses}


def local_ports(ports: str) -> dict[str, str]:
    return {"LocalPorts": ports}


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
    (remote("*"), "*"),
    (remote(""), "*"),
    (TCP | local_ports("80,443"), "80,443"),
    (TCP | local_ports("443,80"), "443,80"),
    (TCP | local_ports("5000-5010"), "5000-5010"),
    (TCP | local_ports("rpc"), "RPC"),
    (TCP | local_ports("RPC-EPMAP"), "RPC-EPMap"),
    (UDP | local_ports("teredo"), "Teredo"),
    (TCP | local_ports("*"), "*"),
    (ICMP | {"IcmpTypesAndCodes": "8:*"}, "8:*"),
    ({"InterfaceTypes": "RemoteAccess,Lan"}, "Lan,RemoteAccess"),
    ({"Profiles": 0x7FFFFFFF}, 0x7FFFFFFF),
    ({"Profiles": 3}, 3),
    ({"EdgeTraversalOptions": 2}, 2),
    (OUT | TCP | {"RemotePorts": "443"}, "443"),
]

ADDRESS, ARGUMENT = "0xD000000D", "0x80070057"

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
    ({"LocalAddresses": "LocalSubnet"}, ARGUMENT, "MS-FASP 2.2.37"),
    (local_ports("80"), ARGUMENT, "netfw.h"),
    ({"Protocol": 47} | local_ports("80"), ARGUMENT, "netfw.h"),
    (TCP | local_ports("80, 443"), ARGUMENT, "netfw.h"),
    (TCP | local_ports("443-80"), ARGUMENT, "MS-FASP 2.2.12"),
    (TCP | local_ports("65536"), ARGUMENT, "MS-GPFAS 2.2.2.2"),
    (TCP | local_ports("http"), ARGUMENT, "MS-GPFAS 2.2.2.3"),
    (UDP | local_ports("RPC"), ARGUMENT, "MS-FASP 2.2.37"),
    (OUT | TCP | local_ports("RPC"), ARGUMENT, "MS-FASP 2.2.37"),
    (TCP | {"RemotePorts": "RPC"}, ARGUMENT, "MS-FASP 2.2.37"),
    (TCP | {"IcmpTypesAndCodes": "8:*"}, ARGUMENT, "netfw.h"),
    (TCP | local_ports("80") | {"Protocol": 1}, ARGUMENT, "netfw.h"),
    (OUT | {"EdgeTraversalOptions": 1}, ARGUMENT, "MS-FASP 2.2.37"),
    ({"EdgeTraversalOptions": 4}, ARGUMENT, "netfw.h"),
    ({"Action": 0, "SecureFlags": 2}, ARGUMENT, "MS-FASP 2.2.37"),
    ({"Profiles": 0}, ARGUMENT, "MS-FASP 2.2.37"),
    ({"Profiles": 9}, ARGUMENT, "MS-FASP 2.2.37"),
    ({"Protocol": 257}, ARGUMENT, "MS-FASP 2.2.37"),
    ({"Direction": 3}, ARGUMENT, "MS-FASP 2.2.37"),
    ({"Action": 2}, ARGUMENT, "MS-FASP 2.2.37"),
    ({"Name": "all"}, ARGUMENT, "MS-FASP 2.2.37"),
    ({"Description": "a|b"}, ARGUMENT, "MS-FASP 2.2.37"),
    ({"ApplicationName": "C:/x.exe"}, ARGUMENT, "MS-FASP 2.2.37"),
    ({"InterfaceTypes": "Token"}, ARGUMENT, "netfw.h"),
]


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


@pytest.mark.parametrize("number", range(len(READS)), ids=[str(case) for case, _expected in READS])
def test_what_is_read(number: int, reads: list[dict[str, Any]]) -> None:
    case, expected = READS[number]
    assert (reads[number]["refused"], reads[number][list(case)[-1]]) == (None, expected)


@pytest.mark.parametrize("number", range(len(REFUSED)), ids=[str(case) for case, _code, _source in REFUSED])
def test_what_is_refused(number: int, refusals: list[dict[str, Any]]) -> None:
    _case, code, source = REFUSED[number]
    assert f"{code} (stand-in: {source}: " in refusals[number]["refused"]


def test_ordinary_rules_are_about_400_and_always_the_same() -> None:
    assert 350 <= len(ordinary_rules()) <= 450
    assert ordinary_rules() == ordinary_rules()


def test_every_ordinary_rule_stands_as_windows_would_hold_it(simulation: Simulation) -> None:
    stored = simulation.store("domain_server")["rules"]
    assert [rule["Name"] for rule in stored] == [rule["Name"] for rule in ordinary_rules()]
    assert [rule.get("LocalPorts") for rule in stored] == [rule.get("LocalPorts") for rule in ordinary_rules()]
