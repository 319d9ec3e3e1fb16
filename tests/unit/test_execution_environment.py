# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-builder reads: nothing in it is missing, and it asks for what the collection depends on."""

from __future__ import annotations

import yaml
from collection import ROOT


def test_the_environment_has_the_collections_that_ours_depends_on() -> None:
    environment = yaml.safe_load((ROOT / "execution-environment.yml").read_text())
    wanted = {one["name"]: one["version"] for one in environment["dependencies"]["galaxy"]["collections"]}
    assert wanted == yaml.safe_load((ROOT / "galaxy.yml").read_text())["dependencies"]


def test_the_files_that_builder_looks_for_are_there() -> None:
    meta = yaml.safe_load((ROOT / "meta/execution-environment.yml").read_text())
    texts = {kind: (ROOT / path).read_text() for kind, path in meta["dependencies"].items()}
    assert "pypsrp" in texts["python"]
    assert "openssh-client" in texts["system"]


def test_no_image_comes_from_a_registry_that_nobody_chose() -> None:
    environment = yaml.safe_load((ROOT / "execution-environment.yml").read_text())
    assert "." not in environment["images"]["base_image"]["name"].partition("/")[0]
