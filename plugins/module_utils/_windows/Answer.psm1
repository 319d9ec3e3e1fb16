# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The end of a module that does without Ansible.Basic. That is C#, compiled anew in each call, for longer than such a
# module takes; its options are checked by its action plugin, before the host is asked.

#Requires -Module Ansible.ModuleUtils.Legacy

# Windows PowerShell writes an array that a cmdlet has handed on as its value and its count.
function Clear-ArrayType {
    Remove-TypeData -TypeName System.Array -ErrorAction Ignore
}

function Exit-Call {
    param([hashtable]$Result)

    Clear-ArrayType
    Exit-Json $Result
}

function Stop-Call {
    param([hashtable]$Result, [string]$Message, $Record)

    Clear-ArrayType
    if ($Record) { $Result.exception = "$($Record | Out-String)$($Record.ScriptStackTrace)" }
    Fail-Json $Result $Message
}

Export-ModuleMember -Function Exit-Call, Stop-Call
