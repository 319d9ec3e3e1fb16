# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Usage: registry.ps1 LIBRARIES
#
# For Windows' own build, which has a registry: writes the keys of the variable QUESTION (key, name, kind and value), and
# prints what our libraries, as they are, read of them. The keys are removed afterwards.
param([string]$Libraries)

$ErrorActionPreference = 'Stop'
foreach ($name in 'Registry', 'RuleValues', 'PolicyRules', 'Profiles') {
    Import-Module -Name (Join-Path -Path $Libraries -ChildPath "$name.psm1") -Global
}
$root = 'HKLM:\SOFTWARE\Policies\Microsoft\WindowsFirewall'
$answers = @(foreach ($case in ConvertFrom-Json -InputObject $env:QUESTION -AsHashtable) {
        if (Test-Path -LiteralPath $root) { Remove-Item -LiteralPath $root -Recurse }
        try {
            foreach ($key in $case.Keys) {
                $null = New-Item -Path "$root\$key" -Force
                foreach ($name in $case[$key].Keys) {
                    $value = $case[$key][$name]
                    $null = New-ItemProperty -LiteralPath "$root\$key" -Name $name -PropertyType $value.kind -Value $value.value
                }
            }
            $strange = [System.Collections.Generic.List[string]]::new()
            $settings = & (Get-Module -Name Profiles) {
                param($Strange)
                Get-StoreSetting -Store 'group_policy' -Name 'domain' -Strange $Strange
            } $strange
            @{
                table = Get-RegistryTable -Path "$root\DomainProfile"; settings = $settings; strange = @($strange)
                rules = @(Get-PolicyRule | ForEach-Object { @{ name = $_.name; action = $_.action; localport = $_.localport } })
            }
        }
        finally { if (Test-Path -LiteralPath $root) { Remove-Item -LiteralPath $root -Recurse } }
    })
ConvertTo-Json -InputObject $answers -Depth 5 -Compress
