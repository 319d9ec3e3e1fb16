# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What runs in the process of a listener: the sockets, the answers, and the record of what arrived.

function Get-Wildcard {
    if ([System.Net.Sockets.Socket]::OSSupportsIPv4) { [System.Net.IPAddress]::Any }
    if ([System.Net.Sockets.Socket]::OSSupportsIPv6) { [System.Net.IPAddress]::IPv6Any }
}

function Get-LocalAddress {
    foreach ($interface in [System.Net.NetworkInformation.NetworkInterface]::GetAllNetworkInterfaces()) {
        foreach ($entry in $interface.GetIPProperties().UnicastAddresses) { $entry.Address }
    }
}

function Open-Tcp {
    param([System.Net.IPAddress]$Address, [int]$Port)

    $socket = [System.Net.Sockets.TcpListener]::new($Address, $Port)
    try {
        $socket.ExclusiveAddressUse = $true
        $socket.Start()
    }
    catch {
        $socket.Stop()
        throw
    }
    $socket
}

function Open-Udp {
    param([System.Net.IPAddress]$Address, [int]$Port)

    $socket = [System.Net.Sockets.UdpClient]::new($Address.AddressFamily)
    try {
        $socket.ExclusiveAddressUse = $true
        $socket.Client.Bind([System.Net.IPEndPoint]::new($Address, $Port))
    }
    catch {
        $socket.Dispose()
        throw
    }
    $socket
}

function Close-Port {
    param([object[]]$Socket)

    foreach ($one in $Socket) {
        if ($one -is [System.Net.Sockets.TcpListener]) { $one.Stop() } else { $one.Dispose() }
    }
}

# All sockets of a port, or an error and none. To have the port on every address of a family, exclusively, proves that
# nobody has it on any. An answer over UDP must come from the address that was asked, so that there the wildcard only
# proves, and each address has a socket.
function Open-Port {
    param([int]$Port, [string]$Protocol)

    $sockets = @()
    try {
        foreach ($address in Get-Wildcard) {
            if ($Protocol -eq 'tcp') { $sockets += Open-Tcp -Address $address -Port $Port }
            else { $sockets += Open-Udp -Address $address -Port $Port }
        }
        if ($Protocol -eq 'udp') {
            Close-Port -Socket $sockets
            $sockets = @()
            foreach ($address in Get-LocalAddress) {
                try { $sockets += Open-Udp -Address $address -Port $Port }
                catch {
                    # of an interface that is down, or not checked for duplicates yet: nothing arrives there
                    $base = $_.Exception.GetBaseException()
                    if ("$($base.SocketErrorCode)" -ne 'AddressNotAvailable') { throw }
                }
            }
        }
    }
    catch {
        Close-Port -Socket $sockets
        throw
    }
    $sockets
}

