# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Usage: build.ps1 LIBRARY STORE...
#
# Compiles the stand-in once, so that a module's run only loads it, unless the library is there already, and checks the
# rules of each store.
param([string]$Library, [Parameter(ValueFromRemainingArguments)][string[]]$Store)

$ErrorActionPreference = 'Stop'
if (-not [System.IO.File]::Exists($Library)) {
    $lines = Get-ChildItem -Path (Join-Path -Path $PSScriptRoot -ChildPath '*.cs') |
        ForEach-Object { Get-Content -LiteralPath $_.FullName }
    $usings, $rest = $lines.Where({ $_ -match '^using ' }, 'Split')
    $source = (@($usings | Sort-Object -Unique) + $rest) -join "`n"
    Add-Type -OutputAssembly $Library -OutputType Library -TypeDefinition $source
}
$null = [System.Reflection.Assembly]::LoadFrom($Library)
foreach ($file in $Store) { [StandIn.Stores]::Normalize($file) }
