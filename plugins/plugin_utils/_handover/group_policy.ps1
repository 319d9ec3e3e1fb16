# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

#Requires -Version 5.1

<#
.SYNOPSIS
    Puts the firewall rules of the group "@TITLE@" into a group policy object.

.DESCRIPTION
    @ORIGIN@
    Do not edit: change the inventory and make it anew.

    Makes the rules of this group in the object exactly those below: creates what is missing, changes what differs,
    removes what is no longer wanted. Rules of other groups are never touched. A second run changes nothing.

    All changes are made in a copy of the object (Open-NetGPO) that is saved once, at the end (Save-NetGPO): when
    something fails before that, the object is as it was. Then the object is read again, from the domain controller to
    which it was saved: Saved says that the rules are there. On Windows versions whose cmdlets cannot change rules in
    such a copy (Server 2022 and newer, by the documentation), see the parameter WithoutSession.

    Host names among the remote addresses are looked up where the script runs, when it runs. Their addresses may
    change: run it again then, or as a scheduled task.

    Gives an object that says what was created, changed and removed, and whether the object was saved.

.PARAMETER PolicyStore
    The object as NetSecurity names it: the domain, a backslash, the object's name.

.PARAMETER Domain
    With GpoName, in place of PolicyStore: the domain's DNS name.

.PARAMETER GpoName
    With Domain: the object's name. It must exist; New-GPO makes one.

.PARAMETER DomainController
    A writable domain controller, for all calls. Without it that is the domain's PDC emulator, as DNS names it.

.PARAMETER WithoutSession
    Change the object itself, rule by rule, in place of a copy. Slow, and a failure in between leaves what was changed
    so far; the next run completes it. Windows picks the domain controller: not together with DomainController.

.PARAMETER Installation
    A word that goes into the names of the rules, letters, digits and hyphens. Two objects that hold rules of the same
    names must not reach the same client, which would have one of each two: give each installation its own word. What
    the report was told (therefore_report_installation) is taken where it is not given.

.PARAMETER Remove
    Remove all rules of this group, and nothing else.

.EXAMPLE
    .\@FILE@ -PolicyStore 'corp.example.com\Therefore clients' -WhatIf

    Says what would change, and changes nothing.

.EXAMPLE
    .\@FILE@ -Domain corp.example.com -GpoName 'Therefore clients' -DomainController dc1.corp.example.com

.EXAMPLE
    .\@FILE@ -PolicyStore 'corp.example.com\Therefore clients' -Remove
#>
[CmdletBinding(SupportsShouldProcess = $true, DefaultParameterSetName = 'Store')]
param(
    [Parameter(Mandatory = $true, Position = 0, ParameterSetName = 'Store')][string]$PolicyStore,
    [Parameter(Mandatory = $true, ParameterSetName = 'Name')][string]$Domain,
    [Parameter(Mandatory = $true, ParameterSetName = 'Name')][string]$GpoName,
    [string]$DomainController,
    [switch]$WithoutSession,
    [ValidatePattern('^[A-Za-z0-9-]{1,40}$')][string]$Installation = '@INSTALLATION@',
    [switch]$Remove
)

$ErrorActionPreference = 'Stop'
if ("$($ExecutionContext.SessionState.LanguageMode)" -ne 'FullLanguage') {
    throw "PowerShell runs in the language mode $($ExecutionContext.SessionState.LanguageMode) here, in which this " +
    'script cannot work: run it where your application control (AppLocker, App Control) trusts it, on a management ' +
    'machine or signed by a publisher that it trusts. Nothing was changed.'
}

$group = '@GROUP@'
$prefix = $group.Replace(' ', '-') + '-'
$rules = @(
    # @RULES@
)

# @COMPARISON@

function Get-Argument {
    param($Rule, [string[]]$Without)

    $arguments = @{ ErrorAction = 'Stop' } + $place
    foreach ($property in $Rule.Keys) {
        if ('RemoteNames', 'Program', 'Service' + $Without -notcontains $property) {
            $arguments[$property] = $Rule[$property]
        }
    }
    $arguments
}

function New-Rule {
    param($Rule)

    $arguments = Get-Argument -Rule $Rule
    $null = New-NetFirewallRule -Group $group @arguments
}

function Set-Rule {
    param($Rule)

    $arguments = Get-Argument -Rule $Rule -Without 'DisplayName'
    Set-NetFirewallRule -NewDisplayName $Rule.DisplayName @arguments
}

function Remove-Rule {
    param([string]$Name)

    Remove-NetFirewallRule -Name $Name -ErrorAction Stop @place
}

# What would be said and done for one rule; its name goes into the list when it is, or would be with -WhatIf.
function Invoke-Change {
    param([string]$What, [string]$Name, [string]$List, [scriptblock]$Change)

    if ($allowed.Invoke("$store, rule $Name", $What)) {
        $result.Pending = $true
        & $Change
    }
    elseif (-not $WhatIfPreference) { return }
    $result[$List] += $Name
}

