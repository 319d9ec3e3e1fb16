# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# For selftest.ps1: how the stand-in is made to do one thing otherwise than Windows, for each function of the self-test.
# Each entry is one or several of: functions that stand in place of others (the other one is the first argument), members
# of the stand-in's classes, entries of the store, something to do before.

function Set-Member {
    param([string]$Type, [string]$Name, [scriptblock]$Get, [scriptblock]$Set)

    $member = @{ TypeName = "StandIn.$Type"; MemberName = $Name; Value = $Get; Force = $true }
    if ($Set) { Update-TypeData @member -MemberType ScriptProperty -SecondValue $Set }
    else { Update-TypeData @member -MemberType ScriptMethod }
}

# Of each property of a rule, once: a broken rule takes whatever it is given, and what is read of it is none of that. The
# table $global:broken has the properties of each rule that is broken, by its name.
function Set-RuleMember {
    param([string[]]$Name)

    foreach ($one in $Name) {
        $broken = "`$global:broken[`"`$(`$this.psbase.Name)`"] -contains '$one'"
        $read = if ($one -eq 'Name') { '$this.psbase.Name' } else { "'broken'" }
        $get = [scriptblock]::Create("if ($broken) { $read } else { `$this.psbase.$one }")
        $set = [scriptblock]::Create("if (-not ($broken)) { `$this.psbase.$one = `$args[0] }")
        Set-Member -Type Rule -Name $one -Get $get -Set $set
    }
}

function Get-PropertyOfLine {
    param([object[]]$Line)

    @(foreach ($one in $Line) { @($one.rule) + @($one.then) | ForEach-Object { $_.name }; $one.read }) |
        Where-Object { $_ } | Select-Object -Unique
}

$probe = {
    param($Other, $Target, $Timeout, $Attempts, $Concurrency, $Nonce)
    $result = @(& $Other -Target $Target -Timeout $Timeout -Attempts $Attempts -Concurrency $Concurrency -Nonce $Nonce)[0]
    $kind = if ($Target[0].tls) { 'tls' } elseif ($Nonce) { "listener $($Target[0].protocol)" } else { $Target[0].protocol }
    if ($kind -eq $global:broken) {
        if ($kind -eq 'tls') { $result.tls.version = 'TLSv1' }
        elseif ($Nonce) { $result.listener = $false }
        else { $result.state = 'filtered' }
    }
    $result
}

