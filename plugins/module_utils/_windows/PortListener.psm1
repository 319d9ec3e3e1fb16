# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Answers on ports where nothing listens, in a process of its own. One file in the folder for temporary files stands for
# each such process: it says what the process listens on, and the process ends when the file is gone.

#AnsibleRequires -PowerShell .Detached
#AnsibleRequires -PowerShell .ListenerProcess
#AnsibleRequires -PowerShell .ProbeWords

$startTime = 30
$portsAtOnce = 100
# of a range: so many services are enough to try
$mostServices = 16

function Get-Listener {
    param([string]$Nonce)

    Get-ChildItem -Path ([System.IO.Path]::GetTempPath()) -Filter "therefore-probe-$Nonce-*.json"
}

# Nothing where there is no such file any longer. Get-Content of Windows PowerShell would read it in the code page of the
# machine, and messages of the system have other letters than English.
function Read-Said {
    param([string]$Path)

    try { $text = [System.IO.File]::ReadAllText($Path) }
    catch [System.IO.IOException], [System.UnauthorizedAccessException] { return }
    if ($text) { ConvertFrom-Json -InputObject $text }
}

# Who has which port now: netstat's table. By port and protocol the addresses, where binding only fails.
function Get-Holder {
    $table = [System.Net.NetworkInformation.IPGlobalProperties]::GetIPGlobalProperties()
    $holders = @{}
    foreach ($protocol in 'tcp', 'udp') {
        $ends = if ($protocol -eq 'tcp') { $table.GetActiveTcpListeners() } else { $table.GetActiveUdpListeners() }
        foreach ($end in $ends) {
            $key = "$($end.Port)/$protocol"
            if (-not $holders.ContainsKey($key)) { $holders[$key] = @{} }
            $holders[$key][(Get-Plain $end.Address)] = $true
        }
    }
    $holders
}

function Get-HolderAddress {
    param($Holder, [int]$Port, [string]$Protocol)

    $known = $Holder["$Port/$Protocol"]
    if ($known) { $known.Keys | Sort-Object }
}

# Services in ranges that others can reach, spread over each range where there are many.
function Get-RangeService {
    param([object[]]$Range, $Holder)

    foreach ($one in $Range) {
        $held = @(foreach ($port in $one.first..$one.last) {
                $addresses = @(Get-HolderAddress -Holder $Holder -Port $port -Protocol $one.protocol)
                if ($addresses | Where-Object { -not [System.Net.IPAddress]::IsLoopback($_) }) {
                    @{ port = $port; protocol = $one.protocol; addresses = $addresses }
                }
            })
        $step = [Math]::Max(1, [Math]::Ceiling($held.Count / $mostServices))
        for ($i = 0; $i -lt $held.Count; $i += $step) { $held[$i] }
    }
}

# Why nothing of ours can listen there, nothing where it can.
function Get-Obstacle {
    param([int]$Port, [string]$Protocol, [string[]]$Address)

    if ($Address) { return "$($Address[0]):$Port is in use" }
    try { Close-Port -Socket @(Open-Port -Port $Port -Protocol $Protocol) }
    catch { $_.Exception.GetBaseException().Message }
}

function New-InUse {
    param($Port, [string]$Reason, [string[]]$Address = @())

    @{
        port = $Port.port
        protocol = $Port.protocol
        error = $Reason
        addresses = $Address
        # who it is, and whether it takes what comes, is not looked at here
        programs = $null
        full = $null
    }
}

function Split-Port {
    param([object[]]$Port, $Holder)

    $split = @{ listening = @(); in_use = @() }
    foreach ($one in $Port) {
        $addresses = @(Get-HolderAddress -Holder $Holder -Port $one.port -Protocol $one.protocol)
        $obstacle = Get-Obstacle -Port $one.port -Protocol $one.protocol -Address $addresses
        if ($obstacle) {
            $split.in_use += New-InUse -Port $one -Reason $obstacle -Address $addresses
        }
        else { $split.listening += @{ port = $one.port; protocol = $one.protocol } }
    }
    $split
}

function Start-Listener {
    param([object[]]$Port, [string]$Nonce, [string]$Name, [int]$Seconds)

    $leaf = "therefore-probe-$Nonce-$([guid]::NewGuid().ToString('N')).json"
    $file = Join-Path -Path ([System.IO.Path]::GetTempPath()) -ChildPath $leaf
    $ports = @(foreach ($one in $Port) {
            $own = Get-OwnNonce -Name $Name -Protocol $one.protocol -Port $one.port
            "$($one.port)/$($one.protocol)/$own"
        })
    Start-DetachedScript -Script (Get-ListenerScript) -Data @{ ports = $ports; nonce = $Nonce; seconds = $Seconds; file = $file }
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while (-not (Test-Path -LiteralPath $file)) {
        if ($clock.Elapsed.TotalSeconds -gt $startTime) { throw "The listener did not start within $startTime s" }
        Start-Sleep -Milliseconds 50
    }
    Read-Said -Path $file
}

# How many listeners of this nonce there were, and what had reached them. None is left when this returns.
function Stop-PortListener {
    param([string]$Nonce, [switch]$OnlySay)

    $files = @(Get-Listener -Nonce $Nonce)
    $answer = @{ stopped = $files.Count; arrived = @() }
    if ($OnlySay) { return $answer }
    foreach ($file in $files) {
        # a listener whose time is over just now takes its file away itself
        $state = Read-Said -Path $file.FullName
        Remove-Item -LiteralPath $file.FullName -Force -ErrorAction Ignore
        if (-not $state) { continue }
        $process = Get-Process -Id $state.pid -ErrorAction Ignore
        if ($process) { $null = $process.WaitForExit(5000) }
        $said = "$($file.FullName).arrived"
        if (Test-Path -LiteralPath $said) {
            foreach ($one in Read-Said -Path $said) {
                $answer.arrived += @{
                    protocol = $one.protocol
                    port = $one.port
                    source = $one.source
                    source_port = $one.source_port
                    tag = $one.tag
                }
            }
            Remove-Item -LiteralPath $said -Force -ErrorAction Ignore
        }
    }
    $answer
}

# Says which ports are answered now, which are taken, and until when.
function Start-PortListener {
    param([object[]]$Port, [object[]]$Range, [string]$Nonce, [string]$Name, [int]$Seconds, [switch]$OnlySay)

    $holders = Get-Holder
    $split = Split-Port -Port $Port -Holder $holders
    $split.services = @(Get-RangeService -Range $Range -Holder $holders)
    $until = [datetime]::UtcNow.AddSeconds($Seconds)
    if ($split.listening -and -not $OnlySay) {
        # a command line has room for so many
        $found = for ($i = 0; $i -lt $split.listening.Count; $i += $portsAtOnce) {
            $last = [Math]::Min($i + $portsAtOnce, $split.listening.Count) - 1
            Start-Listener -Port $split.listening[$i..$last] -Nonce $Nonce -Name $Name -Seconds $Seconds
        }
        $until = [datetime]::UtcNow.AddSeconds($Seconds)
        $split.listening = @(foreach ($one in $found.listening) { @{ port = $one.port; protocol = $one.protocol } })
        foreach ($one in $found.in_use) {
            $split.in_use += New-InUse -Port $one -Reason $one.error
        }
    }
    $split.until = $until.ToString('yyyy-MM-ddTHH:mm:ssZ', [cultureinfo]::InvariantCulture)
    $split
}

Export-ModuleMember -Function Start-PortListener, Stop-PortListener
