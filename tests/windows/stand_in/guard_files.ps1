# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Usage: guard_files.ps1 LIBRARY FOLDER
#
# What is said of a guard whose files have the contents of each entry of the variable QUESTION, by their names.
param([string]$Library, [string]$Folder)

$ErrorActionPreference = 'Stop'
Import-Module -Name $Library
$env:ProgramData = $Folder
$guards = Join-Path -Path $Folder -ChildPath 'therefore.firewall/guard'
$answers = foreach ($case in ConvertFrom-Json -InputObject $env:QUESTION) {
    $null = New-Item -ItemType Directory -Path $guards
    foreach ($file in $case.PSObject.Properties) {
        [System.IO.File]::WriteAllText((Join-Path -Path $guards -ChildPath $file.Name), $file.Value)
    }
    $guard = Get-ArmedGuard
    @{ guard = if ($guard) { $guard } else { $null } }
    Remove-Item -Recurse -LiteralPath $guards
}
ConvertTo-Json -InputObject @($answers) -Compress -Depth 4
