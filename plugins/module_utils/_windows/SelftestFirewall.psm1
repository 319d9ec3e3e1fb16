# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Tries what we assume of the collection of rules, of the profiles, and of what the registry tells. Nothing but rules of
# the group is made; profiles and registry are read.

#AnsibleRequires -PowerShell .SelftestRules
#AnsibleRequires -PowerShell .Registry
#AnsibleRequires -PowerShell .Profiles
#AnsibleRequires -PowerShell .HostState

$profileBits = [ordered]@{ Domain = 1; Private = 2; Public = 4 }
$policyKey = 'HKLM:\SOFTWARE\Policies\Microsoft\WindowsFirewall'
$mdmKey = 'HKLM:\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\Mdm'
$valueNames = @{
    enabled = 'EnableFirewall'; inbound = 'DefaultInboundAction'; outbound = 'DefaultOutboundAction'
    local_rules_honoured = 'AllowLocalPolicyMerge'
}

function Get-Policy { New-Object -ComObject HNetCfg.FwPolicy2 }

function Add-Rule {
    param([string]$Group, [string]$Name)

    $rule = New-TriedRule -Group $Group -Name "$Group $Name"
    $rule.Protocol = 6
    $rule.LocalPorts = '8000'
    (Get-Policy).Rules.Add($rule)
}

function Get-Named {
    param([string]$Group, [string]$Name)

    foreach ($rule in Get-TriedRule -Policy (Get-Policy) -Group $Group) { if ($rule.Name -eq "$Group $Name") { $rule } }
}

# The former lines have left so many twins.
function Get-TwinCount {
    param($Context, [int]$Wanted)

    $count = @(Get-Named -Group $Context.group -Name 'twin').Count
    for ($i = $count; $i -lt $Wanted; $i++) { Add-Rule -Group $Context.group -Name 'twin' }
    $count
}

function Get-Refusal {
    param([scriptblock]$Do)

    try { $null = & $Do }
    catch { return (Get-RefusalText -Exception $_.Exception), $_.Exception.GetBaseException().Message }
    'taken'
}

# What the firewall says of the first profile for which the cmdlets say that nothing is set.
function Get-Unset {
    param([string]$Property, [string]$Method)

    foreach ($name in $profileBits.Keys) {
        if ("$((Get-NetFirewallProfile -Name $name).$Property)" -ne 'NotConfigured') { continue }
        $action = if ($Method -eq 'inbound') { (Get-Policy).DefaultInboundAction($profileBits[$name]) }
        else { (Get-Policy).DefaultOutboundAction($profileBits[$name]) }
        return @{ 0 = 'block'; 1 = 'allow' }[[int]$action], "profile $name"
    }
    Stop-Check -Reason "the host sets its $Method action on every profile"
}

# Which store sets a value by the registry, whatever Windows makes of it.
function Get-Origin {
    param([string]$Name, [string]$Setting)

    foreach ($store in @(@('group_policy', $policyKey), @('mdm', $mdmKey))) {
        $keys = @("$($store[1])\${Name}Profile")
        if ($Name -ne 'domain' -and ($store[0] -eq 'mdm' -or $Setting -eq 'enabled')) { $keys += "$($store[1])\StandardProfile" }
        foreach ($key in $keys) { if ((Get-RegistryTable -Path $key).ContainsKey($valueNames[$Setting])) { return $store[0] } }
    }
    'local'
}

# Each value that one store sets, as our reader works it out and as Windows has it in force.
function Compare-InForce {
    param([string]$Origin)

    $table = (Get-ProfileTable -Policy (Get-Policy)).profiles
    $active = @{}
    foreach ($one in Get-NetFirewallProfile -PolicyStore ActiveStore) { $active["$($one.Name)"] = $one }
    $differing = @()
    $count = 0
    foreach ($name in $table.Keys) {
        $words = @{
            enabled = "$($active[$name].Enabled)" -eq 'True'
            inbound = "$($active[$name].DefaultInboundAction)".ToLowerInvariant()
            outbound = "$($active[$name].DefaultOutboundAction)".ToLowerInvariant()
            local_rules_honoured = "$($active[$name].AllowLocalFirewallRules)" -ne 'False'
        }
        foreach ($setting in @($words.Keys)) {
            if ((Get-Origin -Name $name -Setting $setting) -ne $Origin) { continue }
            # the reader marks what Windows has told it otherwise
            $other = $table[$name].origin[$setting] -eq 'active_store' -or $table[$name][$setting] -ne $words[$setting]
            if ($other) { $differing += "$name ${setting}: $($words[$setting])" }
            $count++
        }
    }
    if (-not $count) { Stop-Check -Reason "nothing of a profile comes from there on this host" }
    if ($differing) { return "otherwise: $(($differing | Sort-Object) -join ', ')" }
    'as worked out', "$count values"
}

# Where a policy says something else of being on than the host does.
function Get-LocalEnabled {
    $tried = @(foreach ($name in $profileBits.Keys) {
            $own = "$((Get-NetFirewallProfile -Name $name).Enabled)" -eq 'True'
            $switch = (Get-RegistryTable -Path "$policyKey\${name}Profile")['EnableFirewall']
            if ($null -eq $switch -or [bool]$switch -eq $own) { continue }
            if ([bool](Get-Policy).FirewallEnabled($profileBits[$name]) -eq $own) { 'own' } else { "that of the policy for $name" }
        })
    if (-not $tried) { Stop-Check -Reason 'no policy sets it otherwise than the host' }
    $other = @($tried | Where-Object { $_ -ne 'own' })
    if ($other) { $other -join ', ' } else { "the host's own" }
}

