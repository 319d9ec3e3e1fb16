# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A refusal names the variable that the user wrote, in one sentence that ansible-core does not lengthen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from playbooks import play

REASON = "'10.1.1.300' is no IPv4 or IPv6 address; write one such as 192.0.2.7 or 2001:db8::7"
ARCHIVE = {"ansible_host": "192.0.2.10", "ansible_connection": "psrp"}


@pytest.mark.parametrize(
    ("playbook", "variable"),
    [
        ("report", "therefore_trusted_subnets"),
        ("plan", "therefore_server_trusted_subnets (from therefore_trusted_subnets)"),
        ("ports", "therefore_server_trusted_subnets (from therefore_trusted_subnets)"),
    ],
)
def test_the_variable_as_written_and_no_causes(tmp_path: Path, playbook: str, variable: str) -> None:
    everywhere = {"therefore_trusted_subnets": ["10.1.1.300"]}
    inventory = {"all": {"vars": everywhere, "children": {"therefore_server": {"hosts": {"archive": ARCHIVE}}}}}
    (tmp_path / "hosts.json").write_text(json.dumps(inventory))
    words = ["--inventory", "hosts.json", f"therefore.firewall.{playbook}", "--extra-vars", "role=therefore_server"]
    code, said = play(tmp_path, *words)
    assert code != 0
    assert f"{variable}: {REASON}" in said
    assert "does not appear to be" not in said
    assert f"{REASON}:" not in said
