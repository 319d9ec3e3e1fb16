#!powershell

# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

#AnsibleRequires -PowerShell ..module_utils._windows.Answer
#AnsibleRequires -PowerShell ..module_utils._windows.ArmedGuard
#AnsibleRequires -PowerShell ..module_utils._windows.Registry
#AnsibleRequires -PowerShell ..module_utils._windows.RuleValues
#AnsibleRequires -PowerShell ..module_utils._windows.LocalRules
#AnsibleRequires -PowerShell ..module_utils._windows.PolicyRules
#AnsibleRequires -PowerShell ..module_utils._windows.StoredRules
#AnsibleRequires -PowerShell ..module_utils._windows.Profiles
#AnsibleRequires -PowerShell ..module_utils._windows.HostState

# the action plugin has checked the options and set what is not given
$wanted = $complex_args
$result = @{ changed = $false; check_mode = [bool]$wanted._ansible_check_mode }
$filters = 'group', 'name_prefix', 'localport', 'remoteport', 'direction', 'plan_for'

$modifyStates = @{ 0 = 'ok'; 1 = 'group_policy_override'; 2 = 'inbound_blocked' }

function Test-Port {
    param([string]$Wanted, [string]$Ports, [string]$Protocol)

    if ($Ports -eq 'any') { return $Protocol -in 'tcp', 'udp', 'any' }
    $number = $Wanted -as [int]
    foreach ($port in $Ports.Split(',')) {
        if ($port -eq $Wanted) { return $true }
        if ($null -eq $number -or $port -notmatch '^(\d+)-(\d+)$') { continue }
        if ($number -ge [int]$Matches[1] -and $number -le [int]$Matches[2]) { return $true }
    }
    $false
}

# What a plan for a group looks at: its rules, those that have a name of them or of the wanted ones, what can block, and
# what may allow the same as a wanted one. Of all others no more is read than this takes.
function Select-Planned {
    param([object[]]$Head)

    $plan = $wanted.plan_for
    # upper and lower case as Windows takes them, in every language
    $names = [System.Collections.Generic.HashSet[string]]::new([System.StringComparer]::OrdinalIgnoreCase)
    foreach ($name in $plan.names) { $null = $names.Add($name) }
    foreach ($name in Get-NameAlike -Head $Head) { $null = $names.Add($name) }
    foreach ($one in $Head) { if ($one.group -eq $plan.group) { $null = $names.Add($one.name) } }
    $part = $plan.name_contains
    foreach ($one in $Head) {
        $hasPart = $null -ne $part -and $one.name.IndexOf($part, [System.StringComparison]::OrdinalIgnoreCase) -ge 0
        if ($hasPart -or $names.Contains($one.name) -or ($one.enabled -and $one.action -ne 'allow')) { $one }
    }
}

# The names of those that Test-Alike will look at. Many rules have the same ports: each text is judged once.
function Get-NameAlike {
    param([object[]]$Head)

    if (-not $plannedPorts.Count) { return }
    $planned = @{}
    foreach ($one in $Head) {
        if (-not $one.enabled -or $one.action -ne 'allow') { continue }
        try {
            if (Test-OwnProgram -Program $one.rule.ApplicationName) {
                $one.name
                continue
            }
            foreach ($ports in [string]$one.rule.LocalPorts, [string]$one.rule.RemotePorts) {
                if (-not $planned.ContainsKey($ports)) { $planned[$ports] = Test-Planned -Ports $ports }
                if ($planned[$ports]) { $one.name; break }
            }
        }
        # nobody knows what it allows, so that it equals none
        catch { continue }
    }
}

# Therefore's own programs, for which installers and people make rules.
function Test-OwnProgram {
    param([string]$Program)

    $Program.IndexOf('therefore', [System.StringComparison]::OrdinalIgnoreCase) -ge 0
}

# Whether ports are among those at which wanted ones begin. Rules for many ports are for none in particular.
function Test-Planned {
    param([string]$Ports)

    foreach ($part in $Ports.Split(',')) {
        $low, $high = $part.Split('-')
        if ($plannedPorts.ContainsKey($low)) { return $true }
        $first, $last = ($low -as [int]), ($high -as [int])
        if (-not $first -or -not $last -or $last - $first -gt 100) { continue }
        foreach ($port in $first..$last) { if ($plannedPorts.ContainsKey("$port")) { return $true } }
    }
    $false
}

function Test-Blocking {
    param($Rule)

    $Rule.enabled -and $Rule.action -ne 'allow'
}

# Whether a rule of others may allow what a wanted one does, or more.
function Test-Alike {
    param($Rule)

    if (-not $Rule.enabled -or $Rule.action -ne 'allow') { return $false }
    (Test-OwnProgram -Program $Rule.program) -or (Test-Planned -Ports $Rule.localport) -or
    (Test-Planned -Ports $Rule.remoteport)
}

# Whether addresses may be all of an IP version, which networks and ranges that begin at its first one can say in many
# ways. The plan knows which do.
function Test-Wide {
    param([string]$Text)

    $Text -in '', '*', 'any' -or $Text -match '(^|,)(0\.0\.0\.0|::)[/-]'
}

# All ports, which people also write as a range.
function Test-EveryPort {
    param([string]$Text)

    $Text -in '', '*', 'any', '0-65535', '1-65535'
}

# Whether an allow rule says no more than its direction, its profiles and a protocol with ports: everything passes then.
function Test-Open {
    param($Rule)

    $Rule.enabled -and $Rule.action -eq 'allow' -and $Rule.protocol -in 'tcp', 'udp', 'any' -and
    (Test-EveryPort -Text $Rule.localport) -and (Test-EveryPort -Text $Rule.remoteport) -and $Rule.localip -eq 'any' -and
    (Test-Wide -Text $Rule.remoteip) -and $Rule.program -eq 'any' -and $Rule.service -eq 'any' -and
    "$($Rule.interfacetypes)" -eq 'any' -and $Rule.security -eq 'notrequired' -and -not $Rule.conditions -and
    -not $Rule.not_understood
}