function Update-Object {
    $present = @(Get-NetFirewallRule -All -ErrorAction Stop @place)
    $own = @($present | Where-Object { "$($_.Group)" -eq $group })
    $wantedNames = @($wanted | ForEach-Object { $_.Name })
    foreach ($rule in $present) {
        if ($wantedNames -contains $rule.Name -and "$($rule.Group)" -ne $group) {
            throw "The rule '$($rule.Name)' of $store is in the way: it has the name of one of ours, but is of the " +
            "group '$($rule.Group)'. Remove or rename it, and run again."
        }
    }
    $obsolete = @($own | Where-Object { $wantedNames -notcontains $_.Name })
    foreach ($rule in $obsolete) {
        # the cmdlets would take the name for a pattern, and remove rules of others
        if ([System.Management.Automation.WildcardPattern]::ContainsWildcardCharacters($rule.Name)) {
            throw "The rule '$($rule.Name)' of $store is of our group, but not ours: its name is a pattern. Remove " +
            'it by hand, and run again.'
        }
    }
    foreach ($rule in $wanted) {
        $found = $own | Where-Object { $_.Name -eq $rule.Name }
        if (-not $found) {
            Invoke-Change -What 'Create' -Name $rule.Name -List 'Created' -Change { New-Rule -Rule $rule }
            continue
        }
        $differing = @(Get-Difference -Found (Get-Found -Rule $found) -Rule $rule)
        if (-not $differing) {
            $result.Unchanged += $rule.Name
            continue
        }
        $result.Differing[$rule.Name] = $differing
        Invoke-Change -What "Change $($differing -join ', ')" -Name $rule.Name -List 'Changed' -Change {
            if (Test-NewRuleOnly -Property $differing) {
                Remove-Rule -Name $rule.Name
                New-Rule -Rule $rule
            }
            else { Set-Rule -Rule $rule }
        }
    }
    foreach ($rule in $obsolete) {
        Invoke-Change -What 'Remove' -Name $rule.Name -List 'Removed' -Change { Remove-Rule -Name $rule.Name }
    }
}

# All addresses that this machine finds for the names among a rule's remote addresses.
function Resolve-Rule {
    param($Rule)

    $found = @(foreach ($name in $Rule.RemoteNames) {
            try { [System.Net.Dns]::GetHostAddresses($name) | ForEach-Object { $_.ToString() } }
            catch [System.Net.Sockets.SocketException] {
                throw "'$name' does not resolve on this machine: correct the name in the inventory, mend DNS, or " +
                'give addresses. Nothing was changed.'
            }
        })
    $resolved = $Rule.Clone()
    $resolved.RemoteAddress = @($Rule.RemoteAddress + $found | Sort-Object -Unique)
    $resolved
}

function Test-Session {
    foreach ($name in 'Get-NetFirewallRule', 'New-NetFirewallRule', 'Set-NetFirewallRule', 'Remove-NetFirewallRule') {
        if (-not (Get-Command -Name $name).Parameters.ContainsKey('GPOSession')) { return $false }
    }
    $true
}

function Assert-Environment {
    if ($env:OS -ne 'Windows_NT') {
        throw 'This script changes a group policy object, which takes Windows. Nothing was changed.'
    }
    if (-not (Get-Command -Name Open-NetGPO -ErrorAction Ignore)) {
        throw 'The PowerShell module NetSecurity is missing, a part of Windows 8, Server 2012 and newer. Nothing was ' +
        'changed.'
    }
    if (-not (Get-Command -Name Get-GPO -ErrorAction Ignore)) {
        throw 'The PowerShell module GroupPolicy is missing: install the feature GPMC (Windows Server) or the RSAT ' +
        'tools for group policy (Windows 10, 11). Nothing was changed.'
    }
}

# Open-NetGPO may take any domain controller, Get-GPO asks the PDC emulator: one for all.
function Get-Controller {
    if ($DomainController) { return $DomainController }
    try {
        $found = @(Resolve-DnsName -Name "_ldap._tcp.pdc._msdcs.$Domain" -Type SRV -ErrorAction Stop |
                Where-Object { $_.NameTarget })
    }
    catch { $found = @() }
    if ($found) { return "$($found[0].NameTarget)".TrimEnd('.') }
    throw "DNS names no PDC emulator of '$Domain': write the domain's DNS name, or a writable domain controller with " +
    '-DomainController. Nothing was changed.'
}

function Assert-Object {
    $server = if ($controller) { @{ Server = $controller } } else { @{} }
    try { $object = Get-GPO -Name $GpoName -Domain $Domain -ErrorAction Stop @server }
    catch {
        throw "The group policy object '$store' cannot be read: $($_.Exception.Message) Is the name right, does it " +
        'exist (New-GPO makes one), and may you read it? Nothing was changed.'
    }
    if ('AllSettingsDisabled', 'ComputerSettingsDisabled' -contains "$($object.GpoStatus)") {
        Write-Warning ("The computer half of '$store' is switched off ($($object.GpoStatus)): no client applies rules " +
            'of it. Set its GPO Status, on the tab Details of the console.')
    }
}

