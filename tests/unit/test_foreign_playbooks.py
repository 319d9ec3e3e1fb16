# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks that others write around the roles, and configurations of their own: right, refused in words, or said."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from collection import COLLECTIONS

CLIENT = "therefore.firewall.therefore_client"
MISSPELT = {"therefore_client_block_publik": False}
SUBNETS = {"therefore_trusted_subnets": ["192.0.2.0/24"]}


def play(folder: Path, hosts: dict[str, Any], *plays: dict[str, Any], words: tuple[str, ...] = (), **env: str) -> str:
    """What ansible-playbook says of plays, or of the playbook that the words name."""
    groups = {"therefore_client": {"hosts": hosts}}
    (folder / "inventory.json").write_text(json.dumps({"all": {"vars": SUBNETS, "children": groups}}))
    (folder / "book.json").write_text(json.dumps([{"hosts": "all", "gather_facts": False, **one} for one in plays]))
    ran = subprocess.run(
        ["ansible-playbook", "--inventory", "inventory.json", *(["book.json"] if plays else []), *words],
        env=os.environ | {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_NOCOLOR": "1", **env},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    print(ran.stdout, ran.stderr)
    # warnings are broken into lines
    return " ".join((ran.stdout + ran.stderr).split())


def role(entry: str, **variables: Any) -> dict[str, Any]:
    return {"ansible.builtin.include_role": {"name": CLIENT, "tasks_from": entry}, "vars": variables}


def away(folder: Path, **more: Any) -> dict[str, Any]:
    """A host that is off, whatever this machine has of ssh."""
    script = folder / "ssh"
    script.write_text("#!/bin/sh\nexit 255\n")
    script.chmod(0o700)
    return {"ansible_connection": "ssh", "ansible_ssh_executable": str(script), "ansible_host": "192.0.2.1", **more}


def recap(said: str, host: str) -> dict[str, int]:
    (line,) = re.findall(rf"{host} : (ok=.*?ignored=\d+)", said)
    return {word.split("=")[0]: int(word.split("=")[1]) for word in line.split()}


def test_facts_are_not_variables_and_a_cache_keeps_nothing_of_ours(tmp_path: Path) -> None:
    """inject_facts_as_vars is off in many configurations, and by default in newer versions of Ansible."""
    shown = {"ansible.builtin.debug": {"msg": "{{ therefore_client_rules | map(attribute='id') | join(',') }}"}}
    fact = {"ansible.builtin.set_fact": {"mine": 1, "cacheable": True}}
    said = play(
        tmp_path, {"desk": {}}, {"tasks": [fact, role("rules"), shown]},
        ANSIBLE_INJECT_FACT_VARS="false", ANSIBLE_CACHE_PLUGIN="jsonfile",
        ANSIBLE_CACHE_PLUGIN_CONNECTION=str(tmp_path / "cache"),
    )  # fmt: skip
    assert "xml_service-out-tcp" in said
    (cached,) = (path.read_text() for path in (tmp_path / "cache").iterdir())
    assert "mine" in cached
    assert "therefore" not in cached


def test_a_host_that_is_off_is_not_said_to_be_changed(tmp_path: Path) -> None:
    """ignore_unreachable of a play; and facts that a cache has of a former machine of that name, a Windows one."""
    hosts = {"linux": away(tmp_path), "windows": away(tmp_path, ansible_shell_type="powershell")}
    stale = {"ansible.builtin.set_fact": {"ansible_os_family": "Windows", "ansible_system": "Win32NT"}}
    after = {"ansible.builtin.debug": {"msg": "after {{ inventory_hostname }}"}}
    said = play(
        tmp_path, hosts,
        {"ignore_unreachable": True, "pre_tasks": [stale], "roles": [{"role": CLIENT}], "tasks": [after]},
    )  # fmt: skip
    for host in hosts:
        assert recap(said, host)["unreachable"] == 1
        assert recap(said, host)["changed"] == 0
    assert "came through after the change" not in said
    assert '"msg": "after' not in said


def test_the_same_role_twice_with_other_settings_is_said_and_a_port_as_a_keyword_refused(tmp_path: Path) -> None:
    twice = [role("check", therefore_client_trusted_subnets=[network]) for network in ("192.0.2.0/24", "10.0.0.0/8")]
    said = play(tmp_path, {"desk": {}}, {"tasks": twice}, {"port": 2222, "tasks": [role("check")]})
    assert said.count("this run gives a host two different sets of rules for this role") == 1
    assert "set the variable ansible_port: 2222 for the hosts" in said
    assert recap(said, "desk")["failed"] == 1


def test_a_misspelt_variable_is_refused_wherever_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "vars.json").write_text(json.dumps(MISSPELT))
    imported = {"ansible.builtin.import_role": {"name": CLIENT}, "vars": MISSPELT}
    fact = {"ansible.builtin.set_fact": MISSPELT}
    said = [{"ansible.builtin.debug": {"msg": "refused: {{ ansible_failed_result.msg }}"}}]

    def tried(*tasks: dict[str, Any], **keywords: Any) -> dict[str, Any]:
        return {"tasks": [{"block": list(tasks), "rescue": said}], **keywords}

    # what a task sets lasts: it comes last
    ways = [
        tried(imported), tried(role("main", **MISSPELT)), tried(role("main"), vars=MISSPELT),
        tried(role("main"), vars_files=["vars.json"]), tried(fact, role("main")),
    ]  # fmt: skip
    out = play(tmp_path, {"desk": away(tmp_path)}, *ways)
    assert recap(out, "desk")["rescued"] == len(ways)
    assert len(re.findall(r"refused: [^\"]*did you mean therefore_client_block_public", out)) == len(ways)


def test_a_wrong_setting_is_refused_by_its_name_also_without_the_check_of_the_role(tmp_path: Path) -> None:
    unchecked = {"ansible.builtin.import_role": {"name": CLIENT, "rolespec_validate": False}}
    wrong = {**unchecked, "vars": {"therefore_client_egress": "dney"}}
    said = play(tmp_path, {"desk": away(tmp_path)}, {"tasks": [wrong]})
    assert "therefore_client_egress: 'dney'" in said
    said = play(tmp_path, {"switch": away(tmp_path, ruleset_platform="unsupported")}, {"tasks": [unchecked]})
    assert "is the connection of a network device" in said


def test_the_role_ruleset_checks_its_arguments_itself_and_names_what_is_undefined_as_it_was_written(
    tmp_path: Path,
) -> None:
    ruleset = {"ansible.builtin.include_role": {"name": "therefore.firewall.ruleset"}}
    ways = [
        ruleset, {**ruleset, "vars": {"ruleset_name": "own", "ruleset_state": "gone"}},
        {**ruleset, "vars": {"ruleset_name": "own", "ruleset_log": "{{ nobody }}"}},
        role("main", therefore_client_log="{{ nobody }}"),
    ]  # fmt: skip
    told = [{"ansible.builtin.debug": {"msg": "{{ 'refused: ' ~ ansible_failed_result.msg | replace('\n', ' # ') }}"}}]
    said = play(tmp_path, {"desk": away(tmp_path)}, {"tasks": [{"block": [way], "rescue": told} for way in ways]})
    assert "refused: Validation of arguments failed: # missing required arguments: ruleset_name" in said
    assert "# value of ruleset_state must be one of: present, absent, got: gone" in said
    assert re.search(r"refused: [^\"]*ruleset_log: cannot be worked out: [^\"]*'nobody' is undefined", said)
    assert re.search(r"refused: [^\"]*therefore_client_log: cannot be worked out: [^\"]*'nobody' is undefined", said)
    assert "Validating arguments" not in said


def test_arguments_are_checked_by_the_role_in_the_words_of_ansible_and_in_one_process(tmp_path: Path) -> None:
    """Ansible's own task for it would cost as much for each host as the role does."""
    wrong = {"therefore_client_egress": "dney", "therefore_client_guard_seconds": "soon"}
    result = "{{ it.msg | replace('\n', ' # ') }} {{ it.argument_errors | length }}"
    entry = "{{ it.validate_args_context.argument_spec_name }}"
    it = {"it": "{{ ansible_failed_result }}"}
    said = [{"ansible.builtin.debug": {"msg": f"refused: {result} {entry}"}, "vars": it}]
    imported = {"ansible.builtin.import_role": {"name": CLIENT}, "vars": wrong}
    ways = [imported, role("main", **wrong), role("check", **wrong), role("rules", **wrong)]
    out = play(
        tmp_path, {"desk": away(tmp_path)}, {"tasks": [{"block": [way], "rescue": said} for way in ways]},
        {"roles": [{"role": CLIENT, **wrong}]},
    )  # fmt: skip
    assert recap(out, "desk")["rescued"] == len(ways)
    egress = "value of therefore_client_egress must be one of: allow, deny, got: dney"
    for name in ("main", "main", "check", "rules"):
        whole = re.search(rf"refused: Validation of arguments failed: # (.*?) 2 {name}\"", out)
        assert whole
        assert egress in whole[1]
        assert "'therefore_client_guard_seconds' is of type" in whole[1]
        out = out.replace(whole[0], "", 1)
    # the last play has nobody who rescues it
    assert recap(out, "desk")["failed"] == 1
    assert "Validating arguments against arg spec" not in out


def test_the_documentation_of_a_role_has_its_arguments() -> None:
    command = ["ansible-doc", "--type", "role", "--json", CLIENT]
    env = os.environ | {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)}
    said = json.loads(subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout)
    points = said[CLIENT]["entry_points"]
    assert set(points) == {"main", "check", "rules"}
    assert all("therefore_client_egress" in point["options"] for point in points.values())


@pytest.mark.parametrize(
    ("playbook", "word", "refusal"),
    [
        ("plan", "therefore_fail_on_drift=ture", "therefore_fail_on_drift: 'ture' is no boolean; write true or false"),
        ("remove", "therefore_client_block_publik=false", "did you mean therefore_client_block_public?"),
        ("merge", "therefore_fail_on_drfit=true", "did you mean therefore_fail_on_drift?"),
        ("site", "therefore_serial=ten", "therefore_serial: 'ten' is no number of hosts; write 10"),
        ("verify", "therefore_verify_timeout=3s", "therefore_verify_timeout: '3s' is no time in seconds"),
        ("merge", "therefore_verify_attempts=many", "therefore_verify_attempts: 'many' is no number of attempts"),
        ("report", "therefore_report_allow_errors=ture", "therefore_report_allow_errors: 'ture' is no boolean"),
    ],
)
def test_extra_variables_are_refused_by_name_and_by_value(
    tmp_path: Path, playbook: str, word: str, refusal: str
) -> None:
    said = play(tmp_path, {"desk": away(tmp_path)}, words=(f"therefore.firewall.{playbook}", "--extra-vars", word))
    assert refusal in said
    assert " failed=1 " in said
    assert "UNREACHABLE" not in said
