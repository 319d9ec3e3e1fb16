# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/site.yml in batches: users cannot change its plays, so it takes their size from variables."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from collection import COLLECTIONS

# the protocol's own refusal: nothing is contacted
VARIABLES = {
    "ansible_connection": "psrp",
    "ansible_psrp_protocol": "http",
    "therefore_trusted_subnets": ["198.51.100.0/24"],
}


def run(folder: Path, children: dict[str, object], settings: dict[str, object]) -> subprocess.CompletedProcess[str]:
    """Run the playbook site where every host that is tried fails."""
    (folder / "hosts.json").write_text(json.dumps({"all": {"vars": VARIABLES, "children": children}}))
    ran = subprocess.run(
        ["ansible-playbook", "--inventory", "hosts.json", "therefore.firewall.site", "--extra-vars",
         json.dumps(settings)],
        env=os.environ | {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_NOCOLOR": "1"},
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    print(ran.stdout, ran.stderr)
    assert ran.returncode != 0
    return ran


def tried(ran: subprocess.CompletedProcess[str]) -> list[str]:
    recap = ran.stdout.partition("PLAY RECAP")[2]
    return [line.split()[0] for line in recap.splitlines() if "failed=1" in line or "unreachable=1" in line]


@pytest.mark.parametrize(
    ("settings", "count"),
    [
        ({}, 3),
        # a batch that fails whole ends the run, whatever the percentage
        ({"therefore_serial": 1}, 1),
        ({"therefore_serial": 1, "therefore_max_fail_percentage": 100}, 1),
        ({"therefore_serial": 1, "therefore_max_fail_percentage": 0}, 1),
        ({"therefore_serial": [2, "100%"], "therefore_max_fail_percentage": 49}, 2),
        # the command line and surveys bring text, an empty one where there is no answer
        ({"therefore_serial": "2, 100%", "therefore_max_fail_percentage": "49"}, 2),
        ({"therefore_serial": "", "therefore_max_fail_percentage": ""}, 3),
    ],
)
def test_no_further_batch_begins_where_one_has_failed(settings: dict[str, object], count: int, tmp_path: Path) -> None:
    hosts = {f"desk-{number}": {} for number in range(3)}
    ran = run(tmp_path, {"therefore_client": {"hosts": hosts}}, settings)
    assert len(tried(ran)) == count


def test_a_group_that_fails_whole_ends_the_run_for_those_that_follow(tmp_path: Path) -> None:
    """As every run of Ansible: the one server is off, and no client is tried."""
    children = {"therefore_server": {"hosts": {"archive": {}}}, "therefore_client": {"hosts": {"desk": {}}}}
    ran = run(tmp_path, children, {})
    assert tried(ran) == ["archive"]
    assert "PLAY [Therefore clients]" not in ran.stdout