function Open-Object {
    try { Open-NetGPO -PolicyStore $store -DomainController $controller -ErrorAction Stop }
    catch {
        throw "The group policy object '$store' cannot be opened: $($_.Exception.Message) May you edit it, and is a " +
        'writable domain controller reachable? Nothing was changed.'
    }
}

# What the rules are after all changes, by name; those that are gone have none.
function Get-PrintList {
    $prints = @{}
    $changed = $result.Created + $result.Changed
    foreach ($rule in @(Get-NetFirewallRule -All -ErrorAction Stop @place)) {
        if ("$($rule.Group)" -ne $group) { continue }
        $prints[$rule.Name] = if ($changed -contains $rule.Name) { Get-Print -Rule $rule } else { '' }
    }
    $prints
}

# A domain controller that is not writable takes a copy without an error, and loses it (reference of Open-NetGPO).
function Assert-Saved {
    param($Expected, $Found)

    $other = @(
        @($result.Created + $result.Changed) | Where-Object { -not $Found.ContainsKey($_) }
        $result.Removed | Where-Object { $Found.ContainsKey($_) }
        $Expected.Keys | Where-Object { $Found.ContainsKey($_) -and $Found[$_] -ne $Expected[$_] }
    )
    if (-not $other) { return }
    $where = if ($controller) { $controller } else { 'the domain controller that Windows picked' }
    throw "The group policy object '$store' was saved without an error, but $where does not have what was saved: " +
    "$(@($other | Sort-Object -Unique) -join ', '). Is it writable, and does nobody else edit the object? Name a " +
    'writable one with -DomainController, and run this again.'
}

Assert-Environment
if ($WithoutSession -and $DomainController) {
    throw "-WithoutSession and -DomainController do not go together: without a copy of the object Windows picks the " +
    'domain controller. Leave one of them out. Nothing was changed.'
}
if ($PSCmdlet.ParameterSetName -eq 'Store') {
    $Domain, $GpoName = $PolicyStore.Split([char[]]'\', 2)
    if (-not $Domain -or -not $GpoName) {
        throw "PolicyStore: '$PolicyStore' is no group policy object; write the domain, a backslash and the object's " +
        "name, such as 'corp.example.com\Therefore clients'. Nothing was changed."
    }
}
$store = "$Domain\$GpoName"
if ($Installation) {
    foreach ($rule in $rules) { $rule.Name = $rule.Name -creplace "^$prefix", "$prefix$Installation-" }
}
$wanted = if ($Remove) { @() } else { @($rules | ForEach-Object { Resolve-Rule -Rule $_ }) }
$names = @($wanted | ForEach-Object { $_.RemoteNames } | Sort-Object -Unique)
if ($names) {
    Write-Warning ("The addresses of $($names -join ', ') are those that this machine finds now. They may change: " +
        'run this again then.')
}
$inSession = (Test-Session) -and -not $WithoutSession
if (-not $inSession -and -not $WithoutSession -and -not $WhatIfPreference) {
    throw 'The cmdlets of this Windows cannot change rules in a copy of the object (Get-, Set- or Remove-' +
    'NetFirewallRule has no parameter GPOSession). Run this on an older one, such as Server 2019, or with ' +
    '-WithoutSession, which changes the object itself, rule by rule. Nothing was changed.'
}
if (-not $inSession -and $DomainController) {
    Write-Warning ('The object is read from the domain controller that Windows picks, which may be another one than ' +
        "$DomainController.")
}
$controller = if ($inSession) { Get-Controller }
Assert-Object

# the script's own, not that of a function: "Yes to All" holds for all rules
$allowed = $PSCmdlet.ShouldProcess
$result = @{ Created = @(); Changed = @(); Removed = @(); Unchanged = @(); Differing = @{}; Pending = $false }
$saved = $false
$place = if ($inSession) { @{ GPOSession = Open-Object } } else { @{ PolicyStore = $store } }
try { Update-Object }
catch {
    $left = if ($inSession) { 'Nothing was saved: the object is as it was.' }
    elseif ($result.Pending) { 'What was changed before stays; run this again to complete it.' }
    else { 'Nothing was changed.' }
    throw "$($_.Exception.Message) $left"
}
if ($result.Pending) {
    $expected = Get-PrintList
    if ($inSession) {
        try { Save-NetGPO -ErrorAction Stop @place }
        catch {
            throw "The group policy object '$store' cannot be saved: $($_.Exception.Message) Run this again: it " +
            'finds out what the object has, and completes it.'
        }
        $place = @{ GPOSession = Open-Object }
    }
    Assert-Saved -Expected $expected -Found (Get-PrintList)
    $saved = $true
}
[PSCustomObject]@{
    PolicyStore = $store
    Group = $group
    Created = $result.Created
    Changed = $result.Changed
    Differing = $result.Differing
    Removed = $result.Removed
    Unchanged = $result.Unchanged
    Saved = $saved
}
