# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What the firewall has of one group, of rules of others that are to go, and of each profile: saves it, and puts it back.
# The task of a guard has the same functions, as text.

# In the order in which they can be set: the protocol before what depends on it, and the rule is switched on at last.
function Get-PropertyName {
    'Name', 'Description', 'Grouping', 'Direction', 'Action', 'Profiles', 'Protocol', 'LocalPorts', 'RemotePorts',
    'IcmpTypesAndCodes', 'LocalAddresses', 'RemoteAddresses', 'ApplicationName', 'ServiceName', 'InterfaceTypes',
    'Interfaces', 'EdgeTraversalOptions', 'SecureFlags', 'LocalAppPackageId', 'LocalUserOwner',
    'LocalUserAuthorizedList', 'RemoteUserAuthorizedList', 'RemoteMachineAuthorizedList', 'Enabled'
}

function Get-GroupRule {
    param($Policy, [string]$Group)

    foreach ($rule in $Policy.Rules) { if ($rule.Grouping -eq $Group) { $rule } }
}

function Get-SavedRule {
    param($Rule)

    $saved = @{}
    foreach ($name in Get-PropertyName) {
        $value = $Rule.$name
        if ($null -eq $value) { continue }
        $saved[$name] = if ($value -is [array]) { @($value | ForEach-Object { "$_" }) } else { $value }
    }
    $saved
}

# The cmdlets tell what is not configured from what is allowed; the COM object does not.
function Get-SavedProfile {
    param([string]$Name)

    $found = Get-NetFirewallProfile -Name $Name
    @{ name = $Name; enabled = "$($found.Enabled)"; outbound = "$($found.DefaultOutboundAction)" }
}

# The one rule of each name that is of no group of ours. Windows removes by name: another one of that name could go.
function Get-AdoptedRule {
    param($Policy, [string]$Group, [string[]]$Names)

    foreach ($name in $Names | Where-Object { $_ }) {
        $found = @(foreach ($rule in $Policy.Rules) { if ($rule.Name -eq $name) { $rule } })
        if ($found.Count -gt 1 -or ($found -and $found[0].Grouping -eq $Group)) {
            throw "'$name' is not the name of one rule alone any more; run again, which looks at the rules anew"
        }
        $found
    }
}

function Get-FirewallState {
    param([string]$Group, [string[]]$Profiles, [string[]]$Adopt)

    $policy = New-Object -ComObject HNetCfg.FwPolicy2
    @{
        group = $Group
        adopted = @(Get-AdoptedRule -Policy $policy -Group $Group -Names $Adopt | ForEach-Object { Get-SavedRule -Rule $_ })
        rules = @(Get-GroupRule -Policy $policy -Group $Group | ForEach-Object { Get-SavedRule -Rule $_ })
        profiles = @($Profiles | Where-Object { $_ } | ForEach-Object { Get-SavedProfile -Name $_ })
    }
}

function Test-Same {
    param($Rule, $Saved)

    foreach ($name in Get-PropertyName) { if ("$($Rule.$name)" -cne "$($Saved.$name)") { return $false } }
    $true
}

# Sets what differs. A rule of the firewall takes each property at once.
function Set-Rule {
    param($Rule, $Saved)

    foreach ($name in Get-PropertyName) {
        $value = $Saved.$name
        if ("$($Rule.$name)" -ceq "$value") { continue }
        # no text is not the same as an empty one: a new rule has none
        if ($null -eq $value) { throw "$name cannot be taken back" }
        $Rule.$name = if ($value -is [long]) { [int]$value } else { $value }
    }
}

# The firewall removes by name, whatever rule is the first of that name.
function Remove-Rule {
    param($Policy, $Rule)

    $same = @(foreach ($one in $Policy.Rules) { if ($one.Name -eq $Rule.Name) { $one } })
    if ($same.Count -gt 1) { $Rule.Name = "therefore.firewall guard $([guid]::NewGuid())" }
    $Policy.Rules.Remove($Rule.Name)
}

function Add-Rule {
    param($Policy, $Saved)

    $rule = New-Object -ComObject HNetCfg.FWRule
    Set-Rule -Rule $rule -Saved $Saved
    $Policy.Rules.Add($rule)
}

function Test-Update {
    param($Rule, $Saved)

    foreach ($name in 'Name', 'Direction', 'Protocol') { if ("$($Rule.$name)" -ne "$($Saved.$name)") { return $false } }
    try { Set-Rule -Rule $Rule -Saved $Saved }
    catch { return $false }
    $true
}

