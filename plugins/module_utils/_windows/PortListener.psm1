# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Answers on ports where nothing listens, in a process of its own. One file in the folder for temporary files stands for
# each such process: it says what the process listens on, and the process ends when the file is gone.

#AnsibleRequires -PowerShell .Detached

$startTime = 30

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
    $line = [System.Text.Encoding]::ASCII.GetBytes("therefore-probe $($Data.nonce)`n")
    $question = "therefore-probe? $($Data.nonce)`n"
    $tasks = [System.Collections.Generic.List[System.Threading.Tasks.Task]]::new()
    $owners = [System.Collections.Generic.List[object]]::new()
    $listening = @()
    $taken = @()
    foreach ($one in $Data.ports) {
        try {
            $sockets = @(Open-Port -Port $one.port -Protocol $one.protocol)
            $listening += $one
            foreach ($socket in $sockets) {
                $owners.Add($socket)
                if ($one.protocol -eq 'tcp') { $tasks.Add($socket.AcceptTcpClientAsync()) }
                else { $tasks.Add($socket.ReceiveAsync()) }
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
        if ($index -lt 0) { continue }
        $owner = $owners[$index]
        $done = $tasks[$index]
        $tasks.RemoveAt($index)
        $owners.RemoveAt($index)
        try {
            if ($owner -is [System.Net.Sockets.TcpListener]) {
                $client = $done.GetAwaiter().GetResult()
                $stream = $client.GetStream()
                $stream.Write($line, 0, $line.Length)
                # whoever closes first keeps the port busy for a minute: the caller, within a second
                $owners.Add($client)
                $reading = $stream.ReadAsync([byte[]]::new(256), 0, 256)
                $tasks.Add([System.Threading.Tasks.Task]::WhenAny($reading, [System.Threading.Tasks.Task]::Delay(1000)))
            }
            elseif ($owner -is [System.Net.Sockets.UdpClient]) {
                $got = $done.GetAwaiter().GetResult()
                if ([System.Text.Encoding]::ASCII.GetString($got.Buffer) -ceq $question) {
                    $null = $owner.Send($line, $line.Length, $got.RemoteEndPoint)
                }
            }
            else { $owner.Dispose() }
        }
        # a caller that went away again; the pause is for an error that comes back at once
        catch { Start-Sleep -Milliseconds 10 }
        if ($owner -is [System.Net.Sockets.TcpListener]) {
            $owners.Add($owner)
            $tasks.Add($owner.AcceptTcpClientAsync())
        }
        elseif ($owner -is [System.Net.Sockets.UdpClient]) {
            $owners.Add($owner)
            $tasks.Add($owner.ReceiveAsync())
        }
    }
    [System.IO.File]::Delete($Data.file)
}

function Get-Listener {
    param([string]$Nonce)

    Get-ChildItem -Path ([System.IO.Path]::GetTempPath()) -Filter "therefore-probe-$Nonce-*.json"
}

# Who has the port now: netstat's table. It names the address, where binding only fails.
function Get-User {
    param([int]$Port, [string]$Protocol)

    $table = [System.Net.NetworkInformation.IPGlobalProperties]::GetIPGlobalProperties()
    $ends = if ($Protocol -eq 'tcp') { $table.GetActiveTcpListeners() } else { $table.GetActiveUdpListeners() }
    $ends | Where-Object { $_.Port -eq $Port } | Select-Object -First 1
}

# Why nothing of ours can listen there, nothing where it can.
function Get-Obstacle {
    param([int]$Port, [string]$Protocol)

    $user = Get-User -Port $Port -Protocol $Protocol
    if ($user) { return "$user is in use" }
    try { Close-Port -Socket @(Open-Port -Port $Port -Protocol $Protocol) }
    catch { $_.Exception.GetBaseException().Message }
}

function Split-Port {
    param([object[]]$Port)

    $split = @{ listening = @(); in_use = @() }
    foreach ($one in $Port) {
        $obstacle = Get-Obstacle -Port $one.port -Protocol $one.protocol
        if ($obstacle) { $split.in_use += @{ port = $one.port; protocol = $one.protocol; error = $obstacle } }
        else { $split.listening += @{ port = $one.port; protocol = $one.protocol } }
    }
    $split
}

function Start-Listener {
    param([object[]]$Port, [string]$Nonce, [int]$Seconds)

    $name = "therefore-probe-$Nonce-$([guid]::NewGuid().ToString('N')).json"
    $file = Join-Path -Path ([System.IO.Path]::GetTempPath()) -ChildPath $name
    $names = 'Get-Wildcard', 'Get-LocalAddress', 'Open-Tcp', 'Open-Udp', 'Close-Port', 'Open-Port'
    $functions = foreach ($one in $names) { "function $one {$((Get-Command -Name $one).Definition)}" }
    $script = $listen.ToString().Replace('    # functions', $functions -join "`n")
    Start-DetachedScript -Script $script -Data @{ ports = $Port; nonce = $Nonce; seconds = $Seconds; file = $file }
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while (-not (Test-Path -LiteralPath $file)) {
        if ($clock.Elapsed.TotalSeconds -gt $startTime) { throw "The listener did not start within $startTime s" }
        Start-Sleep -Milliseconds 50
    }
    Get-Content -LiteralPath $file -Raw | ConvertFrom-Json
}

# How many listeners of this nonce there were. None is left when this returns.
function Stop-PortListener {
    param([string]$Nonce, [switch]$OnlySay)

    $files = @(Get-Listener -Nonce $Nonce)
    if ($OnlySay) { return $files.Count }
    foreach ($file in $files) {
        # a listener whose time is over just now takes its file away itself
        $text = Get-Content -LiteralPath $file.FullName -Raw -ErrorAction Ignore
        Remove-Item -LiteralPath $file.FullName -Force -ErrorAction Ignore
        if (-not $text) { continue }
        $process = Get-Process -Id ($text | ConvertFrom-Json).pid -ErrorAction Ignore
        if ($process) { $null = $process.WaitForExit(5000) }
    }
    $files.Count
}

# Says which ports are answered now, which are taken, and until when.
function Start-PortListener {
    param([object[]]$Port, [string]$Nonce, [int]$Seconds, [switch]$OnlySay)

    $split = Split-Port -Port $Port
    $until = [datetime]::UtcNow.AddSeconds($Seconds)
    if ($split.listening -and -not $OnlySay) {
        $found = Start-Listener -Port $split.listening -Nonce $Nonce -Seconds $Seconds
        $until = [datetime]::UtcNow.AddSeconds($Seconds)
        $split.listening = @(foreach ($one in $found.listening) { @{ port = $one.port; protocol = $one.protocol } })
        foreach ($one in $found.in_use) {
            $split.in_use += @{ port = $one.port; protocol = $one.protocol; error = $one.error }
        }
    }
    $split.until = $until.ToString('yyyy-MM-ddTHH:mm:ssZ', [cultureinfo]::InvariantCulture)
    $split
}

Export-ModuleMember -Function Start-PortListener, Stop-PortListener
