# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What the firewall's own log (pfirewall.log) tells of packets to some ports. Reads, and switches nothing on.

using namespace System.IO

# of a log only its end is read, and not more lines than that are told
$mostBytes = 1MB
$mostLines = 1000

function Read-LogEnd {
    param([string]$Path)

    # the firewall writes it meanwhile
    $file = [FileStream]::new($Path, 'Open', 'Read', 'ReadWrite')
    try {
        if ($file.Length -gt $mostBytes) { [void]$file.Seek(-$mostBytes, 'End') }
        $reader = [StreamReader]::new($file)
        $reader.ReadToEnd() -split '\r?\n'
    }
    finally { $file.Dispose() }
}

function ConvertFrom-LogLine {
    # date time action protocol src-ip dst-ip src-port dst-port size tcpflags tcpsyn tcpack tcpwin icmptype icmpcode
    # info path
    param([string]$Line)

    $word = $Line -split ' '
    if ($word.Count -lt 8 -or $word[3] -notin 'TCP', 'UDP') { return }
    if ($word[6] -notmatch '\A\d+\z' -or $word[7] -notmatch '\A\d+\z') { return }
    @{
        protocol = $word[3].ToLowerInvariant()
        port = [int]$word[7]
        source = $word[4]
        source_port = [int]$word[6]
        to = $word[5]
        says = $word[2]
    }
}

function Get-LogFile {
    # of the profiles that log what they drop, as the policy in force has it
    foreach ($one in Get-NetFirewallProfile -PolicyStore ActiveStore -ErrorAction Stop) {
        if ("$($one.LogBlocked)" -eq 'True') { [System.Environment]::ExpandEnvironmentVariables("$($one.LogFileName)") }
    }
}

function Get-FirewallLog {
    # Whether the firewall logs what it drops, and the last lines about these ports, each with port and protocol.
    param([object[]]$Port)

    $answer = @{ logging = 'unknown'; logged = @() }
    if (-not (Get-Command -Name Get-NetFirewallProfile -ErrorAction Ignore)) { return $answer }
    try {
        $files = @(Get-LogFile | Sort-Object -Unique)
        $lines = @(foreach ($file in $files) { Read-LogEnd -Path $file })
    }
    catch { return $answer }
    $meant = @($Port | ForEach-Object { "$($_.protocol) $($_.port)" })
    $told = @($lines | ForEach-Object { ConvertFrom-LogLine -Line $_ })
    $found = @($told | Where-Object { "$($_.protocol) $($_.port)" -in $meant })
    $answer.logging = if ($files) { 'on' } else { 'off' }
    $answer.logged = @($found | Select-Object -Last $mostLines)
    $answer
}

Export-ModuleMember -Function Get-FirewallLog