# What runs in the process of its own. The functions above take the place of the line that names them.
$listen = {
    param($Data)

    $ErrorActionPreference = 'Stop'
    # functions
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $ascii = [System.Text.Encoding]::ASCII
    $said = @{}
    $asked = @{}
    $arrived = @{}
    $look = 0
    $tasks = [System.Collections.Generic.List[System.Threading.Tasks.Task]]::new()
    $owners = [System.Collections.Generic.List[object]]::new()
    $listening = @()
    $taken = @()
    foreach ($text in $Data.ports) {
        $number, $protocol, $more = $text.Split('/')
        $one = @{ port = [int]$number; protocol = $protocol }
        # what is said and waited for there; without a name, questions for whatever host are
        $said["$number/$protocol"] = "$($Data.nonce)$more"
        $asked["$number/$protocol"] = if ($more) { "$($Data.nonce)$more" } else { "$($Data.nonce)(?:[0-9a-f]{8})?" }
        try {
            $sockets = @(Open-Port -Port $one.port -Protocol $one.protocol)
            $listening += $one
            foreach ($socket in $sockets) {
                $task = Start-Waiting -Socket $socket
                if (-not $task) { continue }
                $owners.Add($socket)
                $tasks.Add($task)
            }
        }
        catch {
            $failure = $_.Exception.GetBaseException().Message
            $taken += @{ port = $one.port; protocol = $one.protocol; error = $failure }
        }
    }
    $state = @{ pid = $PID; listening = $listening; in_use = $taken }
    $text = ConvertTo-Json -InputObject $state -Compress -Depth 3
    [System.IO.File]::WriteAllText("$($Data.file).new", $text)
    [System.IO.File]::Move("$($Data.file).new", $Data.file)
    # time to read that all ports were taken meanwhile
    if (-not $tasks.Count) { Start-Sleep -Seconds 5 }
    while ($tasks.Count -and $clock.Elapsed.TotalSeconds -lt $Data.seconds -and [System.IO.File]::Exists($Data.file)) {
        $index = [System.Threading.Tasks.Task]::WaitAny($tasks.ToArray(), 200)
        if ($clock.ElapsedMilliseconds -ge $look) {
            $look = $clock.ElapsedMilliseconds + 2000
            foreach ($half in Get-HalfOpen -Port $listening) {
                Add-Arrival -Protocol 'tcp' -Port $half[0] -From $half[1]
            }
        }
        if ($index -lt 0) { continue }
        $owner = $owners[$index]
        $done = $tasks[$index]
        $tasks.RemoveAt($index)
        $owners.RemoveAt($index)
        try {
            if ($owner -is [System.Net.Sockets.TcpListener]) {
                $client = $null
                $client = $done.GetAwaiter().GetResult()
                $ends = $client.Client.LocalEndPoint.Port, $client.Client.RemoteEndPoint
                Add-Arrival -Protocol 'tcp' -Port $ends[0] -From $ends[1] -Tag ''
                $stream = $client.GetStream()
                $line = $ascii.GetBytes("therefore-probe $($said["$($ends[0])/tcp"]) $(Get-Plain $ends[1].Address)`n")
                $stream.Write($line, 0, $line.Length)
                # whoever closes first keeps the port busy for a minute: the caller, within a second
                $bytes = [byte[]]::new(256)
                $reading = $stream.ReadAsync($bytes, 0, 256)
                $task = [System.Threading.Tasks.Task]::WhenAny($reading, [System.Threading.Tasks.Task]::Delay(1000))
                # both or none: one index for both lists
                $owners.Add(@{ client = $client; bytes = $bytes; reading = $reading; ends = $ends })
                $tasks.Add($task)
            }
            elseif ($owner -is [System.Net.Sockets.UdpClient]) {
                $got = $done.GetAwaiter().GetResult()
                $port = $owner.Client.LocalEndPoint.Port
                if ($ascii.GetString($got.Buffer) -cmatch "^therefore-probe\? $($asked["$port/udp"])(?: (\w+))?\n$") {
                    $tag = $Matches[1]
                    Add-Arrival -Protocol 'udp' -Port $port -From $got.RemoteEndPoint -Tag $tag
                    $clock.Restart()
                    $look = 2000
                    # whoever asked in few words gets few
                    $seen = if ($tag) { " $(Get-Plain $got.RemoteEndPoint.Address)" } else { '' }
                    $line = $ascii.GetBytes("therefore-probe $($said["$port/udp"])$seen`n")
                    $null = $owner.Send($line, [Math]::Min($line.Length, $got.Buffer.Length), $got.RemoteEndPoint)
                }
            }
            else {
                if ($owner.reading.Status -eq 'RanToCompletion') {
                    $heard = $ascii.GetString($owner.bytes, 0, $owner.reading.Result)
                    if ($heard -cmatch "^therefore-probe\? $($asked["$($owner.ends[0])/tcp"])(?: (\w+))?\n$") {
                        Add-Arrival -Protocol 'tcp' -Port $owner.ends[0] -From $owner.ends[1] -Tag $Matches[1]
                        $clock.Restart()
                        $look = 2000
                    }
                }
                $owner.client.Dispose()
            }
        }
        # a caller that went away again; the pause is for an error that comes back at once
        catch {
            if ($owner -is [System.Net.Sockets.TcpListener] -and $client) { $client.Dispose() }
            Start-Sleep -Milliseconds 10
        }
        if ($owner -isnot [System.Collections.IDictionary]) {
            $task = Start-Waiting -Socket $owner
            if (-not $task) { continue }
            $owners.Add($owner)
            $tasks.Add($task)
        }
    }
    # who took the file away waits for this
    if (-not [System.IO.File]::Exists($Data.file)) {
        foreach ($half in Get-HalfOpen -Port $listening) {
            Add-Arrival -Protocol 'tcp' -Port $half[0] -From $half[1]
        }
        $text = ConvertTo-Json -InputObject @($arrived.Values) -Compress -Depth 3
        [System.IO.File]::WriteAllText("$($Data.file).arrived", $text)
    }
    [System.IO.File]::Delete($Data.file)
}

# The next connection or question. Windows tells a UDP socket at its next call that what it sent was refused (10054); .NET
# Framework throws that at once, and each call takes one such message away. Nothing for a socket that has had its time.
function Start-Waiting {
    param($Socket)

    foreach ($attempt in 1..1000) {
        try {
            if ($Socket -is [System.Net.Sockets.TcpListener]) { return $Socket.AcceptTcpClientAsync() }
            return $Socket.ReceiveAsync()
        }
        catch [System.Net.Sockets.SocketException] { $null = $_ }
        catch [System.ObjectDisposedException] { return }
    }
}

function Get-Plain {
    param([System.Net.IPAddress]$Address)

    "$Address".Split('%')[0]
}

# What reached this host, each once; $arrived is the caller's.
function Add-Arrival {
    param([string]$Protocol, [int]$Port, $From, [string]$Tag)

    $key = "$Protocol $Port $From $Tag"
    if ($arrived.Count -ge 20000 -or $arrived.ContainsKey($key)) { return }
    $arrived[$key] = @{
        protocol = $Protocol
        port = $Port
        source = Get-Plain $From.Address
        source_port = $From.Port
        tag = if ($Tag) { $Tag } else { $null }
    }
}

# Connections that were asked for and never confirmed: the answer to them does not arrive.
function Get-HalfOpen {
    param([object[]]$Port)

    $ports = @($Port | Where-Object { $_.protocol -eq 'tcp' } | ForEach-Object { $_.port })
    if (-not $ports) { return }
    $table = [System.Net.NetworkInformation.IPGlobalProperties]::GetIPGlobalProperties()
    foreach ($one in $table.GetActiveTcpConnections()) {
        if ("$($one.State)" -eq 'SynReceived' -and $one.LocalEndPoint.Port -in $ports) {
            , @($one.LocalEndPoint.Port, $one.RemoteEndPoint)
        }
    }
}

# The process has no modules: its functions go with it.
function Get-ListenerScript {
    $names = @(
        'Get-Wildcard', 'Get-LocalAddress', 'Open-Tcp', 'Open-Udp', 'Close-Port', 'Open-Port'
        'Start-Waiting', 'Get-Plain', 'Add-Arrival', 'Get-HalfOpen'
    )
    $functions = foreach ($one in $names) { "function $one {$((Get-Command -Name $one).Definition)}" }
    $listen.ToString().Replace('    # functions', $functions -join "`n")
}

Export-ModuleMember -Function Open-Port, Close-Port, Get-Plain, Get-ListenerScript
