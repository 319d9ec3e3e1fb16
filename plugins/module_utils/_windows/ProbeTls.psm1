# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# TLS of a probe: a handshake that accepts every certificate, and what is wrong with it.

using namespace System.Linq.Expressions
using namespace System.Runtime.CompilerServices
using namespace System.Security.Cryptography.X509Certificates

#AnsibleRequires -PowerShell .ProbeFlow

# wincrypt.h, ALG_ID: what the enumerations of .NET Framework 4.6.2 have no names for
$cipherParts = @{ 0xae06 = 'Ecdhe'; 0x800c = 'Sha256'; 0x800d = 'Sha384'; 0x800e = 'Sha512' }
# X509ChainStatusFlags: the system's own text is in its language, and on some systems a number
$chainWords = @{
    NotTimeValid = 'a certificate is expired or not valid yet'
    NotSignatureValid = 'a signature is wrong'
    NotValidForUsage = 'a certificate is not for this use'
    UntrustedRoot = 'its root is not trusted here'
    PartialChain = 'an issuer is missing'
    Revoked = 'a certificate is revoked'
}

# Accepts every certificate, and keeps what is wrong with it: the errors and the chain's status.
function New-CertificateCheck {
    param([StrongBox[object]]$Box)

    $parameters = [ParameterExpression[]]@(
        [Expression]::Parameter([object], 'sender')
        [Expression]::Parameter([X509Certificate], 'certificate')
        [Expression]::Parameter([X509Chain], 'chain')
        [Expression]::Parameter([System.Net.Security.SslPolicyErrors], 'errors')
    )
    $none = [Expression]::Constant($null, [object])
    $noChain = [Expression]::Equal($parameters[2], [Expression]::Constant($null))
    $status = [Expression]::Convert([Expression]::Property($parameters[2], 'ChainStatus'), [object])
    $found = [Expression]::NewArrayInit([object], [Expression[]]@(
            [Expression]::Convert($parameters[3], [object])
            [Expression]::Condition($noChain, $none, $status)
        ))
    $value = [Expression]::Field([Expression]::Constant($Box), 'Value')
    $keep = [Expression]::Assign($value, [Expression]::Convert($found, [object]))
    $body = [Expression]::Block([Expression[]]@($keep, [Expression]::Constant($true)))
    [Expression]::Lambda([System.Net.Security.RemoteCertificateValidationCallback], $body, $parameters).Compile()
}

# Gives the server no certificate, and keeps that it asked for one: only then does .NET know the server's own by now.
function New-CertificateChoice {
    param([StrongBox[object]]$Box)

    $parameters = [ParameterExpression[]]@(
        [Expression]::Parameter([object], 'sender')
        [Expression]::Parameter([string], 'host')
        [Expression]::Parameter([X509CertificateCollection], 'own')
        [Expression]::Parameter([X509Certificate], 'certificate')
        [Expression]::Parameter([string[]], 'issuers')
    )
    $value = [Expression]::Field([Expression]::Constant($Box), 'Value')
    $keep = [Expression]::Assign($value, [Expression]::Convert($parameters[3], [object]))
    $known = [Expression]::NotEqual($parameters[3], [Expression]::Constant($null))
    $body = [Expression]::Block([Expression[]]@(
            [Expression]::IfThen($known, $keep)
            [Expression]::Constant($null, [X509Certificate])
        ))
    [Expression]::Lambda([System.Net.Security.LocalCertificateSelectionCallback], $body, $parameters).Compile()
}

# The server wants a certificate, and refuses for want of it.
function Set-ClientCertificate {
    param($Result)

    $text = 'the server wants a client certificate'
    $Result.client_certificate = $true
    $Result.error = if ($Result.error -and $Result.version) { "$($Result.error); $text" } else { $text }
    $Result
}

# What a server says that does no handshake. The question is a record of TLS with a wrong message, and the end of two
# lines: TLS answers with an alert, and a server that reads lines with one of its own.
function Get-Answer {
    param($Flow, [int]$Milliseconds)

    $client = [System.Net.Sockets.TcpClient]::new($Flow.address.AddressFamily)
    try {
        if (-not $client.ConnectAsync($Flow.address, $Flow.target.port).Wait($Milliseconds)) { return '' }
        $stream = $client.GetStream()
        $stream.ReadTimeout = $Milliseconds
        $question = [byte[]]@(22, 3, 1, 0, 10, 1, 0, 0, 6, 3, 3, 13, 10, 13, 10)
        $stream.Write($question, 0, $question.Length)
        $bytes = [byte[]]::new(64)
        [System.Text.Encoding]::ASCII.GetString($bytes, 0, $stream.Read($bytes, 0, $bytes.Length))
    }
    catch { '' }
    finally { $client.Dispose() }
}

