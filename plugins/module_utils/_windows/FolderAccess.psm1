# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Access rights of folders, which only Windows has: one function for each call, so that the tests can have their own.

# The folder and its protection at once, so that nobody comes in between.
function New-ProtectedFolder {
    param([string]$Path)

    $security = [System.Security.AccessControl.DirectorySecurity]::new()
    $security.SetOwner([System.Security.Principal.SecurityIdentifier]::new('S-1-5-32-544'))
    $security.SetAccessRuleProtection($true, $false)
    foreach ($one in 'S-1-5-18', 'S-1-5-32-544') {
        $who = [System.Security.Principal.SecurityIdentifier]::new($one)
        $security.AddAccessRule([System.Security.AccessControl.FileSystemAccessRule]::new(
                $who, 'FullControl', 'ContainerInherit, ObjectInherit', 'None', 'Allow'))
    }
    # .NET Framework has it in one class, its successor in another
    if ($PSVersionTable.PSEdition -eq 'Core') {
        $null = [System.IO.FileSystemAclExtensions]::CreateDirectory($security, $Path)
    }
    else { $null = [System.IO.Directory]::CreateDirectory($Path, $security) }
}

# Whose a folder is, and who may do something there.
function Get-FolderAccess {
    param([string]$Path)

    $access = Get-Acl -LiteralPath $Path
    $identifier = [System.Security.Principal.SecurityIdentifier]
    $allowed = $access.GetAccessRules($true, $true, $identifier) | Where-Object { $_.AccessControlType -eq 'Allow' }
    @{
        owner = $access.GetOwner($identifier).Value
        inherits = -not $access.AreAccessRulesProtected
        allowed = @($allowed | ForEach-Object { $_.IdentityReference.Value } | Sort-Object -Unique)
    }
}

Export-ModuleMember -Function New-ProtectedFolder, Get-FolderAccess
