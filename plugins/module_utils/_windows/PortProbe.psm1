# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Probes many ports at once: every flow is a task of .NET, and one loop waits for whichever is done first.

using namespace System.Collections.Generic
using namespace System.Net
using namespace System.Net.Sockets
using namespace System.Runtime.CompilerServices
using namespace System.Threading.Tasks

#AnsibleRequires -PowerShell .ProbeFlow
#AnsibleRequires -PowerShell .ProbeWords
#AnsibleRequires -PowerShell .ProbeTls

# how long a listener of ours may take to name itself on a connection that is open, beside the way there and back
$greetingTime = 300
$roundTrips = 3
$spareFiles = 32
# whatever versions of TLS this host allows
$anyVersion = [System.Security.Authentication.SslProtocols]0

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
    param($Flow, [Exception]$Failure)

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
            $any = [System.Net.IPAddress]::Parse($(if ($family -eq 'InterNetworkV6') { '::' } else { '0.0.0.0' }))
            $Flow.client.Client.Bind([System.Net.IPEndPoint]::new($any, 0))
            $Flow.ports += $Flow.client.Client.LocalEndPoint.Port
            $task = $Flow.client.ConnectAsync($Flow.address, $port)
            $stage = 'connect'
        }
    }
    catch {
        $base = $_.Exception.GetBaseException()
        $full = $base -is [SocketException] -and "$($base.SocketErrorCode)" -eq 'TooManyOpenSockets'
        if ($full -and $Run.flows.Count) { return $false }
        Complete-Failure -Flow $Flow -Failure $base
        return $true
    }
    $Flow.attempt++
    Wait-Flow -Run $Run -Flow $Flow -Task $task -Stage $stage -Milliseconds $Run.timeout
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
        $Flow.ssl = [Security.SslStream]::new($Flow.client.GetStream(), $false, $check, $choice)
        # no revocation check, which would need other connections
        $task = $Flow.ssl.AuthenticateAsClientAsync($Flow.name, $null, $anyVersion, $false)
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

function Step-Deadline {
    param($Run)

    $now = $Run.clock.ElapsedMilliseconds
    $Run.earliest = [long]::MaxValue
    $late = [List[object]]::new()
    for ($i = $Run.flows.Count - 1; $i -ge 0; $i--) {
        $flow = $Run.flows[$i]
        # what is done by now is no silence: the loop takes it next
        if ($flow.deadline -gt $now -or $Run.tasks[$i].IsCompleted) {
            if ($flow.deadline -lt $Run.earliest) { $Run.earliest = $flow.deadline }
            continue
        }
        $Run.flows.RemoveAt($i)
        $Run.tasks.RemoveAt($i)
        $late.Add($flow)
    }
    foreach ($flow in $late) { Step-Silent -Run $Run -Flow $flow }
}

function Wait-Any {
    param($Run)

    $time = [Math]::Max(0, $Run.earliest - $Run.clock.ElapsedMilliseconds)
    $index = [Task]::WaitAny($Run.tasks.ToArray(), [int]$time)
    if ($index -ge 0) {
        $flow = $Run.flows[$index]
        $Run.flows.RemoveAt($index)
        $Run.tasks.RemoveAt($index)
        Step-Flow -Run $Run -Flow $flow
    }
    if ($Run.clock.ElapsedMilliseconds -ge $Run.earliest) { Step-Deadline -Run $Run }
}

function Invoke-Flow {
    param($Run)

    while ($Run.queue.Count -or $Run.flows.Count) {
        while ($Run.queue.Count -and $Run.flows.Count -lt $Run.limit) {
            if (Start-Flow -Run $Run -Flow $Run.queue.Peek()) { $null = $Run.queue.Dequeue() }
            # the engine itself needs some files too
            else { $Run.limit = [Math]::Max(1, $Run.flows.Count - $spareFiles) }
        }
        if ($Run.flows.Count) { Wait-Any -Run $Run }
    }
}

# The first flow of a process compiles what all use, which must not count as the latency of the first target.
function Initialize-Flow {
    param($Run)

    $listener = [TcpListener]::new([IPAddress]::Loopback, 0)
    try {
        $listener.Start()
        $target = @{ port = $listener.LocalEndpoint.Port; protocol = 'tcp'; tls = $false }
        $Run.queue.Enqueue((New-Flow -Target $target -Address ([IPAddress]::Loopback)))
        Invoke-Flow -Run $Run
    }
    finally { $listener.Stop() }
}

# A result for each target and address, in the order of the targets.
function Invoke-PortProbe {
    param([object[]]$Target, [double]$Timeout, [int]$Attempts, [int]$Concurrency, [string]$Nonce)

    # Windows PowerShell was built for an older .NET, which would offer old versions of TLS only
    [AppContext]::SetSwitch('Switch.System.Net.DontEnableSystemDefaultTlsVersions', $false)
    $run = @{
        timeout = [long]($Timeout * 1000)
        attempts = $Attempts
        limit = $Concurrency
        nonce = ''
        queue = [Queue[object]]::new()
        flows = [List[object]]::new()
        tasks = [List[Task]]::new()
        clock = [System.Diagnostics.Stopwatch]::StartNew()
        earliest = [long]::MaxValue
        stamp = New-Stamp
        sources = @{}
    }
    $flows = @(Get-Flow -Target $Target -Seconds ($Timeout * $Attempts))
    if (-not $flows) { return }
    Set-Skipped -Flow $flows
    Initialize-Flow -Run $run
    $run.nonce = $Nonce
    foreach ($flow in $flows) {
        if ($Nonce) { $flow.tag = New-Tag }
    }
    foreach ($flow in $flows) { if (-not $flow.state) { $run.queue.Enqueue($flow) } }
    Invoke-Flow -Run $run
    foreach ($flow in $flows) {
        if ($null -ne $flow.failure) {
            $flow.tls = Get-HandshakeFailure -Flow $flow -Failure $flow.failure -Milliseconds $run.timeout
        }
        ConvertTo-Result -Flow $flow
    }
}

Export-ModuleMember -Function Invoke-PortProbe
