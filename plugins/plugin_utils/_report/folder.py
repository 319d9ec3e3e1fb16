# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts a report into a folder: as a whole or not at all, and never in the place of what is not ours."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import FORMAT, INDEX
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import refuse

VARIABLE = "therefore_report_folder"


def check_folder(folder: Path) -> None:
    """Refuse a folder that holds anything but a report of ours. Raises InputError."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise refuse(VARIABLE, str(folder), "is no folder; name one, which is made where there is none")
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()}
    strange = sorted(there - _belonging(folder / INDEX))
    if strange:
        raise refuse(
            VARIABLE, str(folder), f"holds {strange[0]}, which is of no report; name another folder, or move it"
        )


def _belonging(index: Path) -> set[str]:
    """The files that the former report says are its own."""
    try:
        report = json.loads(index.read_text(encoding="utf-8"))
        return set(map(str, report["files"])) if report["format"] == FORMAT else set()
    except (OSError, ValueError, TypeError, KeyError):
        return set()


def replace_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Put these files, by relative path, in the place of the folder. Raises InputError.

    They are written beside it first: whatever fails, the folder is the former one or the new one.
    """
    check_folder(folder)
    aside = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        _write(aside / "new", files)
        _exchange(folder, aside)
    except OSError as error:
        remedy = f"cannot be written ({error}); nothing was changed there. Mend that, or name another folder"
        raise refuse(VARIABLE, str(folder), remedy) from error
    finally:
        if aside:
            shutil.rmtree(aside, ignore_errors=True)


def _write(new: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = new / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # as it is: a CSV file has its own line ends
        path.write_text(text, encoding="utf-8", errors="backslashreplace", newline="")


def _exchange(folder: Path, aside: Path) -> None:
    former = aside / "former"
    if folder.exists():
        os.rename(folder, former)
    try:
        os.rename(aside / "new", folder)
    except OSError:
        if former.exists():
            os.rename(former, folder)
        raise
