#!powershell

# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

#AnsibleRequires -CSharpUtil Ansible.Basic
#AnsibleRequires -PowerShell ..module_utils._windows.FirewallLog
#AnsibleRequires -PowerShell ..module_utils._windows.PortListener
#AnsibleRequires -PowerShell ..module_utils._windows.PortProbe
#AnsibleRequires -PowerShell ..module_utils._windows.ProbeFlow

$spec = @{
    options = @{
        mode = @{ type = 'str'; choices = @('probe', 'listen', 'stop'); default = 'probe' }
        targets = @{
            type = 'list'
            elements = 'dict'
            default = @()
            options = @{
                id = @{ type = 'str' }
                host = @{ type = 'str'; required = $true }
                port = @{ type = 'int'; required = $true }
                protocol = @{ type = 'str'; choices = @('tcp', 'udp'); default = 'tcp' }
                tls = @{ type = 'bool'; default = $false }
                server_name = @{ type = 'str' }
                listener = @{ type = 'bool'; default = $false }
                name = @{ type = 'str' }
            }
        }
        timeout = @{ type = 'float'; default = 3 }
        attempts = @{ type = 'int'; default = 2 }
        concurrency = @{ type = 'int'; default = 1000 }
        nonce = @{ type = 'str' }
        name = @{ type = 'str' }
        listen = @{
            type = 'list'
            elements = 'dict'
            default = @()
            options = @{
                port = @{ type = 'int'; required = $true }
                protocol = @{ type = 'str'; choices = @('tcp', 'udp'); default = 'tcp' }
            }
        }
        ranges = @{
            type = 'list'
            elements = 'dict'
            default = @()
            options = @{
                first = @{ type = 'int'; required = $true }
                last = @{ type = 'int'; required = $true }
                protocol = @{ type = 'str'; choices = @('tcp', 'udp'); default = 'tcp' }
            }
        }
        seconds = @{ type = 'int'; default = 120 }
        explain = @{ type = 'bool'; default = $false }
    }
    supports_check_mode = $true
}
$module = [Ansible.Basic.AnsibleModule]::Create($args, $spec)
$wanted = $module.Params

function Assert-Range {
    param([string]$Name, $Value, $Low, $High)

    if ($Value -ge $Low -and $Value -le $High) { return }
    $module.FailJson("${Name}: $Value is out of range; give $Low to $High")
}

function Assert-Port {
    param([string]$Name, [int]$Port)

    if ($Port -lt 1 -or $Port -gt 65535) {
        $module.FailJson("${Name}: $Port is no port; give a number from 1 to 65535")
    }
}

function Assert-Host {
    param([string]$Name, [string]$Text)

    $address = $null
    # with both cases written out: what counts as the same letter depends on the host's language
    $label = '[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
    $last = '[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
    if ($Text.Length -le 253 -and $Text -cmatch "\A($label\.)*$last\.?\z") { return }
    if ($Text -match '\A\d+(\.\d+){3}\z|:' -and [System.Net.IPAddress]::TryParse($Text, [ref]$address)) { return }
    $remedy = 'give one IPv4 or IPv6 address or name'
    $module.FailJson("${Name}: '$Text' is neither an address nor a host name; $remedy")
}

function Assert-Target {
    for ($i = 0; $i -lt $wanted.targets.Count; $i++) {
        $target = $wanted.targets[$i]
        Assert-Host -Name "targets[$i].host" -Text $target.host
        Assert-Port -Name "targets[$i].port" -Port $target.port
        if ($null -ne $target.server_name) { Assert-Host -Name "targets[$i].server_name" -Text $target.server_name }
        if ($target.tls -and $target.protocol -eq 'udp') {
            $module.FailJson("targets[$i].tls: true with protocol udp; TLS needs tcp, so leave out one of the two")
        }
    }
}

