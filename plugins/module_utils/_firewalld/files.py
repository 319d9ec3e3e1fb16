# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files below /etc/firewalld in which firewalld keeps the objects of a set, for when firewalld cannot be asked."""

from __future__ import annotations

import glob
import os
from contextlib import suppress
from typing import Dict, List


def stored(prefix: str) -> List[str]:
    """Paths of the files that firewalld keeps of our objects, backups (*.xml.old) included; nobody else's match."""
    return [path for folder in ("policies", "ipsets") for path in glob.glob(f"/etc/firewalld/{folder}/{prefix}*")]


def read_files(prefix: str) -> Dict[str, bytes]:
    """The files that firewalld keeps of our objects, by path. Raises OSError."""
    found = {}
    for path in stored(prefix):
        with open(path, "rb") as file:
            found[path] = file.read()
    return found


def restore_files(prefix: str, files: Dict[str, bytes]) -> None:
    """Make the files of our objects these, and touch none that is right. Raises OSError."""
    found = read_files(prefix)
    # first, for on a full disk it makes the room that the others need
    for path in set(found) - set(files):
        os.unlink(path)
    for path, content in files.items():
        if found.get(path) != content:
            with open(path, "wb") as file:
                file.write(content)


def remove_backups(prefix: str) -> None:
    """Remove the backups that firewalld makes of our objects when it changes or removes them."""
    for path in stored(prefix):
        if path.endswith(".xml.old"):
            # a backup that stays does no harm, and where the disk is read-only, firewalld has said so
            with suppress(OSError):
                os.unlink(path)
