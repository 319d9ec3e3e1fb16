# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# ---- Stand-in for Windows: not a part of this module, put here by tests/windows/simulate ----------------------------
# The firewall's COM objects, its registry keys and the cmdlets of NetSecurity that win_firewall calls, over the store
# of one simulated host. The host's folder is the remote temporary directory that the inventory gives it. Global, so
# that the libraries of a module see them too.
$null = [System.Reflection.Assembly]::LoadFrom('@LIBRARY@')

# at once: AnsibleModule.Create takes Ansible's own arguments out of the table
$global:standInFile = Join-Path -Path $complex_args['_ansible_remote_tmp'] -ChildPath 'store.json'

# a folder of every Windows host
if (-not $env:ProgramData) { $env:ProgramData = Split-Path -Path $global:standInFile -Parent }

function global:Get-StandInStore { [StandIn.Store]::new($global:standInFile) }

function global:New-Object {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0)][string]$TypeName,
        [Parameter(Position = 1)][Alias('Args')][object[]]$ArgumentList,
        [System.Collections.IDictionary]$Property,
        [string]$ComObject
    )
    switch ($ComObject) {
        'HNetCfg.FwPolicy2' { return [StandIn.Policy]::new((Get-StandInStore)) }
        'HNetCfg.FWRule' { return [StandIn.Rule]::new() }
        'HNetCfg.FwProducts' { return , @([StandIn.Policy]::Products((Get-StandInStore))) }
        'Schedule.Service' { return Get-StandInTaskService }
        '' { Microsoft.PowerShell.Utility\New-Object @PSBoundParameters }
        default { throw "Stand-in: there is no COM object '$ComObject' here" }
    }
}

function global:Get-Item {
    [CmdletBinding()]
    param([Parameter(Position = 0, ValueFromPipeline)][string[]]$Path, [string[]]$LiteralPath, [switch]$Force)
    if ("$LiteralPath" -like 'HKLM:\*') { return (Get-StandInStore).Key("$LiteralPath".Substring(6)) }
    Microsoft.PowerShell.Management\Get-Item @PSBoundParameters
}

# What Windows enforces (ActiveStore) is worked out by the laws of MS-FASP 2.2.38 from the stores of policy and host.
# The rank of MDM between them is a reading. A store with "active_store" says what Windows answers, whatever it has.
function global:Get-NetFirewallProfile {
    [CmdletBinding()]
    param([string]$Name, [string]$PolicyStore)
    if ($PolicyStore -eq 'ActiveStore') {
        return [StandIn.Effective]::Profiles((Get-StandInStore)) | ForEach-Object { [PSCustomObject]$_ }
    }
    $stored = (Get-StandInStore).Data['profiles'][$Name.ToLowerInvariant()].ToJsonString() | ConvertFrom-Json
    $actions = @{ allow = 'Allow'; block = 'Block'; not_configured = 'NotConfigured' }
    [Microsoft.PowerShell.Cmdletization.GeneratedTypes.NetSecurity.Action]$inbound = $actions[$stored.inbound]
    [Microsoft.PowerShell.Cmdletization.GeneratedTypes.NetSecurity.Action]$outbound = $actions[$stored.outbound]
    [PSCustomObject]@{
        Name = $Name
        Enabled = [Microsoft.PowerShell.Cmdletization.GeneratedTypes.NetSecurity.GpoBoolean][int]$stored.enabled
        DefaultInboundAction = $inbound
        DefaultOutboundAction = $outbound
    }
}

