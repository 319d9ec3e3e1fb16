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

# Whether our listener said this; then also under which address it sees this host.
function Test-Answer {
    param($Run, $Flow, [string]$Text)

    if (-not $Run.nonce -or $Text -cnotmatch "^therefore-probe $($Run.nonce)(?: (\S+))?\n$") { return $false }
    $Flow.listener = $true
    $Flow.seenAs = $Matches[1]
    $true
}

function Get-Question {
    param($Run, $Flow)

    # a nonce of its own does not wake anybody's listener
    $word = if ($Run.nonce) { $Run.nonce } else { [guid]::NewGuid().ToString('N') }
    $tag = if ($Flow.tag) { $Flow.tag } else { New-Tag }
    [System.Text.Encoding]::ASCII.GetBytes("therefore-probe? $word $tag`n")
}

# Longer than any address, so that an answer is shorter than what was asked.
function New-Tag {
    [guid]::NewGuid().ToString('N') + [guid]::NewGuid().ToString('N').Substring(0, 16)
}

Export-ModuleMember -Function Test-Ended, Set-Failure, Read-Greeting, Test-Answer, Get-Question, New-Tag
