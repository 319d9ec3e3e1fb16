# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The folder of a guard. Any user may make folders below ProgramData, links too; what is restored from here, and what runs
# as the system, must come from an administrator.

#AnsibleRequires -PowerShell .FolderAccess

# the system and the administrators, by number: the names depend on the language
$trusted = 'S-1-5-18', 'S-1-5-32-544'

function Get-FolderProblem {
    param($Item)

    if ($Item.Attributes -band [System.IO.FileAttributes]::ReparsePoint) { return 'is a link to another place' }
    if (-not $Item.PSIsContainer) { return 'is a file' }
    $access = Get-FolderAccess -Path $Item.FullName
    if ($access.owner -notin $trusted) { return "belongs to $($access.owner)" }
    $others = @($access.allowed | Where-Object { $_ -notin $trusted })
    if ($others) { return "is open to $($others -join ', ')" }
    if ($access.inherits) { return 'takes its access rights from the folder above it' }
}

# Each level is made protected, or is so already. Nothing that somebody else made is taken over or changed.
function Initialize-GuardFolder {
    param([string]$Path)

    foreach ($level in (Split-Path -Path $Path -Parent), $Path) {
        # also a link that leads nowhere is there
        $item = Get-Item -LiteralPath $level -Force -ErrorAction Ignore
        if (-not $item) {
            New-ProtectedFolder -Path $level
            $item = Get-Item -LiteralPath $level -Force
        }
        $problem = Get-FolderProblem -Item $item
        if ($problem) {
            throw "$level $problem. It must be a folder of the administrators or the system, and closed to all others: " +
            'look who made it, remove it, and run again'
        }
    }
}

Export-ModuleMember -Function Initialize-GuardFolder
