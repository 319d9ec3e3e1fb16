# ---- Stand-in for Windows: not a part of this module, put here by tests/windows/simulate ----------------------------
# The firewall's COM objects, its registry keys and the cmdlets of NetSecurity that win_firewall calls, over the store
# of one simulated host. The host's folder is the remote temporary directory that the inventory gives it.
$null = [System.Reflection.Assembly]::LoadFrom('@LIBRARY@')

# at once: AnsibleModule.Create takes Ansible's own arguments out of the table
$standInFile = Join-Path -Path $complex_args['_ansible_remote_tmp'] -ChildPath 'store.json'

# a folder of every Windows host
if (-not $env:ProgramData) { $env:ProgramData = Split-Path -Path $standInFile -Parent }

function Get-StandInStore { [StandIn.Store]::new($standInFile) }

function New-Object {
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
        '' { Microsoft.PowerShell.Utility\New-Object @PSBoundParameters }
        default { throw "Stand-in: there is no COM object '$ComObject' here" }
    }
}

function Get-Item {
    [CmdletBinding()]
    param([Parameter(Position = 0, ValueFromPipeline)][string[]]$Path, [string[]]$LiteralPath, [switch]$Force)
    if ("$LiteralPath" -like 'HKLM:\*') { return (Get-StandInStore).Key("$LiteralPath".Substring(6)) }
    Microsoft.PowerShell.Management\Get-Item @PSBoundParameters
}

function Get-NetFirewallProfile {
    param([string]$Name)
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

function Set-NetFirewallProfile {
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

# What a module starts in a process of its own has the same stand-in, over the same store.
function Start-DetachedScript {
    param([string]$Script, [System.Collections.IDictionary]$Data)
    $real = Get-Command -Name Start-DetachedScript -All | Where-Object { $_.ModuleName -like '*Detached' }
    $folder = Split-Path -Path $standInFile -Parent
    $before = "`$complex_args = @{ _ansible_remote_tmp = '$folder' }`n. '@PRELUDE@'"
    & $real -Script "param(`$Data)`n$before`n& {$Script} `$Data" -Data $Data
}
# ---- End of the stand-in ------------------------------------------------------------------------------------------
