# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Tries what we assume of folders, of the task service and of packets, on the host itself: folders below the
# temporary one, packets over loopback.

#AnsibleRequires -PowerShell .SelftestRules
#AnsibleRequires -PowerShell .FolderAccess
#AnsibleRequires -PowerShell .GuardFolder
#AnsibleRequires -PowerShell .GuardFiles
#AnsibleRequires -PowerShell .GuardTask
#AnsibleRequires -PowerShell .HostState
#AnsibleRequires -PowerShell .PortListener
#AnsibleRequires -PowerShell .PortProbe

$attemptSeconds = 3

function Get-SelftestFolder {
    param([string]$Nonce)

    Join-Path -Path ([System.IO.Path]::GetTempPath()) -ChildPath "therefore-selftest-$Nonce"
}

# Of a link below it the link goes, and not what it leads to.
function Remove-SelftestFolder {
    param([string]$Nonce)

    $folder = Get-SelftestFolder -Nonce $Nonce
    if ([System.IO.Directory]::Exists($folder)) { [System.IO.Directory]::Delete($folder, $true) }
}

# Links are taken away as such; what they lead to is not looked at.
function Remove-Link {
    param([string]$Path)

    $link = Get-Item -LiteralPath $Path -Force -ErrorAction Ignore
    if ($link) { $link.Delete() }
}

# What the guard says of a folder below this one.
function Get-FolderRefusal {
    param([string]$Path)

    try { Initialize-GuardFolder -Path (Join-Path -Path $Path -ChildPath 'guard') }
    catch { return $_.Exception.Message }
    'taken'
}

function Get-LinkRefusal {
    param([string]$Folder, [switch]$Dangling)

    $target = Join-Path -Path $Folder -ChildPath "target-$([guid]::NewGuid())"
    $link = Join-Path -Path $Folder -ChildPath "link-$([guid]::NewGuid())"
    $null = [System.IO.Directory]::CreateDirectory($target)
    try {
        $null = New-Item -ItemType Junction -Path $link -Value $target
        if ($Dangling) { [System.IO.Directory]::Delete($target) }
        $said = Get-FolderRefusal -Path $link
        if ($said -like '* is a link to another place*') { 'refused: is a link to another place' } else { $said }
    }
    finally {
        Remove-Link -Path $link
        if ([System.IO.Directory]::Exists($target)) { [System.IO.Directory]::Delete($target, $true) }
    }
}

