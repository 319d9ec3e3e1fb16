# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What playbooks do on the controller, whatever an inventory says of connections, users, shells and names."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from collection import COLLECTIONS

# a site whose settings would break any task that ran as on a host
EVERYWHERE = {
    "ansible_connection": "psrp",
    "ansible_become": True,
    "ansible_become_user": "nobody",
    "ansible_shell_type": "powershell",
    "ansible_python_interpreter": "/nowhere/python",
    "role": "webserver",
    "style": "baroque",
    "therefore_trusted_subnets": ["198.51.100.0/24"],
}
INVENTORY = {
    "all": {
        "vars": EVERYWHERE,
        # the protocol's own refusal: nothing is contacted
        "children": {
            "therefore_client": {
                "hosts": {"desk": {}, "till": {}},
                "vars": {"ansible_psrp_protocol": "http", "ansible_port": 1, "therefore_client_leave_out": ["smb"]},
            }
        },
    }
}

# names without our prefix that a repository may have as variables of its own, and our playbooks once used
TAKEN = (
    "created", "document", "files", "flows", "found", "groups_wanted", "host", "hosts", "jobs", "listen", "missing",
    "name", "nonce", "plan", "plans", "problem", "report", "result", "results", "role", "roles", "rules", "said",
    "sets", "state", "targets", "text", "totals", "verification", "wanted",
)  # fmt: skip


def run(folder: Path, playbook: str, *words: str) -> tuple[int, str]:
    """The exit code and what was said."""
    (folder / "inventory.json").write_text(json.dumps(INVENTORY))
    name = playbook if playbook.endswith(".yml") else f"therefore.firewall.{playbook}"
    ran = subprocess.run(
        ["ansible-playbook", "--inventory", "inventory.json", name, *words],
        env=os.environ | {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_NOCOLOR": "1"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    print(ran.stdout, ran.stderr)
    return ran.returncode, ran.stdout + ran.stderr


def test_the_plan_is_written_where_the_user_is(tmp_path: Path) -> None:
    code, said = run(tmp_path, "plan", "--extra-vars", "therefore_plan_file=papers/plan.json")
    assert code != 0
    assert "No plan for desk, till" in said
    plan: dict[str, Any] = json.loads((tmp_path / "papers/plan.json").read_text())
    assert [host["host"] for host in plan["hosts"]] == ["desk", "till"]
    assert plan["hosts"][0]["left_out"] == [
        {"role": "therefore_client", "row": "smb", "by": "therefore_client_leave_out"}
    ]
    # advice: once for all hosts that are told the same
    told = " ".join(said.split())
    assert told.count("smb (MICROSOFT-DS (SMB), 445) is left out by therefore_client_leave_out.") == 1
    assert told.count("Left out by therefore_client_leave_out: smb of therefore_client, on 2 hosts") == 1


def test_a_plan_that_cannot_be_written_is_said_with_the_variable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    _code, said = run(tmp_path, "plan", "--extra-vars", "therefore_plan_file=file/plan.json")
    assert "therefore_plan_file: " in said
    assert "cannot be written" in said


def test_only_extra_variables_ask_for_a_role(tmp_path: Path) -> None:
    code, said = run(tmp_path, "ports")
    assert code == 0
    assert "Supplements: " in said
    code, said = run(tmp_path, "ports", "--extra-vars", "role=therefore_client style=markdown")
    assert code == 0
    assert "| sql_server-out-tcp | out | tcp | 1433 | 198.51.100.0/24 |" in said
    code, said = run(tmp_path, "ports", "--extra-vars", "role=server")
    assert code != 0
    assert "role: 'server' is unknown; did you mean therefore_server?" in said


def test_names_that_a_repository_has_taken_change_nothing(tmp_path: Path) -> None:
    """As extra variables they would win over all that a play sets itself."""
    # role asks the playbook ports for a role, and nothing else
    taken = json.dumps(dict.fromkeys(TAKEN, "taken by the site"))
    code, said = run(tmp_path, "plan", "--extra-vars", taken)
    assert code != 0
    assert "No plan for desk, till" in said
    code, said = run(tmp_path, "verify", "--extra-vars", taken)
    assert code != 0
    assert "No flow was checked, so nothing is proved" in " ".join(said.split())
    assert "taken by the site" not in said
    code, said = run(tmp_path, "report", "--extra-vars", taken)
    assert code == 0
    assert "2 hosts, " in said
    code, said = run(tmp_path, "site", "--extra-vars", taken)
    assert code != 0
    assert "UNREACHABLE" in said or "FAILED" in said
    assert "taken by the site" not in said


def test_delegated_facts_are_refused_before_anything_is_done(tmp_path: Path) -> None:
    role = {"name": "therefore.firewall.therefore_client", "apply": {"delegate_to": "till", "delegate_facts": True}}
    play = {"hosts": "desk", "gather_facts": False, "tasks": [{"ansible.builtin.include_role": role}]}
    (tmp_path / "play.yml").write_text(json.dumps([play]))
    code, said = run(tmp_path, "play.yml")
    assert code != 0
    assert "delegate_facts: true: what the role works out would be kept for the host" in said


def test_a_copy_of_the_article(tmp_path: Path) -> None:
    code, said = run(tmp_path, "article_diff")
    assert code != 0
    assert "article: '' names no file" in said
