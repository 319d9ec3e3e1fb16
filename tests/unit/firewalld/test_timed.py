# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which ipsets of others a reload would empty."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import nft, timed, xtables


def settings(**options: str) -> dict[str, list[Any]]:
    return {"bans": ["", "", "", "hash:ip", options, []]}


@pytest.fixture(autouse=True)
def kernel(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the kernel's sets hold."""
    held: dict[str, Any] = {"nft": False, "ipset": (0, "create bans hash:ip timeout 60\n", "")}
    monkeypatch.setattr(nft, "has_elements", lambda _name: held["nft"])
    monkeypatch.setattr(xtables, "run", lambda _command, _arguments: held["ipset"])
    return held


@pytest.mark.parametrize(
    "change", [{"nft": True}, {"ipset": (0, "create bans hash:ip timeout 60\nadd bans 192.0.2.1 timeout 7\n", "")}]
)
def test_entries_that_only_the_kernel_knows_forbid_a_reload(kernel: dict[str, Any], change: dict[str, Any]) -> None:
    assert timed.refusals(settings(timeout="60")) == []
    kernel.update(change)
    (one,) = timed.refusals(settings(timeout="60"))
    assert (one["kind"], one["object"]) == ("refused", "ipset bans")
    # firewalld knows the entries of these itself
    assert timed.refusals(settings()) == timed.refusals(settings(timeout="0")) == []
