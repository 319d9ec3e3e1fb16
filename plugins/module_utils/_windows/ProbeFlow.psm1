# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Targets to flows, one for each address, and flows to results.

using namespace System.Linq.Expressions
using namespace System.Net
using namespace System.Net.Sockets
using namespace System.Runtime.CompilerServices
using namespace System.Threading.Tasks

# The addresses of this host on interfaces that are not down.
function Get-OwnAddress {
    foreach ($interface in [System.Net.NetworkInformation.NetworkInterface]::GetAllNetworkInterfaces()) {
        if ($interface.OperationalStatus -eq 'Down') { continue }
        foreach ($entry in $interface.GetIPProperties().UnicastAddresses) { $entry.Address }
    }
}

function Test-Routable {
    param([IPAddress]$Address)

    if ([IPAddress]::IsLoopback($Address) -or $Address.IsIPv6LinkLocal) { return $false }
    $bytes = $Address.GetAddressBytes()
    -not ($bytes.Length -eq 4 -and $bytes[0] -eq 169 -and $bytes[1] -eq 254)
}

# An address as it is written, none for a name: .NET would also take a bare number.
function ConvertTo-Address {
    param([string]$Text)

    $address = $null
    if ($Text -notmatch ':|^\d+\.\d+\.\d+\.\d+$') { return }
    if ([IPAddress]::TryParse($Text, [ref]$address)) { ConvertTo-Plain -Address $address }
}

# An IPv4 address in the clothes of IPv6 is one of IPv4: packets and errors are IPv4's.
function ConvertTo-Plain {
    param([IPAddress]$Address)

    if ($Address.IsIPv4MappedToIPv6) { $Address.MapToIPv4() } else { $Address }
}

# All names at once. The value of each is its addresses, or a text that says why there are none.
function Resolve-Name {
    param([string[]]$Name, [double]$Seconds)

    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $asked = @{}
    foreach ($one in $Name) { $asked[$one] = [Dns]::GetHostAddressesAsync($one) }
    $answers = @{}
    foreach ($one in $asked.Keys) {
        try {
            # a name that is late for the first is late for all: what is there by then counts
            $left = [Math]::Max(0, $Seconds * 1000 - $clock.ElapsedMilliseconds)
            if (-not $asked[$one].Wait([int]$left)) {
                $answers[$one] = "no answer from this host's resolver in $Seconds s"
                continue
            }
            $addresses = $asked[$one].Result | ForEach-Object { ConvertTo-Plain -Address $_ }
            $answers[$one] = @($addresses | Sort-Object -Unique -Property @(
                    { $_.GetAddressBytes().Length }
                    { ($_.GetAddressBytes() | ForEach-Object { $_.ToString('x2') }) -join '' }
                ))
            if (-not $answers[$one]) { $answers[$one] = 'the name has no address' }
        }
        catch { $answers[$one] = Get-Text -Failure $_.Exception }
    }
    $answers
}

# One line.
function Get-Text {
    param([System.Exception]$Failure)

    ($Failure.GetBaseException().Message -replace '\s+', ' ').Trim()
}

function New-Flow {
    param($Target, [IPAddress]$Address)

    @{
        target = $Target
        address = $Address
        state = $null
        icmp = $null
        listener = $false
        latency = $null
        source = $null
        error = $null
        tls = $null
        failure = $null
        client = $null
        attempt = 0
        sent = $null
        closed = $false
        seenAs = $null
        spoken = ''
        ports = @()
        tag = $null
    }
}

# One flow for each target and address, in the order of the targets.
function Get-Flow {
    param([object[]]$Target, [double]$Seconds)

    $literal = @{}
    foreach ($one in $Target) { $literal[$one.host] = ConvertTo-Address -Text $one.host }
    $resolved = Resolve-Name -Seconds $Seconds -Name @($literal.Keys | Where-Object {
            $null -eq $literal[$_]
        })
    foreach ($one in $Target) {
        if ($null -ne $literal[$one.host]) { New-Flow -Target $one -Address $literal[$one.host] }
        elseif ($resolved[$one.host] -is [string]) {
            $flow = New-Flow -Target $one
            $flow.state = 'name-not-resolved'
            $flow.sent = $false
            $flow.error = $resolved[$one.host]
            $flow
        }
        else {
            foreach ($address in $resolved[$one.host]) { New-Flow -Target $one -Address $address }
        }
    }
}

function Set-Skipped {
    param([object[]]$Flow)

    $families = @(Get-OwnAddress | Where-Object { Test-Routable -Address $_ } | ForEach-Object { $_.AddressFamily })
    foreach ($one in $Flow) {
        if ($null -eq $one.address -or [IPAddress]::IsLoopback($one.address)) { continue }
        # every interface has a link-local address of IPv6
        if ($one.address.IsIPv6LinkLocal) { continue }
        if ($one.address.AddressFamily -in $families) { continue }
        $one.state = 'skipped'
        $one.sent = $false
        $one.error = 'this host has no address of that family'
    }
}

function ConvertTo-Result {
    param($Flow)

    @{
        id = $Flow.target.id
        host = $Flow.target.host
        address = if ($null -ne $Flow.address) { "$($Flow.address)" } else { $null }
        port = $Flow.target.port
        protocol = $Flow.target.protocol
        state = $Flow.state
        icmp = $Flow.icmp
        # Windows does not say who sent it
        icmp_from = $null
        icmp_by = $null
        listener = $Flow.listener
        seen_as = $Flow.seenAs
        closed = $Flow.closed
        sent = $Flow.sent
        latency_ms = if ($null -ne $Flow.latency) { [Math]::Round($Flow.latency, 3) } else { $null }
        source = $Flow.source
        source_ports = $Flow.ports
        tag = $Flow.tag
        error = $Flow.error
        # Windows tells of these no more than a failure does
        route = $null
        hops = $null
        decided = $null
        tls = $Flow.tls
    }
}

# A script block runs in its own thread only, and tasks are done in others. A compiled expression runs in any; C# would
# need its compiler, which takes a second.
function New-Stamp {
    $task = [Expression]::Parameter([Task], 'task')
    $box = [Expression]::Parameter([object], 'box')
    $value = [Expression]::Field([Expression]::Convert($box, [StrongBox[long]]), 'Value')
    $now = [Expression]::Call([System.Diagnostics.Stopwatch].GetMethod('GetTimestamp'))
    $body = [Expression]::Assign($value, $now)
    [Expression]::Lambda([Action[Task, object]], $body, [ParameterExpression[]]@($task, $box)).Compile()
}

# The address that this host would use. Connecting a UDP socket sends nothing; each destination is asked for once.
function Get-Source {
    param($Run, [IPAddress]$Address)

    $key = "$Address"
    if (-not $Run.sources.ContainsKey($key)) {
        $Run.sources[$key] = $null
        $socket = [Socket]::new($Address.AddressFamily, [SocketType]::Dgram, [ProtocolType]::Udp)
        try {
            $socket.Connect([IPEndPoint]::new($Address, 9))
            $Run.sources[$key] = "$($socket.LocalEndPoint.Address)"
        }
        catch [SocketException] { $null = $_ }
        finally { $socket.Dispose() }
    }
    $Run.sources[$key]
}

Export-ModuleMember -Function @(
    'Get-Flow', 'New-Flow', 'Get-Text', 'Get-OwnAddress', 'Get-Source', 'New-Stamp', 'Set-Skipped', 'ConvertTo-Result'
)
