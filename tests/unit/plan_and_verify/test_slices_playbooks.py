# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks prepare, plan, probe and merge in slices, against plan and verify in one job."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
from collection import COLLECTIONS

SLICES = 3
# the third slice has nobody of ours
NAMES = ["desk-1", "probe-1", "x-other", "desk-2", "probe-2", "y-other"]
VARIABLES = {
    "ansible_connection": "local",
    "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    "therefore_trusted_subnets": ["198.51.100.0/24"],
}
HOSTS: dict[str, dict[str, Any]] = {
    # the protocol's own refusal: nothing is contacted
    "desk-1": {"ansible_host": "198.51.100.1", "ansible_connection": "psrp", "ansible_psrp_protocol": "http"},
    "desk-2": {"ansible_host": "198.51.100.2", "ansible_connection": "psrp", "ansible_psrp_protocol": "http"},
    "probe-1": {"therefore_addresses": ["127.0.0.11"]},
    "probe-2": {"therefore_addresses": ["127.0.0.12"]},
}
# what differs from run to run
TIMES = ("created", "latency", "elapsed", "source_port", "source_ports", "tag")


def inventory(names: list[str]) -> dict[str, Any]:
    """All groups with their variables, whoever is left of their hosts."""
    groups = {"therefore_client": "desk", "therefore_probe": "probe", "other": "other"}
    children = {
        group: {"hosts": {name: HOSTS.get(name, {}) for name in names if word in name}}
        for group, word in groups.items()
    }
    return {"all": {"vars": VARIABLES, "children": children}}


def free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _one in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


class Site:
    """A folder with the inventory, whole and in slices."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        first, second = free_ports(2)
        self.settings: dict[str, Any] = {
            "therefore_verify_seed": 1,
            "therefore_verify_denied": [
                {"from": "probe-1", "to": "probe-2", "port": first},
                {"from": "probe-2", "to": "probe-1", "port": second},
            ],
        }
        slices = {f"{number}": sorted(NAMES)[number::SLICES] for number in range(SLICES)}
        for name, hosts in {"whole": NAMES, **slices}.items():
            (folder / f"{name}.json").write_text(json.dumps(inventory(hosts)))

    def begin(self, hosts: str, playbook: str, **settings: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["ansible-playbook", "--inventory", f"{hosts}.json", f"therefore.firewall.{playbook}", "--extra-vars",
             json.dumps({**self.settings, **settings})],
            env=os.environ | {
                "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_NOCOLOR": "1", "ANSIBLE_SHOW_CUSTOM_STATS": "1",
            },
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def run(self, hosts: str, playbook: str, **settings: Any) -> tuple[int, str]:
        ran = self.begin(hosts, playbook, **settings)
        out, _nothing = ran.communicate()
        print(out)
        return ran.returncode, " ".join(out.split())

    def run_slices(self, playbook: str, **settings: Any) -> list[str]:
        """As AWX does: all at once. Each must succeed."""
        begun = [self.begin(str(number), playbook, **settings) for number in range(SLICES)]
        said = [one.communicate()[0] for one in begun]
        print(*said)
        assert [one.returncode for one in begun] == [0] * SLICES
        return said

    def file(self, name: str) -> Any:
        return without_times(json.loads((self.folder / name).read_text()))


def without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_times(one) for key, one in value.items() if not key.startswith(TIMES)}
    return [without_times(one) for one in value] if isinstance(value, list) else value


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_the_workflow_says_what_plan_and_verify_say(site: Site) -> None:
    code, _said = site.run("whole", "plan", therefore_plan_file="plan.json")
    assert code != 0
    code, _said = site.run("whole", "verify", therefore_verify_file="verify.json")
    assert code != 0

    site.settings["therefore_artifact_folder"] = "artifacts"
    code, said = site.run("1", "probe", therefore_probe_step="listen")
    assert code != 0
    assert "run the playbook prepare first" in said
    assert site.run("whole", "prepare")[0] == 0
    site.run_slices("plan", therefore_plan_sliced=True)
    for step in ("listen", "send", "stop"):
        site.run_slices("probe", therefore_probe_step=step)
    code, said = site.run("0", "merge")
    assert code != 0
    assert "merge wants the whole inventory" in said
    code, said = site.run(
        "whole", "merge", therefore_plan_file="merged-plan.json", therefore_verify_file="merged-verify.json",
        therefore_verify_junit_file="merged.xml",
    )  # fmt: skip
    assert code != 0
    assert "plan: 3 slices, 1 of them without hosts of ours; 2 hosts" in said
    assert "No plan for desk-1, desk-2" in said
    assert "2 flows failed" in said
    assert site.file("merged-plan.json") == site.file("plan.json")
    assert site.file("merged-verify.json") == site.file("verify.json")
    # each target was in another slice than who asked it, and our own listener answered
    assert site.file("merged-verify.json")["totals"]["proofs"]["two_ended"] == 2
    assert (site.folder / "merged.xml").is_file()


def test_without_a_folder_the_workflow_hands_on_variables(site: Site) -> None:
    """As AWX does with what set_stats says: they are extra variables of the jobs that follow."""
    steps: list[tuple[str, dict[str, Any]]] = [("prepare", {}), ("plan", {"therefore_plan_sliced": True})]
    for playbook, more in steps:
        said = site.run("whole", playbook, **more)[1]
        site.settings |= dict(re.findall(r'"(__therefore_artifact_\w+)": "([A-Za-z0-9+/=]+)"', said))
    code, said = site.run("whole", "merge", therefore_merge_parts=["plan"])
    assert code != 0
    assert "plan: 1 slice, 0 of them without hosts of ours; 2 hosts" in said
    assert "No plan for desk-1, desk-2" in said
