# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/awx.yml: what an AWX would get. AWX cannot run here; its modules say what they take."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover import awx
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.variables import known
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError
from collection import COLLECTIONS, ROOT

SETTINGS: dict[str, Any] = {
    "organization": "Archive", "project_url": "https://git.example.com/therefore.firewall.git", "slices": 5,
    "inventory_url": "https://git.example.com/inventory.git", "inventory_path": "inventory.yml",
    "execution_environment": "images.example.com/therefore-firewall:1", "credentials": ["Linux machines", "Vault"],
    "artifact_folder": "/shared/firewall",
}  # fmt: skip


def documented(module: str) -> dict[str, Any]:
    """The options of a module of awx.awx, where that is installed."""
    modules = pytest.importorskip("ansible_collections.awx.awx.plugins.modules", reason="awx.awx is not installed")
    path = Path(next(iter(modules.__path__))) / f"{module}.py"
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "DOCUMENTATION":
            options: dict[str, Any] = yaml.safe_load(ast.literal_eval(node.value))["options"]
            return options
    raise AssertionError(module)


def check(value: Any, options: dict[str, Any], where: str) -> None:
    assert not {name for name, one in options.items() if one.get("required")} - value.keys(), where
    for name, one in value.items():
        assert name in options, f"{where} has no {name}"
        if "choices" in options[name]:
            assert one in options[name]["choices"], f"{where}.{name}"
        wanted = {"bool": bool, "int": int, "list": list, "dict": dict, "str": str}[options[name].get("type", "str")]
        assert isinstance(one, wanted), f"{where}.{name}"
        if "suboptions" in options[name]:
            for item in one if isinstance(one, list) else [one]:
                check(item, options[name]["suboptions"], f"{where}.{name}")


@pytest.mark.parametrize("module", sorted(awx.awx_objects(SETTINGS)))
def test_each_module_takes_what_it_gets(module: str) -> None:
    options = documented(module)
    for one in awx.awx_objects(SETTINGS)[module]:
        check(one, options, module)


def test_the_tasks_hand_over_all_options() -> None:
    tasks = yaml.safe_load((ROOT / "playbooks/tasks/awx.yml").read_text())
    given = {next(name for name in task if name.startswith("awx.")).rpartition(".")[2]: task for task in tasks}
    objects = awx.awx_objects(SETTINGS)
    assert list(given) == list(objects)
    for module, task in given.items():
        assert {name for one in objects[module] for name in one} == task[f"awx.awx.{module}"].keys()


def test_templates_use_playbooks_and_variables_that_there_are() -> None:
    templates = {one["name"]: one for one in awx.awx_objects(SETTINGS)["job_template"]}
    for one in templates.values():
        text = (ROOT / one["playbook"]).read_text()
        asked = [question["variable"] for question in one.get("survey_spec", {}).get("spec", [])]
        for name in [*one["extra_vars"], *asked]:
            assert name in known()
            assert name in text
    sliced = sorted(name.partition(": ")[2] for name, one in templates.items() if one["job_slice_count"] == 5)
    assert sliced == ["listen", "plan", "send", "site", "stop"]


def test_steps_of_the_workflow_wait_for_each_other() -> None:
    nodes = {node["identifier"]: node for node in awx.awx_objects(SETTINGS)["workflow_job_template_node"]}
    links = {
        (name, after, kind)
        for name, node in nodes.items()
        for kind in ("success_nodes", "failure_nodes", "always_nodes")
        for after in node[kind]
    }
    assert links == {
        ("prepare", "plan", "success_nodes"), ("prepare", "listen", "success_nodes"),
        ("listen", "send", "success_nodes"), ("listen", "stop", "failure_nodes"), ("send", "stop", "always_nodes"),
        ("plan", "merge", "always_nodes"), ("stop", "merge", "always_nodes"),
    }  # fmt: skip
    assert [name for name, node in nodes.items() if node["all_parents_must_converge"]] == ["merge"]
    # a node can only name those that are there
    made: set[str] = set()
    for name, node in nodes.items():
        assert {*node["success_nodes"], *node["failure_nodes"], *node["always_nodes"]} <= made
        made.add(name)


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ({"slice": 3}, "therefore_awx.slice: is unknown; did you mean slices?"),
        ({"organization": ""}, "therefore_awx.organization: is missing; docs/fleet.md has an example"),
        ({"slices": 0}, "therefore_awx.slices: 0 is no whole number from 1 on"),
        ({"forks": True}, "therefore_awx.forks: True is no whole number from 1 on"),
        ({"credentials": "Linux"}, "therefore_awx.credentials: 'Linux' is no list"),
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any], remedy: str) -> None:
    with pytest.raises(InputError, match=re.escape(remedy)):
        awx.awx_objects({**SETTINGS, **wrong})


def test_showing_needs_nothing_and_contacts_nothing(tmp_path: Path) -> None:
    ran = subprocess.run(
        ["ansible-playbook", "therefore.firewall.awx", "--extra-vars", "awx_show=true", "--extra-vars",
         json.dumps({"therefore_awx": SETTINGS})],
        env=os.environ | {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_NOCOLOR": "1"},
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    print(ran.stdout, ran.stderr)
    assert ran.returncode == 0
    assert "job_slice_count: 5" in ran.stdout
