# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The version of the collection that people may have on their hosts, built from its commit as it was then."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from collection import COLLECTIONS

VERSION = "0.1.0"
COMMIT = "c861c3b21e77118d61533afe71037a8377319a96"
CHECKOUT = COLLECTIONS.parent


def install(folder: Path) -> Path:
    """Build the former version, install its tarball; the folder of collections. Skips where the commit is missing."""
    (folder / "checkout").mkdir()
    archive = subprocess.run(["git", "-C", CHECKOUT, "archive", COMMIT], capture_output=True, check=False)
    if archive.returncode:
        pytest.skip(f"this clone does not have {COMMIT}, which is version {VERSION}: git fetch --unshallow")
    subprocess.run(["tar", "-x", "-C", folder / "checkout"], input=archive.stdout, check=True)
    galaxy = ["ansible-galaxy", "collection"]
    subprocess.run([*galaxy, "build", folder / "checkout", "--output-path", folder], check=True, capture_output=True)
    tarball = folder / f"therefore-firewall-{VERSION}.tar.gz"
    options = ["--no-deps", "--collections-path", folder / "collections"]
    subprocess.run([*galaxy, "install", *options, tarball], check=True, capture_output=True)
    return folder / "collections"
