# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What Windows stores of local rules and its COM object does not have: who saves and restores a rule by that loses it.

#AnsibleRequires -PowerShell .Registry
#AnsibleRequires -PowerShell .PolicyRules

$store = 'HKLM:\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules'
# the fields of MS-GPFAS 2.2.2.19 that INetFwRule3 has, with all their later forms (LPort2_10)
$shown = 'Action', 'Active', 'Dir', 'Profile', 'Protocol', 'LPort', 'RPort', 'ICMP4', 'ICMP6', 'LA4', 'LA42', 'LA6', 'LA62',
'RA4', 'RA42', 'RA6', 'RA62', 'App', 'Svc', 'IFType', 'IF', 'Edge', 'Defer', 'Security', 'Security2', 'Name', 'Desc',
'EmbedCtxt', 'AppPkgId', 'LUOwn', 'LUAuth', 'RUAuth', 'RMauth'
# of the conditions of a rule those that INetFwRule3 has not
$hiddenConditions = 'platforms', 'networks', 'security_realm', 'trust_tuples', 'not_before_version'
# some thousand rules have a few dozen names of fields: each is judged once
$isHidden = @{}

function Get-HiddenField {
    param([string]$Text)

    foreach ($part in $Text.Split('|')) {
        $at = $part.IndexOf('=')
        if ($at -lt 1) { continue }
        $name = $part.Substring(0, $at)
        if (-not $isHidden.ContainsKey($name)) {
            $isHidden[$name] = $name -notin $shown -and ($name -replace '2?_[0-9]+$') -notin $shown
        }
        if ($isHidden[$name]) { $name }
    }
}

# The texts of these names, each with what it hides.
function Get-StoredText {
    param($Names)

    $found = [System.Collections.Generic.Dictionary[string, object]]::new()
    foreach ($text in (Get-RegistryTable -Path $store).Values) {
        $text = "$text"
        $at = $text.IndexOf('|Name=', [System.StringComparison]::Ordinal)
        if ($at -lt 0) { continue }
        $end = $text.IndexOf('|', $at + 6)
        if ($end -lt 0) { $end = $text.Length }
        $name = $text.Substring($at + 6, $end - $at - 6)
        if (-not $Names.ContainsKey($name)) { continue }
        if (-not $found.ContainsKey($name)) { $found[$name] = [System.Collections.Generic.List[object]]::new() }
        $found[$name].Add(@{ text = $text; fields = @(Get-HiddenField -Text $text | Sort-Object -Unique) })
    }
    $found
}

# A rule is found by its name, since the COM object does not tell which value is its own. What narrows it is told where
# there is one rule of that name.
function Add-RegistryField {
    param($Rules)

    $named = [System.Collections.Generic.Dictionary[string, object]]::new()
    foreach ($rule in $Rules) {
        if (-not $named.ContainsKey($rule.name)) { $named[$rule.name] = [System.Collections.Generic.List[object]]::new() }
        $named[$rule.name].Add($rule)
    }
    $texts = Get-StoredText -Names $named
    foreach ($name in $texts.Keys) {
        $fields = @($texts[$name] | ForEach-Object { $_.fields } | Sort-Object -Unique)
        if (-not $fields) { continue }
        foreach ($rule in $named[$name]) { $rule.only_in_registry = $fields }
        if ($texts[$name].Count -eq 1) { Add-HiddenCondition -Rules $named[$name] -Text $texts[$name][0].text }
    }
}

# The rules are one, perhaps read twice.
function Add-HiddenCondition {
    param($Rules, [string]$Text)

    $conditions = Get-PolicyCondition -Fields (Get-PolicyField -Text $Text)
    foreach ($what in $hiddenConditions) {
        if (-not $conditions.ContainsKey($what)) { continue }
        foreach ($rule in $Rules) {
            if (-not $rule.conditions) { $rule.conditions = @{} }
            $rule.conditions[$what] = @($conditions[$what])
        }
    }
}

Export-ModuleMember -Function Add-RegistryField
