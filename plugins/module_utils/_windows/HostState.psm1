# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What else of a host decides whether its rules mean anything.

#AnsibleRequires -PowerShell .Registry

$services = 'HKLM:\SYSTEM\CurrentControlSet\Services'

# The directory classes of .NET ask a domain controller, and CIM takes a second. The registry answers at once, without
# the network: joining a domain makes Netlogon start by itself and sets the primary DNS suffix; a workgroup host with a
# suffix of its own leaves Netlogon on demand. An active Domain profile is proof by itself.
function Test-DomainJoined {
    param($ProfileTable)

    if ($ProfileTable.domain.active) { return $true }
    $netlogon = Get-RegistryTable -Path "$services\Netlogon"
    $network = Get-RegistryTable -Path "$services\Tcpip\Parameters"
    $netlogon['Start'] -eq 2 -and [bool]$network['Domain']
}

# Windows' own word for it, in the same place since NT 4.
function Test-DomainController {
    $options = Get-RegistryTable -Path 'HKLM:\SYSTEM\CurrentControlSet\Control\ProductOptions'
    "$($options['ProductType'])" -eq 'LanmanNT'
}

# Why the firewall does not answer. Windows lets nobody stop its service; one that does not start was switched off by hand.
function Get-ServiceAdvice {
    foreach ($name in 'mpssvc', 'BFE') {
        if ((Get-RegistryTable -Path "$services\$name")['Start'] -eq 4) {
            return "Somebody has disabled its service ($name): set the value Start of HKLM\SYSTEM\CurrentControlSet\" +
            "Services\$name to 2, and restart the host."
        }
    }
    'Is its service (mpssvc) running, and is the user an administrator?'
}

# Major and minor version, by which rules of a policy name the Windows that they are for. Empty where unknown.
function Get-WindowsVersion {
    $version = Get-RegistryTable -Path 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
    # Windows 10 and later write 6.3 into the older value
    if ($null -eq $version['CurrentMajorVersionNumber']) { return "$($version['CurrentVersion'])" }
    "$($version['CurrentMajorVersionNumber']).$([int]$version['CurrentMinorVersionNumber'])"
}

# All addresses that this host finds for a name, none where it finds none. The system's own list order changes.
function Resolve-HostName {
    param([string]$Name)

    try { $addresses = [System.Net.Dns]::GetHostAddresses($Name) }
    catch [System.Net.Sockets.SocketException] { return }
    $addresses | ForEach-Object { $_.ToString() } | Sort-Object -Unique
}

# Firewalls of others that have registered for a category of rules (netfw.h INetFwProducts; MS-FASP 2.2.47: 2 is the
# firewall itself). A host that cannot say has none that it could name.
function Get-FirewallProduct {
    try { $products = New-Object -ComObject HNetCfg.FwProducts } catch { return }
    foreach ($product in $products) {
        if (@($product.RuleCategories | Where-Object { $_ -eq 2 })) { "$($product.DisplayName)" }
    }
}

# The networks that are connected, and the profile of each: the Network List Manager (netlistmgr.h). Categories: 0
# public, 1 private, 2 domain. It has no ProgID, so that the class goes by its number.
function Get-ConnectedNetwork {
    $words = @{ 0 = 'public'; 1 = 'private'; 2 = 'domain' }
    try {
        $class = [type]::GetTypeFromCLSID('DCB00C01-570F-4A9B-8D69-199FDBA5723B')
        $manager = [System.Activator]::CreateInstance($class)
        # 1: those that are connected
        foreach ($network in $manager.GetNetworks(1)) {
            @{ name = "$($network.GetName())"; profile = $words[[int]$network.GetCategory()] }
        }
    }
    catch { return }
}

# The text behind names such as @FirewallAPI.dll,-28502 (shlwapi.h SHLoadIndirectString), in the host's own language;
# the name itself where there is none. Compiling costs half a second: once, and only where there is such a name.
function Resolve-IndirectString {
    param([string]$Text)

    $definition = '[DllImport("shlwapi.dll", CharSet = CharSet.Unicode, ExactSpelling = true)] public static extern ' +
    'int SHLoadIndirectString(string source, System.Text.StringBuilder target, uint length, System.IntPtr unused);'
    try {
        $type = Add-Type -Namespace Therefore.Firewall -Name IndirectString -MemberDefinition $definition -PassThru
        $buffer = New-Object -TypeName System.Text.StringBuilder -ArgumentList 1024
        if ($type::SHLoadIndirectString($Text, $buffer, 1024, [System.IntPtr]::Zero) -eq 0) { return "$buffer" }
    }
    catch { return $Text }
    $Text
}

Export-ModuleMember -Function Test-DomainJoined, Test-DomainController, Get-ServiceAdvice, Get-WindowsVersion, Resolve-HostName,
Get-FirewallProduct, Get-ConnectedNetwork, Resolve-IndirectString
