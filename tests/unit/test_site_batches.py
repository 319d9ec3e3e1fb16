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


@pytest.mark.parametrize(
    ("settings", "tried"),
    [
        ({}, 3),
        ({"therefore_serial": 1, "therefore_max_fail_percentage": 0}, 1),
        ({"therefore_serial": [2, "100%"], "therefore_max_fail_percentage": 49}, 2),
    ],
)
def test_no_further_batch_begins_where_one_has_failed(settings: dict[str, object], tried: int, tmp_path: Path) -> None:
    hosts = {f"desk-{number}": {} for number in range(3)}
    inventory = {"all": {"vars": VARIABLES, "children": {"therefore_client": {"hosts": hosts}}}}
    (tmp_path / "hosts.json").write_text(json.dumps(inventory))
    ran = subprocess.run(
        ["ansible-playbook", "--inventory", "hosts.json", "therefore.firewall.site", "--extra-vars",
         json.dumps(settings)],
        env=os.environ | {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_NOCOLOR": "1"},
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    print(ran.stdout, ran.stderr)
    assert ran.returncode != 0
    recap = ran.stdout.partition("PLAY RECAP")[2]
    assert sum("failed=1" in line or "unreachable=1" in line for line in recap.splitlines()) == tried
