# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The three profiles: what the host itself sets, what group policy and MDM set, and what of it is in force.
#
# MS-FASP 2.2.38 has the laws. For being on and for the default actions the value of group policy wins where there is
# one, the local one counts otherwise; whether local rules count is always group policy's word; of "block all that
# comes in" any switch that is on wins. MS-GPFAS 2.2.3 has the names of the values: those that it forbids below
# StandardProfile are not read there. Two things are left open by both, and are readings: for which profiles
# StandardProfile stands (Private and Public, where they have no value of their own), and the rank of MDM (below group
# policy, above the host). Where policies have a say, Windows is therefore asked for what it enforces.

#AnsibleRequires -PowerShell .Registry

$profileBits = [ordered]@{ domain = 1; private = 2; public = 4 }
$actions = @{ 0 = 'block'; 1 = 'allow' }
$stores = [ordered]@{
    group_policy = 'HKLM:\SOFTWARE\Policies\Microsoft\WindowsFirewall'
    mdm = 'HKLM:\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\Mdm'
}
$valueNames = @{
    enabled = 'EnableFirewall'; inbound = 'DefaultInboundAction'; outbound = 'DefaultOutboundAction'
    local_rules_honoured = 'AllowLocalPolicyMerge'; local_ipsec_honoured = 'AllowLocalIPsecPolicyMerge'
    shielded = 'DoNotAllowExceptions'
}
# the Firewall CSP calls it so
$mdmNames = @{ shielded = 'Shielded' }
$belowStandard = 'enabled', 'shielded'

# A switch of a policy, 0 or 1. Another number counts as on (a reading). MS-GPFAS wants a REG_DWORD: anything else sets
# nothing.
function ConvertTo-Switch {
    param($Value)

    if ($Value -is [int] -or $Value -is [long]) { [bool]$Value }
}

# What one store sets for one profile. Values of the wrong kind are named.
function Get-StoreSetting {
    param([string]$Store, [string]$Name, $Strange)

    $settings = @{}
    $keys = @("$($stores[$Store])\${Name}Profile")
    if ($Name -ne 'domain') { $keys += "$($stores[$Store])\StandardProfile" }
    foreach ($key in $keys) {
        $table = Get-RegistryTable -Path $key
        # the ordinary case
        if (-not $table.Count) { continue }
        $standard = $key -like '*\StandardProfile'
        foreach ($setting in $valueNames.Keys) {
            # MS-GPFAS is about group policy; nobody says that MDM's StandardProfile has less
            if ($standard -and $Store -eq 'group_policy' -and $setting -notin $belowStandard) { continue }
            foreach ($value in $valueNames[$setting], $mdmNames[$setting]) {
                if (-not $value -or -not $table.ContainsKey($value) -or $settings.ContainsKey($setting)) { continue }
                $switch = ConvertTo-Switch -Value $table[$value]
                if ($null -eq $switch) { $Strange.Add("$Store $Name ${value}: $($table[$value])") }
                else { $settings[$setting] = $switch }
            }
        }
    }
    $settings
}

# The first policy that sets it, else the host.
function Get-Effective {
    param([string]$Setting, $Policies, $Local)

    foreach ($store in $stores.Keys) {
        if (-not $Policies[$store].ContainsKey($Setting)) { continue }
        $switch = $Policies[$store][$Setting]
        $value = if ($Setting -in 'inbound', 'outbound') { if ($switch) { 'block' } else { 'allow' } } else { $switch }
        return @{ value = $value; origin = $store }
    }
    @{ value = $Local; origin = 'local' }
}

function Get-Shield {
    param($Policies, [bool]$Local)

    foreach ($store in $stores.Keys) { if ($Policies[$store]['shielded']) { return @{ value = $true; origin = $store } } }
    @{ value = $Local; origin = 'local' }
}

