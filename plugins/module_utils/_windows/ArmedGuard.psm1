# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# When it restores, which the steps of a change put off.
function Get-End {
    param([string]$Folder, $Guard)

    # ConvertFrom-Json makes a date of such a text in one version of PowerShell and leaves it in another
    $at = if ($Guard.at -is [datetime]) { $Guard.at } else { [datetime]::Parse($Guard.at, [cultureinfo]::InvariantCulture) }
    $seconds = $Guard.seconds
    try {
        $text = [System.IO.File]::ReadAllText((Join-Path -Path $Folder -ChildPath "seconds-$($Guard.token).json"))
        $seconds = ($text | ConvertFrom-Json).seconds
    }
    catch [System.IO.IOException] { $null = $_ }
    $at.ToUniversalTime().AddSeconds($seconds)
}

# For those who only look: a guard that waits for its confirmation, or restores at this moment. Nothing where there is
# none, or where this user may not know. One whose time has passed for long did not run: who arms the next one is told.
function Get-ArmedGuard {
    $folder = Join-Path -Path (Join-Path -Path $env:ProgramData -ChildPath 'therefore.firewall') -ChildPath 'guard'
    if (-not [System.IO.Directory]::Exists($folder)) { return }
    try { $files = [System.IO.Directory]::GetFiles($folder, '*.json') }
    catch [System.UnauthorizedAccessException] { return }
    foreach ($file in $files) {
        if ([System.IO.Path]::GetFileName($file) -notmatch '^(armed|restoring\b.*)\.json$') { continue }
        try {
            $guard = ConvertFrom-Json -InputObject ([System.IO.File]::ReadAllText($file))
            $until = Get-End -Folder $folder -Guard $guard
        }
        # it ends just now
        catch [System.IO.IOException], [System.UnauthorizedAccessException] { continue }
        # a host that lost its power keeps files without their content
        catch { return @{ damaged = $file } }
        $left = [int][Math]::Floor(($until - [datetime]::UtcNow).TotalSeconds)
        if ($left -lt -120) { continue }
        $text = $until.ToString('yyyy-MM-ddTHH:mm:ssZ', [cultureinfo]::InvariantCulture)
        return @{ group = $guard.group; until = $text; seconds_left = [Math]::Max($left, 0) }
    }
}

Export-ModuleMember -Function Get-ArmedGuard
