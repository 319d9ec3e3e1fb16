# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What becomes of one flow: its connection or question, what our listener or the service says, TLS, and silence.

using namespace System.Net.Sockets
using namespace System.Runtime.CompilerServices
using namespace System.Threading.Tasks

#AnsibleRequires -PowerShell .ProbeFlow
#AnsibleRequires -PowerShell .ProbeWords
#AnsibleRequires -PowerShell .ProbeTls

# how long a listener of ours may take to name itself on a connection that is open, beside the way there and back
$greetingTime = 300
$roundTrips = 3
# this host has no more of them just now: too many open files, and 10055 of Windows, which also stands for its ports
$shortages = 'TooManyOpenSockets', 'NoBufferSpaceAvailable'

$closedText = 'accepted, then closed'
# an alert after the handshake of TLS 1.3 comes as soon as the server has seen the client's last message
$alertTime = 300

function Wait-Flow {
    param($Run, $Flow, [Task]$Task, [string]$Stage, [long]$Milliseconds)

    $Flow.stage = $Stage
    $Flow.task = $Task
    $Flow.stamp = [StrongBox[long]]::new()
    $Flow.deadline = $Run.clock.ElapsedMilliseconds + $Milliseconds
    if ($Flow.deadline -lt $Run.earliest) { $Run.earliest = $Flow.deadline }
    $Run.flows.Add($Flow)
    $Run.tasks.Add($Task.ContinueWith($Run.stamp, $Flow.stamp, [TaskContinuationOptions]::ExecuteSynchronously))
}

function Complete-Flow {
    param($Flow, [string]$State)

    if ($State) { $Flow.state = $State }
    if ($null -ne $Flow.client) { $Flow.client.Dispose() }
}

function Set-Latency {
    param($Flow)

    $Flow.latency = ($Flow.stamp.Value - $Flow.started) * 1000 / [System.Diagnostics.Stopwatch]::Frequency
}

function Complete-Failure {
    param($Flow, [System.Exception]$Failure)

    if (Test-Ended -Flow $Flow -Failure $Failure) { return Complete-Closed -Flow $Flow }
    Set-Failure -Flow $Flow -Failure $Failure
    if ($Flow.state -eq 'refused' -and $Flow.stamp.Value) { Set-Latency -Flow $Flow }
    Complete-Flow -Flow $Flow
}

# There was a connection, and its end came before anything else.
function Complete-Closed {
    param($Flow)

    $Flow.closed = $true
    $Flow.sent = $true
    $Flow.error = $closedText
    if ($Flow.target.tls) { $Flow.tls = New-TlsResult -Text (Get-ClosedText) }
    Complete-Flow -Flow $Flow -State 'open'
}

# False where this host has no more sockets just now.
function Start-Flow {
    param($Run, $Flow)

    $port = $Flow.target.port
    $Flow.stamp = [StrongBox[long]]::new()
    try {
        $family = $Flow.address.AddressFamily
        $Flow.source = Get-Source -Run $Run -Address $Flow.address
        $Flow.started = [System.Diagnostics.Stopwatch]::GetTimestamp()
        if ($Flow.target.protocol -eq 'udp') {
            $Flow.client = [UdpClient]::new($family)
            $Flow.client.Connect($Flow.address, $port)
            $question = Get-Question -Run $Run -Flow $Flow
            $null = $Flow.client.Send($question, $question.Length)
            $Flow.ports += $Flow.client.Client.LocalEndPoint.Port
            $task = $Flow.client.ReceiveAsync()
            $stage = 'answer'
        }
        else {
            $Flow.client = [TcpClient]::new($family)
            # bound first: a connection that is under way does not tell its port yet
            $any = if ($family -eq 'InterNetworkV6') { [System.Net.IPAddress]::IPv6Any } else { [System.Net.IPAddress]::Any }
            $Flow.client.Client.Bind([System.Net.IPEndPoint]::new($any, 0))
            $Flow.ports += $Flow.client.Client.LocalEndPoint.Port
            $task = $Flow.client.ConnectAsync($Flow.address, $port)
            $stage = 'connect'
        }
    }
    catch {
        $base = $_.Exception.GetBaseException()
        $full = $base -is [System.Net.Sockets.SocketException] -and $shortages -contains "$($base.SocketErrorCode)"
        if ($full -and $Run.flows.Count) { return $false }
        Complete-Failure -Flow $Flow -Failure $base
        return $true
    }
    $Flow.attempt++
    $time = if ($stage -eq 'connect') { $Run.connect } else { $Run.timeout }
    Wait-Flow -Run $Run -Flow $Flow -Task $task -Stage $stage -Milliseconds $time
    $true
}

function Start-Greeting {
    param($Run, $Flow)

    # nothing is taken from the connection: if no line comes, a handshake follows
    $task = $Flow.client.GetStream().ReadAsync([byte[]]@(), 0, 0)
    $time = $greetingTime + $roundTrips * $Flow.latency
    if ($Flow.target.listener) { $time = [Math]::Max($time, $Run.timeout) }
    Wait-Flow -Run $Run -Flow $Flow -Task $task -Stage 'greeting' -Milliseconds $time
}

