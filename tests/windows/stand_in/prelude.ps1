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
    $store = Get-StandInStore
    $profileEntry = $store.Data['profiles'][$Name.ToLowerInvariant()]
    $words = @{ Allow = 'allow'; Block = 'block'; NotConfigured = 'not_configured' }
    if ($PSBoundParameters.ContainsKey('Enabled')) {
        $profileEntry['enabled'] = [System.Text.Json.Nodes.JsonValue]::Create($Enabled -eq 1)
    }
    foreach ($pair in @(@('DefaultInboundAction', 'inbound'), @('DefaultOutboundAction', 'outbound'))) {
        if (-not $PSBoundParameters.ContainsKey($pair[0])) { continue }
        $word = $words["$($PSBoundParameters[$pair[0]])"]
        $profileEntry[$pair[1]] = [System.Text.Json.Nodes.JsonValue]::Create($word)
    }
    if ($PSCmdlet.ShouldProcess($Name)) { $store.Save() }
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

# What a module starts in a process of its own has the same stand-in, over the same store.
function global:Start-DetachedScript {
    param([string]$Script, [System.Collections.IDictionary]$Data)
    $real = Get-Command -Name Start-DetachedScript -All | Where-Object { $_.ModuleName -like '*Detached' }
    $folder = Split-Path -Path $global:standInFile -Parent
    $before = "`$complex_args = @{ _ansible_remote_tmp = '$folder' }`n. '@PRELUDE@'"
    & $real -Script "param(`$Data)`n$before`n& {$Script} `$Data" -Data $Data
}
# ---- End of the stand-in ------------------------------------------------------------------------------------------
