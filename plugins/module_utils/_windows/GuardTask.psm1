# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The scheduled task of a guard. It outlives every kind of connection and a restart of the host, and is no process that
# WMI makes, which endpoint protection blocks.

# Codes of the task service, in words: winerror.h, and "Task Scheduler Error and Success Constants".
$taskCodes = @{
    '80070005' = 'access denied: the account must be an administrator of the host, with an elevated token'
    '800706BA' = 'the task service cannot be reached: start the service Schedule'
    '8004130C' = 'the task service is not installed'
    '80041315' = 'the task service is not running: start the service Schedule'
    '80041322' = 'the task service is not available: start the service Schedule'
    '80041323' = 'the task service is too busy: run again'
    '80041326' = 'the task is disabled: somebody, or a policy, has switched it off'
    '80041328' = 'the task service does not let tasks be started on demand'
}

function Get-TaskProblem {
    param([System.Exception]$Exception)

    $base = $Exception.GetBaseException()
    $code = '{0:X8}' -f $base.HResult
    $words = if ($taskCodes.ContainsKey($code)) { $taskCodes[$code] } else { $base.Message -replace '\s+', ' ' }
    "$words (0x$code)"
}

# By token: nobody can have made one of that name before us.
function Get-TaskName {
    param([string]$Token)

    "therefore.firewall guard $Token"
}

# PowerShell of Windows itself, which every host has. It runs the text and not the file, since a policy may allow signed
# script files only.
function Get-TaskAction {
    param([string]$Folder, [string]$Token)

    $script = (Join-Path -Path $Folder -ChildPath "guard-$Token.ps1").Replace("'", "''")
    $command = "& ([scriptblock]::Create([System.IO.File]::ReadAllText('$script')))"
    $command += " -Folder '$($Folder.Replace("'", "''"))' -Token '$Token'"
    @{
        path = "$env:SystemRoot\System32\WindowsPowerShell\v1.0\powershell.exe"
        arguments = "-NoProfile -NonInteractive -Command `"$command`""
    }
}

# For the system; at the deadline, in case that what runs at once is ended, and when the host starts.
function Get-TaskXml {
    param([hashtable]$Action, [datetime]$Deadline)

    $at = $Deadline.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ', [cultureinfo]::InvariantCulture)
    $path, $arguments = $Action.path, $Action.arguments | ForEach-Object { [System.Security.SecurityElement]::Escape($_) }
    @"
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Puts the former firewall rules back, unless Ansible confirms the new ones (therefore.firewall).</Description>
  </RegistrationInfo>
  <Triggers>
    <TimeTrigger><StartBoundary>$at</StartBoundary><Enabled>true</Enabled></TimeTrigger>
    <BootTrigger><Enabled>true</Enabled></BootTrigger>
  </Triggers>
  <Principals>
    <Principal id="System"><UserId>S-1-5-18</UserId><RunLevel>HighestAvailable</RunLevel></Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <AllowStartOnDemand>true</AllowStartOnDemand>
    <Enabled>true</Enabled>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>4</Priority>
  </Settings>
  <Actions Context="System">
    <Exec><Command>$path</Command><Arguments>$arguments</Arguments></Exec>
  </Actions>
</Task>
"@
}

function Get-TaskFolder {
    $service = New-Object -ComObject Schedule.Service
    $service.Connect()
    $service.GetFolder('\')
}

function Start-GuardTask {
    param([string]$Folder, [string]$Token, [datetime]$Deadline)

    $xml = Get-TaskXml -Action (Get-TaskAction -Folder $Folder -Token $Token) -Deadline $Deadline
    # for the system and administrators, nobody else
    $access = 'D:P(A;;FA;;;SY)(A;;FA;;;BA)'
    try {
        # a new one only, with the service account that the text names
        $create, $serviceAccount = 2, 5
        $name = Get-TaskName -Token $Token
        $task = (Get-TaskFolder).RegisterTask($name, $xml, $create, $null, $null, $serviceAccount, $access)
    }
    catch { throw "its scheduled task cannot be made: $(Get-TaskProblem -Exception $_.Exception)" }
    try { $null = $task.Run($null) }
    catch { throw "its scheduled task cannot be started: $(Get-TaskProblem -Exception $_.Exception)" }
}

# One that is not there is no error.
function Remove-GuardTask {
    param([string]$Token)

    try { (Get-TaskFolder).DeleteTask((Get-TaskName -Token $Token), 0) }
    catch { if ('{0:X8}' -f $_.Exception.GetBaseException().HResult -ne '80070002') { throw } }
}

# The text by which a task takes itself away.
function Get-TaskText {
    foreach ($name in 'Get-TaskName', 'Get-TaskFolder', 'Remove-GuardTask') {
        "function $name {$((Get-Command -Name $name).Definition)}"
    }
}

Export-ModuleMember -Function Start-GuardTask, Remove-GuardTask, Get-TaskText