# After the connection: our listener's line, then TLS, as far as they were asked for.
function Step-Connected {
    param($Run, $Flow, [string]$Done)

    if ($Done -eq 'connect') { return Start-Greeting -Run $Run -Flow $Flow }
    if ($Flow.closed) { return Complete-Closed -Flow $Flow }
    if (-not $Flow.target.tls) { return Complete-Flow -Flow $Flow }
    if ($Flow.listener) {
        $Flow.tls = New-TlsResult -Text 'the listener of a verification answered, which speaks no TLS'
        return Complete-Flow -Flow $Flow
    }
    if ($Flow.spoken) {
        $Flow.tls = New-TlsResult -Text (Get-ClearText -Spoken $Flow.spoken)
        return Complete-Flow -Flow $Flow
    }
    $Flow.check = [StrongBox[object]]::new()
    $Flow.asked = [StrongBox[object]]::new()
    $name = if ($Flow.target.server_name) { $Flow.target.server_name } else { $Flow.target.host }
    $Flow.name = $name.Split('%')[0].TrimEnd('.')
    try {
        $check = New-CertificateCheck -Box $Flow.check
        $choice = New-CertificateChoice -Box $Flow.asked
        $Flow.ssl = [System.Net.Security.SslStream]::new($Flow.client.GetStream(), $false, $check, $choice)
        # no revocation check, which would need other connections
        $task = $Flow.ssl.AuthenticateAsClientAsync($Flow.name, $null, (Get-AnyVersion), $false)
    }
    catch {
        $Flow.tls = New-TlsResult -Text (Get-Text -Failure $_.Exception)
        return Complete-Flow -Flow $Flow
    }
    Wait-Flow -Run $Run -Flow $Flow -Task $task -Stage 'handshake' -Milliseconds (
        [Math]::Max($Run.timeout, 2 * $roundTrips * $Flow.latency)
    )
}

# The task that the flow waited for is done.
function Step-Flow {
    param($Run, $Flow)

    $failure = $Flow.task.Exception
    switch ($Flow.stage) {
        'connect' {
            if ($null -ne $failure) { return Complete-Failure -Flow $Flow -Failure $failure }
            $Flow.state = 'open'
            $Flow.sent = $true
            $Flow.source = "$($Flow.client.Client.LocalEndPoint.Address)"
            Set-Latency -Flow $Flow
            Step-Connected -Run $Run -Flow $Flow -Done 'connect'
        }
        'greeting' {
            if ($null -eq $failure) { Read-Greeting -Run $Run -Flow $Flow }
            else { $Flow.closed = $true }
            Step-Connected -Run $Run -Flow $Flow -Done 'greeting'
        }
        'handshake' {
            if ($null -ne $failure) {
                # asked once more when nothing else is waited for
                $Flow.failure = $failure
                return Complete-Flow -Flow $Flow
            }
            $Flow.tls = Get-TlsResult -Flow $Flow
            if ($null -eq $Flow.asked.Value) { return Complete-Flow -Flow $Flow }
            $task = $Flow.ssl.ReadAsync([byte[]]::new(1), 0, 1)
            Wait-Flow -Run $Run -Flow $Flow -Task $task -Stage 'alert' -Milliseconds ($alertTime + $roundTrips * $Flow.latency)
        }
        'alert' {
            if ($null -ne $failure) { $Flow.tls = Set-ClientCertificate -Result $Flow.tls }
            Complete-Flow -Flow $Flow
        }
        'answer' {
            if ($null -ne $failure) { return Complete-Failure -Flow $Flow -Failure $failure }
            Set-Latency -Flow $Flow
            $Flow.sent = $true
            $null = Test-Answer -Run $Run -Flow $Flow -Text (
                [System.Text.Encoding]::ASCII.GetString($Flow.task.Result.Buffer)
            )
            Complete-Flow -Flow $Flow -State 'open'
        }
    }
}

# Nothing came in time: once more, or what silence means.
function Step-Silent {
    param($Run, $Flow)

    $again = $Flow.attempt -lt $Run.attempts
    switch ($Flow.stage) {
        'connect' {
            # Windows says at once what its own firewall does not let out
            $Flow.sent = $true
            if (-not $again) { return Complete-Flow -Flow $Flow -State 'filtered' }
            $Flow.client.Dispose()
            $Run.queue.Enqueue($Flow)
        }
        'greeting' { Step-Connected -Run $Run -Flow $Flow -Done 'greeting' }
        'handshake' {
            $Flow.tls = New-TlsResult -Text (Get-SilenceText -Seconds ($Run.timeout / 1000))
            Complete-Flow -Flow $Flow
        }
        'alert' { Complete-Flow -Flow $Flow }
        'answer' {
            $Flow.sent = $true
            if (-not $again) { return Complete-Flow -Flow $Flow -State 'udp-unknown' }
            $Flow.client.Dispose()
            $Run.queue.Enqueue($Flow)
        }
    }
}

Export-ModuleMember -Function Start-Flow, Step-Flow, Step-Silent
