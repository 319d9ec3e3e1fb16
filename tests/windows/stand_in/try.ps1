# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Usage: try.ps1 LIBRARY STORE
#
# Makes a rule of each entry of the variable QUESTION, property by property, and adds it to the store's rules. Prints
# what every property reads afterwards, or the refusal.
param([string]$Library, [string]$Store)

$ErrorActionPreference = 'Stop'
$null = [System.Reflection.Assembly]::LoadFrom($Library)
$answers = foreach ($case in ConvertFrom-Json -InputObject $env:QUESTION) {
    $answer = [ordered]@{ refused = $null }
    try {
        $policy = [StandIn.Policy]::new([StandIn.Store]::new($Store))
        $rule = [StandIn.Rule]::new()
        $rule.Name = 'Case'
        foreach ($property in $case.PSObject.Properties) { $rule.($property.Name) = $property.Value }
        $policy.Rules.Add($rule)
        foreach ($property in $rule.PSObject.Properties) { $answer[$property.Name] = $property.Value }
        $policy.Rules.Remove($rule.Name)
    }
    catch { $answer.refused = $_.Exception.InnerException.Message }
    $answer
}
ConvertTo-Json -InputObject @($answers) -Compress
