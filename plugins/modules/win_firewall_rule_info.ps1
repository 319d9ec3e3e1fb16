#!powershell

# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

#AnsibleRequires -CSharpUtil Ansible.Basic
#AnsibleRequires -PowerShell ..module_utils._windows.ArmedGuard

$spec = @{
    options = @{
        group = @{ type = 'str' }
        name_prefix = @{ type = 'str' }
        localport = @{ type = 'str' }
        remoteport = @{ type = 'str' }
        direction = @{ type = 'str'; choices = @('in', 'out') }
        resolve = @{ type = 'list'; elements = 'str'; default = @() }
    }
    supports_check_mode = $true
}
$module = [Ansible.Basic.AnsibleModule]::Create($args, $spec)

$policyKey = 'HKLM:\SOFTWARE\Policies\Microsoft\WindowsFirewall'
$profileBits = @{ domain = 1; private = 2; public = 4 }
$profileNames = 'domain', 'private', 'public'
$directions = @{ 1 = 'in'; 2 = 'out' }
$actions = @{ 0 = 'block'; 1 = 'allow' }
$protocols = @{ 1 = 'icmpv4'; 6 = 'tcp'; 17 = 'udp'; 58 = 'icmpv6'; 256 = 'any' }
$edges = @{ 0 = 'no'; 1 = 'yes'; 2 = 'deferapp'; 3 = 'deferuser' }
$securities = @{ 0 = 'notrequired'; 1 = 'authnoencap'; 2 = 'authenticate'; 3 = 'authdynenc'; 4 = 'authenc' }
$modifyStates = @{ 0 = 'ok'; 1 = 'group_policy_override'; 2 = 'inbound_blocked' }
$interfaceWords = @{ Lan = 'lan'; RemoteAccess = 'ras'; Wireless = 'wireless' }

# A host has a thousand rules and a handful of distinct values: each is brought into its form once.
$knownAddresses = @{ '*' = 'any'; '' = 'any' }
$knownPorts = @{ '*' = 'any'; '' = 'any' }
$knownTypes = @{ '*' = @('any'); '' = @('any') }
$knownInterfaces = @{ 'All' = @('any'); '' = @('any') }
$knownProfiles = @{}

# The only place that reads the registry: the values of one key, none where the key is missing.
function Get-RegistryTable {
    param([string]$Path)

    $table = @{}
    $key = Get-Item -LiteralPath $Path -ErrorAction Ignore
    if ($null -ne $key) {
        foreach ($name in $key.GetValueNames()) { $table[$name] = $key.GetValue($name) }
    }
    $table
}

function Join-Sorted {
    param([string[]]$Text)

    [System.Array]::Sort($Text, [System.StringComparer]::Ordinal)
    $Text -join ','
}

function ConvertTo-Mask {
    param([int]$Length)

    $bits = ('1' * $Length).PadRight(32, '0')
    (0..3 | ForEach-Object { [System.Convert]::ToInt32($bits.Substring(8 * $_, 8), 2) }) -join '.'
}

# One form for one address, however the firewall or the policy writes it: IPv4 with its mask, IPv6 with its prefix.
function ConvertTo-Address {
    param([string]$Text)

    # a keyword such as LocalSubnet
    if ($Text -notmatch '[.:]') { return $Text }
    if ($Text.Contains('-')) {
        $low, $high = foreach ($end in $Text.Split('-')) { [System.Net.IPAddress]::Parse($end).ToString() }
        if ($low -ne $high) { return "$low-$high" }
        # Windows gives a single IPv6 address back as a range of one
        $Text = $low
    }
    $address, $length = $Text.Split('/')
    $address = [System.Net.IPAddress]::Parse($address).ToString()
    if ($address.Contains(':')) {
        if ($null -eq $length) { $length = 128 }
        return "$address/$length"
    }
    if ($null -eq $length) { $length = 32 }
    if ("$length" -notmatch '\.') { $length = ConvertTo-Mask -Length $length }
    "$address/$length"
}

function ConvertTo-AddressList {
    param([string]$Text)

    if (-not $knownAddresses.ContainsKey($Text)) {
        $addresses = foreach ($one in $Text.Split(',')) { ConvertTo-Address -Text $one }
        $knownAddresses[$Text] = Join-Sorted -Text $addresses
    }
    $knownAddresses[$Text]
}

# Ports by number, keywords after them.
function ConvertTo-PortList {
    param([string]$Text)

    if (-not $knownPorts.ContainsKey($Text)) {
        $ports = @($Text.Split(',') | Sort-Object -Unique -Property @(
                { if ($_ -match '^\d') { [int]$_.Split('-')[0] } else { 65536 } },
                { if ($_ -match '-(\d+)$') { [int]$Matches[1] } else { 0 } },
                { $_ }
            ))
        $knownPorts[$Text] = $ports -join ','
    }
    $knownPorts[$Text]
}

function ConvertTo-TypeList {
    param([string]$Text)

    if (-not $knownTypes.ContainsKey($Text)) { $knownTypes[$Text] = (Join-Sorted -Text $Text.Split(',')).Split(',') }
    , $knownTypes[$Text]
}

