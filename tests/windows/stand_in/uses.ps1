# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Prints what each script of the variable QUESTION (a list of paths) uses: types, static members, constructors, members,
# commands with their parameters; and what it defines: functions, names of properties.
param()

$ErrorActionPreference = 'Stop'

# The types in a type's name, those of a list's items and an array's elements, too: as written, and in full where this
# engine knows the type, so that neither an accelerator nor a using statement hides it.
function Expand-TypeName {
    param($Name)

    if ($Name.IsArray) { return Expand-TypeName -Name $Name.ElementType }
    $type = $Name.GetReflectionType()
    if (-not $Name.IsGeneric) {
        return @{ written = $Name.FullName; full = if ($type) { $type.FullName } else { $Name.FullName } }
    }
    $written = $Name.TypeName.FullName
    @{ written = $written; full = if ($type) { $type.GetGenericTypeDefinition().FullName } else { $written } }
    foreach ($argument in $Name.GenericArguments) { Expand-TypeName -Name $argument }
}

function Find-Node {
    param($Tree, [string]$Kind)

    $Tree.FindAll({ $args[0].GetType().Name -eq $Kind }.GetNewClosure(), $true)
}

function Get-Use {
    param([string]$Text)

    $tokens = $problems = $null
    $tree = [System.Management.Automation.Language.Parser]::ParseInput($Text, [ref]$tokens, [ref]$problems)
    $use = @{ types = @(); statics = @(); members = @(); commands = @(); functions = @(); names = @() }
    foreach ($kind in 'TypeExpressionAst', 'TypeConstraintAst') {
        foreach ($node in Find-Node -Tree $tree -Kind $kind) {
            foreach ($name in Expand-TypeName -Name $node.TypeName) {
                $use.types += , @($node.Extent.StartLineNumber, $name.written, $name.full)
            }
        }
    }
    foreach ($kind in 'MemberExpressionAst', 'InvokeMemberExpressionAst') {
        foreach ($node in Find-Node -Tree $tree -Kind $kind) {
            if ($node.Member.GetType().Name -ne 'StringConstantExpressionAst') { continue }
            $count = if ($kind -like 'Invoke*') { @($node.Arguments | Where-Object { $null -ne $_ }).Count } else { -1 }
            if (-not $node.Static) {
                $use.members += , @($node.Extent.StartLineNumber, $node.Member.Value)
            }
            elseif ($node.Expression.GetType().Name -eq 'TypeExpressionAst') {
                $name = @(Expand-TypeName -Name $node.Expression.TypeName)[0]
                $use.statics += , @($node.Extent.StartLineNumber, $name.full, $node.Member.Value, $count)
            }
        }
    }
    foreach ($node in Find-Node -Tree $tree -Kind 'CommandAst') {
        $parameters = @($node.CommandElements |
            Where-Object { $_.GetType().Name -eq 'CommandParameterAst' } | ForEach-Object { $_.ParameterName })
        $name = $node.GetCommandName()
        if ($name) { $use.commands += , @($node.Extent.StartLineNumber, $name, $parameters) }
    }
    $use.functions = @(Find-Node -Tree $tree -Kind 'FunctionDefinitionAst' | ForEach-Object { $_.Name })
    # what becomes a property: keys of tables, what is assigned, and what commands such as Select-Object are told to take
    $use.names = @(
        Find-Node -Tree $tree -Kind 'HashtableAst' | ForEach-Object { $_.KeyValuePairs } | ForEach-Object { "$($_.Item1)" }
        Find-Node -Tree $tree -Kind 'AssignmentStatementAst' | Where-Object { $_.Left.Member } |
            ForEach-Object { "$($_.Left.Member)" }
        Find-Node -Tree $tree -Kind 'StringConstantExpressionAst' |
            Where-Object { $_.Parent.GetType().Name -in 'CommandAst', 'ArrayLiteralAst' } | ForEach-Object { $_.Value }
    )
    $use
}

$answers = @(foreach ($path in ConvertFrom-Json -InputObject $env:QUESTION) {
        Get-Use -Text ([System.IO.File]::ReadAllText($path))
    })
ConvertTo-Json -InputObject $answers -Depth 6 -Compress
