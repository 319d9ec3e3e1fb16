# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Usage: analyze.ps1 LAYOUT. Prints what PSScriptAnalyzer has against the scripts, by the project's settings and the
# rules of the settings LAYOUT; exit code 1 where it has anything.
param([Parameter(Mandatory = $true)][string]$Layout)

$ErrorActionPreference = 'Stop'
if (-not (Get-Module -ListAvailable -Name PSScriptAnalyzer)) {
    'left out: this PowerShell has no module PSScriptAnalyzer'
    exit 0
}
$wanted = Import-PowerShellDataFile -LiteralPath PSScriptAnalyzerSettings.psd1
$wanted.Rules += (Import-PowerShellDataFile -LiteralPath $Layout).Rules
$found = @('plugins', 'tools' | ForEach-Object { Invoke-ScriptAnalyzer -Path $_ -Recurse -Settings $wanted })
foreach ($one in $found) { "$($one.ScriptPath):$($one.Line): $($one.RuleName): $($one.Message)" }
exit [int][bool]$found
