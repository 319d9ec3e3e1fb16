# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What Windows stores of local rules and its COM object does not have: who saves and restores a rule by that loses it.

#AnsibleRequires -PowerShell .Registry

$store = 'HKLM:\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules'
# the fields of MS-GPFAS 2.2.2.19 that INetFwRule3 has, with all their later forms (LPort2_10)
$shown = 'Action', 'Active', 'Dir', 'Profile', 'Protocol', 'LPort', 'RPort', 'ICMP4', 'ICMP6', 'LA4', 'LA42', 'LA6', 'LA62',
'RA4', 'RA42', 'RA6', 'RA62', 'App', 'Svc', 'IFType', 'IF', 'Edge', 'Defer', 'Security', 'Security2', 'Name', 'Desc',
'EmbedCtxt', 'AppPkgId', 'LUOwn', 'LUAuth', 'RUAuth', 'RMauth'

function Get-HiddenField {
    param([string]$Text)

    $names = $Text.Split('|') | Where-Object { $_.Contains('=') } | ForEach-Object { $_.Split('=')[0] }
    $names | Where-Object { $_ -notin $shown -and ($_ -replace '2?_[0-9]+$') -notin $shown } | Sort-Object -Unique
}

# A rule is found by its name, since the COM object does not tell which value is its own.
function Add-RegistryField {
    param($Rules)

    $named = @{}
    foreach ($rule in $Rules) { $named[$rule.name] = @($named[$rule.name] | Where-Object { $_ }) + $rule }
    $table = Get-RegistryTable -Path $store
    foreach ($text in $table.Values) {
        if ("$text" -notmatch '\|Name=([^|]*)' -or -not $named.ContainsKey($Matches[1])) { continue }
        $same = $named[$Matches[1]]
        $fields = @(Get-HiddenField -Text "$text")
        if (-not $fields) { continue }
        foreach ($rule in $same) {
            $rule.only_in_registry = @(@($rule.only_in_registry) + $fields | Where-Object { $_ } | Sort-Object -Unique)
        }
    }
}

Export-ModuleMember -Function Add-RegistryField
