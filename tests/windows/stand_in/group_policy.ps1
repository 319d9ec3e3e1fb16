# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Usage: group_policy.ps1 SCRIPT
#
# Runs a script with the arguments of the variable QUESTION, and prints what it gives, warns of and refuses, as JSON in
# the last line. What -WhatIf says comes before.
param([string]$Script)

$arguments = ConvertFrom-Json -InputObject $env:QUESTION -AsHashtable
if ($env:STANDIN_LANGUAGE) { $ExecutionContext.SessionState.LanguageMode = $env:STANDIN_LANGUAGE }
$answer = @{ result = $null; error = $null; warnings = @() }
try { $answer.result = & $Script @arguments -WarningVariable warnings -WarningAction SilentlyContinue }
catch { $answer.error = $_.Exception.Message }
$answer.warnings = @($warnings | ForEach-Object { "$_" })
ConvertTo-Json -InputObject $answer -Depth 5 -Compress
