# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's scenarios run at the same time, and a container is named after its host."""

from __future__ import annotations

from collections import Counter

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from collection import ROOT


def test_no_two_scenarios_have_a_host_of_the_same_name() -> None:
    folders = sorted((ROOT / "molecule").glob("*/inventory"))
    assert len(folders) > 5
    names = Counter(
        name for folder in folders for name in InventoryManager(loader=DataLoader(), sources=[str(folder)]).hosts
    )
    assert [name for name, count in names.items() if count > 1] == []
    assert {"vault01", "appserver"} <= set(names)
