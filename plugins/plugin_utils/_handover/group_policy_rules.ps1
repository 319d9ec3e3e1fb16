# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The middle of group_policy.ps1: rules of the object, and how they are compared with those that are wanted.

# How two values of a property are compared. Program and Service have no documented word for "any": a new rule has it.
$texts = 'DisplayName', 'Description', 'Direction', 'Action', 'Enabled', 'Protocol', 'Program', 'Service',
'InterfaceType', 'EdgeTraversalPolicy', 'Authentication', 'Encryption'
$lists = 'Profile', 'LocalPort', 'RemotePort'
$addresses = 'LocalAddress', 'RemoteAddress'
# what narrows a rule and stands in none of ours: whoever added it did so by hand
$narrowing = 'InterfaceAlias', 'Package', 'LocalUser', 'RemoteUser', 'RemoteMachine'
$newRuleOnly = 'Direction', 'Protocol', 'Program', 'Service' + $narrowing

# Whether one of these properties cannot be changed, but takes a new rule.
function Test-NewRuleOnly {
    param([string[]]$Property)

    [bool]@($Property | Where-Object { $newRuleOnly -contains $_ })
}

function Get-Token {
    param($Value)

    @($Value | ForEach-Object { "$_".Split(',') } | ForEach-Object { $_.Trim() } | Where-Object { $_ })
}

# The first and last address as digits, however they are written: 192.0.2.0/24, 192.0.2.0/255.255.255.0, a range.
function ConvertTo-Span {
    param([string]$Text)

    # a keyword such as LocalSubnet
    if ($Text -notmatch '[.:]') { return $Text }
    $first, $last = $Text.Split('-')
    $first, $length = $first.Split('/')
    $low = [System.Net.IPAddress]::Parse($first).GetAddressBytes()
    if ($last) {
        $high = [System.Net.IPAddress]::Parse($last).GetAddressBytes()
    }
    else {
        $mask = @(Get-Mask -Length $length -Size $low.Count)
        $high = @(foreach ($i in 0..($low.Count - 1)) { $low[$i] -bor (255 -bxor $mask[$i]) })
        $low = @(foreach ($i in 0..($low.Count - 1)) { $low[$i] -band $mask[$i] })
    }
    $digits = foreach ($bytes in $low, $high) { @($bytes | ForEach-Object { '{0:x2}' -f $_ }) -join '' }
    $digits -join '-'
}

function Get-Mask {
    param([string]$Length, [int]$Size)

    if ($Length -match '\.') { return [System.Net.IPAddress]::Parse($Length).GetAddressBytes() }
    $ones = if ($Length) { [int]$Length } else { 8 * $Size }
    $bits = ('1' * $ones).PadRight(8 * $Size, '0')
    foreach ($i in 0..($Size - 1)) { [System.Convert]::ToInt32($bits.Substring(8 * $i, 8), 2) }
}

# A value in the one form in which it is compared.
function ConvertTo-Comparable {
    param([string]$Property, $Value)

    if ($narrowing -contains $Property) { return @(Get-Token -Value $Value | Where-Object { $_ -ne 'Any' }) -join ',' }
    if ($texts -contains $Property) { return "$Value".ToLowerInvariant() }
    $tokens = Get-Token -Value $Value
    if ($Property -eq 'Profile' -and $tokens -contains 'Any') { $tokens = 'Domain', 'Private', 'Public' }
    if ($addresses -contains $Property) { $tokens = $tokens | ForEach-Object { ConvertTo-Span -Text $_ } }
    @($tokens | ForEach-Object { $_.ToLowerInvariant() } | Sort-Object -Unique) -join ','
}

function Get-Difference {
    param($Found, $Rule)

    foreach ($property in $texts + $lists + $addresses) {
        if (-not $Rule.ContainsKey($property)) { continue }
        $have = ConvertTo-Comparable -Property $property -Value $Found[$property]
        $want = ConvertTo-Comparable -Property $property -Value $Rule[$property]
        if ($have -ne $want) { $property }
    }
    foreach ($property in $narrowing) {
        if (ConvertTo-Comparable -Property $property -Value $Found[$property]) { $property }
    }
}

# A rule of the object with its filters, under the names that New-NetFirewallRule has for them.
function Get-Found {
    param($Rule)

    $of = @{ AssociatedNetFirewallRule = $Rule; ErrorAction = 'Stop' } + $place
    $address = Get-NetFirewallAddressFilter @of
    $port = Get-NetFirewallPortFilter @of
    $application = Get-NetFirewallApplicationFilter @of
    $service = Get-NetFirewallServiceFilter @of
    $interfaceType = Get-NetFirewallInterfaceTypeFilter @of
    $security = Get-NetFirewallSecurityFilter @of
    $interface = Get-NetFirewallInterfaceFilter @of
    @{
        DisplayName = $Rule.DisplayName; Description = $Rule.Description; Direction = $Rule.Direction
        Action = $Rule.Action; Enabled = $Rule.Enabled; Profile = $Rule.Profile
        EdgeTraversalPolicy = $Rule.EdgeTraversalPolicy
        Protocol = $port.Protocol; LocalPort = $port.LocalPort; RemotePort = $port.RemotePort
        LocalAddress = $address.LocalAddress; RemoteAddress = $address.RemoteAddress
        Program = $application.Program; Service = $service.Service
        InterfaceType = $interfaceType.InterfaceType
        Authentication = $security.Authentication; Encryption = $security.Encryption
        InterfaceAlias = $interface.InterfaceAlias; Package = $application.Package
        LocalUser = $security.LocalUser; RemoteUser = $security.RemoteUser; RemoteMachine = $security.RemoteMachine
    }
}

# All of a rule in one text: two are the same when the rules are.
function Get-Print {
    param($Rule)

    $found = Get-Found -Rule $Rule
    @(foreach ($property in $texts + $lists + $addresses + $narrowing) {
            "$property=$(ConvertTo-Comparable -Property $property -Value $found[$property])"
        }) -join "`n"
}
