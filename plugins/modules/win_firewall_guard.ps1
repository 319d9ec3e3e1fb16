#!powershell

# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

#AnsibleRequires -CSharpUtil Ansible.Basic
#AnsibleRequires -PowerShell ..module_utils._windows.Detached
#AnsibleRequires -PowerShell ..module_utils._windows.FirewallGuard

$spec = @{
    options = @{
        group = @{ type = 'str' }
        state = @{ type = 'str'; choices = @('armed', 'confirmed'); default = 'armed' }
        seconds = @{ type = 'int'; default = 60 }
        token = @{ type = 'str'; no_log = $false }
    }
    supports_check_mode = $true
}
$module = [Ansible.Basic.AnsibleModule]::Create($args, $spec)
$wanted = $module.Params

$startTime = 30
# after its time and this, in seconds, a guard is dead: the host was restarted
$graceTime = 120

# In the order in which they can be set: the protocol before what depends on it, and the rule is switched on at last.
function Get-PropertyName {
    'Name', 'Description', 'Grouping', 'Direction', 'Action', 'Profiles', 'Protocol', 'LocalPorts', 'RemotePorts',
    'IcmpTypesAndCodes', 'LocalAddresses', 'RemoteAddresses', 'ApplicationName', 'ServiceName', 'InterfaceTypes',
    'Interfaces', 'EdgeTraversalOptions', 'SecureFlags', 'LocalAppPackageId', 'LocalUserOwner',
    'LocalUserAuthorizedList', 'RemoteUserAuthorizedList', 'RemoteMachineAuthorizedList', 'Enabled'
}

function Get-GroupRule {
    param($Policy, [string]$Group)

    foreach ($rule in $Policy.Rules) { if ($rule.Grouping -eq $Group) { $rule } }
}

function Get-SavedRule {
    param($Rule)

    $saved = @{}
    foreach ($name in Get-PropertyName) {
        $value = $Rule.$name
        if ($null -eq $value) { continue }
        $saved[$name] = if ($value -is [array]) { @($value | ForEach-Object { "$_" }) } else { $value }
    }
    $saved
}

# The cmdlets tell what is not configured from what is allowed; the COM object does not.
function Get-SavedProfile {
    param([string]$Name)

    $found = Get-NetFirewallProfile -Name $Name
    @{ name = $Name; enabled = "$($found.Enabled)"; outbound = "$($found.DefaultOutboundAction)" }
}

function Get-Folder {
    Join-Path -Path (Join-Path -Path $env:ProgramData -ChildPath 'therefore.firewall') -ChildPath 'guard'
}

function Get-GuardPath {
    param([string]$Name)

    Join-Path -Path (Get-Folder) -ChildPath "$Name.json"
}

# Nothing where there is no such file, also if the guard's process takes it away just now.
function Read-Guard {
    param([string]$Name)

    try { [System.IO.File]::ReadAllText((Get-GuardPath -Name $Name)) | ConvertFrom-Json }
    catch [System.IO.IOException] { return }
}

function Remove-Guard {
    param([string[]]$Name)

    foreach ($one in $Name) { [System.IO.File]::Delete((Get-GuardPath -Name $one)) }
}

