# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The process of a guard: waits, and restores what was saved unless it was confirmed meanwhile. The functions are not
# called here; their text goes into the script of that process.

function Test-Same {
    param($Rule, $Saved)

    foreach ($name in Get-PropertyName) { if ("$($Rule.$name)" -cne "$($Saved.$name)") { return $false } }
    $true
}

# Sets what differs. A rule of the firewall takes each property at once.
function Set-Rule {
    param($Rule, $Saved)

    foreach ($name in Get-PropertyName) {
        $value = $Saved.$name
        if ("$($Rule.$name)" -ceq "$value") { continue }
        # no text is not the same as an empty one: a new rule has none
        if ($null -eq $value) { throw "$name cannot be taken back" }
        $Rule.$name = if ($value -is [long]) { [int]$value } else { $value }
    }
}

# The firewall removes by name, whatever rule is the first of that name.
function Remove-Rule {
    param($Policy, $Rule)

    $same = @(foreach ($one in $Policy.Rules) { if ($one.Name -eq $Rule.Name) { $one } })
    if ($same.Count -gt 1) { $Rule.Name = "therefore.firewall guard $([guid]::NewGuid())" }
    $Policy.Rules.Remove($Rule.Name)
}

function Add-Rule {
    param($Policy, $Saved)

    $rule = New-Object -ComObject HNetCfg.FWRule
    Set-Rule -Rule $rule -Saved $Saved
    $Policy.Rules.Add($rule)
}

function Test-Update {
    param($Rule, $Saved)

    foreach ($name in 'Name', 'Direction', 'Protocol') { if ("$($Rule.$name)" -ne "$($Saved.$name)") { return $false } }
    try { Set-Rule -Rule $Rule -Saved $Saved }
    catch { return $false }
    $true
}

# The first rule that has not found its place yet and passes the test.
function Find-Rule {
    param([object[]]$Found, [scriptblock]$Test)

    foreach ($one in $Found) { if (-not $one.kept -and (& $Test $one.rule)) { return $one } }
}

function Restore-Profile {
    param($Saved)

    $now = Get-SavedProfile -Name $Saved.name
    if ($now.enabled -eq $Saved.enabled -and $now.outbound -eq $Saved.outbound) { return }
    Set-NetFirewallProfile -Name $Saved.name -Enabled $Saved.enabled -DefaultOutboundAction $Saved.outbound
}

# Whatever goes wrong with one part, the others are restored. Gives what went wrong.
function Restore-State {
    param($State)

    # first what can cut off a host as a whole
    foreach ($saved in $State.profiles) {
        try { Restore-Profile -Saved $saved } catch { "profile $($saved.name): $($_.Exception.Message)" }
    }
    $policy = New-Object -ComObject HNetCfg.FwPolicy2
    $found = @(Get-GroupRule -Policy $policy -Group $State.group | ForEach-Object { @{ rule = $_; kept = $false } })
    $missing = @(foreach ($saved in $State.rules) {
            $same = Find-Rule -Found $found -Test { Test-Same -Rule $args[0] -Saved $saved }
            if ($same) { $same.kept = $true } else { $saved }
        })
    # what is missing before what is too much: nothing is closed before what replaces it is there
    foreach ($saved in $missing) {
        $updated = Find-Rule -Found $found -Test { Test-Update -Rule $args[0] -Saved $saved }
        if ($updated) {
            $updated.kept = $true
            continue
        }
        try { Add-Rule -Policy $policy -Saved $saved } catch { "rule $($saved.Name): $($_.Exception.Message)" }
    }
    foreach ($one in $found) {
        if ($one.kept) { continue }
        $name = $one.rule.Name
        try { Remove-Rule -Policy $policy -Rule $one.rule } catch { "rule ${name}: $($_.Exception.Message)" }
    }
}

# What runs in the process. The functions take the place of the line that names them. Whoever moves the file first,
# this or a confirmation, has won.
$guard = {
    param($Data)

    $ErrorActionPreference = 'Stop'
    # functions
    $armed = Join-Path -Path $Data.folder -ChildPath 'armed.json'
    $process = Join-Path -Path $Data.folder -ChildPath "process-$($Data.token).json"
    $restoring = Join-Path -Path $Data.folder -ChildPath 'restoring.json'
    $failed = Join-Path -Path $Data.folder -ChildPath 'failed.json'
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    [System.IO.File]::WriteAllText("$process.new", "{`"pid`": $PID}")
    [System.IO.File]::Move("$process.new", $process)
    try {
        while ($clock.Elapsed.TotalSeconds -lt $Data.seconds) {
            if (-not [System.IO.File]::Exists($armed)) { return }
            Start-Sleep -Milliseconds 200
        }
        # Windows refuses to move a file that somebody reads: once more, then. Also what cannot be moved is restored.
        foreach ($attempt in 1..50) {
            try {
                $state = [System.IO.File]::ReadAllText($armed) | ConvertFrom-Json
                if ($state.token -ne $Data.token) { return }
                [System.IO.File]::Move($armed, $restoring)
                break
            }
            catch [System.IO.IOException] {
                if (-not [System.IO.File]::Exists($armed)) { return }
                Start-Sleep -Milliseconds 100
            }
        }
        $problem = $null
        foreach ($attempt in 1..3) {
            try { $problem = @(Restore-State -State $state) -join ' ' -replace '\s+', ' ' }
            catch { $problem = $_.Exception.Message -replace '\s+', ' ' }
            if (-not $problem) { break }
        }
        $at = [datetime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ', [cultureinfo]::InvariantCulture)
        $outcome = ConvertTo-Json -InputObject @{ token = $Data.token; at = $at; problem = $problem } -Compress
        [System.IO.File]::WriteAllText((Join-Path -Path $Data.folder -ChildPath 'restored.json'), $outcome)
        # what could not be restored stays for the administrator
        if ($problem) { [System.IO.File]::Copy($restoring, $failed, $true) }
        [System.IO.File]::Delete($restoring)
    }
    finally { [System.IO.File]::Delete($process) }
}

# The whole script. The functions by which the module saved the state read it there too.
function Get-GuardScript {
    param([string]$Shared)

    $names = 'Test-Same', 'Set-Rule', 'Remove-Rule', 'Add-Rule', 'Test-Update', 'Find-Rule', 'Restore-Profile',
    'Restore-State'
    $functions = foreach ($name in $names) { "function $name {$((Get-Command -Name $name).Definition)}" }
    $guard.ToString().Replace('# functions', (@($Shared) + $functions) -join "`n")
}

Export-ModuleMember -Function Get-GuardScript
