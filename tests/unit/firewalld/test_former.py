# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person is told when a change failed and putting back failed as well."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import former
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import State
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.session import FirewalldError


class Running:
    """Stands for a firewalld that answers."""

    remembers_unwritten = False

    def alive(self) -> bool:
        return True

    def permanent(self, _prefix: str) -> State:
        return State()

    def runtime(self, _prefix: str, _kept: State | None = None) -> State:
        return State()


@pytest.mark.parametrize("state", [former.FAILED, "running", "stopped"])
def test_the_first_error_is_told_whatever_ends_putting_back(monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    def put_back() -> None:
        raise FirewalldError("the second trouble", state)

    trouble = former.rehearsal.Trouble("no such set", "/etc/firewalld/zones/drop.xml")
    monkeypatch.setattr(former.rehearsal, "trouble", lambda: trouble)
    firewalld: Any = Running()
    said = str(former.Former(firewalld, "thf-none-", State(), State()).recover(
        FirewalldError("the first trouble"), put_back, None))  # fmt: skip
    assert said.startswith("the first trouble; ")
    assert "the second trouble" in said