# Any user may make folders below ProgramData; what is restored from here must come from an administrator.
function Initialize-Folder {
    $folder = Get-Folder
    $null = New-Item -Path $folder -ItemType Directory -Force
    if (-not (Get-Command -Name icacls.exe -ErrorAction Ignore)) { return }
    # by number: the names depend on the language
    $administrators, $system = '*S-1-5-32-544', '*S-1-5-18'
    $owner = icacls.exe $folder /setowner $administrators /t /q 2>&1
    $access = icacls.exe $folder /inheritance:r /grant:r "${administrators}:(OI)(CI)F" "${system}:(OI)(CI)F" /q 2>&1
    if ($LASTEXITCODE -ne 0) { throw "icacls: $owner $access" }
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

# A guard that was never ended, because the host was restarted, is in nobody's way.
function Assert-Free {
    foreach ($name in 'armed', 'restoring') {
        $other = Read-Guard -Name $name
        if (-not $other) { continue }
        $until = ConvertFrom-Time -Time $other.until
        $who = "A guard of group '$($other.group)' is armed until $(ConvertTo-Time -Time $until)"
        if ($until.AddSeconds($graceTime) -lt [datetime]::UtcNow) {
            $module.Warn("$who, and was neither confirmed nor did it restore: the host was restarted meanwhile")
            if (-not $module.CheckMode) { Remove-Guard -Name $name, "process-$($other.token)" }
            continue
        }
        $module.FailJson("$who; confirm it with its token (state: confirmed), or wait until it has restored the rules")
    }
}

function Get-State {
    $policy = New-Object -ComObject HNetCfg.FwPolicy2
    @{
        group = $wanted.group
        until = ConvertTo-Time -Time ([datetime]::UtcNow.AddSeconds($wanted.seconds + $startTime))
        rules = @(Get-GroupRule -Policy $policy -Group $wanted.group | ForEach-Object { Get-SavedRule -Rule $_ })
        profiles = @('Domain', 'Private', 'Public' | ForEach-Object { Get-SavedProfile -Name $_ })
    }
}

# Only one can make the file.
function Save-State {
    param($State)

    $bytes = [System.Text.Encoding]::UTF8.GetBytes((ConvertTo-Json -InputObject $State -Depth 5))
    $file = [System.IO.File]::Open((Get-GuardPath -Name 'armed'), 'CreateNew', 'Write', 'None')
    try { $file.Write($bytes, 0, $bytes.Length) } finally { $file.Dispose() }
}

function Start-Guard {
    param([string]$Token)

    $names = 'Get-PropertyName', 'Get-GroupRule', 'Get-SavedProfile'
    $shared = foreach ($name in $names) { "function $name {$((Get-Command -Name $name).Definition)}" }
    $script = Get-GuardScript -Shared ($shared -join "`n")
    Start-DetachedScript -Script $script -Data @{ folder = Get-Folder; token = $Token; seconds = $wanted.seconds }
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while (-not (Test-Path -LiteralPath (Get-GuardPath -Name "process-$Token"))) {
        if ($clock.Elapsed.TotalSeconds -gt $startTime) { throw "its process did not start within $startTime s" }
        Start-Sleep -Milliseconds 50
    }
}

function Complete-Failure {
    param($Record)

    $reason = $Record.Exception.Message -replace '\s+', ' '
    $module.FailJson("The guard cannot be armed, nothing was changed: $reason", $Record)
}

function Enable-Guard {
    if (-not "$($wanted.group)".Trim()) {
        $module.FailJson("group: '$($wanted.group)' is empty; give the group of the rules to save")
    }
    if ($wanted.seconds -lt 10 -or $wanted.seconds -gt 3600) {
        $module.FailJson("seconds: $($wanted.seconds) is out of range; give 10 to 3600")
    }
    Assert-Free
    if ($module.CheckMode) { return }
    $token = [guid]::NewGuid().ToString('N')
    try {
        Initialize-Folder
        $state = Get-State
        $state.token = $token
        Save-State -State $state
    }
    catch { Complete-Failure -Record $_ }
    Remove-Guard -Name 'restored', 'failed'
    try { Start-Guard -Token $token }
    catch {
        Remove-Guard -Name 'armed'
        Complete-Failure -Record $_
    }
    $module.Result.token = $token
    $module.Result.until = ConvertTo-Time -Time ([datetime]::UtcNow.AddSeconds($wanted.seconds))
    $module.Result.saved = $state.rules.Count
}

function Get-Restoration {
    $restored = Read-Guard -Name 'restored'
    if ($restored -and $restored.token -eq $wanted.token) {
        $at = ConvertTo-Time -Time (ConvertFrom-Time -Time $restored.at)
        $late = "Too late: the host went back to its former rules at $at"
        if (-not $restored.problem) { return $late }
        return "$late, but for an error: $($restored.problem) What was saved is in $(Get-GuardPath -Name 'failed')"
    }
    $restoring = Read-Guard -Name 'restoring'
    if ($restoring -and $restoring.token -eq $wanted.token) {
        return 'Too late: the host goes back to its former rules now'
    }
    "token: '$($wanted.token)' is of no guard on this host; give the one that was returned when it was armed"
}

# False where the guard's process had it first. Windows refuses to move a file that somebody reads: once more, then.
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

function Confirm-Change {
    if ($module.CheckMode) { return }
    if (-not $wanted.token) {
        $module.FailJson("token: '$($wanted.token)' is empty; give the one that was returned when the guard was armed")
    }
    $armed = Read-Guard -Name 'armed'
    if ($armed -and $armed.token -ne $wanted.token) {
        $module.FailJson("token: '$($wanted.token)' is not that of the guard of group '$($armed.group)' that is armed")
    }
    $process = Read-Guard -Name "process-$($wanted.token)"
    if (-not (Move-Armed -Name "confirmed-$($wanted.token)")) { $module.FailJson((Get-Restoration)) }
    Remove-Guard -Name "confirmed-$($wanted.token)"
    $running = if ($process) { Get-Process -Id $process.pid -ErrorAction Ignore }
    if ($running) { $null = $running.WaitForExit(5000) }
}

if ($wanted.state -eq 'armed') { Enable-Guard } else { Confirm-Change }
$module.ExitJson()
