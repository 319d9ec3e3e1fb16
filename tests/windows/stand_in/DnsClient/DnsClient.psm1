# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Stand-in for Windows' module DnsClient, from the reference of Resolve-DnsName and the SRV record of a domain's PDC
# emulator (MS-ADTS 6.3.2.3): it knows that of the domain of the stand-ins.

function Resolve-DnsName {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string]$Name, [string]$Type)

    if ($Name -eq '_ldap._tcp.pdc._msdcs.corp.example.com' -and $Type -eq 'SRV') {
        [PSCustomObject]@{ Name = $Name; Type = 'SRV'; NameTarget = 'pdc.corp.example.com'; Port = 389 }
        # the answer brings its address along
        return [PSCustomObject]@{ Name = 'pdc.corp.example.com'; Type = 'A'; IPAddress = '192.0.2.2' }
    }
    Write-Error -Message "$Name : DNS name does not exist"
}
