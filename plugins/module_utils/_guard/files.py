# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of firewalld's configuration that a guarded change may touch, byte for byte."""

from __future__ import annotations

import dataclasses
import os
import re
from typing import Dict, Iterable, List

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.files import stored
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import object_prefix

CONFIGURATION = "/etc/firewalld"
DEFAULT_ZONE = re.compile(r"^\s*DefaultZone\s*=\s*(\S+)", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class StoredFile:
    """A file's content and permissions."""

    content: bytes
    mode: int


def watched(set_name: str, firewalld_ran: bool) -> List[str]:
    """Paths of the files, present now, that a change of this set may touch."""
    paths = stored(object_prefix(set_name))
    if not firewalld_ran:
        # the management port is opened in the default zone before firewalld's first start
        zone = f"{CONFIGURATION}/zones/{default_zone()}.xml"
        paths += [path for path in (zone, f"{zone}.old") if os.path.exists(path)]
    return paths


def default_zone() -> str:
    """The zone of everything that has no other, as firewalld's configuration file says."""
    try:
        with open(f"{CONFIGURATION}/firewalld.conf", encoding="utf-8") as file:
            found = DEFAULT_ZONE.search(file.read())
    except OSError:
        found = None
    return found.group(1) if found else "public"


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
    for path in set(found) - set(former):
        os.unlink(path)
    for path, file in former.items():
        if found.get(path) != file:
            with open(path, "wb") as new:
                new.write(file.content)
                new.flush()
                os.fsync(new.fileno())
            os.chmod(path, file.mode)
