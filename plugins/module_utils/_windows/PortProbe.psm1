# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Probes many ports at once: every flow is a task of .NET, and one loop waits for whichever is done first.

using namespace System.Collections.Generic
using namespace System.Net
using namespace System.Net.Sockets
using namespace System.Threading.Tasks

#AnsibleRequires -PowerShell .ProbeFlow
#AnsibleRequires -PowerShell .ProbeSteps
#AnsibleRequires -PowerShell .ProbeTls

$spareFiles = 32
# Windows asks a port that refuses twice more before it says so, which takes up to two seconds: with less time a closed
# port would pass for a silent one
$windowsConnect = 3000

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
    [System.AppContext]::SetSwitch('Switch.System.Net.DontEnableSystemDefaultTlsVersions', $false)
    $run = @{
        timeout = [long]($Timeout * 1000)
        connect = [long]($Timeout * 1000)
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
    if ($env:OS -eq 'Windows_NT') { $run.connect = [Math]::Max($run.timeout, $windowsConnect) }
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
