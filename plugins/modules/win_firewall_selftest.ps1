#!powershell

# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

#AnsibleRequires -CSharpUtil Ansible.Basic
#AnsibleRequires -PowerShell ..module_utils._windows.Registry
#AnsibleRequires -PowerShell ..module_utils._windows.Profiles
#AnsibleRequires -PowerShell ..module_utils._windows.HostState
#AnsibleRequires -PowerShell ..module_utils._windows.GuardFiles
#AnsibleRequires -PowerShell ..module_utils._windows.FolderAccess
#AnsibleRequires -PowerShell ..module_utils._windows.GuardFolder
#AnsibleRequires -PowerShell ..module_utils._windows.PortListener
#AnsibleRequires -PowerShell ..module_utils._windows.PortProbe
#AnsibleRequires -PowerShell ..module_utils._windows.SelftestRules
#AnsibleRequires -PowerShell ..module_utils._windows.SelftestFirewall
#AnsibleRequires -PowerShell ..module_utils._windows.SelftestHost
#AnsibleRequires -PowerShell ..module_utils._windows.SelftestFinish

$property = @{
    type = 'list'
    elements = 'dict'
    default = @()
    options = @{ name = @{ type = 'str'; required = $true }; value = @{ type = 'str'; required = $true } }
}
$spec = @{
    options = @{
        mode = @{ type = 'str'; choices = @('try', 'finish'); required = $true }
        lines = @{
            type = 'list'
            elements = 'dict'
            default = @()
            options = @{
                number = @{ type = 'int'; required = $true }
                part = @{ type = 'str'; choices = @('rules', 'firewall', 'host', 'finish'); required = $true }
                check = @{ type = 'str' }
                rule = $property
                then = $property
                read = @{ type = 'str' }
            }
        }
        group = @{ type = 'str'; default = 'therefore.firewall selftest' }
        nonce = @{ type = 'str'; required = $true }
        guard_token = @{ type = 'str'; no_log = $false }
        guard_until = @{ type = 'str' }
        listener_port = @{ type = 'int' }
        tls_ports = @{ type = 'list'; elements = 'int'; default = @(5986, 443, 636) }
    }
    supports_check_mode = $true
}
$module = [Ansible.Basic.AnsibleModule]::Create($args, $spec)
$wanted = $module.Params

function Get-Part {
    param([string]$Name)

    foreach ($line in $wanted.lines) { if ($line.part -eq $Name) { $line } }
}

# What the findings are worth: of which Windows they are.
function Get-HostTable {
    $version = Get-RegistryTable -Path 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
    $framework = Get-RegistryTable -Path 'HKLM:\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full'
    @{
        windows = Get-WindowsVersion
        product = "$($version['ProductName'])"
        build = "$($version['CurrentBuild']).$($version['UBR'])"
        powershell = "$($PSVersionTable.PSVersion)"
        edition = "$($PSVersionTable.PSEdition)"
        framework = "$($framework['Release'])"
        language = [cultureinfo]::CurrentUICulture.Name
    }
}

function Invoke-Try {
    $context = @{ group = $wanted.group; nonce = $wanted.nonce; tls_ports = $wanted.tls_ports; listener = 0 }
    $findings = @(
        Invoke-RuleTry -Line @(Get-Part -Name 'rules') -Group $wanted.group
        Invoke-FirewallTry -Line @(Get-Part -Name 'firewall') -Context $context
        Invoke-HostTry -Line @(Get-Part -Name 'host') -Context $context
    )
    $module.Result.findings = $findings
    $module.Result.listener_port = $context.listener
    $module.Result.host = Get-HostTable
    $module.Result.guard_until = if ($wanted.guard_token) {
        # long enough for a new connection, short enough to wait for
        Complete-Try -Group $wanted.group -Token $wanted.guard_token -Seconds 5
    }
}

function Invoke-End {
    $context = @{
        group = $wanted.group; nonce = $wanted.nonce; token = $wanted.guard_token; until = $wanted.guard_until
        listener = $wanted.listener_port; restored = $null
    }
    $module.Result.findings = @(Invoke-Finish -Line @(Get-Part -Name 'finish') -Context $context)
}

if ($wanted.nonce -cnotmatch '\A[0-9A-Za-z]{16,64}\z') {
    $module.FailJson("nonce: '$($wanted.nonce)'; give 16 to 64 letters and digits, new for each run")
}
$module.Result.findings = @()
if ($module.CheckMode) { $module.ExitJson() }
$module.Result.changed = $true
try { if ($wanted.mode -eq 'try') { Invoke-Try } else { Invoke-End } }
catch { $module.FailJson("The self-test cannot go on: $($_.Exception.GetBaseException().Message -replace '\s+', ' ')", $_) }
$module.ExitJson()
