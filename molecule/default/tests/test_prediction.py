# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode before the first converge said exactly what converge then did, change by change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize("host", ["appserver", "dbserver", "client", "gateway", "onlineclient"])
def test_check_mode_predicts_every_change(written: Path, host: str) -> None:
    def changes(kind: str) -> list[dict[str, Any]]:
        path = written / "changes" / f"{host}.{kind}.json"
        if not path.exists():
            pytest.skip(f"{path.name} is not there: 'molecule test' runs check and converge before verify")
        return json.loads(path.read_text())

    predicted, applied = changes("predicted"), changes("applied")
    assert {change["action"] for change in applied} == {"create"}
    assert predicted == applied
