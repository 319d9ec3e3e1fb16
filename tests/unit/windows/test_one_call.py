# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The installed win_firewall_rule fits into win_firewall_rules, and one that does not is refused."""

from __future__ import annotations

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.one_call import (
    PROVIDED,
    misfit,
    requirements,
)
from collection import ROOT
from test_win_firewall_rule_options import SOURCE

OURS = (ROOT / "plugins/modules/win_firewall_rules.ps1").read_text(encoding="utf-8")


def test_the_installed_script_fits() -> None:
    assert misfit(SOURCE) is None


def test_our_module_provides_what_the_script_may_ask_for() -> None:
    assert requirements(OURS) >= PROVIDED
    assert requirements(SOURCE) == PROVIDED


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (f"#AnsibleRequires -CSharpUtil Ansible.Basic\n{SOURCE}", "is provided: #AnsibleRequires -CSharpUtil"),
        (f"#Requires -Version 7.0\r\n{SOURCE}", "it needs more than is provided: #Requires -Version 7.0"),
        (SOURCE.replace("Exit-Json $result", "$module.ExitJson()"), "there is no Exit-Json $result"),
        (SOURCE.replace("Parse-Args $args", "Get-Options"), "there is no Parse-Args $args"),
    ],
)
def test_a_script_that_does_not_fit_is_refused(script: str, reason: str) -> None:
    assert reason in (misfit(script) or "")
