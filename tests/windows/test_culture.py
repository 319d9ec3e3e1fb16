# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reader on a Turkish host, where the small letter of I is another one than i: it reads what it reads elsewhere.

The tables of PowerShell 7 do not follow the culture, those of Windows PowerShell 5.1 do: for them docs/windows.md.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hosts import MDM, POLICY, Store, stores

if TYPE_CHECKING:
    from conftest import Engine
    from simulation import Simulation

LIBRARIES = Path(__file__).resolve().parents[2] / "plugins/module_utils/_windows"
TURKISH = {"LC_ALL": "tr_TR.UTF-8", "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "0"}


def store() -> Store:
    """The registry does not tell upper from lower case."""
    made = stores()["policy_host"]
    made["registry"][f"{POLICY}\\DomainProfile"] = {"ENABLEFIREWALL": 1, "ALLOWLOCALPOLICYMERGE": 0}
    made["registry"][f"{MDM}\\PublicProfile"] = {"DEFAULTINBOUNDACTION": 1}
    return made | {"rules": stores()["half_done_host"]["rules"][-8:]}


@pytest.fixture(scope="module")
def both(
    pwsh: str, scripts: Engine, simulation: Simulation, tmp_path_factory: pytest.TempPathFactory
) -> list[dict[str, Any]]:
    command = [pwsh, "-NoProfile", "-Command", "[cultureinfo]::CurrentCulture.Name + [int]('i'.ToUpper()[0])"]
    said = subprocess.run(command, env=os.environ | TURKISH, capture_output=True, text=True, check=False, timeout=120)
    # the capital letter with a dot
    if said.stdout.strip() != "tr-TR304":
        pytest.skip("this machine has no libicu, so that its PowerShell speaks no Turkish")
    prelude, folder = str(simulation.folder / "prelude.ps1"), str(tmp_path_factory.mktemp("culture"))
    found = []
    for language in ({}, TURKISH):
        with pytest.MonkeyPatch.context() as patch:
            for name, value in language.items():
                patch.setenv(name, value)
            found += scripts.ask("read.ps1", [store()], prelude, str(LIBRARIES), folder)
    return found


def test_the_reader_reads_the_same(both: list[dict[str, Any]]) -> None:
    plain, turkish = both
    assert turkish == plain


def test_what_it_reads_is_there(both: list[dict[str, Any]]) -> None:
    turkish = both[1]
    assert turkish["profiles"]["domain"]["local_rules_honoured"] is False
    assert turkish["profiles"]["public"]["origin"]["inbound"] == "mdm"
    assert (len(turkish["local"]), len(turkish["policy"])) == (8, 7)
