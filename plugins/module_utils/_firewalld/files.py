# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files below /etc/firewalld, byte for byte, for when firewalld cannot be asked: above all those of a set of ours."""

from __future__ import annotations

import dataclasses
import glob
import os
from contextlib import suppress
from typing import Dict, Iterable, List, Set
from xml.parsers import expat


@dataclasses.dataclass(frozen=True)
class StoredFile:
    """A file's content and permissions."""

    content: bytes
    mode: int


def stored(prefix: str) -> List[str]:
    """Paths of the files that firewalld keeps of our objects, backups (*.xml.old) included; nobody else's match."""
    return [path for folder in ("policies", "ipsets") for path in glob.glob(f"/etc/firewalld/{folder}/{prefix}*")]


def names(prefix: str) -> Set[str]:
    """Names of our objects that are stored."""
    return {_name(path) for path in stored(prefix) if path.endswith(".xml")}


def whole(prefix: str) -> Set[str]:
    """Names of our objects that are stored and not damaged."""
    return {_name(path) for path in stored(prefix) if path.endswith(".xml") and _is_xml(path)}


def _name(path: str) -> str:
    return os.path.basename(path)[: -len(".xml")]


def _is_xml(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            expat.ParserCreate().ParseFile(file)
    except (OSError, expat.ExpatError):
        return False
    return True


def read_files(paths: Iterable[str]) -> Dict[str, StoredFile]:
    """These files, by path. Raises OSError."""
    found = {}
    for path in paths:
        with open(path, "rb") as file:
            found[path] = StoredFile(file.read(), os.stat(path).st_mode & 0o7777)
    return found


def put_files_back(former: Dict[str, StoredFile], present: Iterable[str]) -> None:
    """Make these files the former ones, and touch none that is right; of those present the others go. Raises OSError.

    What ends half-way is done again, so no file needs to change at one stroke; but then it must be on the disk.
    """
    found = read_files(present)
    # first, for on a full disk it makes the room that the others need
    for path in set(found) - set(former):
        os.unlink(path)
    for path, file in former.items():
        if found.get(path) != file:
            with open(path, "wb") as new:
                new.write(file.content)
                new.flush()
                os.fsync(new.fileno())
            os.chmod(path, file.mode)


def remove_backups(prefix: str) -> None:
    """Remove the backups that firewalld makes of our objects when it changes or removes them."""
    for path in stored(prefix):
        if path.endswith(".xml.old"):
            # a backup that stays does no harm, and where the disk is read-only, firewalld has said so
            with suppress(OSError):
                os.unlink(path)
