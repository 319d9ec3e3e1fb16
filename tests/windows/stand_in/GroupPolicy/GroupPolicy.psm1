# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Stand-in for Windows' module GroupPolicy, from the reference of Get-GPO: the objects of the stand-in NetSecurity.
# GpoStatus is an enumeration: AllSettingsEnabled, UserSettingsDisabled, ComputerSettingsDisabled, AllSettingsDisabled.

function Get-GPO {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string]$Name, [string]$Domain, [string]$Server)

    $store = Get-Content -LiteralPath $env:STANDIN_STORE -Raw | ConvertFrom-Json -AsHashtable
    $store.server = $Server
    ConvertTo-Json -InputObject $store -Depth 6 | Set-Content -LiteralPath $env:STANDIN_STORE
    if ($store.objects.ContainsKey("$Domain\$Name")) {
        return [PSCustomObject]@{ DisplayName = $Name; GpoStatus = $store.status }
    }
    Write-Error -Message "A GPO with the name $Name was not found in the domain $Domain."
}
