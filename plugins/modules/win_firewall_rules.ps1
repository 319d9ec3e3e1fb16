#!powershell

# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# those of the script that it runs
#Requires -Module Ansible.ModuleUtils.Legacy
#AnsibleRequires -PowerShell Ansible.ModuleUtils.AddType
#AnsibleRequires -PowerShell ..module_utils._windows.Answer
#AnsibleRequires -PowerShell ..module_utils._windows.FirewallState
#AnsibleRequires -PowerShell ..module_utils._windows.GuardTask
#AnsibleRequires -PowerShell ..module_utils._windows.GuardFiles
#AnsibleRequires -PowerShell ..module_utils._windows.RuleSteps

# the action plugin has checked the options and set what is not given
$wanted = $complex_args
$checkMode = [bool]$wanted._ansible_check_mode
$result = @{ changed = $false }
$result.steps = [System.Collections.Generic.List[object]]::new()
$settings = @{
    _ansible_check_mode = $checkMode
    _ansible_diff = [bool]$wanted._ansible_diff
    _ansible_remote_tmp = $wanted._ansible_remote_tmp
}

function Set-Outbound {
    foreach ($name in $wanted.outbound.profiles) {
        $now = "$((Get-NetFirewallProfile -Name $name).DefaultOutboundAction)"
        if ($now -eq $wanted.outbound.outbound_action) { continue }
        $result.changed = $true
        if ($checkMode) { continue }
        $action = if ($wanted.outbound.outbound_action -eq 'block') { 'Block' } else { 'Allow' }
        Set-NetFirewallProfile -Name $name -DefaultOutboundAction $action
    }
}

function Invoke-RuleStep {
    param($Step)

    $answer = Invoke-Step -Script $script -Step $Step -Settings $settings -Maker $maker
    if ($answer.changed) { $result.changed = $true }
    if ($answer.diff) { $diff.Add($answer.diff.prepared) }
    $name = if ($Step.name) { $Step.name } else { $Step.group }
    $result.steps.Add(@{ name = $name; state = $Step.state; changed = $answer.changed; msg = $answer.msg })
}

# All that is to be done, in the order in which it cuts nobody off: what opens outbound traffic first, what refuses it last.
function Get-Work {
    $outbound = @{ label = 'the default outbound action'; do = { Set-Outbound } }
    if ($wanted.outbound.outbound_action -eq 'allow') { $outbound }
    foreach ($step in $wanted.steps) {
        $label = if ($step.name) { "rule '$($step.name)'" } else { "group '$($step.group)'" }
        @{ label = $label; step = $step; do = { param($Step) Invoke-RuleStep -Step $Step } }
    }
    if ($wanted.outbound.outbound_action -eq 'block') { $outbound }
    # a guard is asked also where nothing else is to be done
    if (-not $wanted.outbound.outbound_action -and -not $wanted.steps) { @{ label = 'the end'; do = {} } }
}

# Does it while the guard waits, which then waits longer by the time that it took. Gives why it was not done.
function Invoke-Guarded {
    param([scriptblock]$Do, $Step)

    if (-not $wanted.guard_token -or $checkMode) {
        $null = & $Do $Step
        return
    }
    $lock = if (Test-Path -LiteralPath (Get-GuardFolder)) { Open-Lock -Folder (Get-GuardFolder) -Seconds 60 }
    try {
        $obstacle = Get-Obstacle -Token $wanted.guard_token
        if ($obstacle) { return $obstacle }
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $null = & $Do $Step
        if (Read-Guard -Name 'armed') { Add-GuardTime -Token $wanted.guard_token -Seconds $clock.Elapsed.TotalSeconds }
    }
    finally { if ($lock) { $lock.Dispose() } }
}

function Stop-Guarded {
    param([string]$Where, [string]$Obstacle)

    Stop-Call -Result $result -Message ("Stopped before ${Where}: the guard is armed no longer ($Obstacle). Nothing more " +
        'was done. Give the guard more time, or find out what makes the host slow, and run again')
}

# What there was before the first step. Under a guard that is what the guard saved: this call may be the last of several.
function Get-Saved {
    # also refuses names that are not those of one rule any more
    $now = Get-FirewallState -Group $wanted.group -Profiles $wanted.outbound.profiles -Adopt $wanted.adopt
    $armed = if ($wanted.guard_token) { Read-Guard -Name 'armed' }
    if ($armed -and $armed.token -eq $wanted.guard_token -and $armed.group -eq $wanted.group) { $armed } else { $now }
}

# Takes everything back. What the host has then is asked for, not assumed.
function Undo-Change {
    $problem = @(try { Restore-State -State $saved } catch { $_.Exception.Message }) -join ' ' -replace '\s+', ' '
    $other = @(try { Get-Difference -State $saved } catch { $_.Exception.Message }) -join ', '
    if ($problem -or $other) {
        $undo.message = "Not all of it could be taken back ($problem). Not as before: $other"
        return
    }
    $since = if ($wanted.restore) { 'before the first step' }
    elseif ($saved.token) { 'when the guard was armed' }
    else { 'before this call' }
    $undo.message = "The group and the default outbound action are again as they were $since"
    if ($wanted.guard_token -and (Complete-Guard -Token $wanted.guard_token)) { $undo.message += '; the guard is ended' }
}

function Stop-Failed {
    param([string]$Where, $Record)

    $cause = $Record.Exception.GetBaseException().Message -replace '\s+', ' '
    $message = "Failed at ${Where}: $cause"
    if ($checkMode) { Stop-Call -Result $result -Message $message -Record $Record }
    $obstacle = Invoke-Guarded -Do { Undo-Change }
    $result.changed = [bool]$undo.message -and $undo.message -like 'Not all*'
    $more = if ($obstacle) { "The guard is armed no longer ($obstacle)" } else { "$($undo.message). Mend the cause and run again" }
    Stop-Call -Result $result -Message "$message. $more" -Record $Record
}

# Back to what an earlier call has saved, where the steps between were calls of their own.
function Restore-Before {
    $result.changed = [bool]@(Get-Difference -State $saved)
    if ($result.changed -and -not $checkMode) {
        Undo-Change
        if ($undo.message -like 'Not all*') { Stop-Call -Result $result -Message $undo.message }
    }
    Exit-Call -Result $result
}

if ($wanted.steps -and -not $wanted.script) {
    Stop-Call -Result $result -Message 'script: is empty; the action plugin of this module fills it, so call it by its full name'
}
$diff = [System.Collections.Generic.List[string]]::new()
$undo = @{}
if ($wanted.restore) {
    $saved = $wanted.restore
    Restore-Before
}
$script = Get-StepScript -Text $wanted.script
$maker = Get-Command -Name New-Object
$work = @(Get-Work)
try {
    $saved = if (-not $checkMode) { Get-Saved }
}
catch { Stop-Call -Result $result -Message "Nothing was changed: $($_.Exception.Message)" -Record $_ }
if ($wanted.save) { $result.saved = $saved }
$number = 0
foreach ($one in $work) {
    $number++
    $where = "$($one.label) ($number of $($work.Count))"
    try { $obstacle = Invoke-Guarded -Do $one.do -Step $one.step }
    catch { Stop-Failed -Where $where -Record $_ }
    if ($obstacle) { Stop-Guarded -Where $where -Obstacle $obstacle }
}
if ($wanted._ansible_diff -and $diff.Count) { $result.diff = @{ prepared = -join $diff } }
if ($wanted.guard_token -and -not $checkMode) {
    $result.until = ConvertTo-Time -Time (Get-Deadline -Armed (Read-Guard -Name 'armed'))
}
Exit-Call -Result $result
