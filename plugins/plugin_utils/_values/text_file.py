# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts a text into a file of the controller: whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import refuse

MODE = 0o644


def write_text(variable: str, path: Path, text: str) -> bool:
    """Make the file hold this text; false where it does already.

    Args:
        variable: The setting that names the file, for the message.
        path: The file. Its folder is made where there is none; what a link leads to is written, and the link stays.
        text: All that it shall hold.

    Raises:
        InputError: It cannot be written; what was there is there still.
    """
    try:
        target = path.resolve()
        if target.exists() and not target.is_dir() and not target.is_file():
            target.write_text(text, encoding="utf-8")  # a pipe or a terminal: nothing that could be exchanged
            return True
        if target.is_file() and target.read_bytes() == text.encode():
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        _exchange(target, text)
    except OSError as error:
        remedy = f"cannot be written ({error}); nothing was changed there. Mend that, or name another file"
        raise refuse(variable, str(path), remedy) from error
    return True


def _exchange(target: Path, text: str) -> None:
    """Write it beside the file, then put it in its place."""
    handle, aside = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(aside).chmod(MODE)
        Path(aside).replace(target)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
