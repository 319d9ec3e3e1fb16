# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs the text of community.windows.win_firewall_rule, as it is, once for each step in this process. It finds functions of
# here where it would end the process with its answer, compile what no step needs or what is there, or ask every rule of
# the host for its name once more.

#Requires -Module Ansible.ModuleUtils.Legacy
#AnsibleRequires -PowerShell Ansible.ModuleUtils.AddType

$answer = @{ result = $null; name = $null; maker = $null }
# what to compile, nothing where it is compiled
$types = @{}
# the host's rules by name, as first asked for; a name of which a rule came or went is asked for again
$known = @{ rules = $null; stale = @{} }

# The names are the script's. In the scope of this library alone: without that word they would take the place of functions
# that others have made for all, such as those of Legacy by which the module itself ends.
${function:script:Exit-Json} = {
    param($Obj)

    $answer.result = $Obj
}
${function:script:Fail-Json} = {
    param($Obj, $Message)

    throw $(if ($Message) { "$Message" } else { "$Obj" })
}

# What the script compiles sets the program of a rule that is there already. A compiler takes longer than all rules of a
# first run.
function Add-CSharpType {
    param([string[]]$References, [string]$TempPath)

    $key = $References -join "`n"
    if (-not $types.ContainsKey($key)) { $types[$key] = @{ References = $References; TempPath = $TempPath } }
}

function Complete-Type {
    $library = Get-Module -Name Ansible.ModuleUtils.AddType
    foreach ($key in @($types.Keys)) {
        $type = $types[$key]
        if ($type) { & $library.ExportedCommands['Add-CSharpType'] @type }
        $types[$key] = $null
    }
}

${function:script:New-Object} = {
    if ($args -contains 'HNetCfg.FwPolicy2') {
        if ($answer.name) { return Get-NamedPolicy -Name $answer.name }
        Complete-Type
    }
    & $answer.maker @args
}

# The rules of one name. A host has hundreds, and asking each for its name takes longer than a step.
function Get-NamedRule {
    param($Rules, [string]$Name)

    if ($null -eq $known.rules) {
        $known.rules = [System.Collections.Generic.Dictionary[string, object]]::new([System.StringComparer]::OrdinalIgnoreCase)
        foreach ($rule in $Rules) {
            $one = [string]$rule.Name
            if (-not $known.rules.ContainsKey($one)) { $known.rules[$one] = [System.Collections.Generic.List[object]]::new() }
            $known.rules[$one].Add($rule)
        }
    }
    if ($known.stale[$Name]) { foreach ($rule in $Rules) { if ($rule.Name -eq $Name) { $rule } } }
    elseif ($known.rules.ContainsKey($Name)) { $known.rules[$Name] }
}

# The firewall's policy, of which the script sees the rules of this name only. What it adds and removes goes to the
# firewall itself; another word to the rules than these fails aloud.
function Get-NamedPolicy {
    param([string]$Name)

    $policy = & $answer.maker -ComObject HNetCfg.FwPolicy2
    $rules = $policy.Rules
    $named = [System.Collections.ArrayList]@(Get-NamedRule -Rules $rules -Name $Name)
    if ($named.Count) { Complete-Type }
    $stale = $known.stale
    Add-Member -InputObject $named -MemberType ScriptMethod -Name Add -Force -Value {
        param($Rule)
        $stale[[string]$Rule.Name] = $true
        $rules.Add($Rule)
    }.GetNewClosure()
    Add-Member -InputObject $named -MemberType ScriptMethod -Name Remove -Force -Value {
        param($Name)
        $stale[[string]$Name] = $true
        $rules.Remove($Name)
    }.GetNewClosure()
    Add-Member -InputObject $policy -MemberType NoteProperty -Name Rules -Value $named -Force
    $policy
}

# Tables and arrays, as the script gets them from Ansible; what is not given is not there.
function ConvertTo-Argument {
    param([System.Collections.IDictionary]$Step)

    $arguments = @{}
    foreach ($name in $Step.Keys) {
        $value = $Step[$name]
        if ($null -eq $value) { continue }
        $isList = $value -is [System.Collections.IEnumerable] -and $value -isnot [string]
        $arguments[$name] = if ($isList) { , @($value) } else { $value }
    }
    $arguments
}

function Get-StepScript {
    param([string]$Text)

    [scriptblock]::Create($Text)
}

# What the script answers. Raises what it fails with. The maker is the New-Object of who calls.
function Invoke-Step {
    param([scriptblock]$Script, [System.Collections.IDictionary]$Step, [System.Collections.IDictionary]$Settings, $Maker)

    $arguments = ConvertTo-Argument -Step $Step
    foreach ($name in $Settings.Keys) { $arguments[$name] = $Settings[$name] }
    # from there the script takes its options
    Set-Variable -Name complex_args -Scope Global -Value $arguments
    $answer.result = $null
    $answer.name, $answer.maker = $Step.name, $Maker
    $null = & $Script
    if (-not $answer.result) { throw 'win_firewall_rule ended without an answer' }
    $answer.result
}

Export-ModuleMember -Function Get-StepScript, Invoke-Step
