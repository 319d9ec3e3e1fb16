# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Tries what the firewall makes of the properties of a rule. All rules of a try are switched off, in one group that is
# nobody's, and gone when it ends.

$numbers = 'Direction', 'Action', 'Profiles', 'Protocol', 'EdgeTraversalOptions', 'SecureFlags'

# What is found is text, whatever it was.
function ConvertTo-Found {
    param($Value)

    if ($null -eq $Value) { return 'nothing' }
    if ($Value -is [array]) { return $Value -join ',' }
    [string]$Value
}

function Get-RefusalText {
    param([System.Exception]$Exception)

    'refused 0x{0:X8}' -f $Exception.GetBaseException().HResult
}

function New-Finding {
    param([int]$Number, [string]$Found, [string]$Detail, [string]$NotTried)

    @{ number = $Number; found = $Found; detail = $Detail -replace '\s+', ' '; not_tried = $NotTried }
}

function Set-Property {
    param($Rule, [object[]]$Property)

    foreach ($one in $Property) {
        $name = $one.name
        $Rule.$name = if ($name -in $numbers) { [int]$one.value } else { [string]$one.value }
    }
}

function New-TriedRule {
    param([string]$Group, [string]$Name)

    $rule = New-Object -ComObject HNetCfg.FWRule
    $rule.Name = $Name
    $rule.Grouping = $Group
    $rule.Enabled = $false
    $rule
}

# The rules of the group, also one whose name or group was changed on the way.
function Get-TriedRule {
    param($Policy, [string]$Group)

    foreach ($rule in $Policy.Rules) {
        $name = [string]$rule.Name
        if ($rule.Grouping -eq $Group -or $name.StartsWith("$Group ", [System.StringComparison]::Ordinal)) { $rule }
    }
}

# The firewall removes by name: under a name that nobody else has. How many there were.
function Remove-TriedRule {
    param([string]$Group)

    $policy = New-Object -ComObject HNetCfg.FwPolicy2
    $found = @(Get-TriedRule -Policy $policy -Group $Group)
    foreach ($rule in $found) {
        $rule.Name = "$Group $([guid]::NewGuid())"
        $policy.Rules.Remove($rule.Name)
    }
    $found.Count
}

# A rule whose name is tried might get one that others have: it is gone at once.
function Add-TriedRule {
    param($Policy, $Line, [string]$Group)

    $rule = New-TriedRule -Group $Group -Name "$Group W$($Line.number)"
    Set-Property -Rule $rule -Property $Line.rule
    $Policy.Rules.Add($rule)
    if (@($Line.rule | Where-Object { $_.name -eq 'Name' })) {
        $found = ConvertTo-Found -Value $rule.Name
        $rule.Name = "$Group $([guid]::NewGuid())"
        $Policy.Rules.Remove($rule.Name)
        $found
    }
}

function Read-TriedRule {
    param($Line, $Rule)

    Set-Property -Rule $Rule -Property $Line.then
    $property = $Line.read
    ConvertTo-Found -Value $Rule.$property
}

# The rules first, then one look at all of them, which takes its time where there are many.
function Invoke-RuleTry {
    param([object[]]$Line, [string]$Group)

    $policy = New-Object -ComObject HNetCfg.FwPolicy2
    $findings = @{}
    foreach ($one in $Line) {
        try {
            if (-not @($one.rule).Count) {
                $found = Read-TriedRule -Line $one -Rule (New-Object -ComObject HNetCfg.FWRule)
            }
            else { $found = Add-TriedRule -Policy $policy -Line $one -Group $Group }
            if ($null -ne $found) { $findings[$one.number] = New-Finding -Number $one.number -Found $found }
        }
        catch {
            $text = Get-RefusalText -Exception $_.Exception
            $detail = $_.Exception.GetBaseException().Message
            $findings[$one.number] = New-Finding -Number $one.number -Found $text -Detail $detail
        }
    }
    $made = @{}
    foreach ($rule in Get-TriedRule -Policy (New-Object -ComObject HNetCfg.FwPolicy2) -Group $Group) { $made[$rule.Name] = $rule }
    foreach ($one in $Line) {
        if ($findings.ContainsKey($one.number)) { continue }
        $name = "$Group W$($one.number)"
        if (-not $made.ContainsKey($name)) {
            $findings[$one.number] = New-Finding -Number $one.number -Found 'no such rule among those of the firewall'
            continue
        }
        try {
            $found = Read-TriedRule -Line $one -Rule $made[$name]
            $findings[$one.number] = New-Finding -Number $one.number -Found $found
        }
        catch {
            $text = Get-RefusalText -Exception $_.Exception
            $detail = $_.Exception.GetBaseException().Message
            $findings[$one.number] = New-Finding -Number $one.number -Found $text -Detail $detail
        }
    }
    $null = Remove-TriedRule -Group $Group
    foreach ($one in $Line) { $findings[$one.number] }
}

# Runs the function of each line. What it throws is a finding, but for what says that it could not be tried.
function Invoke-Check {
    param([object[]]$Line, [System.Collections.IDictionary]$Check, $Context)

    foreach ($one in $Line) {
        try {
            $found, $detail = & $Check[$one.check] $Context
            New-Finding -Number $one.number -Found $found -Detail $detail
        }
        catch {
            $base = $_.Exception.GetBaseException()
            if ($base.Data.Contains('not_tried')) { New-Finding -Number $one.number -NotTried $base.Message }
            else { New-Finding -Number $one.number -Found "failed: $($base.Message -replace '\s+', ' ')" }
        }
    }
}

function Stop-Check {
    param([string]$Reason)

    $exception = [System.InvalidOperationException]::new($Reason)
    $exception.Data['not_tried'] = $true
    throw $exception
}

Export-ModuleMember -Function Invoke-RuleTry, Invoke-Check, Stop-Check, New-TriedRule, Get-TriedRule, Remove-TriedRule,
Set-Property, Get-RefusalText
