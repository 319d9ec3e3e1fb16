# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read of the kernel's log, and whether rules write into it."""

from __future__ import annotations

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._probe import kernel_log

IPV4 = (
    "<4>[ 1234.567890] thf-one-block: IN=eth0 OUT= MAC=02:42:0a:00:00:02 SRC=192.0.2.7 DST=192.0.2.10 LEN=60 TOS=0x00 "
    "PREC=0x00 TTL=63 ID=1 DF PROTO=TCP SPT=40000 DPT=8000 WINDOW=64240 RES=0x00 SYN URGP=0"
)
IPV6 = (
    "[ 1235.000000] [T123] filter_IN_public_REJECT: IN=eth0 OUT= SRC=2001:0db8:0000:0000:0000:0000:0000:0007 "
    "DST=2001:0db8:0000:0000:0000:0000:0000:0010 LEN=48 TC=0 HOPLIMIT=64 FLOWLBL=0 PROTO=UDP SPT=40001 DPT=389 LEN=8"
)
OTHERS = "<6>[ 1.0] audit: type=1400\n<4>[ 2.0] x: IN=eth0 OUT= SRC=192.0.2.7 DST=192.0.2.10 PROTO=ICMP TYPE=8 CODE=0"


def test_packets_are_read_with_the_prefix_of_their_rule() -> None:
    first, second = kernel_log.lines("\n".join([IPV4, OTHERS, IPV6]))
    assert first == {
        "protocol": "tcp", "port": 8000, "source": "192.0.2.7", "source_port": 40000, "to": "192.0.2.10",
        "says": "thf-one-block",
    }  # fmt: skip
    assert (second["protocol"], second["port"], second["source"]) == ("udp", 389, "2001:db8::7")
    assert second["says"] == "filter_IN_public_REJECT"


@pytest.mark.parametrize(
    ("rule", "on"),
    [
        ('tcp dport 80 log prefix "x: " drop', True),
        ("limit rate 10/minute log flags all", True),
        ("log", True),
        ('counter packets 0 bytes 0 xt target "LOG"', True),
        ('log prefix "x" group 3 drop', False),
        ('tcp dport 80 drop comment "dialog"', False),
    ],
)
def test_whether_a_rule_writes_into_the_log(rule: str, on: bool) -> None:
    ruleset = f"table ip t {{\n\tchain login {{\n\t\t{rule}\n\t}}\n}}\n"
    assert bool(kernel_log.LOGS.search(ruleset)) is on


def test_a_log_that_cannot_be_read_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> str:
        raise PermissionError

    async def rules() -> str:
        return "\t\tlog"

    monkeypatch.setattr(kernel_log, "_ruleset", rules)
    monkeypatch.setattr(kernel_log, "_kernel_log", refuse)
    assert kernel_log.logged([{"protocol": "tcp", "port": 80}]) == ("unknown", [])
    monkeypatch.setattr(kernel_log, "_kernel_log", lambda: f"{IPV4}\n{IPV6}")
    state, found = kernel_log.logged([{"protocol": "tcp", "port": 8000}])
    assert (state, [one["port"] for one in found]) == ("on", [8000])
