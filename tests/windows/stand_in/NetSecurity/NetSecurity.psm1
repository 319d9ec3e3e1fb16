# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Stand-in for Windows' module NetSecurity: group policy objects in the JSON file of the variable STANDIN_STORE. Written
# from the reference of the cmdlets (learn.microsoft.com, module NetSecurity) and from MS-FASP 2.2.37 (lengths, "|").
#
# Like the real ones, the cmdlets are functions of a module: neither $ErrorActionPreference nor $WhatIfPreference of
# who calls them reach them, and what they refuse does not end the caller. A session is a copy in memory; what is not
# saved is gone. Each call is noted in the store's log. Lines that end with "# until 2019" are missing in the variant
# of Server 2022 and newer.

enum Enabled { True = 1; False = 2 }
enum Direction { Inbound = 1; Outbound = 2 }
enum Action { NotConfigured = 0; Allow = 2; Block = 4 }
[System.Flags()] enum RuleProfile { Any = 0; Domain = 1; Private = 2; Public = 4 }
enum EdgeTraversal { Block = 0; Allow = 1; DeferToUser = 2; DeferToApp = 3 }
enum InterfaceType { Any = 0; Wired = 1; Wireless = 2; RemoteAccess = 4 }
enum Authentication { NotRequired = 0; Required = 1; NoEncap = 2 }
enum Encryption { NotRequired = 0; Required = 1; Dynamic = 2 }

$sessions = @{}
$keywords = 'RPC', 'RPCEPMap', 'Teredo', 'IPHTTPSIn', 'IPHTTPSOut', 'PlayToDiscovery', 'Any'
$addressKeywords = 'Any', 'LocalSubnet', 'DNS', 'DHCP', 'WINS', 'DefaultGateway', 'Internet', 'Intranet'

function Read-Store { Get-Content -LiteralPath $env:STANDIN_STORE -Raw | ConvertFrom-Json -AsHashtable }

function Write-Store {
    param($Store)

    ConvertTo-Json -InputObject $Store -Depth 6 | Set-Content -LiteralPath $env:STANDIN_STORE
}

function Write-Log {
    param([string]$Text)

    $store = Read-Store
    $store.log += $Text
    Write-Store -Store $store
    if ($store.fails -and $Text -like $store.fails) { throw "Stand-in: '$Text' fails, as asked for." }
}

# The rules of a session, or of the object itself.
function Get-RuleList {
    param([string]$PolicyStore, [string]$GPOSession)

    if ($GPOSession) {
        if (-not $sessions.ContainsKey($GPOSession)) { throw "There is no session $GPOSession." }
        return , $sessions[$GPOSession].rules
    }
    $store = Read-Store
    if (-not $store.objects.ContainsKey($PolicyStore)) { throw "There is no policy store '$PolicyStore'." }
    , $store.objects[$PolicyStore]
}

function Set-RuleList {
    param([string]$PolicyStore, [string]$GPOSession, $Rules)

    if ($GPOSession) {
        $sessions[$GPOSession].rules = $Rules
        return
    }
    $store = Read-Store
    $store.objects[$PolicyStore] = $Rules
    Write-Store -Store $store
}

function ConvertTo-Text {
    param([string]$Name, [string]$Value)

    if ($Value.Contains('|')) { throw "${Name}: '|' is not allowed." }
    if ($Value.Length -gt 10000) { throw "${Name}: longer than 10000 characters." }
    $Value
}

function ConvertTo-Ports {
    param([string[]]$Ports, [string]$Protocol)

    $result = foreach ($port in $Ports) {
        if ($port -in $keywords) { $keywords | Where-Object { $_ -eq $port } }
        elseif ($port -notmatch '^\d{1,5}(-\d{1,5})?$') { throw "The port is invalid: $port" }
        elseif ($Protocol -notin 'TCP', 'UDP') { throw 'Ports can be given only if the protocol is TCP or UDP.' }
        else { $port }
    }
    # one value comes back as itself, several as a list
    $result
}

