# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets the tests import the collection: it lies at …/ansible_collections/therefore/firewall (tools/collection-tree)."""

from __future__ import annotations

from pathlib import Path

from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[2]
COLLECTIONS = ROOT.parents[2] if ROOT.parent.parent.name == "ansible_collections" else ROOT / "build"

_AnsibleCollectionFinder(paths=[str(COLLECTIONS)])._install()

# a busy machine is no reason to fail
settings.register_profile("therefore", deadline=None)
settings.load_profile("therefore")