# The reason of a failed handshake, as far as what the server does tells it better than the system.
function Get-HandshakeFailure {
    param($Flow, [System.Exception]$Failure, [int]$Milliseconds)

    if ($null -ne $Flow.asked.Value) { return Set-ClientCertificate -Result (New-TlsResult) }
    $base = $Failure.GetBaseException()
    $text = Get-Text -Failure $base
    $said = Get-Answer -Flow $Flow -Milliseconds $Milliseconds
    # the types of records of TLS are no letters
    if ($said -cmatch '^[A-Za-z0-9+*-]') { $text = Get-ClearText -Spoken $said }
    elseif (-not $said -and $base -is [System.IO.IOException]) { $text = Get-ClosedText }
    New-TlsResult -Text $text
}

function New-TlsResult {
    param([string]$Text)

    @{
        version = $null
        cipher = $null
        subject = $null
        issuer = $null
        expires = $null
        days_left = $null
        chain_verified = $false
        name_verified = $false
        client_certificate = $false
        error = if ($Text) { $Text } else { $null }
    }
}

# A server that speaks before the client does has no TLS from the start.
function Get-ClearText {
    param([string]$Spoken)

    if ($Spoken.StartsWith('HTTP/')) { return 'the server speaks plain HTTP, no TLS' }
    $line = ($Spoken.Substring(0, [Math]::Min(40, $Spoken.Length)) -replace '[^ -~]', ' ').Trim()
    "the server speaks first, in clear text ($line): STARTTLS or another protocol, not TLS from the start"
}

function Get-ClosedText { 'the server closed the connection before the handshake was done' }

function Get-SilenceText {
    param([double]$Seconds)

    $reason = "if the service is well, large packets are lost on the way (a tunnel's MTU with ICMP filtered)"
    "the server did not answer the handshake in $Seconds s; $reason"
}

# Whatever versions this host allows. To leave the choice to the system takes .NET Framework 4.7, which is told by a
# value that came with it; Server 2016 has 4.6.2, where the known versions are named.
function Get-AnyVersion {
    $versions = [System.Security.Authentication.SslProtocols]
    if ([System.Enum]::GetNames([System.Net.SecurityProtocolType]) -ccontains 'SystemDefault') { return $versions::None }
    $versions::Tls -bor $versions::Tls11 -bor $versions::Tls12
}

# .NET Framework knows no cipher suites, but their parts, and not all of these by name. Nothing where the system does not
# say: TLS_NULL_WITH_NULL_NULL has the number 0.
function Get-Cipher {
    param([System.Net.Security.SslStream]$Stream)

    if ($Stream.PSObject.Properties['NegotiatedCipherSuite']) {
        if ([int]$Stream.NegotiatedCipherSuite) { return "$($Stream.NegotiatedCipherSuite)" }
        return
    }
    $parts = foreach ($part in $Stream.KeyExchangeAlgorithm, $Stream.CipherAlgorithm, $Stream.HashAlgorithm) {
        if ($cipherParts.ContainsKey([int]$part)) { $cipherParts[[int]$part] } else { "$part" }
    }
    if ($Stream.CipherStrength) { $parts -join ' ' }
}

function Get-TlsResult {
    param($Flow)

    $versions = @{ 48 = 'SSLv3'; 192 = 'TLSv1'; 768 = 'TLSv1.1'; 3072 = 'TLSv1.2'; 12288 = 'TLSv1.3' }
    $certificate = [X509Certificate2]::new($Flow.ssl.RemoteCertificate)
    $expires = $certificate.NotAfter.ToUniversalTime()
    $errors, $status = $Flow.check.Value
    $missing = ([int]$errors -band 1) -ne 0
    $wrongName = ([int]$errors -band 2) -ne 0
    $wrongChain = ([int]$errors -band 4) -ne 0
    $problems = @(
        if ($wrongChain) {
            $reasons = foreach ($one in $status) {
                if ($chainWords.ContainsKey("$($one.Status)")) { $chainWords["$($one.Status)"] } else { "$($one.Status)" }
            }
            "the chain does not verify: $(@($reasons | Select-Object -Unique) -join ', ')"
        }
        if ($wrongName) { "the certificate is not for $($Flow.name)" }
    )
    @{
        version = $versions[[int]$Flow.ssl.SslProtocol]
        cipher = Get-Cipher -Stream $Flow.ssl
        subject = $certificate.Subject
        issuer = $certificate.Issuer
        expires = $expires.ToString('yyyy-MM-ddTHH:mm:ssZ', [cultureinfo]::InvariantCulture)
        days_left = [int][Math]::Floor(($expires - [datetime]::UtcNow).TotalDays)
        chain_verified = -not ($wrongChain -or $missing)
        name_verified = -not ($wrongName -or $missing)
        client_certificate = $false
        error = if ($problems) { $problems -join '; ' } else { $null }
    }
}

Export-ModuleMember -Function @(
    'New-CertificateCheck', 'New-CertificateChoice', 'New-TlsResult', 'Get-TlsResult', 'Get-ClearText', 'Get-SilenceText'
    'Get-AnyVersion', 'Get-ClosedText', 'Get-HandshakeFailure', 'Set-ClientCertificate'
)