function ConvertTo-InterfaceList {
    param([string]$Text)

    if (-not $knownInterfaces.ContainsKey($Text)) {
        $words = foreach ($one in $Text.Split(',')) { $interfaceWords[$one] }
        $knownInterfaces[$Text] = (Join-Sorted -Text $words).Split(',')
    }
    , $knownInterfaces[$Text]
}

function ConvertTo-ProfileList {
    param([int]$Bits)

    if (-not $knownProfiles.ContainsKey($Bits)) {
        $knownProfiles[$Bits] = @($profileNames | Where-Object { $Bits -band $profileBits[$_] })
    }
    , $knownProfiles[$Bits]
}

function ConvertTo-Protocol {
    param([int]$Number)

    if ($protocols.ContainsKey($Number)) { $protocols[$Number] } else { "$Number" }
}

function Get-Default {
    param([string]$Text)

    if ($Text) { $Text } else { 'any' }
}

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

function Test-Rule {
    param($Rule)

    $wanted = $module.Params
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

# Everything that win_firewall_rule can set, in its words. One loop, and a function for new values only: calls are what
# takes the time.
function Get-LocalRule {
    param($Policy)

    foreach ($rule in $Policy.Rules) {
        $localPorts = [string]$rule.LocalPorts
        $remotePorts = [string]$rule.RemotePorts
        $localAddresses = [string]$rule.LocalAddresses
        $remoteAddresses = [string]$rule.RemoteAddresses
        $types = [string]$rule.IcmpTypesAndCodes
        $interfaces = [string]$rule.InterfaceTypes
        $bits = [int]$rule.Profiles
        $protocol = [int]$rule.Protocol
        $program = $rule.ApplicationName
        $service = $rule.ServiceName
        if (-not $knownPorts.ContainsKey($localPorts)) { $null = ConvertTo-PortList -Text $localPorts }
        if (-not $knownPorts.ContainsKey($remotePorts)) { $null = ConvertTo-PortList -Text $remotePorts }
        if (-not $knownAddresses.ContainsKey($localAddresses)) { $null = ConvertTo-AddressList -Text $localAddresses }
        if (-not $knownAddresses.ContainsKey($remoteAddresses)) { $null = ConvertTo-AddressList -Text $remoteAddresses }
        if (-not $knownTypes.ContainsKey($types)) { $null = ConvertTo-TypeList -Text $types }
        if (-not $knownInterfaces.ContainsKey($interfaces)) { $null = ConvertTo-InterfaceList -Text $interfaces }
        if (-not $knownProfiles.ContainsKey($bits)) { $null = ConvertTo-ProfileList -Bits $bits }
        @{
            policy_source = 'local'
            name = [string]$rule.Name
            description = [string]$rule.Description
            group = [string]$rule.Grouping
            direction = $directions[[int]$rule.Direction]
            action = $actions[[int]$rule.Action]
            enabled = [bool]$rule.Enabled
            profiles = $knownProfiles[$bits]
            protocol = if ($protocols.ContainsKey($protocol)) { $protocols[$protocol] } else { "$protocol" }
            localport = $knownPorts[$localPorts]
            remoteport = $knownPorts[$remotePorts]
            localip = $knownAddresses[$localAddresses]
            remoteip = $knownAddresses[$remoteAddresses]
            program = if ($program) { $program } else { 'any' }
            service = if ($service) { $service } else { 'any' }
            interfacetypes = $knownInterfaces[$interfaces]
            edge = $edges[[int]$rule.EdgeTraversalOptions]
            security = $securities[[int]$rule.SecureFlags]
            icmp_type_code = $knownTypes[$types]
        }
    }
}

# The fields of a policy string, each with all its values: v2.30|Action=Allow|LPort=80|LPort=443|... (MS-GPFAS 2.2.2.19)
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

# The policy has one field per address family; a keyword that stands in both means both, as the firewall writes it.
function Get-PolicyAddress {
    param($Fields, [string]$Side)

    $keywords = @{ IntErnet = 'Internet'; IntrAnet = 'Intranet'; RmtIntrAnet = 'RmtIntranet' }
    $families = @{}
    foreach ($family in '4', '6') {
        $families[$family] = @(foreach ($name in "$Side$family", "$Side${family}2") {
                foreach ($one in @($Fields[$name] | Where-Object { $null -ne $_ })) {
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
    ConvertTo-AddressList -Text (@($result) -join ',')
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

function ConvertFrom-PolicyRule {
    param([string]$Text)

    $fields = Get-PolicyField -Text $Text
    $bits = 0
    foreach ($name in @($fields['Profile'])) { if ($name) { $bits += $profileBits[$name] } }
    $ports = @{}
    foreach ($side in 'LPort', 'RPort') {
        $names = @($fields.Keys | Where-Object { $_ -eq $side -or $_ -like "${side}2_*" })
        $ports[$side] = ConvertTo-PortList -Text (@($names | ForEach-Object { $fields[$_] }) -join ',')
    }
    @{
        policy_source = 'group_policy'
        name = "$($fields['Name'])"
        description = "$($fields['Desc'])"
        group = "$($fields['EmbedCtxt'])"
        direction = if ($fields['Dir'] -contains 'Out') { 'out' } else { 'in' }
        # ByPass is an allow that also beats block rules
        action = if ($fields['Action'] -contains 'Block') { 'block' } else { 'allow' }
        enabled = $fields['Active'] -contains 'TRUE'
        profiles = ConvertTo-ProfileList -Bits $(if ($bits) { $bits } else { 7 })
        protocol = ConvertTo-Protocol -Number $(if ($fields['Protocol']) { [int]"$($fields['Protocol'])" } else { 256 })
        localport = $ports['LPort']
        remoteport = $ports['RPort']
        localip = Get-PolicyAddress -Fields $fields -Side 'LA'
        remoteip = Get-PolicyAddress -Fields $fields -Side 'RA'
        program = Get-Default -Text "$($fields['App'])"
        service = Get-Default -Text "$($fields['Svc'])"
        interfacetypes = ConvertTo-InterfaceList -Text (@($fields['IFType']) -join ',')
        edge = Get-PolicyEdge -Fields $fields
        security = Get-PolicySecurity -Fields $fields
        icmp_type_code = ConvertTo-TypeList -Text (@($fields['ICMP4'], $fields['ICMP6'] | ForEach-Object { $_ } | Where-Object { $_ }) -join ',')
    }
}

function Get-PolicyRule {
    $strings = Get-RegistryTable -Path "$policyKey\FirewallRules"
    foreach ($name in $strings.Keys | Sort-Object) { ConvertFrom-PolicyRule -Text $strings[$name] }
}

function Get-ProfileTable {
    param($Policy)

    $active = $Policy.CurrentProfileTypes
    $table = @{}
    foreach ($name in $profileNames) {
        $bit = $profileBits[$name]
        $merge = (Get-RegistryTable -Path "$policyKey\${name}Profile")['AllowLocalPolicyMerge']
        $table[$name] = @{
            enabled = [bool]$Policy.FirewallEnabled($bit)
            inbound = $actions[[int]$Policy.DefaultInboundAction($bit)]
            outbound = $actions[[int]$Policy.DefaultOutboundAction($bit)]
            active = [bool]($active -band $bit)
            local_rules_honoured = -not ($null -ne $merge -and [int]$merge -eq 0)
        }
    }
    $table
}

# The directory classes of .NET ask a domain controller, and CIM takes a second. The registry answers at once, without
# the network: joining a domain makes Netlogon start by itself and sets the primary DNS suffix; a workgroup host with a
# suffix of its own leaves Netlogon on demand. An active Domain profile is proof by itself.
function Test-DomainJoined {
    param($ProfileTable)

    if ($ProfileTable.domain.active) { return $true }
    $netlogon = Get-RegistryTable -Path 'HKLM:\SYSTEM\CurrentControlSet\Services\Netlogon'
    $network = Get-RegistryTable -Path 'HKLM:\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters'
    $netlogon['Start'] -eq 2 -and [bool]$network['Domain']
}

# All addresses that this host finds for a name, none where it finds none. The system's own list order changes.
function Resolve-HostName {
    param([string]$Name)

    try { $addresses = [System.Net.Dns]::GetHostAddresses($Name) }
    catch [System.Net.Sockets.SocketException] { return }
    $addresses | ForEach-Object { $_.ToString() } | Sort-Object -Unique
}

try {
    $policy = New-Object -ComObject HNetCfg.FwPolicy2
    $profileTable = Get-ProfileTable -Policy $policy
    $modifyState = $modifyStates[[int]$policy.LocalPolicyModifyState]
    $localRules = @(Get-LocalRule -Policy $policy)
    $policyRules = @(Get-PolicyRule)
}
catch {
    $advice = 'Is its service (mpssvc) running, and is the user an administrator?'
    $module.FailJson("The Windows Firewall cannot be read: $($_.Exception.Message) $advice", $_)
}

$rules = $localRules + $policyRules
$filtered = @($spec.options.Keys | Where-Object { $_ -ne 'resolve' -and $null -ne $module.Params[$_] })
if ($filtered) { $rules = @($rules | Where-Object { Test-Rule -Rule $_ }) }
$resolved = @{}
foreach ($name in $module.Params.resolve) { $resolved[$name] = @(Resolve-HostName -Name $name) }
$ignoring = @($profileTable.Values | Where-Object { $_.active -and -not $_.local_rules_honoured })

$module.Result.check_mode = $module.CheckMode
$module.Result.guard = Get-ArmedGuard
$module.Result.rules = $rules
$module.Result.counts = @{ local = $localRules.Count; group_policy = $policyRules.Count; returned = $rules.Count }
$module.Result.profiles = $profileTable
$module.Result.resolved = $resolved
$module.Result.domain_joined = Test-DomainJoined -ProfileTable $profileTable
$module.Result.local_policy_modify_state = $modifyState
$module.Result.local_rules_honoured = $modifyState -eq 'ok' -and -not $ignoring
$module.ExitJson()