function Assert-Listen {
    if ($wanted.mode -eq 'listen' -and -not $wanted.listen.Count) {
        $example = '{port: 8000, protocol: tcp}'
        $module.FailJson("listen: [] with mode listen; give the ports to answer on, such as $example")
    }
    $seen = @{}
    for ($i = 0; $i -lt $wanted.listen.Count; $i++) {
        $entry = $wanted.listen[$i]
        Assert-Port -Name "listen[$i].port" -Port $entry.port
        $pair = "$($entry.port) with protocol $($entry.protocol)"
        if ($seen[$pair]) { $module.FailJson("listen[$i].port: $pair is there twice; remove one") }
        $seen[$pair] = $true
    }
}

function Assert-Nonce {
    if ($null -eq $wanted.nonce -and $wanted.mode -eq 'probe') { return }
    if ("$($wanted.nonce)" -cnotmatch '\A[0-9A-Za-z]{16,64}\z') {
        $given = "'$($wanted.nonce)' with mode $($wanted.mode)"
        $module.FailJson("nonce: $given; give 16 to 64 letters and digits, new for each run")
    }
}

function Assert-Option {
    Assert-Range -Name 'timeout' -Value $wanted.timeout -Low 0.05 -High 300
    Assert-Range -Name 'attempts' -Value $wanted.attempts -Low 1 -High 10
    Assert-Range -Name 'concurrency' -Value $wanted.concurrency -Low 1 -High 10000
    Assert-Range -Name 'seconds' -Value $wanted.seconds -Low 1 -High 86400
    Assert-Nonce
    Assert-Target
    Assert-Listen
    for ($i = 0; $i -lt $wanted.ranges.Count; $i++) {
        $first, $last = $wanted.ranges[$i].first, $wanted.ranges[$i].last
        Assert-Port -Name "ranges[$i].first" -Port $first
        Assert-Port -Name "ranges[$i].last" -Port $last
        if ($first -gt $last) {
            $module.FailJson("ranges[$i].last: $last is before $first, the first; turn them round")
        }
    }
}

function Get-Count {
    param([object[]]$Result)

    $counts = @{}
    foreach ($one in $Result) { $counts[$one.state] = 1 + $counts[$one.state] }
    $counts
}

Assert-Option
switch ($wanted.mode) {
    'probe' {
        $settings = @{
            Target = $wanted.targets
            Timeout = $wanted.timeout
            Attempts = $wanted.attempts
            Concurrency = $wanted.concurrency
            Nonce = $wanted.nonce
        }
        $results = @(Invoke-PortProbe @settings)
        $module.Result.results = $results
        $module.Result.counts = Get-Count -Result $results
    }
    'listen' {
        $settings = @{
            Port = $wanted.listen
            Range = $wanted.ranges
            Nonce = $wanted.nonce
            Name = $wanted.name
            Seconds = $wanted.seconds
        }
        try { $answer = Start-PortListener @settings -OnlySay:$module.CheckMode }
        catch { $module.FailJson("The listener cannot be started: $($_.Exception.Message -replace '\s+', ' ')", $_) }
        foreach ($name in 'listening', 'in_use', 'services', 'until') { $module.Result.$name = $answer.$name }
        # Windows does not show what comes before its firewall has a say
        $module.Result.watching = $false
        $module.Result.addresses = @(Get-OwnAddress | ForEach-Object { "$_" } | Sort-Object)
    }
    'stop' {
        $answer = Stop-PortListener -Nonce $wanted.nonce -OnlySay:$module.CheckMode
        foreach ($name in 'stopped', 'arrived') { $module.Result.$name = $answer.$name }
        $module.Result.seen = @()
        $module.Result.decided = @()
        $log = @{ logging = $null; logged = @() }
        $asked = $wanted.explain -and $wanted.listen -and -not $module.CheckMode
        if ($asked) { $log = Get-FirewallLog -Port $wanted.listen }
        foreach ($name in 'logging', 'logged') { $module.Result.$name = $log.$name }
    }
}
$module.ExitJson()
