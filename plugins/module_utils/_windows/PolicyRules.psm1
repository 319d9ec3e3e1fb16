# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The rules that group policy and MDM (Intune) bring, from the registry: MS-GPFAS 2.2.2.19. The firewall's COM object
# shows them to nobody.

#AnsibleRequires -PowerShell .Registry
#AnsibleRequires -PowerShell .RuleValues

$stores = [ordered]@{
    group_policy = 'HKLM:\SOFTWARE\Policies\Microsoft\WindowsFirewall\FirewallRules'
    mdm = 'HKLM:\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\Mdm\FirewallRules'
}
$actions = @{ Allow = 'allow'; Block = 'block'; ByPass = 'allow' }
$directions = @{ In = 'in'; Out = 'out' }
# Fields that narrow a rule and are no option of win_firewall_rule, by our word for them.
$conditionNames = @{
    IF = 'interfaces'; AppPkgId = 'package'; LUOwn = 'owner'; LUAuth = 'local_users'; LUAuth2_24 = 'local_users'
    RUAuth = 'remote_users'; RMauth = 'remote_machines'; NNm = 'networks'; SecurityRealmId = 'security_realm'
    TTK = 'trust_tuples'; TTK2_22 = 'trust_tuples'; TTK2_27 = 'trust_tuples'; TTK2_28 = 'trust_tuples'
    SkipVer = 'not_before_version'
}
# Fields that are options, and those that make no difference to what a rule blocks (MS-FASP 2.2.35).
$otherNames = 'Action', 'Active', 'Dir', 'Profile', 'Protocol', 'LPort', 'LPort2_10', 'LPort2_20', 'LPort2_25',
'LPort2_29', 'RPort', 'RPort2_10', 'RPort2_28', 'Security', 'Security2_9', 'Security2', 'IFType', 'App', 'Svc',
'LA4', 'RA4', 'LA6', 'RA6', 'RA42', 'RA62', 'Name', 'Desc', 'EmbedCtxt', 'Edge', 'Defer', 'LSM', 'ICMP4', 'ICMP6',
'Platform', 'Platform2', 'AuthByPassOut', 'LOM', 'PCross'
$texts = @{
    Security = 'Authenticate', 'AuthenticateEncrypt'; Security2_9 = , 'An-NoEncap'; Security2 = , 'AnE-Nego'
    Edge = 'TRUE', 'FALSE'; Defer = 'App', 'User'; Active = 'TRUE', 'FALSE'
    Action = 'Allow', 'Block', 'ByPass'; Dir = 'In', 'Out'
}
$optionNames = @{
    Action = 'action'; Active = 'enabled'; Dir = 'direction'; Edge = 'edge'; Defer = 'edge'
    Security = 'security'; Security2_9 = 'security'; Security2 = 'security'
}

# The fields of a policy string, each with all its values: v2.30|Action=Allow|LPort=80|LPort=443|...
function Get-PolicyField {
    param([string]$Text)

    $fields = @{}
    foreach ($part in $Text.Split('|')) {
        $name, $value = $part.Split([char[]]'=', 2)
        if ($null -eq $value) { continue }
        $fields[$name] = @($fields[$name] | Where-Object { $_ }) + $value
    }
    $fields
}

function Get-Default {
    param([string]$Text)

    if ($Text) { $Text } else { 'any' }
}

# The policy has one field per address family; a keyword that stands in both means both, as the firewall writes it.
function Get-PolicyAddress {
    param($Fields, [string]$Side, [System.Collections.Generic.List[string]]$Strange)

    $keywords = @{ IntErnet = 'Internet'; IntrAnet = 'Intranet'; RmtIntrAnet = 'RmtIntranet' }
    $families = @{}
    foreach ($family in '4', '6') {
        $families[$family] = @(foreach ($name in "$Side$family", "$Side${family}2") {
                foreach ($one in @($Fields[$name] | Where-Object { $_ })) {
                    if ($keywords.ContainsKey($one)) { $keywords[$one] } else { $one }
                }
            })
    }
    $result = foreach ($family in '4', '6') {
        $other = if ($family -eq '4') { '6' } else { '4' }
        foreach ($one in $families[$family]) {
            if ($one -match '[.:]') { $one }
            elseif ($one -notin $families[$other]) { "$one$family" }
            elseif ($family -eq '4') { $one }
        }
    }
    ConvertTo-AddressList -Text (@($result) -join ',') -Strange $Strange
}

function Get-PolicyPort {
    param($Fields, [string]$Side, [System.Collections.Generic.List[string]]$Strange)

    $names = @($Fields.Keys | Where-Object { $_ -eq $Side -or $_ -like "${Side}2_*" } | Sort-Object)
    ConvertTo-PortList -Text (@($names | ForEach-Object { $Fields[$_] }) -join ',') -Strange $Strange
}

function Get-PolicySecurity {
    param($Fields)

    # the newer fields say more, and stand beside the older one
    if ($Fields['Security2'] -contains 'AnE-Nego') { return 'authdynenc' }
    if ($Fields['Security2_9'] -contains 'An-NoEncap') { return 'authnoencap' }
    switch ("$($Fields['Security'])") {
        'Authenticate' { 'authenticate' }
        'AuthenticateEncrypt' { 'authenc' }
        default { 'notrequired' }
    }
}

