# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input is refused before anything is touched, stored or at runtime."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import rule
from engine_host import Host

# the checks come before firewalld is asked: its version makes no difference
pytestmark = pytest.mark.parametrize("host", ["trixie01"], indirect=True)


@pytest.mark.parametrize(
    ("changed", "remedy"),
    [
        ({"ports": "8000,8001"}, "write a list: ['8000', '8001']"),
        ({"ports": ["8100-8000"]}, "'8100-8000'"),
        ({"ports": [65536]}, "from 1 to 65535"),
        ({"peers": "10.0.0.0/8, 192.0.2.1"}, "write a list: ['10.0.0.0/8', '192.0.2.1']"),
        ({"peers": []}, "name at least one"),
        ({"peers": ["10.0.0.1/8"]}, "write 10.0.0.0/8 for the network, or 10.0.0.1 for the one host"),
        ({"peers": ["10.0.0.9-10.0.0.1"]}, "write 10.0.0.1-10.0.0.9"),
        ({"peers": ["0.0.0.0/0"]}, "write the peers ['any'] if that is what you want"),
        ({"peers": ["no-such-host.example"]}, "'no-such-host.example' does not resolve on this host"),
        ({"direction": "sideways"}, "value of direction must be one of: in, out, forward"),
        ({"direction": "out", "action": "block"}, "use egress: deny"),
    ],
)
def test_a_bad_rule_is_refused(host: Host, changed: dict[str, Any], remedy: str) -> None:
    assert remedy in host.refused(rules=[rule("good", 80), rule("bad", 8000) | changed])


def test_a_set_name_that_is_too_long(host: Host) -> None:
    assert "1 to 7 lower-case letters" in host.refused("archives")


def test_rules_that_contradict_each_other(host: Host) -> None:
    message = host.refused(rules=[rule("open", 8000), rule("shut", 8000, action="block")])
    assert "open and shut contradict each other" in message


def test_what_is_there_stays_when_the_next_rules_are_bad(host: Host) -> None:
    host.applied(rules=[rule("good", 80)])
    assert "from 1 to 65535" in host.refused(rules=[rule("good", 80), rule("bad", 0)])
