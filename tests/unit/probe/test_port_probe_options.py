# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that port_probe refuses: one line that names the option, the value and what would be right."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._probe.options import ProbeError, check
from ansible_collections.therefore.firewall.plugins.modules import port_probe as module
from probe_servers import target

NONCE = "0123456789abcdef"
GOOD = target("192.0.2.1", 80)


def parameters(**changed: Any) -> dict[str, Any]:
    return {name: option.get("default") for name, option in module.OPTIONS.items()} | changed


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"targets": [GOOD, target("a.example.com", 65535, "udp"), target("fe80::1%eth0", 1, tls=True)]},
        {"nonce": NONCE},
        {
            "mode": "listen",
            "nonce": NONCE * 4,
            "listen": [{"port": 1, "protocol": "tcp"}, {"port": 1, "protocol": "udp"}],
        },
        {"mode": "stop", "nonce": NONCE},
    ],
)
def test_good_options_pass(given: dict[str, Any]) -> None:
    check(parameters(**given))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"targets": [GOOD, target("192.0.2.1", 65536)]}, ["targets[1].port", "65536", "1 to 65535"]),
        ({"targets": [target("192.0.2.1", 0)]}, ["targets[0].port", "0", "1 to 65535"]),
        ({"targets": [target("192.0.2.1", True)]}, ["targets[0].port", "True", "1 to 65535"]),
        ({"targets": [target("300.1.1.1", 1)]}, ["targets[0].host", "'300.1.1.1'", "address or name"]),
        ({"targets": [target("192.0.2.0/24", 1)]}, ["targets[0].host", "'192.0.2.0/24'", "one"]),
        ({"targets": [target("", 1)]}, ["targets[0].host", "''"]),
        ({"targets": [target("a", 1, server_name="b c")]}, ["targets[0].server_name", "'b c'", "address or name"]),
        ({"targets": [target("a", 1, "udp", tls=True)]}, ["targets[0].tls", "True", "udp", "needs tcp"]),
        ({"timeout": 0}, ["timeout", "0", "0.05 to 300"]),
        ({"timeout": float("nan")}, ["timeout", "nan", "0.05 to 300"]),
        ({"attempts": 0}, ["attempts", "0", "1 to 10"]),
        ({"concurrency": 0}, ["concurrency", "0", "1 to 10000"]),
        ({"seconds": 86401}, ["seconds", "86401", "1 to 86400"]),
        ({"nonce": "short"}, ["nonce", "'short'", "16 to 64"]),
        ({"nonce": NONCE + "\n"}, ["nonce", "16 to 64"]),
        ({"mode": "stop"}, ["nonce", "None", "mode stop", "16 to 64"]),
        ({"mode": "listen", "nonce": NONCE}, ["listen", "[]", "give the ports"]),
        ({"mode": "listen", "nonce": NONCE, "listen": [{"port": -1, "protocol": "tcp"}]}, ["listen[0].port", "-1"]),
        ({"mode": "listen", "nonce": NONCE, "listen": [{"port": 1, "protocol": "tcp"}] * 2}, ["listen[1]", "twice"]),
    ],
)
def test_bad_options_are_refused_in_one_line(given: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(ProbeError) as refusal:
        check(parameters(**given))
    message = str(refusal.value)
    assert "\n" not in message
    assert [word for word in words if word not in message] == []
