# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The only place that reads the registry.

# The values of one key by name, in any case; none where there is no such key.
function Get-RegistryTable {
    param([string]$Path)

    # a table of Windows PowerShell follows the culture, where a Turkish I is another letter
    $table = [System.Collections.Generic.Dictionary[string, object]]::new([System.StringComparer]::OrdinalIgnoreCase)
    $key = Get-Item -LiteralPath $Path -ErrorAction Ignore
    if ($null -ne $key) {
        foreach ($name in $key.GetValueNames()) { $table[$name] = $key.GetValue($name) }
    }
    $table
}

Export-ModuleMember -Function Get-RegistryTable
