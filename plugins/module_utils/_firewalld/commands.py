# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a command of the host, without a shell."""

from __future__ import annotations

import importlib
from typing import Any, List, Tuple

TIMEOUT_SECONDS = 100


def run(command: List[str], text: str = "") -> Tuple[int, str, str]:
    """Exit code, standard output and errors of a command that is given a text to read.

    Raises OSError where it cannot be run, or does not end.
    """
    # only here: on a host that is right nothing is run, and to import it takes a while
    asyncio: Any = importlib.import_module("asyncio")

    async def finish() -> Tuple[int, str, str]:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
        try:
            output, errors = await asyncio.wait_for(process.communicate(text.encode()), TIMEOUT_SECONDS)
        except asyncio.TimeoutError:
            process.kill()
            raise OSError(f"no answer within {TIMEOUT_SECONDS} seconds") from None
        return process.returncode or 0, output.decode(errors="replace"), errors.decode(errors="replace")

    return asyncio.run(finish())
