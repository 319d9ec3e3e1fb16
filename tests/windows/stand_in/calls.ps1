# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Usage: calls.ps1 LIBRARY STORE
#
# Calls the policy or its collection of rules as each entry of the variable QUESTION says, one after the other. Prints
# for each call the refusal, what the property reads afterwards, and the rules of the store.
param([string]$Library, [string]$Store)

$ErrorActionPreference = 'Stop'
$null = [System.Reflection.Assembly]::LoadFrom($Library)
$answers = foreach ($call in ConvertFrom-Json -InputObject $env:QUESTION) {
    $answer = [ordered]@{ refused = $null; reads = $null }
    $rule = $null
    try {
        $policy = [StandIn.Policy]::new([StandIn.Store]::new($Store))
        $rules = $policy.Rules
        $rule = $rules | Where-Object { $_.Name -eq $call.name } | Select-Object -First 1
        switch ($call.call) {
            'add' {
                $rule = [StandIn.Rule]::new()
                $rule.Name = $call.name
                $rules.Add($rule)
            }
            'remove' { $rules.Remove($call.name) }
            'profile' { $null = $policy.FirewallEnabled($call.bits) }
            'set' { $rule.($call.property) = $call.value }
            # somebody else does that after this one has read the rule
            'set after another' {
                $other = [StandIn.Policy]::new([StandIn.Store]::new($Store)).Rules | Where-Object { $_.Name -eq $call.name }
                foreach ($name in $call.others.PSObject.Properties.Name) { @($other)[0].$name = $call.others.$name }
                $rule.($call.property) = $call.value
            }
            'set after removal' {
                [StandIn.Policy]::new([StandIn.Store]::new($Store)).Rules.Remove($call.name)
                $rule.($call.property) = $call.value
            }
        }
    }
    catch { $answer.refused = $_.Exception.InnerException.Message }
    if ($call.property) { $answer.reads = $rule.($call.property) }
    $answer.rules = ([System.IO.File]::ReadAllText($Store) | ConvertFrom-Json).rules
    $answer
}
ConvertTo-Json -InputObject @($answers) -Compress -Depth 4
