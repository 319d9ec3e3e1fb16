# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The end of a self-test, over a connection that was made after its guard was armed: what came of the guard and of the
# listener.

#AnsibleRequires -PowerShell .SelftestRules
#AnsibleRequires -PowerShell .SelftestHost
#AnsibleRequires -PowerShell .GuardFiles
#AnsibleRequires -PowerShell .PortListener

# after its time a guard has so many seconds
$graceTime = 60

# The guard takes this rule away. Until when it waits from now on: there is nothing more to do under it.
function Complete-Try {
    param([string]$Group, [string]$Token, [int]$Seconds)

    $lock = Open-Lock -Folder (Get-GuardFolder) -Seconds 60
    try {
        $armed = Read-Guard -Name 'armed'
        if (-not $armed -or $armed.token -ne $Token) { return }
        $rule = New-TriedRule -Group $Group -Name "$Group left for the guard"
        (New-Object -ComObject HNetCfg.FwPolicy2).Rules.Add($rule)
        $until = [datetime]::UtcNow.AddSeconds($Seconds)
        Set-Deadline -Armed $armed -Deadline $until
        $until.ToString('o', [cultureinfo]::InvariantCulture)
    }
    finally { if ($lock) { $lock.Dispose() } }
}

# What the guard has left when it has ended, nothing where it has not.
function Wait-Guard {
    param([string]$Token)

    $armed = Read-Guard -Name 'armed'
    $until = if ($armed -and $armed.token -eq $Token) { Get-Deadline -Armed $armed } else { [datetime]::UtcNow }
    $until = $until.AddSeconds($graceTime)
    while ([datetime]::UtcNow -lt $until) {
        $restored = Read-Guard -Name 'restored'
        # the last that it takes away before it ends
        $running = Test-Path -LiteralPath (Get-GuardPath -Name "process-$Token")
        if ($restored -and $restored.token -eq $Token -and -not $running) { return $restored }
        Start-Sleep -Milliseconds 200
    }
}

function Get-RestoreWord {
    param($Context)

    $restored = $Context.restored
    if (-not $restored) { return 'not restored' }
    if ($restored.problem) { return "not restored: $($restored.problem)" }
    $policy = New-Object -ComObject HNetCfg.FwPolicy2
    $left = @(Get-TriedRule -Policy $policy -Group $Context.group)
    if ($left) { return "rules are left: $(@($left | ForEach-Object { $_.Name }) -join ', ')" }
    'restored', "at $(ConvertTo-Time -Time (ConvertFrom-Time -Time $restored.at))"
}

function Get-TimeWord {
    param($Context)

    if (-not $Context.restored) { return 'not restored' }
    # the outcome is told in whole seconds
    $late = ((ConvertFrom-Time -Time $Context.restored.at) - (ConvertFrom-Time -Time $Context.until)).TotalSeconds
    $said = "$([int]$late) s after its time"
    if ($late -ge -1) { 'at its time', $said } else { $said }
}

# Where no guard was armed, nothing can be said of it.
function Assert-Guarded {
    param($Context)

    if (-not $Context.until) { Stop-Check -Reason 'the guard of the self-test was not armed, or had ended before' }
}

function Assert-Listening {
    param($Context)

    if (-not $Context.listener) { Stop-Check -Reason 'the listener of the self-test was not started' }
}

$checks = @{
    guard_restores = {
        Assert-Guarded -Context $args[0]
        Get-RestoreWord -Context $args[0]
    }
    guard_waits = {
        Assert-Guarded -Context $args[0]
        Get-TimeWord -Context $args[0]
    }
    guard_task = {
        Assert-Guarded -Context $args[0]
        Get-TaskCode -Name "therefore.firewall guard $($args[0].token)"
    }
    guard_files = {
        Assert-Guarded -Context $args[0]
        @(Get-ChildItem -LiteralPath (Get-GuardFolder) | ForEach-Object { $_.Name } | Sort-Object) -join ', '
    }
    listener_lives = {
        Assert-Listening -Context $args[0]
        Get-ListenerWord -Port $args[0].listener -Protocol 'tcp' -Nonce $args[0].nonce
    }
    listener_ends = {
        Assert-Listening -Context $args[0]
        (Stop-PortListener -Nonce $args[0].nonce).stopped
    }
}

# Waits for the guard first, and leaves nothing, whatever was found.
function Invoke-Finish {
    param([object[]]$Line, $Context)

    try {
        if ($Context.until) { $Context.restored = Wait-Guard -Token $Context.token }
        Invoke-Check -Line $Line -Check $checks -Context $Context
    }
    finally {
        $null = Stop-PortListener -Nonce $Context.nonce
        $null = Remove-TriedRule -Group $Context.group
        Remove-SelftestFolder -Nonce $Context.nonce
    }
}

Export-ModuleMember -Function Complete-Try, Invoke-Finish
