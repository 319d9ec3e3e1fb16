# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What docs/fleet.md says of strategies, caches, inventories, limits and ansible-pull, each run."""

from __future__ import annotations

import json
import platform
import subprocess
from pathlib import Path
from typing import Any

from playbooks import play

# the protocol's own refusal: nothing is contacted
VARIABLES = {
    "ansible_connection": "psrp", "ansible_psrp_protocol": "http", "therefore_trusted_subnets": ["198.51.100.0/24"],
    "therefore_server_addresses": ["198.51.100.9"],
}  # fmt: skip
HOSTS: dict[str, dict[str, Any]] = {"archive": {"ansible_host": "198.51.100.9"}, "desk-1": {}, "desk-2": {}}
GROUPS = {"therefore_server": ["archive"], "therefore_client": ["desk-1", "desk-2"]}


def static(folder: Path) -> None:
    children = {group: {"hosts": {name: HOSTS[name] for name in names}} for group, names in GROUPS.items()}
    (folder / "hosts.json").write_text(json.dumps({"all": {"vars": VARIABLES, "children": children}}))


def test_strategies_forks_and_a_cache_of_facts_change_nothing(tmp_path: Path) -> None:
    static(tmp_path)
    cache = {"ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(tmp_path / "cache")}
    ways = [{}, {"ANSIBLE_STRATEGY": "free", "ANSIBLE_FORKS": "50", **cache}, {"ANSIBLE_STRATEGY": "host_pinned"}]
    plans = []
    for way in ways:
        plan = ["-i", "hosts.json", "therefore.firewall.plan", "-e", "therefore_plan_file=plan.json"]
        play(tmp_path, *plan, **way)
        plans.append(json.loads((tmp_path / "plan.json").read_text()) | {"created": None})
    assert plans[1:] == plans[:1] * 2
    assert [one["host"] for one in plans[0]["hosts"]] == [*HOSTS]
    # ansible-core 2.21 keeps a file that says that there is nothing
    assert {path.read_text() for path in (tmp_path / "cache").iterdir()} <= {'{"__payload__": "{}"}'}


def test_a_script_and_constructed_groups_are_an_inventory_like_others(tmp_path: Path) -> None:
    static(tmp_path)
    (tmp_path / "made").mkdir()
    said = {"_meta": {"hostvars": HOSTS}, "all": {"hosts": [*HOSTS], "vars": VARIABLES}}
    script = tmp_path / "made/1_hosts"
    script.write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(said)}\nEND\n")
    script.chmod(0o755)
    groups = {"therefore_server": "inventory_hostname == 'archive'", "therefore_client": "'desk' in inventory_hostname"}
    constructed = {"plugin": "ansible.builtin.constructed", "strict": True, "groups": groups}
    (tmp_path / "made/2_groups.yml").write_text(json.dumps(constructed))
    seen = []
    for inventory in ("hosts.json", "made"):
        extra = ["-e", "therefore_artifact_folder=shared", "-e", "therefore_verify_seed=1"]
        code, _said = play(tmp_path, "-i", inventory, "therefore.firewall.prepare", *extra)
        assert code == 0
        seen.append(json.loads((tmp_path / "shared/prepare.json").read_text()))
    assert seen[0]["inventory"] == seen[1]["inventory"]
    assert {**seen[0]["content"], "nonce": None} == {**seen[1]["content"], "nonce": None}


def test_a_workflow_with_a_limit(tmp_path: Path) -> None:
    """merge takes the limit of prepare, and no other."""
    static(tmp_path)
    shared = ["-i", "hosts.json", "-e", "therefore_artifact_folder=shared"]
    assert play(tmp_path, *shared, "therefore.firewall.prepare", "--limit", "desk-1")[0] == 0
    plan = ["therefore.firewall.plan", "-e", "therefore_plan_sliced=true", "--limit", "desk-1"]
    assert play(tmp_path, *shared, *plan)[0] == 0
    merge = [*shared, "therefore.firewall.merge", "-e", json.dumps({"therefore_merge_parts": ["plan"]})]
    code, said = play(tmp_path, *merge)
    assert code != 0
    assert "prepare did not see archive, desk-2: give this job the inventory of prepare" in said
    _code, said = play(tmp_path, *merge, "--limit", "desk-1", "-e", "therefore_report_folder=report")
    assert "plan: 1 slice, 0 of them without hosts of ours; 1 hosts" in said
    assert (tmp_path / "report/report.json").is_file()


def test_a_limit_silences_nobody(tmp_path: Path) -> None:
    """Playbooks that contact no host say the same under a limit that leaves localhost out."""
    static(tmp_path)
    settings = dict.fromkeys(("organization", "project_url", "inventory_url", "inventory_path"), "x")
    awx = {"therefore_awx": {**settings, "execution_environment": "x", "credentials": ["x"]}, "awx_show": True}
    for name, extra, wanted in (
        ("ports", {}, (0, "8000")), ("awx", awx, (0, "job_slice_count")), ("article_diff", {}, (2, "article: "))
    ):  # fmt: skip
        words = ["-i", "hosts.json", f"therefore.firewall.{name}", "-e", json.dumps(extra)]
        code, said = play(tmp_path, *words, "--limit", "desk-1")
        assert code == wanted[0]
        assert wanted[1] in said
        assert play(tmp_path, *words)[0] == code


def test_a_diagnosis_refuses_a_limit_that_leaves_out_an_end(tmp_path: Path) -> None:
    static(tmp_path)
    ends = ["-e", "diagnose_from=desk-1", "-e", "diagnose_to=archive"]
    code, said = play(tmp_path, "-i", "hosts.json", "therefore.firewall.diagnose", *ends, "--limit", "desk-1")
    assert code != 0
    assert "--limit leaves out archive, which the question is about; run it without --limit" in said


def test_a_host_pulls(tmp_path: Path) -> None:
    """By its own name, which is the limit that ansible-pull sets; in check mode, as this is no lab host."""
    repository, checkout = tmp_path / "repository", tmp_path / "checkout"
    repository.mkdir()
    here = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    desks = {platform.node(): here, "desk-2": {}}
    children = {"therefore_client": {"hosts": desks}, "therefore_server": {"hosts": {"archive": {}}}}
    inventory = {"all": {"vars": VARIABLES, "children": children}}
    (repository / "hosts.json").write_text(json.dumps(inventory))
    (repository / "site.yml").write_text("- import_playbook: therefore.firewall.site\n")
    me = ["-c", "user.name=Ann Example", "-c", "user.email=ann@example.com"]
    for words in (["init", "--quiet"], ["add", "."], [*me, "commit", "--quiet", "-m", "Inventory"]):
        subprocess.run(["git", "-C", str(repository), *words], check=True)
    pull = ["--check", "-U", str(repository), "-d", str(checkout), "-i", f"{checkout}/hosts.json"]
    for _again in range(2):
        _code, said = play(tmp_path, *pull, "site.yml", program="ansible-pull", ANSIBLE_HOME=str(tmp_path / "home"))
        recap = said.partition("PLAY RECAP")[2]
        assert f"{platform.node()} : ok=" in recap
        assert "desk-2" not in recap
        assert "archive" not in recap
