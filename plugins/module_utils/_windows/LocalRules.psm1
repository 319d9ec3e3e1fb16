# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The rules of the host itself, in the words of win_firewall_rule, through the firewall's COM object.

$directions = @{ 1 = 'in'; 2 = 'out' }
$actions = @{ 0 = 'block'; 1 = 'allow' }
$edges = @{ 0 = 'no'; 1 = 'yes'; 2 = 'deferapp'; 3 = 'deferuser' }
$securities = @{ 0 = 'notrequired'; 1 = 'authnoencap'; 2 = 'authenticate'; 3 = 'authdynenc'; 4 = 'authenc' }

# A host has a thousand rules and a handful of distinct values: each is brought into its form once.
$known = @{ ports = @{}; addresses = @{}; types = @{}; interfaces = @{}; profiles = @{}; protocol = @{} }
$strangeValues = @{}

function Add-Form {
    param([string]$Kind, $Value)

    $strange = [System.Collections.Generic.List[string]]::new()
    $known[$Kind][$Value] = switch ($Kind) {
        'ports' { ConvertTo-PortList -Text $Value -Strange $strange }
        'addresses' { ConvertTo-AddressList -Text $Value -Strange $strange }
        'types' { , @(ConvertTo-TypeList -Text $Value -Strange $strange) }
        'interfaces' { , @(ConvertTo-InterfaceList -Text $Value -Strange $strange) }
        'profiles' { , @(ConvertTo-ProfileList -Bits $Value -Strange $strange) }
        'protocol' { ConvertTo-Protocol -Text $Value -Strange $strange }
    }
    if ($strange.Count) { $strangeValues["$Kind $Value"] = $true }
}

# What narrows a rule and is no option of win_firewall_rule: netfw.h, INetFwRule and INetFwRule3.
function Get-Condition {
    param($Rule)

    $conditions = @{}
    $interfaces = $Rule.Interfaces
    if ($interfaces) { $conditions.interfaces = @(foreach ($one in $interfaces) { "$one" }) }
    if ($Rule.LocalAppPackageId) { $conditions.package = @("$($Rule.LocalAppPackageId)") }
    if ($Rule.LocalUserOwner) { $conditions.owner = @("$($Rule.LocalUserOwner)") }
    if ($Rule.LocalUserAuthorizedList) { $conditions.local_users = @("$($Rule.LocalUserAuthorizedList)") }
    if ($Rule.RemoteUserAuthorizedList) { $conditions.remote_users = @("$($Rule.RemoteUserAuthorizedList)") }
    if ($Rule.RemoteMachineAuthorizedList) { $conditions.remote_machines = @("$($Rule.RemoteMachineAuthorizedList)") }
    $conditions
}

# A rule of which a property cannot even be read: nobody knows what it does.
function Get-UnreadableRule {
    param($Rule, [string]$Reason)

    $name = try { "$($Rule.Name)" } catch { '' }
    $group = try { "$($Rule.Grouping)" } catch { '' }
    @{
        policy_source = 'local'; name = $name; description = ''; group = $group; direction = 'unknown'
        action = 'unknown'; enabled = $true; profiles = @('domain', 'private', 'public'); protocol = 'any'
        localport = 'any'; remoteport = 'any'; localip = 'any'; remoteip = 'any'; program = 'any'; service = 'any'
        interfacetypes = @('any'); edge = 'no'; security = 'notrequired'; icmp_type_code = @('any')
        not_understood = @('rule'); raw = $Reason
    }
}

# What decides whether somebody wants to know more of a rule, and the rule. A host has a thousand rules with thirty
# properties each, and a plan looks at some dozen of them.
function Get-RuleHead {
    param($Policy)

    foreach ($rule in $Policy.Rules) {
        try {
            $action = [int]$rule.Action
            @{
                rule = $rule
                name = [string]$rule.Name
                group = [string]$rule.Grouping
                enabled = [bool]$rule.Enabled
                action = if ($actions.ContainsKey($action)) { $actions[$action] } else { "$action" }
            }
        }
        catch {
            $found = Get-UnreadableRule -Rule $rule -Reason "$($_.Exception.Message)"
            @{ rule = $rule; name = $found.name; group = $found.group; enabled = $true; action = 'unknown' }
        }
    }
}

