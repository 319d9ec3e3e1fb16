# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What egress deny keeps for a DHCP server on the host, and for nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.build import build
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.dhcp import answers
from rulesets import ADDRESSES

HEADING = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
LINE = " 1001: {}:{:04X} 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4711 2 0 0\n"


@pytest.mark.parametrize(
    ("udp", "udp6", "kept"),
    [
        ([], [], []),
        ([53, 68], [546], []),
        ([53, 67], [], [("68", "udp")]),
        ([67], [547], [("68", "udp"), ("546", "udp")]),
    ],
)
def test_who_answers(udp: list[int], udp6: list[int], kept: list[tuple[str, str]], tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    for name, ports in (("udp", udp), ("udp6", udp6)):
        (tmp_path / "net" / name).write_text(HEADING + "".join(LINE.format("0" * 8, port) for port in ports))
    assert answers(str(tmp_path)) == kept


def test_without_a_table_nobody_answers(tmp_path: Path) -> None:
    assert answers(str(tmp_path)) == []


def test_the_answers_pass_beside_what_always_does() -> None:
    always = [("123", "udp"), ("53", "tcp"), ("53", "udp"), ("547", "udp"), ("67", "udp")]
    for kept in ([], [("68", "udp")]):
        policy = build("one", [], "deny", ADDRESSES.__getitem__, kept).policies["thf-one-deny"]
        assert policy.ports == tuple(sorted([*always, *kept]))
