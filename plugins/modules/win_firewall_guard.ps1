#!powershell

# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

#AnsibleRequires -CSharpUtil Ansible.Basic
#AnsibleRequires -PowerShell ..module_utils._windows.FirewallState
#AnsibleRequires -PowerShell ..module_utils._windows.GuardTask
#AnsibleRequires -PowerShell ..module_utils._windows.FolderAccess
#AnsibleRequires -PowerShell ..module_utils._windows.GuardFolder
#AnsibleRequires -PowerShell ..module_utils._windows.GuardFiles
#AnsibleRequires -PowerShell ..module_utils._windows.FirewallGuard

$spec = @{
    options = @{
        group = @{ type = 'str' }
        adopt = @{ type = 'list'; elements = 'str'; default = @() }
        state = @{ type = 'str'; choices = @('armed', 'confirmed'); default = 'armed' }
        seconds = @{ type = 'int'; default = 60 }
        token = @{ type = 'str'; no_log = $false }
    }
    supports_check_mode = $true
}
$module = [Ansible.Basic.AnsibleModule]::Create($args, $spec)
$wanted = $module.Params

$startTime = 30
# after its time and this, in seconds, a guard that is still armed has not run
$graceTime = 120

# What to do about a guard that is there, nothing where there is none.
function Get-Remedy {
    $armed = Read-Guard -Name 'armed'
    if (-not $armed) {
        if (-not (Test-Path -Path (Join-Path -Path (Get-GuardFolder) -ChildPath 'restoring-*.json'))) { return }
        return 'A guard puts the former rules back now; wait until it has'
    }
    $until = Get-Deadline -Armed $armed
    $who = "A guard of group '$($armed.group)' is armed until $(ConvertTo-Time -Time $until)"
    if ([datetime]::UtcNow -lt $until.AddSeconds($graceTime)) {
        return "$who; confirm it with its token (state: confirmed), or wait until it has restored the rules"
    }
    "$who, and was neither confirmed nor did it restore: its scheduled task did not run. To go back to the rules before " +
    "that change, start the task 'therefore.firewall guard $($armed.token)' on the host; to keep those of now, run " +
    "win_firewall_guard with state: confirmed and token: $($armed.token)"
}

# Only one can make the file.
function Save-State {
    param($State)

    $bytes = [System.Text.Encoding]::UTF8.GetBytes((ConvertTo-Json -InputObject $State -Depth 5))
    $file = [System.IO.File]::Open((Get-GuardPath -Name 'armed'), 'CreateNew', 'Write', 'None')
    try { $file.Write($bytes, 0, $bytes.Length) } finally { $file.Dispose() }
}

function Start-Guard {
    param($State)

    $folder = Get-GuardFolder
    [System.IO.File]::WriteAllText((Join-Path -Path $folder -ChildPath "guard-$($State.token).ps1"), (Get-GuardScript))
    Start-GuardTask -Folder $folder -Token $State.token -Deadline (Get-Deadline -Armed $State)
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while (-not (Test-Path -LiteralPath (Get-GuardPath -Name "process-$($State.token)"))) {
        if ($clock.Elapsed.TotalSeconds -gt $startTime) {
            throw "its scheduled task was started, and no PowerShell came of it within $startTime s. What keeps the " +
            'system from running a script is application control (AppLocker, App Control for Business) or endpoint ' +
            'protection: their logs on the host name the rule'
        }
        Start-Sleep -Milliseconds 50
    }
}

# Nothing is left of a guard that could not be armed.
function Clear-Guard {
    param([string]$Token)

    Remove-Guard -Name 'armed', "process-$Token", "seconds-$Token"
    [System.IO.File]::Delete((Join-Path -Path (Get-GuardFolder) -ChildPath "guard-$Token.ps1"))
    try { Remove-GuardTask -Token $Token } catch { $module.Warn("The guard's task stays: $($_.Exception.Message)") }
}

function Complete-Failure {
    param($Record)

    $reason = $Record.Exception.Message -replace '\s+', ' '
    $module.FailJson("The guard cannot be armed, nothing was changed: $reason", $Record)
}

function Get-State {
    $state = Get-FirewallState -Group $wanted.group -Profiles 'Domain', 'Private', 'Public' -Adopt $wanted.adopt
    $state.token = [guid]::NewGuid().ToString('N')
    $state.at = [datetime]::UtcNow.ToString('o', [cultureinfo]::InvariantCulture)
    # until the task runs, which takes its time
    $state.seconds = $wanted.seconds + $startTime
    $state
}

function Enable-Guard {
    if (-not "$($wanted.group)".Trim()) {
        $module.FailJson("group: '$($wanted.group)' is empty; give the group of the rules to save")
    }
    if ($wanted.seconds -lt 10 -or $wanted.seconds -gt 3600) {
        $module.FailJson("seconds: $($wanted.seconds) is out of range; give 10 to 3600")
    }
    $remedy = Get-Remedy
    if ($remedy) { $module.FailJson($remedy) }
    if ($module.CheckMode) { return }
    try {
        Initialize-GuardFolder -Path (Get-GuardFolder)
        $state = Get-State
        Save-State -State $state
    }
    catch { Complete-Failure -Record $_ }
    Remove-Guard -Name 'restored', 'failed'
    try { Start-Guard -State $state }
    catch {
        Clear-Guard -Token $state.token
        Complete-Failure -Record $_
    }
    $until = [datetime]::UtcNow.AddSeconds($wanted.seconds)
    Set-Deadline -Armed $state -Deadline $until
    $module.Result.token = $state.token
    $module.Result.until = ConvertTo-Time -Time $until
    $module.Result.saved = $state.rules.Count + $state.adopted.Count
}

function Confirm-Change {
    if ($module.CheckMode) { return }
    if (-not $wanted.token) {
        $module.FailJson("token: '$($wanted.token)' is empty; give the one that was returned when the guard was armed")
    }
    $armed = Read-Guard -Name 'armed'
    if ($armed -and $armed.token -ne $wanted.token) {
        $module.FailJson("token: '$($wanted.token)' is not that of the guard of group '$($armed.group)' that is armed")
    }
    if (Complete-Guard -Token $wanted.token) { return }
    $outcome = Get-Outcome -Token $wanted.token
    if ($outcome) { $module.FailJson("Too late: $outcome") }
    $module.FailJson("token: '$($wanted.token)' is of no guard on this host; give the one that was returned when it was armed")
}

if ($wanted.state -eq 'armed') { Enable-Guard } else { Confirm-Change }
$module.ExitJson()
