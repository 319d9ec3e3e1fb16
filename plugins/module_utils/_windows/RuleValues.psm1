# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The values of a rule in one form each, however the firewall or a policy writes them. What nobody here knows, because
# it came with a later Windows or because somebody wrote it by hand, stays as it is and is added to the list Strange:
# one such value must not hide all other rules.

$protocols = @{ 1 = 'icmpv4'; 6 = 'tcp'; 17 = 'udp'; 58 = 'icmpv6'; 256 = 'any' }
$profileBits = @{ domain = 1; private = 2; public = 4 }
$profileNames = 'domain', 'private', 'public'
$interfaceWords = @{ Lan = 'lan'; RemoteAccess = 'ras'; Wireless = 'wireless' }
# MS-GPFAS 2.2.2.3, and those that netfw.h has besides; they are written in any case
$portKeywords = 'RPC', 'RPC-EPMap', 'Teredo', 'IPTLSIn', 'IPHTTPSIn', 'IPTLSOut', 'IPHTTPSOut', 'IPHTTPS', 'DHCP',
'Ply2Disc', 'mDNS', 'CortanaOut', 'TcpCDPSvc'
# MS-GPFAS 2.2.2.13; each also for one address family
$addressKeywords = 'LocalSubnet', 'DNS', 'DHCP', 'WINS', 'DefaultGateway', 'Internet', 'Intranet', 'RmtIntranet',
'Ply2Renders', 'CaptivePortal'

function Join-Sorted {
    param([string[]]$Text)

    [System.Array]::Sort($Text, [System.StringComparer]::Ordinal)
    $Text -join ','
}

function ConvertTo-Mask {
    param([int]$Length)

    $bits = ('1' * $Length).PadRight(32, '0')
    $octets = foreach ($number in 0..3) { [System.Convert]::ToInt32($bits.Substring(8 * $number, 8), 2) }
    $octets -join '.'
}

# IPv4 with its mask, IPv6 with its prefix. Nothing where it is no address.
function ConvertTo-Address {
    param([string]$Text)

    $parsed = $null
    if ($Text.Contains('-')) {
        $ends = foreach ($end in $Text.Split('-')) {
            if (-not [System.Net.IPAddress]::TryParse($end, [ref]$parsed)) { return }
            $parsed.ToString()
        }
        if ($ends.Count -ne 2) { return }
        if ($ends[0] -ne $ends[1]) { return "$($ends[0])-$($ends[1])" }
        # Windows gives a single IPv6 address back as a range of one
        $Text = $ends[0]
    }
    $address, $length = $Text.Split([char[]]'/', 2)
    if (-not [System.Net.IPAddress]::TryParse($address, [ref]$parsed)) { return }
    $address = $parsed.ToString()
    $longest = if ($address.Contains(':')) { 128 } else { 32 }
    if ($null -eq $length) { $length = "$longest" }
    if ($longest -eq 32 -and [System.Net.IPAddress]::TryParse($length, [ref]$parsed) -and $length.Contains('.')) {
        return "$address/$length"
    }
    if ($length -notmatch '^[0-9]{1,3}$' -or [int]$length -gt $longest) { return }
    if ($longest -eq 128) { "$address/$length" } else { "$address/$(ConvertTo-Mask -Length $length)" }
}

function ConvertTo-AddressList {
    param([string]$Text, [System.Collections.Generic.List[string]]$Strange)

    if ($Text -in '', '*') { return 'any' }
    $addresses = foreach ($one in $Text.Split(',')) {
        $form = if ($one -match '[.:]') { ConvertTo-Address -Text $one }
        elseif (($one -replace '[46]$') -in $addressKeywords) { $one }
        if ($null -eq $form) { $Strange.Add($one) }
        if ($null -eq $form) { $one } else { $form }
    }
    Join-Sorted -Text $addresses
}

# Ports by number, keywords after them.
function ConvertTo-PortList {
    param([string]$Text, [System.Collections.Generic.List[string]]$Strange)

    if ($Text -in '', '*') { return 'any' }
    # a cmdlet that sorts by script blocks takes longer than all the rest of reading a host's rules
    $sorted = [System.Collections.Generic.SortedDictionary[string, string]]::new([System.StringComparer]::OrdinalIgnoreCase)
    foreach ($one in $Text.Split(',')) {
        $isNumber = $one -match '^[0-9]{1,5}(-[0-9]{1,5})?$'
        if (-not $isNumber -and $one -notin $portKeywords) { $Strange.Add($one) }
        $low, $high = $one.Split('-')
        $key = if ($isNumber) { $low.PadLeft(5, '0') + "$high".PadLeft(5, '0') } else { "x$one" }
        if (-not $sorted.ContainsKey($key)) { $sorted[$key] = $one }
    }
    $sorted.Values -join ','
}

function ConvertTo-TypeList {
    param([string]$Text, [System.Collections.Generic.List[string]]$Strange)

    if ($Text -in '', '*') { return 'any' }
    $types = $Text.Split(',')
    foreach ($one in $types) { if ($one -notmatch '^[0-9]{1,3}:([0-9]{1,3}|\*)$') { $Strange.Add($one) } }
    (Join-Sorted -Text $types).Split(',')
}

function ConvertTo-InterfaceList {
    param([string]$Text, [System.Collections.Generic.List[string]]$Strange)

    if ($Text -in '', 'All') { return 'any' }
    $words = foreach ($one in $Text.Split(',')) {
        if ($interfaceWords.ContainsKey($one)) { $interfaceWords[$one] }
        else {
            $Strange.Add($one)
            $one
        }
    }
    (Join-Sorted -Text $words).Split(',')
}

# All profiles are 0x7fffffff, or the three bits.
function ConvertTo-ProfileList {
    param([int]$Bits, [System.Collections.Generic.List[string]]$Strange)

    if ($Bits -ne 0x7fffffff -and ($Bits -lt 1 -or $Bits -gt 7)) { $Strange.Add("$Bits") }
    foreach ($name in $profileNames) { if ($Bits -band $profileBits[$name]) { $name } }
}

# The profiles of a policy's rule by their words; all where there is none.
function ConvertFrom-ProfileWord {
    param([string[]]$Word, [System.Collections.Generic.List[string]]$Strange)

    $bits = 0
    foreach ($one in $Word) {
        if ($profileBits.ContainsKey($one)) { $bits = $bits -bor $profileBits[$one] } else { $Strange.Add($one) }
    }
    # nobody knows where a rule holds whose words are all strange: it may be anywhere
    ConvertTo-ProfileList -Bits $(if ($bits) { $bits } else { 7 }) -Strange $Strange
}

function ConvertTo-Protocol {
    param([string]$Text, [System.Collections.Generic.List[string]]$Strange)

    if ($Text -notmatch '^[0-9]{1,3}$' -or [int]$Text -gt 256) {
        $Strange.Add($Text)
        return $Text
    }
    if ($protocols.ContainsKey([int]$Text)) { $protocols[[int]$Text] } else { "$([int]$Text)" }
}

Export-ModuleMember -Function ConvertTo-AddressList, ConvertTo-PortList, ConvertTo-TypeList, ConvertTo-InterfaceList,
ConvertTo-ProfileList, ConvertFrom-ProfileWord, ConvertTo-Protocol
