# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this host's firewall wrote into the kernel's log about packets to some ports. Reads, and switches nothing on."""

from __future__ import annotations

import asyncio
import ctypes
import ipaddress
import re
from typing import Any, Dict, List, Mapping, Sequence, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._probe.nft_command import nft

# whether rules of this host write into the log, and whether it can be read
ON, OFF, UNKNOWN = "on", "off", "unknown"
READ_ALL, SIZE = 3, 10  # syslog(2)
AT_MOST = 1000
# what goes to a group, another program keeps
LOGS = re.compile(r'^(?!.*\blog\b[^\n]*\bgroup \d).*(\slog(\s|$)|xt target "LOG")', re.MULTILINE)
LINE = re.compile(
    r"^(?:<\d+>)?(?:\[[^\]]*\] ?)*(?P<prefix>.*?)\s*IN=\S* OUT=\S* .*?SRC=(?P<source>\S+) DST=(?P<to>\S+) "
    r".*?PROTO=(?P<protocol>TCP|UDP) SPT=(?P<source_port>\d+) DPT=(?P<port>\d+)"
)


def logged(ports: Sequence[Mapping[str, Any]]) -> Tuple[str, List[Dict[str, Any]]]:
    """Whether rules of this host log what the kernel's log can tell, and its last lines about these ports."""
    try:
        ruleset = asyncio.run(_ruleset())
        text = _kernel_log()
    except OSError:
        return UNKNOWN, []
    meant = {(one["protocol"], one["port"]) for one in ports}
    found = [one for one in lines(text) if (one["protocol"], one["port"]) in meant]
    return (ON if LOGS.search(ruleset) else OFF), found[-AT_MOST:]


def lines(text: str) -> List[Dict[str, Any]]:
    """The packets that a log tells of, the oldest first."""
    return [_packet(found) for found in map(LINE.match, text.splitlines()) if found]


def _packet(found: Any) -> Dict[str, Any]:
    return {
        "protocol": found["protocol"].lower(), "port": int(found["port"]), "source_port": int(found["source_port"]),
        "source": _address(found["source"]), "to": _address(found["to"]), "says": found["prefix"].rstrip(": "),
    }  # fmt: skip


def _address(text: str) -> str:
    """As everybody else writes it; the kernel writes all zeros of an IPv6 address."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text


async def _ruleset() -> str:
    """All rules without the elements of sets. Raises OSError."""
    code, output = await nft("--terse", "list", "ruleset")
    if code:
        raise OSError("nft does not list the rules")
    return output


def _kernel_log() -> str:
    """All that the kernel still has. Raises OSError where this user may not read it."""
    call = ctypes.CDLL(None, use_errno=True).klogctl
    size = call(SIZE, None, 0)
    buffer = ctypes.create_string_buffer(max(size, 1))
    length = call(READ_ALL, buffer, size) if size > 0 else -1
    if length < 0:
        raise OSError(ctypes.get_errno(), "the kernel's log cannot be read")
    return buffer.raw[:length].decode(errors="replace")
