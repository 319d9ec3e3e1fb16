# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What "make lint" holds against PowerShell. tools/analyze.ps1 adds the layout of ansible-test's own test pslint.
@{
    # information wants help texts for functions that only our own scripts call
    Severity = @('Error', 'Warning')
    ExcludeRules = @(
        # says nothing for private functions: check mode is asked once, in the module
        'PSUseShouldProcessForStateChangingFunctions'
    )
    Rules = @{
        PSUseCompatibleSyntax = @{ Enable = $true; TargetVersions = @('5.1', '7.0') }
        PSUseCompatibleCmdlets = @{ compatibility = @('desktop-5.1.14393.206-windows') }
    }
}
