# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts what the controller starts a process for: each task on each host, implicit and skipped ones as well."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: counted
type: aggregate
short_description: Counts the processes of each task
description: Writes them as JSON to the file that the environment variable C(BENCH_COUNTED) names.
author: The therefore.firewall authors
"""


class CallbackModule(CallbackBase):
    """One entry for each task."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "counted"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self.processes: Counter[str] = Counter()

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        """A process begins."""
        self.processes[task.get_name()] += 1

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """The end."""
        Path(os.environ["BENCH_COUNTED"]).write_text(json.dumps(self.processes), encoding="utf-8")
