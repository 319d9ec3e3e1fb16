# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After remove.yml everything is as it was before the first converge."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from testinfra.host import Host

# a directory's size says nothing
LISTING = "cd {} && find . -type d -printf '%p %m %u %g\\n' -o -printf '%p %m %u %g %s\\n' | sort"


def test_configuration_byte_for_byte(firewalled: Host) -> None:
    assert firewalled.check_output("diff --recursive /root/before /etc/firewalld") == ""


def test_files_modes_and_owners(firewalled: Host) -> None:
    before, now = (firewalled.check_output(LISTING.format(where)) for where in ("/root/before", "/etc/firewalld"))
    assert now == before


def test_runtime(firewalled: Host) -> None:
    now = firewalled.check_output("firewall-cmd --list-all-zones; firewall-cmd --list-all-policies")
    assert now == firewalled.check_output("cat /root/before.runtime")
    assert "thf-" not in firewalled.check_output("firewall-cmd --get-ipsets; firewall-cmd --permanent --get-ipsets")


def test_the_same_packets_pass(run_matrix: Callable[..., Any], written: Path, states_before: dict[Any, str]) -> None:
    def passing(states: dict[Any, str]) -> set[Any]:
        return {flow for flow, state in states.items() if state == "open"}

    assert passing(run_matrix(written / "removed.json", "--only-show").states) == passing(states_before)
