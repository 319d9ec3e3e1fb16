# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/verify.yml before the software is there: hosts answer for the time of the run where nothing listens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import CLIENT, IPV4, Server
from lab_hosts import play, run_on

SCENARIO = Path(__file__).parents[1]
SUBNETS = ["10.81.1.0/24"]
# a port without software in the lab, over TCP and over UDP
SILENT = {"therefore_port_overrides": {"xml_service": [8443]}}


@pytest.fixture
def hosts(server: Server) -> dict[str, Any]:
    """A server on which site.yml has run, and a client of it."""
    return {
        "therefore_server": {
            "hosts": {
                server.name: {
                    "therefore_addresses": [server.ipv4],
                    "therefore_server_components": ["xml_service"],
                    "therefore_server_supplements": ["netbios_datagram"],
                }
            },
        },
        "therefore_client": {
            "hosts": {
                CLIENT: {
                    "therefore_addresses": [IPV4[CLIENT]],
                    "therefore_client_supplements": ["netbios_datagram"],
                    "therefore_client_guard": "never",
                }
            },
        },
    }


def verify(folder: Path, hosts: dict[str, Any], **extra: Any) -> dict[str, dict[str, Any]]:
    """Run verify.yml; the flows from the client by port."""
    inventory = folder / "estate.yml"
    inventory.write_text(json.dumps(hosts | {"all": {"vars": {"therefore_trusted_subnets": SUBNETS, **SILENT}}}))
    (server,) = hosts["therefore_server"]["hosts"]
    play(SCENARIO / "site.yml", [SCENARIO / "inventory", inventory], {}, ["--limit", server])
    file = folder / "verify.json"
    play(SCENARIO / "flows.yml", [SCENARIO / "inventory", inventory], {"therefore_verify_file": str(file), **extra})
    flows = json.loads(file.read_text())["flows"]
    return {f"{one['port']}/{one['protocol']}": one for one in flows if CLIENT in one["members"]}


def test_without_listeners_a_refusal_is_nobodys(hosts: dict[str, Any], tmp_path: Path) -> None:
    found = verify(tmp_path, hosts, therefore_verify_listen=False)
    assert (found["8443/tcp"]["outcome"], found["8443/tcp"]["state"]) == ("failed", "refused")
    assert "which a reset does not tell" in found["8443/tcp"]["hint"]
    assert (found["445/tcp"]["outcome"], found["445/tcp"]["proof"]) == ("passed", "by_service")


def test_with_listeners_both_ends_are_proved(server: Server, hosts: dict[str, Any], tmp_path: Path) -> None:
    found = verify(tmp_path, hosts)
    for port in ("8443/tcp", "138/udp"):
        assert (found[port]["outcome"], found[port]["proof"]) == ("passed", "two_ended")
    # what is in use is left to who uses it
    assert found["445/tcp"]["results"][0]["listener"] is False
    assert ":8443" not in run_on(server.name, "ss", "-Hltn")


def test_a_firewall_that_refuses_is_told_from_a_service_that_is_down(
    server: Server, hosts: dict[str, Any], tmp_path: Path
) -> None:
    server.run("firewall-cmd -q --permanent --new-policy=theirs")
    server.run("firewall-cmd -q --permanent --policy=theirs --add-ingress-zone=ANY")
    server.run("firewall-cmd -q --permanent --policy=theirs --add-egress-zone=HOST")
    server.run("firewall-cmd -q --permanent --policy=theirs --set-priority=-500")
    server.run("firewall-cmd -q --permanent --policy=theirs --add-rich-rule='rule port port=138 protocol=udp drop'")
    server.run("firewall-cmd -q --reload")
    found = verify(tmp_path, hosts)
    assert (found["138/udp"]["outcome"], found["138/udp"]["state"]) == ("failed", "udp-unknown")
    assert found["138/udp"]["hint"].startswith("filtered")
    assert found["8443/tcp"]["outcome"] == "passed"