function global:Set-NetFirewallProfile {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [string]$Name,
        [Microsoft.PowerShell.Cmdletization.GeneratedTypes.NetSecurity.GpoBoolean]$Enabled,
        [Microsoft.PowerShell.Cmdletization.GeneratedTypes.NetSecurity.Action]$DefaultInboundAction,
        [Microsoft.PowerShell.Cmdletization.GeneratedTypes.NetSecurity.Action]$DefaultOutboundAction
    )
    $words = @{ Allow = 'allow'; Block = 'block'; NotConfigured = 'not_configured' }
    $given = $PSBoundParameters
    $on = if ($given.ContainsKey('Enabled')) { $Enabled -eq 1 }
    $inbound = if ($given.ContainsKey('DefaultInboundAction')) { $words["$DefaultInboundAction"] }
    $outbound = if ($given.ContainsKey('DefaultOutboundAction')) { $words["$DefaultOutboundAction"] }
    if (-not $PSCmdlet.ShouldProcess($Name)) { return }
    # what is not given is no empty text
    $none = [System.Management.Automation.Language.NullString]::Value
    if ($null -eq $inbound) { $inbound = $none }
    if ($null -eq $outbound) { $outbound = $none }
    try { [StandIn.Policy]::SetProfile((Get-StandInStore), $Name, $on, $inbound, $outbound) }
    catch { throw $_.Exception.GetBaseException().Message }
}

# The store's "cim" has what Win32_ComputerSystem and Win32_OperatingSystem say: a second word on what the registry tells.
function global:Get-CimInstance {
    [CmdletBinding()]
    param([string]$ClassName)
    ((Get-StandInStore).Data.ToJsonString() | ConvertFrom-Json).cim.$ClassName
}

# Linux has no junctions, but links.
function global:New-Item {
    [CmdletBinding()]
    param([string]$ItemType, [string]$Path, [string]$Value, [switch]$Force)
    if ($ItemType -eq 'Junction') { $PSBoundParameters['ItemType'] = 'SymbolicLink' }
    Microsoft.PowerShell.Management\New-Item @PSBoundParameters
}

# netlistmgr.h: the networks of the store, or one for each active profile.
function global:Get-ConnectedNetwork {
    $data = (Get-StandInStore).Data.ToJsonString() | ConvertFrom-Json
    if ($data.networks) { return $data.networks | ForEach-Object { @{ name = $_.name; profile = $_.profile } } }
    $data.active_profiles | ForEach-Object { @{ name = "Network of $_"; profile = $_ } }
}

# shlwapi.h SHLoadIndirectString: a text that is not there leaves the name as it is.
function global:Resolve-IndirectString {
    param([string]$Text)
    $data = (Get-StandInStore).Data.ToJsonString() | ConvertFrom-Json
    if ($data.strings.$Text) { $data.strings.$Text } else { $Text }
}

# The task service: taskschd.h ITaskService, ITaskFolder, IRegisteredTask. Each task is a file of the host; what it starts
# is a real process, which outlives this one. Its triggers are pulled by the tests. The store's "tasks" says with which
# code (winerror.h) the service refuses.
function global:Get-StandInTaskService {
    $folder = [PSCustomObject]@{}
    $folder | Add-Member -MemberType ScriptMethod -Name RegisterTask -Value {
        param($name, $xml, $flags, $user, $password, $logon, $access)
        Assert-StandInTask -Call 'register'
        $null = [xml]$xml
        $task = @{ name = $name; xml = $xml; flags = $flags; user = $user; logon = $logon; access = $access }
        [System.IO.File]::WriteAllText((Get-StandInTaskFile -Name $name), (ConvertTo-Json -InputObject $task))
        $registered = [PSCustomObject]@{ Name = $name; Xml = $xml }
        $registered | Add-Member -MemberType ScriptMethod -Name Run -Value {
            param($parameters)
            Assert-StandInTask -Call 'run'
            Start-StandInTask -Xml $this.Xml
        }
        $registered
    }
    $folder | Add-Member -MemberType ScriptMethod -Name DeleteTask -Value {
        param($name, $flags)
        $file = Get-StandInTaskFile -Name $name
        # of a file that is not there, as of a task that is not there
        if (-not [System.IO.File]::Exists($file)) { Stop-StandIn -Code 0x80070002L }
        [System.IO.File]::Delete($file)
    }
    $folder | Add-Member -MemberType ScriptMethod -Name GetTask -Value {
        param($name)
        if (-not [System.IO.File]::Exists((Get-StandInTaskFile -Name $name))) { Stop-StandIn -Code 0x80070002L }
        [PSCustomObject]@{ Name = $name }
    }
    $service = [PSCustomObject]@{ Folder = $folder }
    $service | Add-Member -MemberType ScriptMethod -Name Connect -Value { Assert-StandInTask -Call 'connect' }
    $service | Add-Member -MemberType ScriptMethod -Name GetFolder -Value { param($path) $this.Folder }
    $service
}