# Everything that win_firewall_rule can set, in its words. One loop, and a function for new values only: calls are what
# takes the time.
function Get-LocalRule {
    param([object[]]$Head)

    $ports, $addresses, $types = $known.ports, $known.addresses, $known.types
    $interfaceTypes, $profiles, $protocols = $known.interfaces, $known.profiles, $known.protocol
    foreach ($one in $Head) {
        $rule = $one.rule
        try {
            $localPorts = [string]$rule.LocalPorts
            $remotePorts = [string]$rule.RemotePorts
            $localAddresses = [string]$rule.LocalAddresses
            $remoteAddresses = [string]$rule.RemoteAddresses
            $icmp = [string]$rule.IcmpTypesAndCodes
            $interfaces = [string]$rule.InterfaceTypes
            $bits = [int]$rule.Profiles
            $protocol = [string]$rule.Protocol
            $direction, $action = [int]$rule.Direction, [int]$rule.Action
            $edge, $security = [int]$rule.EdgeTraversalOptions, [int]$rule.SecureFlags
            $program, $service = $rule.ApplicationName, $rule.ServiceName
            if (-not $ports.ContainsKey($localPorts)) { Add-Form -Kind 'ports' -Value $localPorts }
            if (-not $ports.ContainsKey($remotePorts)) { Add-Form -Kind 'ports' -Value $remotePorts }
            if (-not $addresses.ContainsKey($localAddresses)) { Add-Form -Kind 'addresses' -Value $localAddresses }
            if (-not $addresses.ContainsKey($remoteAddresses)) { Add-Form -Kind 'addresses' -Value $remoteAddresses }
            if (-not $types.ContainsKey($icmp)) { Add-Form -Kind 'types' -Value $icmp }
            if (-not $interfaceTypes.ContainsKey($interfaces)) { Add-Form -Kind 'interfaces' -Value $interfaces }
            if (-not $profiles.ContainsKey($bits)) { Add-Form -Kind 'profiles' -Value $bits }
            if (-not $protocols.ContainsKey($protocol)) { Add-Form -Kind 'protocol' -Value $protocol }
            $found = @{
                policy_source = 'local'
                name = $one.name
                description = [string]$rule.Description
                group = $one.group
                direction = if ($directions.ContainsKey($direction)) { $directions[$direction] } else { "$direction" }
                action = $one.action
                enabled = $one.enabled
                profiles = $profiles[$bits]
                protocol = $protocols[$protocol]
                localport = $ports[$localPorts]
                remoteport = $ports[$remotePorts]
                localip = $addresses[$localAddresses]
                remoteip = $addresses[$remoteAddresses]
                program = if ($program) { $program } else { 'any' }
                service = if ($service) { $service } else { 'any' }
                interfacetypes = $interfaceTypes[$interfaces]
                edge = if ($edges.ContainsKey($edge)) { $edges[$edge] } else { "$edge" }
                security = if ($securities.ContainsKey($security)) { $securities[$security] } else { "$security" }
                icmp_type_code = $types[$icmp]
            }
            $conditions = Get-Condition -Rule $rule
            if ($conditions.Count) { $found.conditions = $conditions }
            $strange = @(
                if (-not $directions.ContainsKey($direction)) { 'direction' }
                if (-not $actions.ContainsKey($action)) { 'action' }
                if (-not $edges.ContainsKey($edge)) { 'edge' }
                if (-not $securities.ContainsKey($security)) { 'security' }
                if ($strangeValues.Count) {
                    if ($strangeValues.ContainsKey("ports $localPorts")) { 'localport' }
                    if ($strangeValues.ContainsKey("ports $remotePorts")) { 'remoteport' }
                    if ($strangeValues.ContainsKey("addresses $localAddresses")) { 'localip' }
                    if ($strangeValues.ContainsKey("addresses $remoteAddresses")) { 'remoteip' }
                    if ($strangeValues.ContainsKey("types $icmp")) { 'icmp_type_code' }
                    if ($strangeValues.ContainsKey("interfaces $interfaces")) { 'interfacetypes' }
                    if ($strangeValues.ContainsKey("profiles $bits")) { 'profiles' }
                    if ($strangeValues.ContainsKey("protocol $protocol")) { 'protocol' }
                }
            )
            if ($strange) { $found.not_understood = $strange }
            $found
        }
        catch { Get-UnreadableRule -Rule $rule -Reason "$($_.Exception.Message)" }
    }
}

Export-ModuleMember -Function Get-RuleHead, Get-LocalRule
