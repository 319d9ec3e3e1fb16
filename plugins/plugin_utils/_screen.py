# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person reads while a playbook runs."""

from __future__ import annotations

from ansible import constants
from ansible.utils.display import Display

# callbacks whose output a program reads: a text before the JSON, and no parser takes it
FOR_PROGRAMS = ("json", "jsonl")


def show(text: str) -> None:
    """Print a text with empty lines around it, where a person reads. The task's result has it in any case."""
    if constants.DEFAULT_STDOUT_CALLBACK.rsplit(".", 1)[-1] not in FOR_PROGRAMS:
        Display().display(f"\n{text}\n")
