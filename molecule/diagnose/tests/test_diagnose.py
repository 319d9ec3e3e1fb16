# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/diagnose.yml on booted hosts: what firewalld decides, whose object it is, and what to do about it.

What needs no firewalld is in tests/unit/diagnosis, with real packets too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.filter.diagnose import diagnose_flows, diagnose_text
from ansible_collections.therefore.firewall.plugins.filter.verify import verify_jobs
from ansible_collections.therefore.firewall.plugins.plugin_utils._diagnosis.diagnosis import document
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.jobs import job_of
from lab_hosts import play, run_on
from on_host import run_module

SCENARIO = Path(__file__).parents[1]
DESK, ARCHIVE, ROUTER = "ddesk01", "darchive01", "drouter01"
FORGET = "rm -rf /etc/firewalld; cp -a /root/made /etc/firewalld; firewall-cmd -q --reload"
# a policy of somebody else that comes before ours
POLICY = """
firewall-cmd -q --permanent --new-policy=theirs
firewall-cmd -q --permanent --policy=theirs --add-ingress-zone=ANY
firewall-cmd -q --permanent --policy=theirs --add-egress-zone=HOST
firewall-cmd -q --permanent --policy=theirs --set-priority=-500
firewall-cmd -q --permanent --policy=theirs --add-rich-rule='rule port port=8000 protocol=tcp drop'
firewall-cmd -q --reload
"""
TABLE = "nft 'add table ip corp; add chain ip corp in { type filter hook input priority -10; }; "
TABLE += "add rule ip corp in tcp dport 8000 counter drop'"


def shell(host: str, command: str) -> str:
    return run_on(host, "sh", "-ec", command)


@pytest.fixture(scope="module", autouse=True)
def _made() -> None:
    """Both ends have their rules."""
    play(SCENARIO / "site.yml", [SCENARIO / "inventory"])
    for host in (DESK, ARCHIVE):
        shell(host, "cp -a /etc/firewalld /root/made")


@pytest.fixture
def undo() -> Iterator[list[tuple[str, str]]]:
    """What to run on which host after the test, the last first."""
    commands: list[tuple[str, str]] = []
    yield commands
    for host, command in reversed(commands):
        shell(host, command)


def played(folder: Path, **asked: Any) -> dict[str, Any]:
    """What the playbook says of the first connection."""
    file = folder / "diagnosis.json"
    extra = {"diagnose_from": DESK, "diagnose_to": ARCHIVE, "therefore_diagnose_file": str(file), **asked}
    play(SCENARIO / "diagnose.yml", [SCENARIO / "inventory"], extra)
    return _shown(json.loads(file.read_text()))


def diagnosed(port: str = "8000") -> dict[str, Any]:
    """What is said of a port, from the same modules and filters without Ansible's start, and without the plans."""
    hosts: list[dict[str, Any]] = [
        {"host": host, "targets": {address: [address]}, "wanted": {}}
        for host, address in ((DESK, "10.82.1.20"), (ARCHIVE, "10.82.2.10"))
    ]
    names, asked = [DESK, ARCHIVE], {"nonce": "0123456789abcdef0123456789abcdef", "explain": True}
    flows = diagnose_flows(hosts, names, DESK, ARCHIVE, port=port)
    hosts[1] |= run_module(
        ARCHIVE, "port_probe", {"mode": "listen", "listen": job_of(flows, ARCHIVE)["listen"], **asked}
    )
    targets = job_of(verify_jobs(flows, hosts), DESK)["targets"]
    hosts[0] |= run_module(DESK, "port_probe", {"targets": targets, "timeout": 1, "attempts": 1, **asked})
    hosts[1] |= run_module(ARCHIVE, "port_probe", {"mode": "stop", **asked})
    return _shown(document(flows, hosts, [], "2026-11-28T00:00:00Z"))


def _shown(report: Any) -> dict[str, Any]:
    print(diagnose_text(report))
    return dict(report["connections"][0])


# the lab's own software listens on 8000, and ends each connection: it is the service that has nothing behind it
def test_what_passes_and_what_ends_at_once(tmp_path: Path) -> None:
    found = played(tmp_path, diagnose_row="xml_service")
    assert (found["place"], found["port"]) == ("service", 8000)
    assert "takes the connection and ends it at once" in found["sentence"]
    steps = {step["step"]: step["seen"] for step in found["steps"]}
    assert {steps[one] for one in ("route", "rule", "departure", "arrival", "firewall", "service")} == {"seen"}
    assert "thf-trace" not in shell(ARCHIVE, "nft list tables") + shell(DESK, "nft list tables")


BROKEN = {
    "a foreign table": (ARCHIVE, TABLE, "nft delete table ip corp", "target", "table ip corp of darchive01, chain in"),
    "a foreign policy": (ARCHIVE, POLICY, FORGET, "target", "the policy theirs of darchive01"),
    "no rule of ours, and a zone": (
        ARCHIVE,
        "rm /etc/firewalld/policies/thf-*; firewall-cmd -q --permanent --zone=public --remove-port=8000/tcp; "
        "firewall-cmd -q --reload",
        FORGET, "target", "the zone public of darchive01",
    ),
    "a quarantined desk": (
        ARCHIVE,
        "rm /etc/firewalld/policies/thf-*; firewall-cmd -q --permanent --zone=drop --add-source=10.82.1.20; "
        "firewall-cmd -q --reload",
        FORGET, "target", "the zone drop of darchive01",
    ),
    "own egress": (DESK, "rm -f /etc/firewalld/policies/thf-*-out.xml; firewall-cmd -q --reload", FORGET, "source", ""),
    "the router": (
        ROUTER, "nft 'add table ip corp; add chain ip corp f { type filter hook forward priority 0; policy drop; }'",
        "nft delete table ip corp", "way", "the last router that answered is 10.82.1.2",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_the_object_that_decides_is_named(case: str, undo: list[tuple[str, str]]) -> None:
    host, broken, mended, place, said = BROKEN[case]
    undo.append((host, mended))
    shell(host, broken)
    found = diagnosed()
    assert found["place"] == place
    assert said in found["sentence"]
    assert found["remedy"]


def test_what_the_source_itself_refuses_is_not_the_network() -> None:
    found = diagnosed("3389")
    assert found["place"] == "source"
    assert "our policy thf-" in found["sentence"]
    assert "egress: deny" in found["remedy"]


def test_a_wrong_question_is_refused(tmp_path: Path) -> None:
    report = play(
        SCENARIO / "diagnose.yml", [SCENARIO / "inventory"], {"diagnose_from": "ddesk1", "diagnose_to": ARCHIVE}
    )
    messages = [
        answer.get("msg", "") for one in report["plays"] for task in one["tasks"] for answer in task["hosts"].values()
    ]
    assert any(
        "diagnose_from: 'ddesk1' is no host of the inventory; did you mean ddesk01" in str(one) for one in messages
    )
