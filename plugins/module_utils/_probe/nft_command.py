# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""nft, run to its end."""

from __future__ import annotations

import asyncio
from typing import Tuple


async def nft(*arguments: str, text: str = "") -> Tuple[int, str]:
    """The exit code of nft, which is given a text to read, and what it prints. Raises OSError."""
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec("nft", *arguments, stdin=pipe, stdout=pipe, stderr=nothing)
    output, _errors = await process.communicate(text.encode())
    return process.returncode or 0, output.decode(errors="replace")
