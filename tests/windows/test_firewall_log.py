# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read of the firewall's own log, on the engine; the profiles that say where it is are simulated."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

LIBRARY = Path(__file__).resolve().parents[2] / "plugins/module_utils/_windows/FirewallLog.psm1"
LOG = """#Version: 1.5
#Software: Microsoft Windows Firewall
#Time Format: Local
#Fields: date time action protocol src-ip dst-ip src-port dst-port size tcpflags tcpsyn tcpack tcpwin icmptype icmpcode

2026-11-28 08:00:01 DROP TCP 192.0.2.7 192.0.2.10 40000 8000 52 S 1 0 64240 - - - RECEIVE
2026-11-28 08:00:02 DROP TCP 192.0.2.7 192.0.2.10 40001 9000 52 S 1 0 64240 - - - RECEIVE
2026-11-28 08:00:03 DROP ICMP 192.0.2.7 192.0.2.10 - - 60 - - - - 8 0 - RECEIVE
2026-11-28 08:00:04 ALLOW UDP 2001:db8::7 2001:db8::10 40002 389 0 - - - - - - - RECEIVE
2026-11-28 08:00:05 DROP TCP 192.0.2.8
"""
ASK = """
Import-Module {library}
function global:Get-NetFirewallProfile {{
    param([string]$PolicyStore, $ErrorAction)
    {profiles}
}}
$port = @(@{{ protocol = 'tcp'; port = 8000 }}, @{{ protocol = 'udp'; port = 389 }})
Get-FirewallLog -Port $port | ConvertTo-Json -Depth 4 -Compress
"""


def asked(pwsh: str, profiles: str) -> dict[str, Any]:
    script = ASK.format(library=f"'{LIBRARY}'", profiles=profiles)
    command = [pwsh, "-NoProfile", "-Command", script]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    return dict(json.loads(said.stdout))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log that is full of older lines."""
    file = tmp_path / "pfirewall.log"
    older = "2026-11-27 08:00:01 DROP TCP 192.0.2.9 192.0.2.10 40000 445 52 S 1 0 64240 - - - RECEIVE\n"
    file.write_text(older * 15000 + LOG.replace("\n", "\r\n"))
    return file


def test_lines_about_the_ports_are_told(pwsh: str, log: Path) -> None:
    profiles = "'True', 'False' | ForEach-Object {{ [pscustomobject]@{{ LogBlocked = $_; LogFileName = '{}' }} }}"
    answer = asked(pwsh, profiles.format(log))
    assert answer["logging"] == "on"
    assert answer["logged"] == [
        {"protocol": "tcp", "port": 8000, "source": "192.0.2.7", "source_port": 40000, "to": "192.0.2.10",
         "says": "DROP"},
        {"protocol": "udp", "port": 389, "source": "2001:db8::7", "source_port": 40002, "to": "2001:db8::10",
         "says": "ALLOW"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("profiles", "logging"),
    [
        ("[pscustomobject]@{ LogBlocked = 'False'; LogFileName = '/no/such/file' }", "off"),
        ("[pscustomobject]@{ LogBlocked = 'True'; LogFileName = '/no/such/file' }", "unknown"),
        ("throw 'Access is denied.'", "unknown"),
    ],
)
def test_a_log_that_is_off_or_cannot_be_read(pwsh: str, profiles: str, logging: str) -> None:
    assert asked(pwsh, profiles) == {"logging": logging, "logged": []}