# As Get-NetFirewallAddressFilter shows them: an IPv4 network with its mask, a single address without.
function ConvertTo-Addresses {
    param([string[]]$Addresses)

    foreach ($address in $Addresses) {
        if ($address -in $addressKeywords) {
            if ($address -eq 'Any' -and $Addresses.Count -gt 1) { throw "The address is invalid: $Addresses" }
            $addressKeywords | Where-Object { $_ -eq $address }
            continue
        }
        $ends = $address.Split('-')
        $first, $length = $ends[0].Split('/')
        $low = [System.Net.IPAddress]::Parse($first)
        if ($ends.Count -gt 1) { "$low-$([System.Net.IPAddress]::Parse($ends[1]))" }
        elseif ($null -eq $length) { "$low" }
        elseif ("$low".Contains(':')) { if ($length -eq '128') { "$low" } else { "$low/$length" } }
        elseif ($length.Contains('.')) { if ($length -eq '255.255.255.255') { "$low" } else { "$low/$length" } }
        elseif ($length -eq '32') { "$low" }
        else {
            $bits = ('1' * [int]$length).PadRight(32, '0')
            $mask = foreach ($i in 0..3) { [System.Convert]::ToInt32($bits.Substring(8 * $i, 8), 2) }
            "$low/$($mask -join '.')"
        }
    }
}

# What a rule has when nobody says.
function Get-NewRule {
    @{
        Name = "{$([guid]::NewGuid())}".ToUpperInvariant(); DisplayName = ''; Description = $null; Group = $null
        Enabled = 'True'; Profile = 'Any'; Direction = 'Inbound'; Action = 'Allow'; EdgeTraversalPolicy = 'Block'
        LocalAddress = 'Any'; RemoteAddress = 'Any'; Protocol = 'Any'; LocalPort = 'Any'; RemotePort = 'Any'
        Program = 'Any'; Service = 'Any'; InterfaceType = 'Any'; Authentication = 'NotRequired'
        Encryption = 'NotRequired'; InterfaceAlias = 'Any'; Package = $null; LocalUser = 'Any'; RemoteUser = 'Any'
        RemoteMachine = 'Any'
    }
}

function Update-Rule {
    param($Rule, $Given)

    $skipped = 'PolicyStore', 'GPOSession', 'NewDisplayName', 'Name', 'ErrorAction', 'WhatIf', 'Confirm'
    foreach ($name in $Given.Keys) {
        if ($name -notin $skipped) { $Rule[$name] = $Given[$name] }
    }
    foreach ($name in 'Name', 'DisplayName', 'Description', 'Group', 'Program', 'Service') {
        if ($null -ne $Rule[$name]) { $Rule[$name] = ConvertTo-Text -Name $name -Value $Rule[$name] }
    }
    $enums = 'Enabled', 'Direction', 'Action', 'Profile', 'EdgeTraversalPolicy', 'InterfaceType', 'Authentication',
        'Encryption'
    foreach ($name in $enums) { $Rule[$name] = "$($Rule[$name])" }
    if ($Rule.Profile -eq 'Domain, Private, Public') { $Rule.Profile = 'Any' }
    if ($Rule.Direction -eq 'Outbound' -and $Rule.EdgeTraversalPolicy -ne 'Block') {
        throw 'EdgeTraversalPolicy is for inbound rules.'
    }
    $Rule.LocalPort = ConvertTo-Ports -Ports $Rule.LocalPort -Protocol $Rule.Protocol
    $Rule.RemotePort = ConvertTo-Ports -Ports $Rule.RemotePort -Protocol $Rule.Protocol
    $Rule.LocalAddress = ConvertTo-Addresses -Addresses $Rule.LocalAddress
    $Rule.RemoteAddress = ConvertTo-Addresses -Addresses $Rule.RemoteAddress
    $Rule
}

function Open-NetGPO {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0)][string]$PolicyStore, [string]$DomainController)

    try {
        Write-Log -Text "Open $PolicyStore $DomainController".TrimEnd()
        $rules = Get-RuleList -PolicyStore $PolicyStore
        $session = "session-$([guid]::NewGuid())"
        $sessions[$session] = @{ object = $PolicyStore; rules = $rules }
        $session
    }
    catch { Write-Error -Message $_.Exception.Message }
}

function Save-NetGPO {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0)][string]$GPOSession)

    try {
        $session = $sessions[$GPOSession]
        Write-Log -Text "Save $($session.object)"
        # "If the DomainController parameter value is not a writeable Domain Controller (DC), then the batch updates
        # will not be applied." (reference of Open-NetGPO)
        if ((Read-Store).readOnly) { return }
        Set-RuleList -PolicyStore $session.object -Rules $session.rules
    }
    catch { Write-Error -Message $_.Exception.Message }
}