function Get-ActiveWord {
    $unknown = @(foreach ($one in Get-NetFirewallProfile -PolicyStore ActiveStore) {
            if ("$($one.Enabled)" -notin 'True', 'False') { "Enabled $($one.Enabled)" }
            foreach ($name in 'DefaultInboundAction', 'DefaultOutboundAction') {
                if ("$($one.$name)" -notin 'Allow', 'Block') { "$name $($one.$name)" }
            }
            if ("$($one.AllowLocalFirewallRules)" -notin 'True', 'False', 'NotConfigured') {
                "AllowLocalFirewallRules $($one.AllowLocalFirewallRules)"
            }
        })
    if ($unknown) { $unknown -join ', ' } else { 'known words' }
}

function Get-ModifyState {
    $policy = Get-Policy
    $active = @($profileBits.Keys | Where-Object { $policy.CurrentProfileTypes -band $profileBits[$_] })
    $ignoring = @($active | Where-Object {
            (Get-RegistryTable -Path "$policyKey\${_}Profile")['AllowLocalPolicyMerge'] -eq 0
        })
    $blocked = @($active | Where-Object { $policy.BlockAllInboundTraffic($profileBits[$_]) })
    $expected = if ($ignoring) { 1 } elseif ($blocked) { 2 } else { 0 }
    $found = [int]$policy.LocalPolicyModifyState
    if ($found -eq $expected) { 'as worked out', "state $found" } else { "$found, and $expected by what is set" }
}

function Compare-Cim {
    param($Ours, $Cim)

    if ($Ours -eq $Cim) { 'the same as CIM', "$Ours" } else { "$Ours, and CIM says $Cim" }
}

function Compare-Network {
    $policy = Get-Policy
    $active = @($profileBits.Keys | Where-Object { $policy.CurrentProfileTypes -band $profileBits[$_] } | Sort-Object)
    $networks = @(Get-ConnectedNetwork)
    if (-not $networks) { Stop-Check -Reason 'no network is connected' }
    $theirs = @($networks | ForEach-Object { $_.profile } | Sort-Object -Unique)
    if (($theirs -join ',') -eq ($active -join ',')) { 'the same as the firewall', ($theirs -join ',') }
    else { "networks have $($theirs -join ','), active are $($active -join ',')" }
}

$checks = @{
    twins = {
        $null = Get-TwinCount -Context $args[0] -Wanted 2
        @(Get-Named -Group $args[0].group -Name 'twin').Count
    }
    remove_one = {
        $null = Get-TwinCount -Context $args[0] -Wanted 2
        (Get-Policy).Rules.Remove("$($args[0].group) twin")
        @(Get-Named -Group $args[0].group -Name 'twin').Count
    }
    remove_case = {
        Add-Rule -Group $args[0].group -Name 'case'
        (Get-Policy).Rules.Remove("$($args[0].group) case".ToUpperInvariant())
        @(Get-Named -Group $args[0].group -Name 'case').Count
    }
    remove_nobody = {
        (Get-Policy).Rules.Remove("$($args[0].group) nobody")
        'no error'
    }
    seen_at_once = {
        Add-Rule -Group $args[0].group -Name 'seen'
        (Get-Named -Group $args[0].group -Name 'seen').LocalPorts = '8001'
        (Get-Named -Group $args[0].group -Name 'seen').LocalPorts
    }
    refused_is_lost = {
        Add-Rule -Group $args[0].group -Name 'kept'
        $rule = Get-Named -Group $args[0].group -Name 'kept'
        try { $rule.Protocol = 1 } catch { $null = $_ }
        (Get-Named -Group $args[0].group -Name 'kept').Protocol
    }
    words = {
        $rule = New-TriedRule -Group $args[0].group -Name "$($args[0].group) words"
        $said = (Get-Refusal -Do { $rule.LocalPorts = '80' })[1]
        "$said".Split('.')[0] + '.'
    }
    one_profile = { Get-Refusal -Do { (Get-Policy).FirewallEnabled(6) } }
    unset_inbound = { Get-Unset -Property 'DefaultInboundAction' -Method 'inbound' }
    unset_outbound = { Get-Unset -Property 'DefaultOutboundAction' -Method 'outbound' }
    local_enabled = { Get-LocalEnabled }
    active_words = { Get-ActiveWord }
    local_in_force = { Compare-InForce -Origin 'local' }
    group_policy_in_force = { Compare-InForce -Origin 'group_policy' }
    mdm_in_force = { Compare-InForce -Origin 'mdm' }
    modify_state = { Get-ModifyState }
    domain_member = {
        $joined = Test-DomainJoined -ProfileTable (Get-ProfileTable -Policy (Get-Policy)).profiles
        Compare-Cim -Ours $joined -Cim (Get-CimInstance -ClassName Win32_ComputerSystem).PartOfDomain
    }
    domain_controller = {
        Compare-Cim -Ours (Test-DomainController) -Cim ((Get-CimInstance -ClassName Win32_ComputerSystem).DomainRole -ge 4)
    }
    windows_version = {
        $version = [version](Get-CimInstance -ClassName Win32_OperatingSystem).Version
        Compare-Cim -Ours (Get-WindowsVersion) -Cim "$($version.Major).$($version.Minor)"
    }
    networks = { Compare-Network }
    products = {
        $products = New-Object -ComObject HNetCfg.FwProducts
        'answers', "$(@($products | Where-Object { $_ }).Count) products"
    }
    indirect_text = {
        $text = Resolve-IndirectString -Text '@FirewallAPI.dll,-28502'
        if ($text.StartsWith('@')) { 'none' } else { 'a text', $text }
    }
}

function Invoke-FirewallTry {
    param([object[]]$Line, $Context)

    try { Invoke-Check -Line $Line -Check $checks -Context $Context }
    finally { $null = Remove-TriedRule -Group $Context.group }
}

Export-ModuleMember -Function Invoke-FirewallTry
