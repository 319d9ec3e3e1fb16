# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Starts a PowerShell that outlives the one that starts it.

# Windows limits a command line to 32767 characters.
$longest = 32000

# Return values of Win32_Process.Create, and what endpoint protection does with processes that WMI makes.
$createValues = @{
    2 = 'access denied'
    3 = 'insufficient privilege'
    8 = 'unknown failure'
    9 = 'path not found'
    21 = 'invalid parameter'
}
$protection = 'Endpoint protection may forbid it: see event 1121 of Microsoft Defender, rule "Block process creations ' +
'originating from PSExec and WMI commands" (d1e49aac-8f56-4280-b9ba-993a6d77406c)'

function Get-CreateProblem {
    param([long]$Value)

    $words = if ($createValues.ContainsKey([int]$Value)) { $createValues[[int]$Value] } else { 'no documented value' }
    "WMI did not make the process: $words (Win32_Process.Create returned $Value). $protection"
}

# A child of a WinRM session dies with the session, so that on Windows the WMI service starts the process: session 0,
# the same user, nothing inherited. Where there is no CIM (the tests on Linux) it is an ordinary child, which lives on.
function Start-DetachedProcess {
    param([string]$Path, [string[]]$ArgumentList)

    if (Get-Command -Name Invoke-CimMethod -ErrorAction Ignore) {
        $line = @{ CommandLine = "`"$Path`" $($ArgumentList -join ' ')" }
        $made = Invoke-CimMethod -ClassName Win32_Process -MethodName Create -Arguments $line -Verbose:$false
        if ($made.ReturnValue -ne 0) { throw (Get-CreateProblem -Value $made.ReturnValue) }
        return
    }
    # a shell gives the process other streams than this one's, which end with the connection
    $shell = '-c', '"exec $0 $* </dev/null >/dev/null 2>&1"', $Path
    $null = Start-Process -FilePath '/bin/sh' -ArgumentList ($shell + $ArgumentList) -PassThru
}

# Not the path of this process: with PSRP that is a host which takes no script.
function Get-EnginePath {
    foreach ($name in 'powershell.exe', 'pwsh.exe', 'pwsh') {
        $path = Join-Path -Path $PSHOME -ChildPath $name
        if (Test-Path -LiteralPath $path) { return $path }
    }
}

# Runs the script with the data as its argument: nothing is written to disk that somebody could change on the way.
function Start-DetachedScript {
    param([string]$Script, [System.Collections.IDictionary]$Data)

    $json = (ConvertTo-Json -InputObject $Data -Compress -Depth 5).Replace("'", "''")
    $command = "& {$Script} (ConvertFrom-Json -InputObject '$json')"
    # without the comments and the indentation, so that more fits into a command line
    $command = $command -replace '(?m)^\s*(#.*)?\r?\n' -replace '(?m)^ +'
    $encoded = [System.Convert]::ToBase64String([System.Text.Encoding]::Unicode.GetBytes($command))
    if ($encoded.Length -gt $longest) { throw "The command line would have $($encoded.Length) characters, of $longest" }
    $arguments = '-NoProfile', '-NonInteractive', '-EncodedCommand', $encoded
    Start-DetachedProcess -Path (Get-EnginePath) -ArgumentList $arguments
}

Export-ModuleMember -Function Start-DetachedScript