function Get-NetFirewallRule {
    [CmdletBinding(DefaultParameterSetName = 'GetAll')]
    param(
        [Parameter(ParameterSetName = 'GetAll')][switch]$All,
        [Parameter(ParameterSetName = 'ByName', Position = 0, Mandatory)][string[]]$Name,
        [Parameter(ParameterSetName = 'ByQuery', Mandatory)][string[]]$Group,
        [string]$GPOSession, # until 2019
        [string]$PolicyStore
    )

    try {
        $place = if ($GPOSession) { @{ GPOSession = $GPOSession } } else { @{ PolicyStore = $PolicyStore } }
        $rules = Get-RuleList @place
        foreach ($rule in $rules) {
            if ($Name -and -not ($Name | Where-Object { $rule.Name -like $_ })) { continue }
            if ($Group -and -not ($Group | Where-Object { $rule.Group -like $_ })) { continue }
            [PSCustomObject]@{
                Name = $rule.Name; InstanceID = $rule.Name; DisplayName = $rule.DisplayName
                Description = $rule.Description; Group = $rule.Group; DisplayGroup = $rule.Group
                Enabled = [Enabled]$rule.Enabled; Profile = [RuleProfile]$rule.Profile
                Direction = [Direction]$rule.Direction; Action = [Action]$rule.Action
                EdgeTraversalPolicy = [EdgeTraversal]$rule.EdgeTraversalPolicy
            }
        }
    }
    catch { Write-Error -Message $_.Exception.Message }
}

# The filter of one rule: the cmdlets differ in their properties only.
function Get-Filter {
    param([string[]]$Properties, $Given)

    $place = @{ PolicyStore = $Given['PolicyStore']; GPOSession = $Given['GPOSession'] }
    $rules = Get-RuleList @place
    $rule = $rules | Where-Object { $_.Name -eq $Given.AssociatedNetFirewallRule.InstanceID }
    if (-not $rule) { throw 'The rule is not in this store.' }
    $filter = [ordered]@{ InstanceID = $rule.Name }
    foreach ($property in $Properties) { $filter[$property] = $rule[$property] }
    [PSCustomObject]$filter
}

function Get-NetFirewallAddressFilter {
    [CmdletBinding()]
    param([Parameter(Mandatory)]$AssociatedNetFirewallRule, [string]$PolicyStore, [string]$GPOSession)

    try { Get-Filter -Properties 'LocalAddress', 'RemoteAddress' -Given $PSBoundParameters }
    catch { Write-Error -Message $_.Exception.Message }
}

function Get-NetFirewallPortFilter {
    [CmdletBinding()]
    param([Parameter(Mandatory)]$AssociatedNetFirewallRule, [string]$PolicyStore, [string]$GPOSession)

    try { Get-Filter -Properties 'Protocol', 'LocalPort', 'RemotePort' -Given $PSBoundParameters }
    catch { Write-Error -Message $_.Exception.Message }
}

function Get-NetFirewallApplicationFilter {
    [CmdletBinding()]
    param([Parameter(Mandatory)]$AssociatedNetFirewallRule, [string]$PolicyStore, [string]$GPOSession)

    try { Get-Filter -Properties 'Program', 'Package' -Given $PSBoundParameters }
    catch { Write-Error -Message $_.Exception.Message }
}

function Get-NetFirewallServiceFilter {
    [CmdletBinding()]
    param([Parameter(Mandatory)]$AssociatedNetFirewallRule, [string]$PolicyStore, [string]$GPOSession)

    try { Get-Filter -Properties 'Service' -Given $PSBoundParameters }
    catch { Write-Error -Message $_.Exception.Message }
}

function Get-NetFirewallInterfaceTypeFilter {
    [CmdletBinding()]
    param([Parameter(Mandatory)]$AssociatedNetFirewallRule, [string]$PolicyStore, [string]$GPOSession)

    try { Get-Filter -Properties 'InterfaceType' -Given $PSBoundParameters }
    catch { Write-Error -Message $_.Exception.Message }
}