function Get-TaskCode {
    param([string]$Name)

    $service = New-Object -ComObject Schedule.Service
    $service.Connect()
    try { $null = $service.GetFolder('\').GetTask($Name) }
    catch { return (Get-RefusalText -Exception $_.Exception), $_.Exception.GetBaseException().Message }
    'there'
}

# A port that nothing uses for TCP, nor for UDP.
function Get-FreePort {
    foreach ($attempt in 1..50) {
        $tcp = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Any, 0)
        $tcp.Start()
        $port = $tcp.LocalEndpoint.Port
        $udp = [System.Net.Sockets.UdpClient]::new([System.Net.Sockets.AddressFamily]::InterNetwork)
        try {
            $udp.Client.Bind([System.Net.IPEndPoint]::new([System.Net.IPAddress]::Any, $port))
            return $port
        }
        catch [System.Net.Sockets.SocketException] { continue }
        finally {
            $udp.Dispose()
            $tcp.Stop()
        }
    }
}

function Invoke-OneProbe {
    param([int]$Port, [string]$Protocol = 'tcp', [bool]$Tls = $false, [string]$Nonce)

    $target = @{ id = "$Port/$Protocol"; host = '127.0.0.1'; port = $Port; protocol = $Protocol; tls = $Tls; listener = [bool]$Nonce }
    @(Invoke-PortProbe -Target @($target) -Timeout $attemptSeconds -Attempts 2 -Concurrency 10 -Nonce $Nonce)[0]
}

# The listener is started once, and stays until the self-test ends or its time is over.
function Start-OwnListener {
    param($Context)

    if ($Context.listener) { return }
    $port = Get-FreePort
    $ports = @(@{ port = $port; protocol = 'tcp' }, @{ port = $port; protocol = 'udp' })
    $answer = Start-PortListener -Port $ports -Range @() -Nonce $Context.nonce -Seconds 600
    if (@($answer.listening).Count -ne 2) { throw "it does not listen: $(@($answer.in_use | ForEach-Object { $_.error }) -join ', ')" }
    $Context.listener = $port
}

function Get-ListenerWord {
    param([int]$Port, [string]$Protocol, [string]$Nonce)

    $result = Invoke-OneProbe -Port $Port -Protocol $Protocol -Nonce $Nonce
    if ($result.state -eq 'open' -and $result.listener) { 'open by our listener' } else { "$($result.state) $($result.error)" }
}

function Get-TlsWord {
    param([int[]]$Port)

    foreach ($one in $Port) {
        $tls = (Invoke-OneProbe -Port $one -Tls $true).tls
        if (-not $tls.version) { continue }
        $detail = "port ${one}: $($tls.version) $($tls.cipher), $($tls.subject)"
        if ($tls.version -notin 'TLSv1.2', 'TLSv1.3' -or -not $tls.subject) { return $detail }
        return 'TLS 1.2 or later with a certificate', $detail
    }
    Stop-Check -Reason "no service with TLS on $($Port -join ', '): set therefore_selftest_tls_ports"
}

function Get-ClosedWord {
    param([string]$Protocol)

    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $result = Invoke-OneProbe -Port (Get-FreePort) -Protocol $Protocol
    $result.state, "after $([int]$clock.Elapsed.TotalMilliseconds) ms"
}

$checks = @{
    folder_access = {
        $folder = Get-GuardFolder
        if (-not [System.IO.Directory]::Exists($folder)) { Stop-Check -Reason 'no guard was armed' }
        $access = Get-FolderAccess -Path $folder
        "owner $($access.owner), open to $(@($access.allowed | Sort-Object) -join ' '), inherits $($access.inherits)"
    }
    junction = { Get-LinkRefusal -Folder $args[0].folder }
    dangling_junction = { Get-LinkRefusal -Folder $args[0].folder -Dangling }
    open_folder = {
        $folder = Join-Path -Path $args[0].folder -ChildPath "folder-$([guid]::NewGuid())"
        $null = [System.IO.Directory]::CreateDirectory($folder)
        try { $said = Get-FolderRefusal -Path $folder } finally { [System.IO.Directory]::Delete($folder, $true) }
        if ($said -eq 'taken') { 'taken' } else { 'refused', $said }
    }
    no_task = { Get-TaskCode -Name "therefore.firewall $([guid]::NewGuid())" }
    closed_tcp = { Get-ClosedWord -Protocol 'tcp' }
    closed_udp = { Get-ClosedWord -Protocol 'udp' }
    listener_tcp = {
        Start-OwnListener -Context $args[0]
        Get-ListenerWord -Port $args[0].listener -Protocol 'tcp' -Nonce $args[0].nonce
    }
    listener_udp = {
        Start-OwnListener -Context $args[0]
        Get-ListenerWord -Port $args[0].listener -Protocol 'udp' -Nonce $args[0].nonce
    }
    tls = { Get-TlsWord -Port $args[0].tls_ports }
    no_name = {
        $addresses = @(Resolve-HostName -Name 'no-such-host.invalid')
        if ($addresses) { $addresses -join ',' } else { 'no address' }
    }
}

function Invoke-HostTry {
    param([object[]]$Line, $Context)

    $folder = Get-SelftestFolder -Nonce $Context.nonce
    $null = [System.IO.Directory]::CreateDirectory($folder)
    $Context.folder = $folder
    try { Invoke-Check -Line $Line -Check $checks -Context $Context }
    finally { Remove-SelftestFolder -Nonce $Context.nonce }
}

Export-ModuleMember -Function Invoke-HostTry, Get-ListenerWord, Get-TaskCode, Remove-SelftestFolder
