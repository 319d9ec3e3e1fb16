# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Usage: selftest.ps1 PRELUDE LIBRARIES FOLDER
#
# The self-test's own libraries over the stand-in of the variable QUESTION (lines, store, tls_ports, quick): once as it
# is, and once for each line with the stand-in broken there, unless it is to be quick. Prints what was found at first, and
# what each break changed. A line is tried together with all others of its part; the parts have nothing in common. One
# listener serves all tries of the host's part, as starting it takes most of the time.
param([string]$Prelude, [string]$Libraries, [string]$Folder)

$ErrorActionPreference = 'Stop'
$names = 'Registry', 'Profiles', 'HostState', 'FirewallState', 'GuardTask', 'GuardFiles', 'FolderAccess', 'GuardFolder', 'Detached',
'ListenerProcess', 'PortListener', 'ProbeFlow', 'ProbeWords', 'ProbeTls', 'ProbeSteps', 'PortProbe', 'SelftestRules',
'SelftestFirewall', 'SelftestHost', 'SelftestFinish'
foreach ($name in $names) { Import-Module -Name (Join-Path -Path $Libraries -ChildPath "$name.psm1") -Global }
$complex_args = @{ _ansible_remote_tmp = $Folder }
. $Prelude
. (Join-Path -Path $PSScriptRoot -ChildPath 'breaks.ps1')
$question = ConvertFrom-Json -InputObject $env:QUESTION -AsHashtable
$group = 'therefore.firewall selftest'
$null = [System.IO.Directory]::CreateDirectory((Get-GuardFolder))
New-ProtectedFolder -Path (Get-GuardFolder)

function Write-Store {
    param([System.Collections.IDictionary]$Change)

    $store = $question.store.Clone()
    foreach ($key in @($Change.Keys)) { $store[$key] = $Change[$key] }
    [System.IO.File]::WriteAllText($global:standInFile, (ConvertTo-Json -InputObject $store -Depth 9))
}

# What a guard has left that has ended.
function Write-Outcome {
    Get-ChildItem -LiteralPath (Get-GuardFolder) | Remove-Item
    $now = [datetime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ')
    $outcome = @{ token = 'token'; at = $now; problem = '' }
    [System.IO.File]::WriteAllText((Get-GuardPath -Name 'restored'), (ConvertTo-Json -InputObject $outcome))
}

function Invoke-Part {
    param([string]$Part, [scriptblock]$Before)

    $lines = @($question.lines | Where-Object { $_.part -eq $Part })
    $global:context = @{
        group = $group; nonce = [guid]::NewGuid().ToString('N'); token = 'token'; tls_ports = $question.tls_ports; listener = 0
        until = [datetime]::UtcNow.AddSeconds(-1).ToString('o')
    }
    if ($Part -eq 'finish') {
        Write-Outcome
        $null = Invoke-HostTry -Line @(@{ number = 0; check = 'listener_tcp' }) -Context $global:context
    }
    if ($Part -eq 'host' -and $global:served) { $global:context.nonce, $global:context.listener = $global:served }
    if ($Before) { & $Before }
    $findings = switch ($Part) {
        'rules' { Invoke-RuleTry -Line $lines -Group $group }
        'firewall' { Invoke-FirewallTry -Line $lines -Context $global:context }
        'host' { Invoke-HostTry -Line $lines -Context $global:context }
        'finish' { Invoke-Finish -Line $lines -Context $global:context }
    }
    if ($Part -eq 'host') { $global:served = $global:context.nonce, $global:context.listener }
    $table = @{}
    foreach ($one in $findings) { $table["$($one.number)"] = if ($one.not_tried) { "not tried: $($one.not_tried)" } else { $one.found } }
    $table
}

function Invoke-Broken {
    param($Line)

    $break = $breaks[$Line.check]
    if ($null -eq $break) { throw "there is no break for $($Line.check)" }
    Write-Store -Change $(if ($break.cim) { $cim = $question.store.cim.Clone(); $cim[$break.cim[0]] = $break.cim[1]; @{ cim = $cim } }
        elseif ($break.store) { $break.store } else { @{} })
    $global:broken, $global:once = $break.broken, $break.once
    if ($break.member) { Set-Member -Type $break.member[0] -Name $break.member[1] -Get $break.member[2] -Set $break.member[3] }
    $saved = @{}
    foreach ($name in @($break.functions.Keys | Where-Object { $_ })) {
        $saved[$name] = (Get-Command -Name $name -CommandType Function).ScriptBlock
        $global:others = if ($global:others) { $global:others } else { @{} }
        $global:others[$name] = $saved[$name]
        $global:others["new $name"] = $break.functions[$name]
        Set-Item -Path "function:global:$name" -Value ([scriptblock]::Create("& `$global:others['new $name'] `$global:others['$name'] @args"))
    }
    try { Invoke-Part -Part $Line.part -Before $break.before }
    finally {
        foreach ($name in $saved.Keys) { Set-Item -Path "function:global:$name" -Value $saved[$name] }
        if ($break.member) { Remove-TypeData -TypeName "StandIn.$($break.member[0])" }
        Write-Store -Change @{}
    }
}

function Get-Differing {
    param($Table)

    $differing = @{}
    foreach ($number in $Table.Keys) { if ($Table[$number] -cne $first[$number]) { $differing[$number] = $Table[$number] } }
    $differing
}

# Rules know nothing of each other, so that many are broken at a time: each in those passes that its place among the lines
# says, bit by bit. What differs in just these passes is what that break has changed.
function Invoke-BrokenRule {
    param([object[]]$Line)

    Set-RuleMember -Name (Get-PropertyOfLine -Line $Line)
    $passes = @{}
    $found = @{}
    for ($bit = 1; $bit -le $Line.Count; $bit *= 2) {
        $global:broken = @{}
        for ($i = 0; $i -lt $Line.Count; $i++) {
            if (-not (($i + 1) -band $bit)) { continue }
            $name = if (@($Line[$i].rule).Count) { "$group W$($Line[$i].number)" } else { '' }
            $global:broken[$name] = @($global:broken[$name]) + @(Get-PropertyOfLine -Line $Line[$i])
        }
        $differing = Get-Differing -Table (Invoke-Part -Part 'rules')
        foreach ($number in $differing.Keys) {
            $passes[$number] = $bit -bor $passes[$number]
            $found[$number] = $differing[$number]
        }
    }
    Remove-TypeData -TypeName StandIn.Rule
    for ($i = 0; $i -lt $Line.Count; $i++) {
        $changed["$($Line[$i].number)"] = @{}
        foreach ($number in $passes.Keys) {
            if ($passes[$number] -eq $i + 1) { $changed["$($Line[$i].number)"][$number] = $found[$number] }
        }
    }
}

Write-Store -Change @{}
$first = @{}
foreach ($part in 'rules', 'firewall', 'host', 'finish') {
    $table = Invoke-Part -Part $part
    foreach ($number in $table.Keys) { $first[$number] = $table[$number] }
}
$changed = @{}
if (-not $question.quick) {
    Invoke-BrokenRule -Line @($question.lines | Where-Object { $_.part -eq 'rules' })
    foreach ($line in $question.lines) {
        if ($line.part -ne 'rules') { $changed["$($line.number)"] = Get-Differing -Table (Invoke-Broken -Line $line) }
    }
}
$null = Stop-PortListener -Nonce $global:served[0]
ConvertTo-Json -InputObject @{ first = $first; changed = $changed } -Compress -Depth 4
