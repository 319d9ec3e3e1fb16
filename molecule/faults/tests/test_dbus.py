# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The system D-Bus is gone, before a change or in the middle of it; firewalld ends with it."""

from __future__ import annotations

import pytest
from conftest import PUT_BACK, Faulty, rule

STOP = "systemctl stop dbus.socket dbus.service"
START = "systemctl start dbus firewalld"
XML = rule("xml", 8000)
MORE = {"rules": [XML, rule("zother", 80, peers=["10.83.1.20"])]}


def test_gone_before(host: Faulty) -> None:
    host.applied(rules=[XML])
    stored, runtime = host.state()
    host.run(STOP)
    try:
        result = host.apply(**MORE)
        assert host.applied("other", state="absent")["changed"] is False
    finally:
        host.run(START)
    assert result["msg"].startswith("the system D-Bus cannot be reached (")
    assert result["msg"].endswith("); start it (systemctl start dbus), then firewalld")
    assert (result["failed"], result["changed"], result["firewalld"]) == (True, False, "stopped")
    assert host.state() == (stored, runtime)
    host.applied(**MORE)


@pytest.mark.parametrize("method", ["update", "reload"])
def test_killed_in_the_middle_both_come_back(host: Faulty, method: str) -> None:
    host.applied(rules=[XML])
    before = host.state()
    result = host.struck(method, "systemctl kill --signal=KILL dbus", **MORE)
    assert result["msg"].endswith(f"; firewalld runs again, and {PUT_BACK}")
    assert (result["failed"], result["changed"]) == (True, False)
    assert host.state() == before
    assert host.open_to_probe(22, 8000) == ["open", "open"]
    host.applied(**MORE)


def test_stopped_in_the_middle_the_next_start_has_the_former_rules(host: Faulty) -> None:
    host.applied(rules=[XML])
    stored, runtime = host.state()
    result = host.struck("update", STOP, **MORE)
    assert "the former ones again, with which it starts" in result["msg"]
    assert (result["failed"], result["changed"], result["firewalld"]) == (True, True, "stopped")
    assert host.stored() == stored
    host.run(START)
    assert host.runtime() == runtime
    host.applied(**MORE)