$breaks = @{
    twins = @{ once = $true; member = 'Rules', 'Add', {
            $name = $args[0].Name
            if ($name -notlike '* twin' -or -not $global:once -or -not @($this | Where-Object { $_.Name -eq $name })) {
                return $this.psbase.Add($args[0])
            }
            $global:once = $false
        }
    }
    remove_one = @{ member = 'Rules', 'Remove', {
            $this.psbase.Remove($args[0])
            if ($args[0] -like '* twin') { $this.psbase.Remove($args[0]) }
        }
    }
    remove_case = @{ member = 'Rules', 'Remove', { if ($args[0] -cnotlike '* CASE') { $this.psbase.Remove($args[0]) } } }
    remove_nobody = @{ member = 'Rules', 'Remove', {
            if ($args[0] -like '* nobody') { throw 'no such rule' }
            $this.psbase.Remove($args[0])
        }
    }
    seen_at_once = @{ member = 'Rule', 'LocalPorts', { $this.psbase.LocalPorts },
        { if ($this.psbase.Name -notlike '* seen' -or $args[0] -ne '8001') { $this.psbase.LocalPorts = $args[0] } }
    }
    refused_is_lost = @{ member = 'Rule', 'Protocol', { if ($this.psbase.Name -like '* kept') { 1 } else { $this.psbase.Protocol } },
        { $this.psbase.Protocol = $args[0] }
    }
    words = @{ member = 'Rule', 'LocalPorts', { $this.psbase.LocalPorts },
        { if ($this.psbase.Name -like '* words') { throw 'Other words.' } else { $this.psbase.LocalPorts = $args[0] } }
    }
    one_profile = @{ member = 'Policy', 'FirewallEnabled', { if ($args[0] -eq 6) { $true } else { $this.psbase.FirewallEnabled($args[0]) } } }
    unset_inbound = @{ member = 'Policy', 'DefaultInboundAction', {
            if ($args[0] -eq 2) { 1 } else { $this.psbase.DefaultInboundAction($args[0]) }
        }
    }
    unset_outbound = @{ member = 'Policy', 'DefaultOutboundAction', {
            if ($args[0] -eq 1) { 0 } else { $this.psbase.DefaultOutboundAction($args[0]) }
        }
    }
    local_enabled = @{ member = 'Policy', 'FirewallEnabled', { $args[0] -ne 4 -and $this.psbase.FirewallEnabled($args[0]) } }
    active_words = @{ store = @{ active_store = @{ public = @{ AllowLocalFirewallRules = 'Maybe' } } } }
    local_in_force = @{ store = @{ active_store = @{ public = @{ DefaultInboundAction = 'Allow' } } } }
    group_policy_in_force = @{ store = @{ active_store = @{ domain = @{ DefaultOutboundAction = 'Block' } } } }
    mdm_in_force = @{ store = @{ active_store = @{ private = @{ DefaultInboundAction = 'Block' } } } }
    modify_state = @{ store = @{ modify_state = 0 } }
    domain_member = @{ cim = 'Win32_ComputerSystem', @{ PartOfDomain = $false; DomainRole = 3 } }
    domain_controller = @{ cim = 'Win32_ComputerSystem', @{ PartOfDomain = $true; DomainRole = 5 } }
    windows_version = @{ cim = 'Win32_OperatingSystem', @{ Version = '6.1.7601' } }
    networks = @{ store = @{ networks = @(@{ name = 'Somewhere'; profile = 'public' }) } }
    products = @{ functions = @{ 'New-Object' = {
                param($Other, $TypeName, $ArgumentList, $ComObject)
                if ($ComObject -eq 'HNetCfg.FwProducts') { throw 'no such class' }
                if ($ComObject) { return & $Other -ComObject $ComObject }
                if ($null -ne $ArgumentList) { return & $Other -TypeName $TypeName -ArgumentList $ArgumentList }
                & $Other -TypeName $TypeName
            }
        }
    }
    indirect_text = @{ store = @{ strings = @{ other = 'text' } } }
    folder_access = @{ functions = @{ 'Get-FolderAccess' = {
                param($Other, $Path)
                $access = & $Other -Path $Path
                if ($Path -like '*guard') { $access.inherits = $true }
                $access
            }
        }
    }
    junction = @{ once = $true; functions = @{ 'New-Item' = {
                param($Other, $ItemType, $Path, $Value)
                if (-not $global:once) { return & $Other -ItemType $ItemType -Path $Path -Value $Value }
                $global:once = $false
                [System.IO.Directory]::CreateDirectory($Path)
            }
        }
    }
    dangling_junction = @{ once = $false; functions = @{ 'New-Item' = {
                param($Other, $ItemType, $Path, $Value)
                # the second
                $global:once = -not $global:once
                if ($global:once) { return & $Other -ItemType $ItemType -Path $Path -Value $Value }
                [System.IO.Directory]::CreateDirectory($Path)
            }
        }
    }
    open_folder = @{ functions = @{ 'Get-FolderAccess' = {
                param($Other, $Path)
                if ($Path -notlike '*folder-*') { return & $Other -Path $Path }
                @{ owner = 'S-1-5-18'; inherits = $false; allowed = @('S-1-5-18') }
            }
        }
    }
    no_task = @{ functions = @{ 'Stop-StandIn' = { param($Other, $Code) & $Other -Code 0x80070003L } } }
    closed_tcp = @{ broken = 'tcp'; functions = @{ 'Invoke-PortProbe' = $probe } }
    closed_udp = @{ broken = 'udp'; functions = @{ 'Invoke-PortProbe' = $probe } }
    listener_tcp = @{ broken = 'listener tcp'; functions = @{ 'Invoke-PortProbe' = $probe } }
    listener_udp = @{ broken = 'listener udp'; functions = @{ 'Invoke-PortProbe' = $probe } }
    tls = @{ broken = 'tls'; functions = @{ 'Invoke-PortProbe' = $probe } }
    no_name = @{ functions = @{ 'Resolve-HostName' = { '192.0.2.1' } } }
    guard_restores = @{ before = {
            $rule = New-Object -ComObject HNetCfg.FWRule
            $rule.Name = 'therefore.firewall selftest left'
            $rule.Grouping = 'therefore.firewall selftest'
            (New-Object -ComObject HNetCfg.FwPolicy2).Rules.Add($rule)
        }
    }
    guard_waits = @{ before = { $global:context.until = [datetime]::UtcNow.AddSeconds(30).ToString('o') } }
    guard_task = @{ functions = @{ 'Get-StandInTaskFile' = { param($Other, $Name) $global:standInFile } } }
    guard_files = @{ before = { [System.IO.File]::WriteAllText((Get-GuardPath -Name 'left'), '{}') } }
    listener_lives = @{ broken = 'listener tcp'; functions = @{ 'Invoke-PortProbe' = $probe } }
    listener_ends = @{ functions = @{ 'Stop-PortListener' = {
                param($Other, $Nonce)
                $null = & $Other -Nonce $Nonce
                @{ stopped = 0 }
            }
        }
    }
}
