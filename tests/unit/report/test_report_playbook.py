# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/report.yml, run by ansible-playbook on inventories of hosts that nobody can reach."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from collection import COLLECTIONS, ROOT

EXAMPLE = ROOT / "docs/inventory.example.yml"
# Every role's own way to its rules, for comparison.
CHECKS = [
    {
        "hosts": role,
        "gather_facts": False,
        "tasks": [
            {"ansible.builtin.include_role": {"name": f"therefore.firewall.{role}", "tasks_from": "check"}},
            {
                "ansible.builtin.copy": {
                    "content": f"{{{{ __{role}_wanted | to_json }}}}",
                    "dest": f"{{{{ folder }}}}/{role} {{{{ inventory_hostname }}}}",
                    "mode": "0600",
                },
                "delegate_to": "localhost",
                "vars": {"ansible_connection": "local", "ansible_become": False},
            },
        ],
    }
    for role in ("therefore_server", "therefore_client", "therefore_mfp_gateway", "therefore_online_client")
]
INVENTORY = {
    "all": {
        "vars": {"therefore_trusted_subnets": ["192.0.2.0/24"]},
        "children": {
            "therefore_server": {"hosts": {"archive": {"ansible_host": "192.0.2.10"}}},
            "therefore_client": {"hosts": {"desk": {"ansible_host": "192.0.2.50"}}},
        },
    }
}


def play(
    folder: Path, inventory: Path | dict[str, Any], *words: str, playbook: str = "therefore.firewall.report"
) -> str:
    """What ansible-playbook prints; an exit code other than 0 raises CalledProcessError."""
    if isinstance(inventory, dict):
        path = folder / "inventory.json"
        path.write_text(json.dumps(inventory))
        inventory = path
    extra = json.dumps({"therefore_report_folder": str(folder / "out"), "folder": str(folder)})
    ran = subprocess.run(
        ["ansible-playbook", "--inventory", str(inventory), "--extra-vars", extra, playbook, *words],
        env=os.environ | {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_NOCOLOR": "1"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    print(ran.stdout, ran.stderr)
    ran.check_returncode()
    return ran.stdout


def report(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "out/report.json").read_text()))


def test_the_example_inventory(tmp_path: Path) -> None:
    shown = play(tmp_path, EXAMPLE)
    assert f"Open {tmp_path}/out/report.html" in shown
    found = report(tmp_path)
    assert sorted(found["files"]) == sorted(
        str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file()
    )
    assert [one["level"] for one in found["findings"] if one["level"] != "note"] == []


def test_the_rules_are_those_of_the_roles(tmp_path: Path) -> None:
    (tmp_path / "checks.yml").write_text(json.dumps(CHECKS))
    play(tmp_path, EXAMPLE, playbook="checks.yml")
    play(tmp_path, EXAMPLE)
    found = report(tmp_path)
    groups = {group["id"]: group for group in found["groups"]}
    compared = 0
    for host in found["hosts"]:
        for number in groups[host["group"]]["rule_sets"]:
            one = found["rule_sets"][number]
            wanted = json.loads((tmp_path / f"{one['role']} {host['name']}").read_text())
            assert all(one[key] == wanted[key] for key in ("rules", "egress", "left_out"))
            compared += 1
    assert compared == len(found["hosts"]) == 24


def test_the_head_of_the_change_request(tmp_path: Path) -> None:
    head = {"owner": "Ann Example", "expires": "2027-03-31", "reference": "CHG-42"}
    play(tmp_path, EXAMPLE, "-e", json.dumps({f"therefore_report_{name}": value for name, value in head.items()}))
    shown = (tmp_path / "out/change-request.md").read_text()
    assert "- Reference: CHG-42\n- Owner: Ann Example\n- Expires: 2027-03-31\n" in shown
    assert "expiration: '2027-03-31'" in (tmp_path / "out/aerleon/pol/therefore-srx.yaml").read_text()


def test_a_limit_leaves_nothing_out(tmp_path: Path) -> None:
    """AWX may ask for one: localhost is no part of it, and the report is that of the whole inventory."""
    written = []
    for words in ([], ["--limit", "desk"]):
        play(tmp_path, INVENTORY, *words)
        written.append(report(tmp_path) | {"created": None})
    assert written[0] == written[1]


def test_two_names_that_are_one_machine_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hosts = {name: {"ansible_host": "192.0.2.77"} for name in ("copy", "original")}
    play(tmp_path, {"all": {**INVENTORY["all"], "children": {"therefore_client": {"hosts": hosts}}}})
    # warnings are broken into lines
    assert "copy, original: one machine to Ansible (192.0.2.77)" in " ".join(capsys.readouterr().out.split())


def test_check_mode_writes_nothing(tmp_path: Path) -> None:
    assert "changed=1" in play(tmp_path, INVENTORY, "--check")
    assert not (tmp_path / "out").exists()


def test_a_variable_that_cannot_be_worked_out_is_a_finding_of_its_host(tmp_path: Path) -> None:
    hosts = {"desk": {"therefore_client_server_addresses": ["{{ nowhere }}"]}, "other": {}}
    inventory = {"all": {**INVENTORY["all"], "children": {"therefore_client": {"hosts": hosts}}}}
    with pytest.raises(subprocess.CalledProcessError) as failure:
        play(tmp_path, inventory)
    assert "The report is written, and has 1 error, as" in failure.value.stdout
    play(tmp_path, inventory, "-e", "therefore_report_allow_errors=true")
    (found,) = [one for one in report(tmp_path)["findings"] if one["level"] == "error"]
    assert (found["host"], found["kind"]) == ("desk", "setting")
    # ansible-core before 2.19 leaves the template as it is, which is no address
    name = "therefore_client_server_addresses"
    assert found["text"].startswith((f"{name} of desk cannot be worked out", f"{name}: "))
    assert "nowhere" in found["text"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-e", "therefore_plan_file=gone.json"], "therefore_plan_file: 'gone.json' cannot be read"),
        (
            ["-e", "therefore_verify_file=inventory.json"],
            "therefore_verify_file: inventory.json: this is no verification",
        ),
        (["-e", "{therefore_segments: [office]}"], "therefore_segments: ['office'] is no dictionary"),
        (["-e", "therefore_report_folder=."], "which is of no report; name another folder"),
        (["-e", "therefore_report_expires=31.3.2027"], "therefore_report_expires: '31.3.2027' is no date"),
    ],
)
def test_bad_input_is_refused_before_anything_is_written(tmp_path: Path, words: list[str], message: str) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failure:
        play(tmp_path, INVENTORY, *words)
    assert message in failure.value.stdout + failure.value.stderr
    assert not (tmp_path / "out").exists()
