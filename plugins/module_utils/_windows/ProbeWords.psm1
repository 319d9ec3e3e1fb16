# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What a prober and our listener say to each other, and what the system's errors mean.

using namespace System.Net.Sockets

#AnsibleRequires -PowerShell .ProbeFlow

# what the system says when a flow has failed; what is not here is unreachable
$states = @{
    ConnectionRefused = 'refused'
    # Windows, for UDP: the ICMP message that nobody listens
    ConnectionReset = 'refused'
    # the firewall of this host
    AccessDenied = 'filtered'
    TimedOut = 'filtered'
}
# limits of this host, which are never the network's fault
$limits = @{
    AddressNotAvailable = 'this host has no local port left for it, or no address to send from'
    AddressAlreadyInUse = 'this host has no local port left for it'
    NoBufferSpaceAvailable = 'this host has no room in its queues, or no local port left'
    TooManyOpenSockets = 'this host may open no more sockets'
    InvalidArgument = 'this host cannot send to such an address; a link-local one needs its interface'
}
$another = 'a listener of this run answered, and it is that of another port or host'
$ownFirewall = "this host's own firewall does not let it out"

# Whether it was a connection that the other end has ended already.
function Test-Ended {
    param($Flow, [System.Exception]$Failure)

    $base = $Failure.GetBaseException()
    $Flow.target.protocol -eq 'tcp' -and $base -is [SocketException] -and "$($base.SocketErrorCode)" -eq 'ConnectionReset'
}

# State, error, and whether it left this host.
function Set-Failure {
    param($Flow, [System.Exception]$Failure)

    $base = $Failure.GetBaseException()
    $code = if ($base -is [SocketException]) { "$($base.SocketErrorCode)" } else { '' }
    $Flow.error = Get-Text -Failure $base
    $Flow.state = if ($states.ContainsKey($code)) { $states[$code] } else { 'unreachable' }
    if ($limits.ContainsKey($code)) {
        $Flow.state = 'not-sent'
        $Flow.error = $limits[$code]
        $Flow.sent = $false
    }
    if ($code -eq 'AccessDenied') {
        $Flow.error = $ownFirewall
        $Flow.sent = $false
    }
    if ($Flow.state -eq 'refused' -or $code -eq 'TimedOut') { $Flow.sent = $true }
    if ($Flow.state -eq 'refused' -and $Flow.target.protocol -eq 'udp') { $Flow.icmp = 'port-unreachable' }
}

function Read-Greeting {
    param($Run, $Flow)

    try {
        $bytes = [byte[]]::new($Flow.client.Available)
        if (-not $bytes.Length) {
            $Flow.closed = $true
            return
        }
        $stream = $Flow.client.GetStream()
        $length = $stream.Read($bytes, 0, $bytes.Length)
        $Flow.spoken = [System.Text.Encoding]::ASCII.GetString($bytes, 0, $length)
        if (-not (Test-Answer -Run $Run -Flow $Flow -Text $Flow.spoken)) { return }
        # so that the listener knows whose connection it was
        $question = Get-Question -Run $Run -Flow $Flow
        $stream.Write($question, 0, $question.Length)
    }
    catch [System.IO.IOException], [SocketException] { $Flow.closed = -not $Flow.listener }
}

# What stands for the nonce on this port of the host of this name: the twin of words.own in Python.
function Get-OwnNonce {
    param([string]$Nonce, [string]$Name, [string]$Protocol, [int]$Port)

    if (-not $Name) { return $Nonce }
    $hasher = [System.Security.Cryptography.SHA256]::Create()
    try { $digest = $hasher.ComputeHash([System.Text.Encoding]::UTF8.GetBytes("$Name $Protocol $Port")) }
    finally { $hasher.Dispose() }
    $Nonce + (($digest[0..3] | ForEach-Object { $_.ToString('x2') }) -join '')
}

function Get-FlowNonce {
    param($Run, $Flow)

    $to = $Flow.target
    Get-OwnNonce -Nonce $Run.nonce -Name $to.name -Protocol $to.protocol -Port $to.port
}

# Whether our listener said this, or one that was given no name; then also under which address it sees this host.
function Test-Answer {
    param($Run, $Flow, [string]$Text)

    if (-not $Run.nonce) { return $false }
    if ($Text -cnotmatch "^therefore-probe (?:$($Run.nonce)|$(Get-FlowNonce -Run $Run -Flow $Flow))(?: (\S+))?\n$") {
        if ($Text.StartsWith("therefore-probe $($Run.nonce)", [System.StringComparison]::Ordinal)) {
            $Flow.error = $another
        }
        return $false
    }
    $Flow.listener = $true
    $Flow.seenAs = $Matches[1]
    $true
}

function Get-Question {
    param($Run, $Flow)

    # a nonce of its own does not wake anybody's listener
    $word = if ($Run.nonce) { Get-FlowNonce -Run $Run -Flow $Flow } else { [guid]::NewGuid().ToString('N') }
    $tag = if ($Flow.tag) { $Flow.tag } else { New-Tag }
    [System.Text.Encoding]::ASCII.GetBytes("therefore-probe? $word $tag`n")
}

# Longer than any address, so that an answer is shorter than what was asked.
function New-Tag {
    [guid]::NewGuid().ToString('N') + [guid]::NewGuid().ToString('N').Substring(0, 16)
}

Export-ModuleMember -Function Test-Ended, Set-Failure, Read-Greeting, Test-Answer, Get-Question, New-Tag, Get-OwnNonce
