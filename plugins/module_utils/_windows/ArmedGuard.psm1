# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# For those who only look: a guard that waits for its confirmation, or restores at this moment. Nothing where there is
# none, or where this user may not know. In time that has passed for long, it is dead: the host was restarted.
function Get-ArmedGuard {
    $folder = Join-Path -Path (Join-Path -Path $env:ProgramData -ChildPath 'therefore.firewall') -ChildPath 'guard'
    if (-not [System.IO.Directory]::Exists($folder)) { return }
    try { $files = [System.IO.Directory]::GetFiles($folder, '*.json') }
    catch [System.UnauthorizedAccessException] { return }
    foreach ($file in $files) {
        if ([System.IO.Path]::GetFileName($file) -notmatch '^(armed|restoring\b.*)\.json$') { continue }
        try { $guard = [System.IO.File]::ReadAllText($file) | ConvertFrom-Json }
        # it ends just now
        catch [System.IO.IOException], [System.UnauthorizedAccessException] { continue }
        $until = $guard.until
        # ConvertFrom-Json makes a date of such a text in one version of PowerShell and leaves it in another
        if ($until -isnot [datetime]) { $until = [datetime]::Parse($until, [cultureinfo]::InvariantCulture) }
        $left = [int][Math]::Floor(($until.ToUniversalTime() - [datetime]::UtcNow).TotalSeconds)
        if ($left -lt -120) { continue }
        $text = $until.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ', [cultureinfo]::InvariantCulture)
        return @{ group = $guard.group; until = $text; seconds_left = [Math]::Max($left, 0) }
    }
}

Export-ModuleMember -Function Get-ArmedGuard