# Local rules that may be so; the rest of them need not be read for that.
function Select-Open {
    param([object[]]$Head)

    foreach ($one in $Head) {
        if (-not $one.enabled -or $one.action -ne 'allow') { continue }
        try {
            $rule = $one.rule
            if ($rule.ApplicationName -or $rule.ServiceName) { continue }
            if (-not (Test-EveryPort -Text $rule.LocalPorts) -or -not (Test-EveryPort -Text $rule.RemotePorts)) { continue }
            if (Test-Wide -Text $rule.RemoteAddresses) { $one }
        }
        # nobody knows what it allows
        catch { continue }
    }
}

function Test-Rule {
    param($Rule)

    # local rules that no plan needs were not even read
    $ofPolicy = $Rule.policy_source -ne 'local'
    if ($null -ne $wanted.plan_for -and $ofPolicy -and -not (Test-Blocking -Rule $Rule) -and
        -not (Test-Alike -Rule $Rule)) { return $false }
    if ($null -ne $wanted.direction -and $Rule.direction -ne $wanted.direction) { return $false }
    if ($null -ne $wanted.group -and $Rule.group -ne $wanted.group) { return $false }
    if ($null -ne $wanted.name_prefix -and
        -not $Rule.name.StartsWith($wanted.name_prefix, [System.StringComparison]::OrdinalIgnoreCase)) { return $false }
    foreach ($side in 'localport', 'remoteport') {
        if ($null -eq $wanted.$side) { continue }
        if (-not (Test-Port -Wanted $wanted.$side -Ports $Rule.$side -Protocol $Rule.protocol)) { return $false }
    }
    $true
}

# Rules of a policy name themselves by a resource of Windows, and so do local ones where the COM object finds no text.
function Resolve-Name {
    param($Rules)

    $texts = @{}
    foreach ($rule in $Rules) {
        if (-not $rule.name.StartsWith('@')) { continue }
        if (-not $texts.ContainsKey($rule.name)) { $texts[$rule.name] = Resolve-IndirectString -Text $rule.name }
        $rule.display_name = $texts[$rule.name]
    }
}

$plannedPorts = @{}
if ($wanted.plan_for) { foreach ($port in $wanted.plan_for.first_ports) { $plannedPorts[$port] = $true } }
try {
    $policy = New-Object -ComObject HNetCfg.FwPolicy2
    $state = Get-ProfileTable -Policy $policy
    $modifyState = $modifyStates[[int]$policy.LocalPolicyModifyState]
    $heads = @(Get-RuleHead -Policy $policy)
    $chosen = if ($wanted.plan_for) { @(Select-Planned -Head $heads) } else { $heads }
    $localRules = @(Get-LocalRule -Head $chosen)
    $policyRules = @(Get-PolicyRule)
    # all are read already, or the few that may be open
    $perhapsOpen = @(if ($wanted.plan_for) { Get-LocalRule -Head @(Select-Open -Head $heads) } else { $localRules })
}
catch {
    $message = "The Windows Firewall cannot be read: $($_.Exception.Message) $(Get-ServiceAdvice)"
    Stop-Call -Result $result -Message $message -Record $_
}

$profileTable = $state.profiles
$rules = $localRules + $policyRules
$read = @(if ($wanted.plan_for) { $localRules + $perhapsOpen } else { $localRules })
if ($read) { Add-RegistryField -Rules $read }
$openRules = @(foreach ($one in $perhapsOpen + $policyRules) { if (Test-Open -Rule $one) { $one } })
$filtered = @(foreach ($filter in $filters) { if ($null -ne $wanted.$filter) { $filter } })
if ($filtered) { $rules = @(foreach ($one in $rules) { if (Test-Rule -Rule $one) { $one } }) }
Resolve-Name -Rules ($rules + $openRules)
$resolved = @{}
foreach ($name in $wanted.resolve) { $resolved[$name] = @(Resolve-HostName -Name $name) }
$ignoring = @(foreach ($one in $profileTable.Values) { if ($one.active -and -not $one.local_rules_honoured) { $one } })
# as Test-Blocking: a call for each of some thousand rules would take longer than reading them
$blocking = @(foreach ($one in $heads + $policyRules) { if ($one.enabled -and $one.action -ne 'allow') { $one } })

# nothing at all would be an empty table in Windows PowerShell's JSON
$guard = Get-ArmedGuard
$result.guard = if ($guard) { $guard } else { $null }
$result.rules = $rules
$result.open_rules = $openRules
$groups = @{}
foreach ($one in $heads) { $groups[$one.group] = $true }
$result.groups = @($groups.Keys | Sort-Object)
$result.counts = @{
    local = $heads.Count
    group_policy = @($policyRules).Where({ $_.policy_source -eq 'group_policy' }).Count
    mdm = @($policyRules).Where({ $_.policy_source -eq 'mdm' }).Count
    blocking = $blocking.Count
    returned = $rules.Count
}
$result.profiles = $profileTable
$result.policies_not_understood = $state.not_understood
$result.networks = @(Get-ConnectedNetwork)
$result.other_firewalls = @(Get-FirewallProduct)
$result.windows_version = Get-WindowsVersion
$result.resolved = $resolved
$result.domain_joined = Test-DomainJoined -ProfileTable $profileTable
$result.domain_controller = Test-DomainController
$result.local_policy_modify_state = $modifyState
$result.local_rules_honoured = $modifyState -eq 'ok' -and -not $ignoring
Exit-Call -Result $result