function global:Get-StandInTaskFile {
    param([string]$Name)
    $folder = Join-Path -Path (Split-Path -Path $global:standInFile -Parent) -ChildPath 'tasks'
    $null = [System.IO.Directory]::CreateDirectory($folder)
    Join-Path -Path $folder -ChildPath "$Name.json"
}

function global:Stop-StandIn {
    param([long]$Code)
    throw [System.Runtime.InteropServices.COMException]::new('Stand-in: refused', [int]($Code - 0x100000000))
}

function global:Assert-StandInTask {
    param([string]$Call)
    $store = Get-StandInStore
    # nobody but administrators makes tasks for the system
    if ($Call -eq 'register') { try { $store.PermitWriting() } catch { Stop-StandIn -Code 0x80070005L } }
    $refusals = $store.Data['tasks']
    if ($refusals -and $refusals[$Call]) { Stop-StandIn -Code ([long]"$($refusals[$Call])") }
}

# What powershell.exe would do with these arguments, with the same stand-in over the same store.
function global:Start-StandInTask {
    param([string]$Xml)
    $exec = ([xml]$Xml).Task.Actions.Exec
    $text = $exec.Arguments -replace '^-NoProfile -NonInteractive -Command "(.*)"$', '$1'
    $folder = Split-Path -Path $global:standInFile -Parent
    $before = "`$complex_args = @{ _ansible_remote_tmp = '$folder' }`n. '@PRELUDE@'"
    $encoded = [System.Convert]::ToBase64String([System.Text.Encoding]::Unicode.GetBytes("$before`n$text"))
    $shell = '-c', '"exec $0 $* </dev/null >/dev/null 2>&1"', (Join-Path -Path $PSHOME -ChildPath 'pwsh')
    Start-Process -FilePath '/bin/sh' -ArgumentList ($shell + '-NoProfile', '-NonInteractive', '-EncodedCommand', $encoded)
}

# Access rights. The host's file folders.json says what others made; what is made here is protected.
function global:Get-StandInFolder {
    $file = Join-Path -Path (Split-Path -Path $global:standInFile -Parent) -ChildPath 'folders.json'
    if ([System.IO.File]::Exists($file)) { return [System.IO.File]::ReadAllText($file) | ConvertFrom-Json -AsHashtable }
    @{}
}

function global:New-ProtectedFolder {
    param([string]$Path)
    $folders = Get-StandInFolder
    $null = [System.IO.Directory]::CreateDirectory($Path)
    $folders[$Path] = @{ owner = 'S-1-5-32-544'; inherits = $false; allowed = 'S-1-5-18', 'S-1-5-32-544' }
    $file = Join-Path -Path (Split-Path -Path $global:standInFile -Parent) -ChildPath 'folders.json'
    [System.IO.File]::WriteAllText($file, (ConvertTo-Json -InputObject $folders))
}

function global:Get-FolderAccess {
    param([string]$Path)
    $folders = Get-StandInFolder
    if ($folders.ContainsKey($Path)) { return $folders[$Path] }
    # below ProgramData, what a user makes is his, and others may read and make files there
    @{ owner = 'S-1-5-21-1-2-3-1001'; inherits = $true; allowed = 'S-1-5-18', 'S-1-5-32-544', 'S-1-5-32-545' }
}
# ---- End of the stand-in ------------------------------------------------------------------------------------------