# Windows' own answer by profile: the merged store (FW_STORE_TYPE_DYNAMIC of MS-FASP 2.2.1). It costs a second, and an
# older Windows has no such command.
function Get-ActiveStore {
    $answers = @{}
    if (-not (Get-Command -Name Get-NetFirewallProfile -ErrorAction Ignore)) { return $answers }
    try { $found = @(Get-NetFirewallProfile -PolicyStore ActiveStore -ErrorAction Stop) }
    catch { return $answers }
    foreach ($one in $found) {
        $answer = @{}
        if ("$($one.Enabled)" -in 'True', 'False') { $answer.enabled = "$($one.Enabled)" -eq 'True' }
        if ("$($one.DefaultInboundAction)" -in 'Allow', 'Block') {
            $answer.inbound = "$($one.DefaultInboundAction)".ToLowerInvariant()
        }
        if ("$($one.DefaultOutboundAction)" -in 'Allow', 'Block') {
            $answer.outbound = "$($one.DefaultOutboundAction)".ToLowerInvariant()
        }
        if ("$($one.AllowLocalFirewallRules)" -in 'True', 'False') {
            $answer.local_rules_honoured = "$($one.AllowLocalFirewallRules)" -eq 'True'
        }
        $answers["$($one.Name)"] = $answer
    }
    $answers
}

function Get-ProfileState {
    param($Policy, [string]$Name, $Strange)

    $bit = $profileBits[$Name]
    $own = @{
        enabled = [bool]$Policy.FirewallEnabled($bit)
        inbound = $actions[[int]$Policy.DefaultInboundAction($bit)]
        outbound = $actions[[int]$Policy.DefaultOutboundAction($bit)]
    }
    $policies = @{}
    foreach ($store in $stores.Keys) {
        $policies[$store] = Get-StoreSetting -Store $store -Name $Name -Strange $Strange
    }
    $state = @{ active = [bool]($Policy.CurrentProfileTypes -band $bit); local = $own; origin = @{} }
    foreach ($setting in 'enabled', 'inbound', 'outbound') {
        $effective = Get-Effective -Setting $setting -Policies $policies -Local $own[$setting]
        $state[$setting], $state.origin[$setting] = $effective.value, $effective.origin
    }
    # also where MDM alone forbids them: the stricter of the two (a reading)
    $forbidding = @(foreach ($store in $stores.Keys) { if ($false -eq $policies[$store]['local_rules_honoured']) { $store } })
    $state.local_rules_honoured = -not $forbidding
    $state.origin.local_rules_honoured = if ($forbidding) { $forbidding[0] } else { 'local' }
    $state.local_ipsec_honoured = $true
    foreach ($store in $stores.Keys) {
        if ($false -eq $policies[$store]['local_ipsec_honoured']) { $state.local_ipsec_honoured = $false }
    }
    $shield = Get-Shield -Policies $policies -Local ([bool]$Policy.BlockAllInboundTraffic($bit))
    $state.shielded, $state.origin.shielded = $shield.value, $shield.origin
    $state
}

# Where Windows says something else than the stores do, it is right, and nobody knows whose doing that is.
function Merge-ActiveStore {
    param($State, $Answer)

    foreach ($setting in @($Answer.Keys)) {
        if ($State[$setting] -eq $Answer[$setting]) { continue }
        $State[$setting], $State.origin[$setting] = $Answer[$setting], 'active_store'
    }
}

function Get-ProfileTable {
    param($Policy)

    $strange = [System.Collections.Generic.List[string]]::new()
    $table = @{}
    foreach ($name in $profileBits.Keys) {
        $table[$name] = Get-ProfileState -Policy $Policy -Name $name -Strange $strange
    }
    $managed = @(foreach ($one in $table.Values) { foreach ($origin in $one.origin.Values) { if ($origin -ne 'local') { $one } } })
    if ($managed -or $strange.Count) {
        $answers = Get-ActiveStore
        foreach ($name in @($answers.Keys)) {
            if ($table.ContainsKey($name)) { Merge-ActiveStore -State $table[$name] -Answer $answers[$name] }
        }
    }
    @{ profiles = $table; not_understood = @($strange) }
}

Export-ModuleMember -Function Get-ProfileTable
