# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Usage: steps.ps1 LIBRARY
#
# Runs a script that does what win_firewall_rule does with the firewall's rules, by the library RuleSteps, for each step
# of the variable QUESTION. Prints for each what the script found, how often rules were asked for their names, how often
# something was compiled until then, and whether a function of Ansible's that the script calls is still what it was.
param([string]$Library)

$ErrorActionPreference = 'Stop'
$global:compiled = 0
New-Module -Name Legacy -ScriptBlock { function Exit-Json { 'the real one' } } | Import-Module -Global
New-Module -Name Ansible.ModuleUtils.AddType -ScriptBlock {
    function Add-CSharpType {
        param($References, $TempPath)
        if ("$References, $TempPath" -ne 'text, folder') { throw "compiled is $References, $TempPath" }
        $global:compiled++
    }
} | Import-Module -Global
New-Module -Name RuleSteps -ScriptBlock ([scriptblock]::Create([System.IO.File]::ReadAllText($Library))) |
    Import-Module -Global
$global:asked = 0

function New-Rule {
    param([string]$Name)

    $rule = [PSCustomObject]@{ text = $Name }
    Add-Member -InputObject $rule -MemberType ScriptProperty -Name Name -Value { $global:asked++; $this.text } -PassThru
}

$rules = [System.Collections.ArrayList]@('A', 'B', 'b', 'C' | ForEach-Object { New-Rule -Name $_ })
# as the firewall does, which removes the first of a name
Add-Member -InputObject $rules -MemberType ScriptMethod -Name Remove -Force -Value {
    param($Name)
    $this.RemoveAt($this.IndexOf(@($this | Where-Object { $_.text -eq $Name })[0]))
}

function Find-Maker {
    param([string]$ComObject)

    if ($ComObject -eq 'HNetCfg.FWRule') { return New-Rule -Name $complex_args.name }
    [PSCustomObject]@{ Rules = $rules; CurrentProfileTypes = 1 }
}

$script = Get-StepScript -Text @'
Add-CSharpType -References 'text' -TempPath 'folder'
$policy = New-Object -ComObject HNetCfg.FwPolicy2
$found = @($policy.Rules | Where-Object { if ($complex_args.name) { $_.Name -eq $complex_args.name } else { $true } })
if ($complex_args.state -eq 'present' -and -not $found) { $null = $policy.Rules.Add((New-Object -ComObject HNetCfg.FWRule)) }
if ($complex_args.state -eq 'absent') { foreach ($one in $found) { $policy.Rules.Remove($one.text) } }
Exit-Json @{ found = $found.Count; profiles = $policy.CurrentProfileTypes }
'@
$answers = foreach ($step in ConvertFrom-Json -InputObject $env:QUESTION -AsHashtable) {
    $global:asked = 0
    $answer = Invoke-Step -Script $script -Step $step -Settings @{} -Maker (Get-Command -Name Find-Maker)
    @{
        found = $answer.found
        profiles = $answer.profiles
        asked = $global:asked
        compiled = $global:compiled
        real = Exit-Json
        rules = @($rules | ForEach-Object { $_.text })
    }
}
ConvertTo-Json -InputObject @($answers) -Compress -Depth 4
