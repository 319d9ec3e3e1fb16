# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What the task of a guard runs: it waits, and restores what was saved unless that was confirmed meanwhile.

#AnsibleRequires -PowerShell .FirewallState
#AnsibleRequires -PowerShell .GuardFiles
#AnsibleRequires -PowerShell .GuardTask

# Nothing where there is no such file, or while it is written.
function Read-File {
    param([string]$Path)

    try { [System.IO.File]::ReadAllText($Path) | ConvertFrom-Json }
    catch [System.IO.IOException] { return }
}

function Write-File {
    param([string]$Path, $Content)

    [System.IO.File]::WriteAllText("$Path.new", (ConvertTo-Json -InputObject $Content -Depth 6 -Compress))
    [System.IO.File]::Delete($Path)
    [System.IO.File]::Move("$Path.new", $Path)
}

# How many seconds of its time are left. What was over before this process began counts: the host was restarted, or
# somebody ended the first process.
function Get-TimeLeft {
    param($Files, $State, $Clock)

    $longer = Read-File -Path $Files.seconds
    $seconds = if ($longer) { $longer.seconds } else { $State.seconds }
    $seconds - $Clock.before - $Clock.watch.Elapsed.TotalSeconds
}

function Start-Clock {
    param($State)

    $at = if ($State.at -is [datetime]) { $State.at } else { [datetime]::Parse($State.at, [cultureinfo]::InvariantCulture) }
    $before = ([datetime]::UtcNow - $at.ToUniversalTime()).TotalSeconds
    @{ before = [System.Math]::Max(0, $before); watch = [System.Diagnostics.Stopwatch]::StartNew() }
}

# Waits for a step that is being taken, which may have made the time longer, but not for ever. Whoever moves the file
# first has decided; Windows refuses to move one that somebody reads: once more, then. What is missing is restored too.
function Move-ToRestoring {
    param([string]$Folder, $Files, $State, $Clock)

    $lock = Open-Lock -Folder $Folder -Seconds 30
    try {
        if ((Get-TimeLeft -Files $Files -State $State -Clock $Clock) -gt 0) { return $false }
        foreach ($attempt in 1..50) {
            if ([System.IO.File]::Exists($Files.confirmed)) { return $false }
            try {
                [System.IO.File]::Move($Files.armed, $Files.restoring)
                return $true
            }
            catch [System.IO.IOException] { Start-Sleep -Milliseconds 100 }
            if (-not [System.IO.File]::Exists($Files.armed)) { break }
        }
        if ([System.IO.File]::Exists($Files.confirmed)) { return $false }
        Write-File -Path $Files.restoring -Content $State
        $true
    }
    finally { if ($lock) { $lock.Dispose() } }
}

# False where it was confirmed. Only the file of a confirmation says that.
function Wait-Deadline {
    param([string]$Folder, $Files, $State)

    $clock = Start-Clock -State $State
    while (-not [System.IO.File]::Exists($Files.confirmed)) {
        if ((Get-TimeLeft -Files $Files -State $State -Clock $clock) -gt 0) { Start-Sleep -Milliseconds 200 }
        elseif (Move-ToRestoring -Folder $Folder -Files $Files -State $State -Clock $clock) { return $true }
    }
    $false
}

# Gives what could not be restored. While the firewall does not answer, because the host starts, again and again.
function Restore-Patiently {
    param($State)

    foreach ($attempt in 1..60) {
        $answers = $true
        try { $problem = @(Restore-State -State $State) -join ' ' -replace '\s+', ' ' }
        catch {
            $problem = $_.Exception.Message -replace '\s+', ' '
            $answers = $false
        }
        if (-not $problem -or ($answers -and $attempt -ge 3)) { break }
        if (-not $answers) { Start-Sleep -Seconds 5 }
    }
    $problem
}

function Save-Outcome {
    param([string]$Folder, $Files, $State, [string]$Problem)

    $at = [datetime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ', [cultureinfo]::InvariantCulture)
    $outcome = @{ token = $State.token; at = $at; problem = $Problem; state = $State }
    Write-File -Path (Join-Path -Path $Folder -ChildPath 'restored.json') -Content $outcome
    # what could not be restored stays for the administrator
    if ($Problem) { [System.IO.File]::Copy($Files.restoring, (Join-Path -Path $Folder -ChildPath 'failed.json'), $true) }
    [System.IO.File]::Delete($Files.restoring)
}

function Watch-Guard {
    param([string]$Folder, [string]$Token)

    $files = @{ armed = Join-Path -Path $Folder -ChildPath 'armed.json' }
    foreach ($name in 'process', 'confirmed', 'restoring', 'seconds') {
        $files[$name] = Join-Path -Path $Folder -ChildPath "$name-$Token.json"
    }
    # a restoration that a restart has ended goes on
    $state = Read-File -Path $files.restoring
    $begun = [bool]$state
    if (-not $begun) { $state = Read-File -Path $files.armed }
    if (-not $state -or $state.token -ne $Token) { return }
    Write-File -Path $files.process -Content @{ pid = $PID }
    try {
        if ($begun -or (Wait-Deadline -Folder $Folder -Files $files -State $state)) {
            $problem = Restore-Patiently -State $state
            Save-Outcome -Folder $Folder -Files $files -State $state -Problem $problem
        }
        # an error before this leaves the task, which tries again when the host starts
        Remove-GuardTask -Token $Token
        [System.IO.File]::Delete($files.seconds)
        [System.IO.File]::Delete((Join-Path -Path $Folder -ChildPath "guard-$Token.ps1"))
    }
    finally { [System.IO.File]::Delete($files.process) }
}

# The whole script.
function Get-GuardScript {
    $names = 'Open-Lock', 'Read-File', 'Write-File', 'Get-TimeLeft', 'Start-Clock', 'Move-ToRestoring', 'Wait-Deadline',
    'Restore-Patiently', 'Save-Outcome', 'Watch-Guard'
    $own = foreach ($name in $names) { "function $name {$((Get-Command -Name $name).Definition)}" }
    $head = 'param([string]$Folder, [string]$Token)', "`$ErrorActionPreference = 'Stop'"
    @($head; Get-RestoreText; Get-TaskText; $own; 'Watch-Guard -Folder $Folder -Token $Token') -join "`n"
}

Export-ModuleMember -Function Get-GuardScript
