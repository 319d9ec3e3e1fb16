# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Usage: read.ps1 PRELUDE LIBRARIES FOLDER
#
# What the module's libraries read from each store of the variable QUESTION, without a module and its start around them.
param([string]$Prelude, [string]$Libraries, [string]$Folder)

$ErrorActionPreference = 'Stop'
foreach ($name in 'Registry', 'RuleValues', 'LocalRules', 'PolicyRules', 'Profiles', 'HostState') {
    Import-Module -Name (Join-Path -Path $Libraries -ChildPath "$name.psm1") -Scope Global
}
$complex_args = @{ _ansible_remote_tmp = $Folder }
. $Prelude
$answers = foreach ($store in ConvertFrom-Json -InputObject $env:QUESTION) {
    [System.IO.File]::WriteAllText($global:standInFile, (ConvertTo-Json -InputObject $store -Depth 9))
    $policy = New-Object -ComObject HNetCfg.FwPolicy2
    $state = Get-ProfileTable -Policy $policy
    @{
        profiles = $state.profiles
        policies_not_understood = $state.not_understood
        local = @(Get-LocalRule -Head @(Get-RuleHead -Policy $policy))
        # what COM never gave so far
        odd = @(Get-LocalRule -Head @(Get-RuleHead -Policy @{ Rules = @($store.odd | Where-Object { $_ }) }))
        policy = @(Get-PolicyRule)
        windows_version = Get-WindowsVersion
        domain_controller = Test-DomainController
        other_firewalls = @(Get-FirewallProduct)
        networks = @(Get-ConnectedNetwork)
    }
}
ConvertTo-Json -InputObject @($answers) -Compress -Depth 9
