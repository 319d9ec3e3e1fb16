# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs the text of community.windows.win_firewall_rule, as it is, once for each step in this process. It finds functions of
# here where it would end the process with its answer, or compile once more what is there.

#Requires -Module Ansible.ModuleUtils.Legacy
#AnsibleRequires -PowerShell Ansible.ModuleUtils.AddType

$answer = @{}
$compiled = @{}

# the names are the script's
${function:Exit-Json} = {
    param($Obj)

    $answer.result = $Obj
}
${function:Fail-Json} = {
    param($Obj, $Message)

    throw $(if ($Message) { "$Message" } else { "$Obj" })
}

function Add-CSharpType {
    param([string[]]$References, [string]$TempPath)

    $key = $References -join "`n"
    if ($compiled.ContainsKey($key)) { return }
    $library = Get-Module -Name Ansible.ModuleUtils.AddType
    & $library.ExportedCommands['Add-CSharpType'] -References $References -TempPath $TempPath
    $compiled[$key] = $true
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

# What the script answers. Raises what it fails with.
function Invoke-Step {
    param([scriptblock]$Script, [System.Collections.IDictionary]$Step, [System.Collections.IDictionary]$Settings)

    $arguments = ConvertTo-Argument -Step $Step
    foreach ($name in $Settings.Keys) { $arguments[$name] = $Settings[$name] }
    # from there the script takes its options
    Set-Variable -Name complex_args -Scope Global -Value $arguments
    $answer.result = $null
    $null = & $Script
    if (-not $answer.result) { throw 'win_firewall_rule ended without an answer' }
    $answer.result
}

Export-ModuleMember -Function Get-StepScript, Invoke-Step