function Get-PolicyEdge {
    param($Fields)

    if ($Fields['Defer'] -contains 'User') { 'deferuser' }
    elseif ($Fields['Defer'] -contains 'App') { 'deferapp' }
    elseif ($Fields['Edge'] -contains 'TRUE') { 'yes' }
    else { 'no' }
}

# What narrows the rule. The operator stands for the last platform (MS-GPFAS 2.2.2.19).
function Get-PolicyCondition {
    param($Fields)

    $conditions = @{}
    foreach ($field in $conditionNames.Keys | Sort-Object) {
        $values = @($Fields[$field] | Where-Object { $_ })
        $name = $conditionNames[$field]
        if ($values) { $conditions[$name] = @($conditions[$name] | Where-Object { $_ }) + $values }
    }
    $platforms = @($Fields['Platform'] | Where-Object { $_ })
    if ($platforms) {
        if ($Fields['Platform2']) { $platforms[-1] += ":$($Fields['Platform2'][-1])" }
        $conditions.platforms = $platforms
    }
    $conditions
}

# Fields that nobody here knows, and options with a word that nobody here knows. What Windows makes of a rule that does
# not say what it does is not told either.
function Get-StrangeField {
    param($Fields)

    if ($Fields.Count) { foreach ($name in 'Action', 'Dir') { if (-not $Fields[$name]) { $optionNames[$name] } } }
    foreach ($name in $Fields.Keys) {
        if ($texts.ContainsKey($name)) {
            if (@($Fields[$name] | Where-Object { $_ -notin $texts[$name] })) { $optionNames[$name] }
        }
        elseif ($name -notin $otherNames -and -not $conditionNames.ContainsKey($name)) { $name }
    }
}

function ConvertFrom-PolicyRule {
    param([string]$Text, [string]$Source)

    $fields = Get-PolicyField -Text $Text
    $strange = @{}
    foreach ($name in 'profiles', 'protocol', 'localport', 'remoteport', 'localip', 'remoteip', 'interfacetypes',
        'icmp_type_code') {
        $strange[$name] = [System.Collections.Generic.List[string]]::new()
    }
    $action, $direction = "$($fields['Action'])", "$($fields['Dir'])"
    $protocol = if ($fields['Protocol']) { "$($fields['Protocol'])" } else { '256' }
    $types = @($fields['ICMP4'], $fields['ICMP6'] | ForEach-Object { $_ } | Where-Object { $_ }) -join ','
    $words = @($fields['Profile'] | Where-Object { $_ })
    $interfaces = @($fields['IFType'] | Where-Object { $_ }) -join ','
    $rule = @{
        policy_source = $Source
        name = "$($fields['Name'])"
        description = "$($fields['Desc'])"
        group = "$($fields['EmbedCtxt'])"
        direction = if ($directions.ContainsKey($direction)) { $directions[$direction] } else { 'in' }
        # ByPass is an allow that also beats block rules
        action = if ($actions.ContainsKey($action)) { $actions[$action] } else { "$action" }
        enabled = $fields['Active'] -contains 'TRUE'
        profiles = @(ConvertFrom-ProfileWord -Word $words -Strange $strange.profiles)
        protocol = ConvertTo-Protocol -Text $protocol -Strange $strange.protocol
        localport = Get-PolicyPort -Fields $fields -Side 'LPort' -Strange $strange.localport
        remoteport = Get-PolicyPort -Fields $fields -Side 'RPort' -Strange $strange.remoteport
        localip = Get-PolicyAddress -Fields $fields -Side 'LA' -Strange $strange.localip
        remoteip = Get-PolicyAddress -Fields $fields -Side 'RA' -Strange $strange.remoteip
        program = Get-Default -Text "$($fields['App'])"
        service = Get-Default -Text "$($fields['Svc'])"
        interfacetypes = @(ConvertTo-InterfaceList -Text $interfaces -Strange $strange.interfacetypes)
        edge = Get-PolicyEdge -Fields $fields
        security = Get-PolicySecurity -Fields $fields
        icmp_type_code = @(ConvertTo-TypeList -Text $types -Strange $strange.icmp_type_code)
    }
    $conditions = Get-PolicyCondition -Fields $fields
    if ($conditions.Count) { $rule.conditions = $conditions }
    $unknown = @(
        $strange.Keys | Where-Object { $strange[$_].Count }
        Get-StrangeField -Fields $fields
        if ($Text -notmatch '^v[0-9]{1,3}\.[0-9]{1,3}\|') { 'rule' }
    ) | Sort-Object -Unique
    if ($unknown) {
        $rule.not_understood = @($unknown)
        $rule.raw = $Text
    }
    $rule
}

# First those of group policy, each store in the order of its values' names.
function Get-PolicyRule {
    foreach ($source in $stores.Keys) {
        $strings = Get-RegistryTable -Path $stores[$source]
        foreach ($name in $strings.Keys | Sort-Object) {
            ConvertFrom-PolicyRule -Text "$($strings[$name])" -Source $source
        }
    }
}

Export-ModuleMember -Function Get-PolicyRule, Get-PolicyField, Get-PolicyCondition
