# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/awx.yml with the modules of awx.awx, against a stand-in of AWX's API."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover import awx
from awx_api import TOKEN, Awx, served
from collection import ROOT
from test_awx import SETTINGS

from playbooks import play

pytest.importorskip("ansible_collections.awx.awx.plugins.modules", reason="awx.awx is not installed")


def an_awx(*kinds: str) -> Awx:
    """With an organization, a credential of each of these kinds, and what the project's repository has."""
    made = Awx([f"playbooks/{path.name}" for path in (ROOT / "playbooks").glob("*.yml")])
    made.make("organizations", {"name": SETTINGS["organization"]})
    for name, kind in zip(SETTINGS["credentials"], kinds, strict=True):
        made.make("credentials", {"name": name, "kind": kind})
    return made


def made_by(folder: Path, address: str) -> tuple[int, str]:
    """What the playbook says at this address."""
    there = {"CONTROLLER_HOST": address, "CONTROLLER_OAUTH_TOKEN": TOKEN, "HOME": str(folder)}
    return play(folder, "therefore.firewall.awx", "-e", json.dumps({"therefore_awx": SETTINGS}), **there)


def test_all_is_made_and_made_once(tmp_path: Path) -> None:
    made = an_awx("ssh", "vault")
    with served(made) as address:
        code, said = made_by(tmp_path, address)
        assert code == 0, said
        wanted = awx.awx_objects(SETTINGS)
        for module, objects in wanted.items():
            kind = "inventories" if module == "inventory" else f"{module}s"
            there = {one.get("identifier") or one["name"] for one in made.objects[kind].values()}
            assert there == {one.get("identifier") or one["name"] for one in objects}
        assert [*made.surveys.values()] == [wanted["job_template"][0]["survey_spec"]]
        nodes = made.objects["workflow_job_template_nodes"]
        links = {
            (nodes[number]["identifier"], nodes[one]["identifier"], relation)
            for (kind, number, relation), linked in made.associated.items() if kind == "workflow_job_template_nodes"
            for one in linked
        }  # fmt: skip
        assert ("plan", "merge", "always_nodes") in links
        assert len(links) == 7
        # another run finds all of it
        made.writes.clear()
        code, said = made_by(tmp_path, address)
        assert code == 0
        assert made.writes == []
        assert "changed=0" in said


def test_two_credentials_of_one_kind_are_awx_own_refusal(tmp_path: Path) -> None:
    """docs/fleet.md says so: a template takes one machine credential."""
    with served(an_awx("ssh", "ssh")) as address:
        code, said = made_by(tmp_path, address)
    assert code != 0
    assert "Cannot assign multiple Machine credentials" in said
