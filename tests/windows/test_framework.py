# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows PowerShell 5.1 on .NET Framework 4.6.2 (Server 2016) has every type, member, command and parameter in use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from framework import missing

if TYPE_CHECKING:
    from conftest import Engine

SCRIPTS = sorted((Path(__file__).resolve().parents[2] / "plugins").rglob("*.ps*1"))

# What newer engines have and the script asks for before it uses it; the other branch is for .NET Framework.
GUARDED = {
    "NegotiatedCipherSuite": "if ($Stream.PSObject.Properties['NegotiatedCipherSuite'])",
    "System.IO.FileSystemAclExtensions": "$PSVersionTable.PSEdition",
}

# what came later, and what the comparison calls it
NEWER = {
    "[System.Security.Authentication.SslProtocols]::Tls13": "static member System.Security.Authentication.SslProt",
    "[Security.Authentication.SslProtocols]::Tls13": "SslProtocols.Tls13",
    "[System.Convert]::ToHexString($bytes)": "static member System.Convert.ToHexString",
    "[System.IO.Path]::GetRelativePath($a, $b)": "static member System.IO.Path.GetRelativePath",
    "[System.Net.Sockets.TcpClient]::new(1, 2, 3, 4)": "TcpClient has no constructor with 4 arguments",
    "[System.Half]$a": "type System.Half",
    "[System.Range]::new(1, 2)": "type System.Range",
    "[NoSuchType]$a": "type NoSuchType",
    "using namespace System.Net\n[Sockets.TcpClient]$a": "write System.Net.Sockets.TcpClient",
    "$a.NegotiatedCipherSuite": "member NegotiatedCipherSuite",
    "$a.SendPingWithSomething(1)": "member SendPingWithSomething",
    "Test-Json -Json $a": "command Test-Json",
    "Get-Content -Path $a -AsByteStream": "Get-Content -AsByteStream",
    "ConvertFrom-Json -InputObject $a -AsHashtable": "ConvertFrom-Json -AsHashtable",
    "Get-NoSuchThing": "command Get-NoSuchThing",
}
OLDER = [
    "[System.Security.Authentication.SslProtocols]::Tls12",
    "using namespace System.Net.Sockets\n[TcpClient]::new()",
    "[Net.Sockets.TcpClient]$a",
    "[System.Collections.Generic.List[string]]::new()",
    "[byte[]]$a; [int]::MaxValue; [pscustomobject]@{ OurOwn = 1 }; $a.OurOwn",
    "[System.Collections.Generic.Dictionary[string, System.Net.IPAddress]]$a",
    "function Get-Ours { param($A) }; Get-Ours -A 1",
    "Get-Content -LiteralPath $a -Raw -ErrorAction Stop",
]


@pytest.fixture(scope="module")
def judged(scripts: Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What is missing for each script under plugins/, by its name, and for each text, by itself."""
    folder = tmp_path_factory.mktemp("texts")
    texts = [*NEWER, *OLDER]
    files = [folder / f"{number}.ps1" for number in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text)
    uses: list[dict[str, Any]] = scripts.ask("uses.ps1", [str(path) for path in [*SCRIPTS, *files]])
    ours, others = uses[: len(SCRIPTS)], uses[len(SCRIPTS) :]
    found = dict(zip((path.name for path in SCRIPTS), missing(ours), strict=True))
    return found | {text: missing([use])[0] for text, use in zip(texts, others, strict=True)}


@pytest.mark.parametrize("name", [path.name for path in SCRIPTS])
def test_a_script_uses_what_there_is(name: str, judged: dict[str, list[str]]) -> None:
    # COM, CIM and PowerShell's own are in net462/others.tsv: what a script newly uses of them is added there
    text = next(path for path in SCRIPTS if path.name == name).read_text()
    asked = [word for word, question in GUARDED.items() if question in text]
    assert [problem for problem in judged[name] if problem.rpartition(" ")[2] not in asked] == []


@pytest.mark.parametrize("text", NEWER)
def test_what_came_later_is_found(text: str, judged: dict[str, list[str]]) -> None:
    assert any(NEWER[text] in problem for problem in judged[text]), json.dumps(judged[text])


@pytest.mark.parametrize("text", OLDER)
def test_what_there_is_passes(text: str, judged: dict[str, list[str]]) -> None:
    assert judged[text] == []
