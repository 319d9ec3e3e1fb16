# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After remove.yml every host is as it was at the start."""

from __future__ import annotations

from conftest import Windows


def test_everything_is_as_it_was(converged: Windows) -> None:
    now, before = converged.store, converged.store_before
    for profile in (*now["profiles"].values(), *before["profiles"].values()):
        # what Windows does where nothing was configured
        profile["outbound"] = {"not_configured": "allow"}.get(profile["outbound"], profile["outbound"])
    assert now == before
