# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Prints what Windows PowerShell 5.1 would not understand in each script of the variable QUESTION (a list of texts).
param()

$ErrorActionPreference = 'Stop'
$newNodes = 'TernaryExpressionAst', 'PipelineChainAst'
$newTokens = 'QuestionQuestion', 'QuestionQuestionEquals', 'QuestionDot', 'QuestionLBracket', 'AndAnd',
    'OrOr', 'QuestionMark', 'Clean'
$newParameters = @{
    'ForEach-Object' = 'Parallel', 'ThrottleLimit', 'AsJob'
    'ConvertFrom-Json' = 'AsHashtable', 'Depth', 'NoEnumerate', 'DateKind'
    'ConvertTo-Json' = 'AsArray', 'EnumsAsStrings', 'EscapeHandling'
    'Join-Path' = 'AdditionalChildPath'
    'Split-Path' = 'LeafBase', 'Extension'
    'Sort-Object' = 'Top', 'Bottom', 'Stable'
    'Get-Content' = 'AsByteStream'
    'Select-String' = 'Raw', 'NoEmphasis'
}
$newCommands = 'Join-String', 'Get-Error', 'Get-Uptime', 'Test-Json', 'Remove-Alias', 'ConvertFrom-Markdown',
    'Start-ThreadJob'
$newVariables = 'IsWindows', 'IsLinux', 'IsMacOS', 'IsCoreCLR', 'PSStyle'

$answers = @(foreach ($text in ConvertFrom-Json -InputObject $env:QUESTION) {
    $tokens = $problems = $null
    $tree = [System.Management.Automation.Language.Parser]::ParseInput($text, [ref]$tokens, [ref]$problems)
    $found = @(
        $problems | ForEach-Object { "$($_.Extent.StartLineNumber): $($_.Message)" }
        $tokens | Where-Object { "$($_.Kind)" -in $newTokens } |
            ForEach-Object { "$($_.Extent.StartLineNumber): token $($_.Kind)" }
        $tree.FindAll({ $args[0].GetType().Name -in $newNodes }, $true) |
            ForEach-Object { "$($_.Extent.StartLineNumber): $($_.GetType().Name)" }
        $tree.FindAll({ $args[0] -is [System.Management.Automation.Language.VariableExpressionAst] }, $true) |
            Where-Object { "$($_.VariablePath)" -in $newVariables } |
            ForEach-Object { "$($_.Extent.StartLineNumber): variable $($_.VariablePath)" }
        $commands = $tree.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)
        foreach ($command in $commands) {
            $name = $command.GetCommandName()
            if ($name -in $newCommands) { "$($command.Extent.StartLineNumber): command $name" }
            if (-not $name -or -not $newParameters.ContainsKey($name)) { continue }
            foreach ($element in $command.CommandElements) {
                if ($element -is [System.Management.Automation.Language.CommandParameterAst]) {
                    # PowerShell takes any beginning of a parameter's name
                    $given = $element.ParameterName
                    $full = $newParameters[$name] | Where-Object { $_ -like "$given*" }
                    if ($full -and $given.Length -gt 2) { "$($command.Extent.StartLineNumber): $name -$full" }
                }
            }
        }
    )
    , $found
})
ConvertTo-Json -InputObject $answers -Compress