function Get-NetFirewallInterfaceFilter {
    [CmdletBinding()]
    param([Parameter(Mandatory)]$AssociatedNetFirewallRule, [string]$PolicyStore, [string]$GPOSession)

    try { Get-Filter -Properties 'InterfaceAlias' -Given $PSBoundParameters }
    catch { Write-Error -Message $_.Exception.Message }
}

function Get-NetFirewallSecurityFilter {
    [CmdletBinding()]
    param([Parameter(Mandatory)]$AssociatedNetFirewallRule, [string]$PolicyStore, [string]$GPOSession)

    $properties = 'Authentication', 'Encryption', 'LocalUser', 'RemoteUser', 'RemoteMachine'
    try { Get-Filter -Properties $properties -Given $PSBoundParameters }
    catch { Write-Error -Message $_.Exception.Message }
}

function New-NetFirewallRule {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [string]$PolicyStore, [string]$GPOSession, [string]$Name, [Parameter(Mandatory)][string]$DisplayName,
        [string]$Description, [string]$Group, [Enabled]$Enabled, [RuleProfile]$Profile, [Direction]$Direction,
        [Action]$Action, [EdgeTraversal]$EdgeTraversalPolicy, [string[]]$LocalAddress, [string[]]$RemoteAddress,
        [string]$Protocol, [string[]]$LocalPort, [string[]]$RemotePort, [string]$Program, [string]$Service,
        [InterfaceType]$InterfaceType, [Authentication]$Authentication, [Encryption]$Encryption
    )

    try {
        $rules = Get-RuleList -PolicyStore $PolicyStore -GPOSession $GPOSession
        $rule = Get-NewRule
        if ($Name) { $rule.Name = $Name }
        Write-Log -Text "New $($rule.Name)"
        if ($rules | Where-Object { $_.Name -eq $rule.Name }) { throw "There is a rule '$Name' already." }
        if ($DisplayName -eq 'All') { throw 'DisplayName cannot be All.' }
        $rule = Update-Rule -Rule $rule -Given $PSBoundParameters
        Set-RuleList -PolicyStore $PolicyStore -GPOSession $GPOSession -Rules (@($rules) + $rule)
        [PSCustomObject]@{ Name = $rule.Name }
    }
    catch { Write-Error -Message $_.Exception.Message }
}

function Set-NetFirewallRule {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory, Position = 0)][string[]]$Name,
        [string]$GPOSession, # until 2019
        [string]$PolicyStore, [string]$NewDisplayName, [string]$Description, [Enabled]$Enabled, [RuleProfile]$Profile,
        [Direction]$Direction, [Action]$Action, [EdgeTraversal]$EdgeTraversalPolicy, [string[]]$LocalAddress,
        [string[]]$RemoteAddress, [string]$Protocol, [string[]]$LocalPort, [string[]]$RemotePort, [string]$Program,
        [string]$Service, [InterfaceType]$InterfaceType, [Authentication]$Authentication, [Encryption]$Encryption
    )

    try {
        Write-Log -Text "Set $Name"
        $rules = Get-RuleList -PolicyStore $PolicyStore -GPOSession $GPOSession
        $found = @($rules | Where-Object { $rule = $_; $Name | Where-Object { $rule.Name -like $_ } })
        if (-not $found) { throw "There is no rule '$Name'." }
        foreach ($rule in $found) {
            $null = Update-Rule -Rule $rule -Given $PSBoundParameters
            if ($NewDisplayName) { $rule.DisplayName = $NewDisplayName }
        }
        Set-RuleList -PolicyStore $PolicyStore -GPOSession $GPOSession -Rules $rules
    }
    catch { Write-Error -Message $_.Exception.Message }
}

function Remove-NetFirewallRule {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory, Position = 0)][string[]]$Name,
        [string]$GPOSession, # until 2019
        [string]$PolicyStore
    )

    try {
        Write-Log -Text "Remove $Name"
        $rules = Get-RuleList -PolicyStore $PolicyStore -GPOSession $GPOSession
        $kept = @($rules | Where-Object { $rule = $_; -not ($Name | Where-Object { $rule.Name -like $_ }) })
        if ($kept.Count -eq @($rules).Count) { throw "There is no rule '$Name'." }
        Set-RuleList -PolicyStore $PolicyStore -GPOSession $GPOSession -Rules $kept
    }
    catch { Write-Error -Message $_.Exception.Message }
}

Export-ModuleMember -Function '*-Net*'