# The first rule that has not found its place yet and passes the test.
function Find-Rule {
    param([object[]]$Found, [scriptblock]$Test)

    foreach ($one in $Found) { if (-not $one.kept -and (& $Test $one.rule)) { return $one } }
}

function Test-SameProfile {
    param($Saved)

    $now = Get-SavedProfile -Name $Saved.name
    $now.enabled -eq $Saved.enabled -and $now.outbound -eq $Saved.outbound
}

function Restore-Profile {
    param($Saved)

    if (Test-SameProfile -Saved $Saved) { return }
    Set-NetFirewallProfile -Name $Saved.name -Enabled $Saved.enabled -DefaultOutboundAction $Saved.outbound
}

# The rules that the group has now, whether each is one of those that were saved, and the saved ones that are missing.
function Get-Match {
    param($Policy, $State)

    $found = @(Get-GroupRule -Policy $Policy -Group $State.group | ForEach-Object { @{ rule = $_; kept = $false } })
    $missing = @(foreach ($saved in $State.rules) {
            $same = Find-Rule -Found $found -Test { Test-Same -Rule $args[0] -Saved $saved }
            if ($same) { $same.kept = $true } else { $saved }
        })
    @{ found = $found; missing = $missing }
}

# Rules of others that were there when it was saved. Whatever else has their name by now is not ours to change.
function Get-MissingAdopted {
    param($Policy, $State)

    foreach ($saved in $State.adopted | Where-Object { $_ }) {
        $same = @(foreach ($rule in $Policy.Rules) { if (Test-Same -Rule $rule -Saved $saved) { $rule } })
        if (-not $same) { $saved }
    }
}

# What is not as it was saved, in words; nothing where all of it is.
function Get-Difference {
    param($State)

    foreach ($saved in $State.profiles) {
        if (-not (Test-SameProfile -Saved $saved)) { "the $($saved.name) profile" }
    }
    $policy = New-Object -ComObject HNetCfg.FwPolicy2
    $match = Get-Match -Policy $policy -State $State
    foreach ($saved in @($match.missing; Get-MissingAdopted -Policy $policy -State $State)) { "rule '$($saved.Name)'" }
    $known = @($match.missing | ForEach-Object { $_.Name })
    foreach ($one in $match.found) {
        if (-not $one.kept -and $one.rule.Name -notin $known) { "rule '$($one.rule.Name)'" }
    }
}

# Whatever goes wrong with one part, the others are restored. Gives what went wrong.
function Restore-State {
    param($State)

    # first what can cut off a host as a whole
    foreach ($saved in $State.profiles) {
        try { Restore-Profile -Saved $saved } catch { "profile $($saved.name): $($_.Exception.Message)" }
    }
    $policy = New-Object -ComObject HNetCfg.FwPolicy2
    foreach ($saved in Get-MissingAdopted -Policy $policy -State $State) {
        try { Add-Rule -Policy $policy -Saved $saved } catch { "rule $($saved.Name): $($_.Exception.Message)" }
    }
    $match = Get-Match -Policy $policy -State $State
    # what is missing before what is too much: nothing is closed before what replaces it is there
    foreach ($saved in $match.missing) {
        $updated = Find-Rule -Found $match.found -Test { Test-Update -Rule $args[0] -Saved $saved }
        if ($updated) {
            $updated.kept = $true
            continue
        }
        try { Add-Rule -Policy $policy -Saved $saved } catch { "rule $($saved.Name): $($_.Exception.Message)" }
    }
    foreach ($one in $match.found) {
        if ($one.kept) { continue }
        $name = $one.rule.Name
        try { Remove-Rule -Policy $policy -Rule $one.rule } catch { "rule ${name}: $($_.Exception.Message)" }
    }
}

# The text of what restores, for a script of its own.
function Get-RestoreText {
    $names = 'Get-PropertyName', 'Get-GroupRule', 'Get-SavedProfile', 'Test-Same', 'Set-Rule', 'Remove-Rule', 'Add-Rule',
    'Test-Update', 'Find-Rule', 'Test-SameProfile', 'Restore-Profile', 'Get-Match', 'Get-MissingAdopted', 'Restore-State'
    foreach ($name in $names) { "function $name {$((Get-Command -Name $name).Definition)}" }
}

Export-ModuleMember -Function Get-FirewallState, Get-Difference, Restore-State, Get-RestoreText
