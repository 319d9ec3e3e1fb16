# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The files by which a guard speaks with those who change rules under it. There is one guard at a time.
#   armed                 what was saved, since when and for how long. Whoever moves it first has decided:
#   confirmed-TOKEN       the change stays. Nothing else says that, least of all a file that is missing
#   restoring-TOKEN       the host goes back
#   seconds-TOKEN         how long the guard waits, counted from its beginning
#   process-TOKEN         the guard runs
#   restored, failed      what came of the last one that was not confirmed

#AnsibleRequires -PowerShell .FirewallState
#AnsibleRequires -PowerShell .GuardTask

function Get-GuardFolder {
    Join-Path -Path (Join-Path -Path $env:ProgramData -ChildPath 'therefore.firewall') -ChildPath 'guard'
}

function Get-GuardPath {
    param([string]$Name)

    Join-Path -Path (Get-GuardFolder) -ChildPath "$Name.json"
}

# Nothing where there is no such file, also if the guard takes it away just now.
function Read-Guard {
    param([string]$Name)

    try { [System.IO.File]::ReadAllText((Get-GuardPath -Name $Name)) | ConvertFrom-Json }
    catch [System.IO.IOException] { return }
}

function Remove-Guard {
    param([string[]]$Name)

    if (-not [System.IO.Directory]::Exists((Get-GuardFolder))) { return }
    foreach ($one in $Name) { [System.IO.File]::Delete((Get-GuardPath -Name $one)) }
}

function ConvertTo-Time {
    param([datetime]$Time)

    $Time.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ', [cultureinfo]::InvariantCulture)
}

# ConvertFrom-Json makes a date of such a text in one version of PowerShell and leaves it in another.
function ConvertFrom-Time {
    param($Time)

    if ($Time -is [datetime]) { return $Time.ToUniversalTime() }
    [datetime]::Parse($Time, [cultureinfo]::InvariantCulture).ToUniversalTime()
}

# When the guard restores.
function Get-Deadline {
    param($Armed)

    $longer = Read-Guard -Name "seconds-$($Armed.token)"
    $seconds = if ($longer) { $longer.seconds } else { $Armed.seconds }
    (ConvertFrom-Time -Time $Armed.at).AddSeconds($seconds)
}

# One at a time: a step under guard, or the guard's decision to restore. Gives what must be disposed of afterwards, or
# nothing where somebody else kept it all that time. Whoever ends without that gives it back too.
function Open-Lock {
    param([string]$Folder, [double]$Seconds)

    $path = Join-Path -Path $Folder -ChildPath 'lock'
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while ($true) {
        try {
            return [System.IO.FileStream]::new($path, [System.IO.FileMode]::OpenOrCreate,
                [System.IO.FileAccess]::ReadWrite, [System.IO.FileShare]::None, 1, [System.IO.FileOptions]::DeleteOnClose)
        }
        catch [System.IO.IOException], [System.UnauthorizedAccessException] {
            if ($clock.Elapsed.TotalSeconds -ge $Seconds) { return }
            Start-Sleep -Milliseconds 50
        }
    }
}

# What the host says of a guard that is armed no longer; nothing where it knows none. Waits while it restores.
function Get-Outcome {
    param([string]$Token)

    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while (Read-Guard -Name "restoring-$Token") {
        if ($clock.Elapsed.TotalSeconds -gt 20) { return 'the host goes back to its former rules now' }
        Start-Sleep -Milliseconds 200
    }
    $restored = Read-Guard -Name 'restored'
    if (-not $restored -or $restored.token -ne $Token) { return }
    $text = "the host went back to its former rules at $(ConvertTo-Time -Time (ConvertFrom-Time -Time $restored.at))"
    if ($restored.problem) {
        $text += ", but for an error: $($restored.problem) What was saved is in $(Get-GuardPath -Name 'failed')"
    }
    $other = @(Get-Difference -State $restored.state)
    if ($other) { return "$text; now not as before: $($other -join ', ')" }
    "$text, and has them now"
}

# Why nothing may be changed under this guard, nothing where it is armed.
function Get-Obstacle {
    param([string]$Token)

    $armed = Read-Guard -Name 'armed'
    if ($armed -and $armed.token -eq $Token) {
        $until = Get-Deadline -Armed $armed
        if ([datetime]::UtcNow -lt $until) { return }
        return "its time was over at $(ConvertTo-Time -Time $until), and the host is about to go back to its former rules"
    }
    $outcome = Get-Outcome -Token $Token
    if ($outcome) { return $outcome }
    "no guard with the token '$Token' is armed on this host"
}

# The guard restores then, and not before. Only for who has the lock, or arms it.
function Set-Deadline {
    param($Armed, [datetime]$Deadline)

    $content = @{ seconds = ($Deadline - (ConvertFrom-Time -Time $Armed.at)).TotalSeconds }
    $text = ConvertTo-Json -InputObject $content -Compress
    foreach ($attempt in 1..20) {
        try {
            [System.IO.File]::WriteAllText((Get-GuardPath -Name "seconds-$($Armed.token)"), $text)
            return
        }
        # Windows refuses that while the guard reads it
        catch [System.IO.IOException] { Start-Sleep -Milliseconds 50 }
    }
}

# The guard waits longer by what has been spent.
function Add-GuardTime {
    param([string]$Token, [double]$Seconds)

    $armed = Read-Guard -Name 'armed'
    # another one's, or none any more
    if (-not $armed -or $armed.token -ne $Token) { return }
    Set-Deadline -Armed $armed -Deadline (Get-Deadline -Armed $armed).AddSeconds($Seconds)
}

# False where the guard had it first. Windows refuses to move a file that somebody reads: once more, then.
function Move-Armed {
    param([string]$Name)

    $armed = Get-GuardPath -Name 'armed'
    foreach ($attempt in 1..20) {
        try {
            [System.IO.File]::Move($armed, (Get-GuardPath -Name $Name))
            return $true
        }
        catch [System.IO.IOException] {
            if (-not (Test-Path -LiteralPath $armed)) { return $false }
            Start-Sleep -Milliseconds 100
        }
    }
    $false
}

function Test-GuardRunning {
    param([string]$Token)

    $process = Read-Guard -Name "process-$Token"
    $process -and (Get-Process -Id $process.pid -ErrorAction Ignore)
}

# Ends the guard, and what there is now stays. False where it was too late.
function Complete-Guard {
    param([string]$Token)

    if (-not (Move-Armed -Name "confirmed-$Token")) { return $false }
    # it is confirmed, whatever becomes of the task: without its file it ends at once
    try { Remove-GuardTask -Token $Token } catch { $null = $_ }
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while ((Test-GuardRunning -Token $Token) -and $clock.Elapsed.TotalSeconds -lt 5) { Start-Sleep -Milliseconds 100 }
    # the file that says so stays for a process that has not seen it yet
    if (-not (Test-GuardRunning -Token $Token)) { Remove-Guard -Name "confirmed-$Token" }
    Remove-Guard -Name "seconds-$Token", "process-$Token"
    [System.IO.File]::Delete((Join-Path -Path (Get-GuardFolder) -ChildPath "guard-$Token.ps1"))
    $true
}

Export-ModuleMember -Function Get-GuardFolder, Get-GuardPath, Read-Guard, Remove-Guard, ConvertTo-Time, ConvertFrom-Time,
Get-Deadline, Set-Deadline, Open-Lock, Get-Outcome, Get-Obstacle, Add-GuardTime, Complete-Guard
