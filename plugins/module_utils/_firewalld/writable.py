# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what a change stores can be written at all: a disk that is read-only or full. Reads, and changes nothing.

What only some of it has room for, is found out by writing, and put back.
"""

from __future__ import annotations

import os
from typing import List

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.refusals import Finding, refusal

STORED = "/etc/firewalld"
FOLDERS = (STORED, f"{STORED}/policies", f"{STORED}/ipsets")


def refusals(needs_room: bool) -> List[Finding]:
    """The refusal for the first folder that nothing can be written to; C(needs_room): not only files are removed."""
    for folder in filter(os.path.isdir, FOLDERS):
        message = _trouble(folder, needs_room)
        if message:
            return [refusal(folder, message)]
    return []


def _trouble(folder: str, needs_room: bool) -> str:
    # root may write to everything else
    if not os.access(folder, os.W_OK):
        return (
            f"nothing can be written to {folder}, which is mounted read-only or immutable (findmnt --target {folder}, "
            f"lsattr -d {folder}), so that firewalld cannot store these changes; mend that, then run again"
        )
    disk = os.statvfs(folder)
    # some file systems count no files
    if needs_room and (not disk.f_bfree or (disk.f_files and not disk.f_ffree)):
        return (
            f"the disk of {folder} is full (df {folder}, df -i {folder}), so that firewalld cannot store these "
            "changes; make room, then run again"
        )
    return ""
