# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""firewalld is killed in the middle of a change: it runs again with the former rules, or will when it is started."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import PUT_BACK, Faulty, rule

# it does no more from the moment on in which it is called: a fast host would have ended the call before it is killed
HOLD = "kill -STOP $(systemctl show --property=MainPID --value firewalld)"
KILL = f"{HOLD}; systemctl kill --signal=KILL firewalld"
XML = rule("xml", 8000)
MORE = {"rules": [XML, rule("zother", 80, peers=["10.83.1.20"])]}
RESTARTS = "/run/systemd/system/firewalld.service.d/restarts.conf"


@pytest.mark.parametrize(
    ("method", "fault", "change"),
    [
        ("update", KILL, MORE),
        ("reload", KILL, MORE),
        # as in an upgrade
        ("reload", f"{HOLD}; systemctl restart firewalld", MORE),
        ("remove", KILL, {"state": "absent"}),
        ("setPolicySettings", KILL, {"rules": [XML | {"ports": [8091]}]}),
    ],
)
def test_it_is_started_again_with_the_former_rules(
    host: Faulty, method: str, fault: str, change: dict[str, Any]
) -> None:
    host.applied(rules=[XML])
    before = host.state()
    result = host.struck(method, fault, **change)
    if "msg" not in result:
        # killed when it had taken the change already: the next one has what was wanted
        assert (method, host.open_to_probe(22, 8091)) == ("setPolicySettings", ["open", "open"])
        return
    assert result["msg"].startswith("firewalld does not answer any more: ")
    assert result["msg"].endswith(PUT_BACK)
    assert result["changed"] is False
    assert host.state() == before
    assert host.open_to_probe(22, 8000) == ["open", "open"]
    assert host.applied(**change)["changed"] is True


def test_where_systemd_restarts_it_the_former_rules_are_put_back(host: Faulty) -> None:
    host.applied(rules=[XML])
    before = host.state()
    host.run(f"mkdir -p {RESTARTS.rpartition('/')[0]}; printf '[Service]\\nRestart=always\\n' >{RESTARTS}")
    host.run("systemctl daemon-reload")
    try:
        result = host.struck("reload", KILL, **MORE)
        assert host.state() == before
        assert PUT_BACK in result["msg"]
        host.applied(**MORE)
    finally:
        host.run(f"rm {RESTARTS}; systemctl daemon-reload")


def test_where_nothing_starts_it_the_next_start_has_the_former_rules(host: Faulty) -> None:
    host.applied(rules=[XML])
    stored, runtime = host.state()
    result = host.struck("reload", f"{HOLD}; systemctl mask -q --runtime firewalld; {KILL}", **MORE)
    assert "; the set's files below /etc/firewalld are the former ones again, with which it starts" in result["msg"]
    assert result["msg"].endswith("start it (systemctl start firewalld), then run the play again")
    assert (result["changed"], result["firewalld"]) == (True, "stopped")
    assert host.stored() == stored
    host.run("systemctl unmask -q --runtime firewalld; systemctl start firewalld")
    assert host.runtime() == runtime
    host.applied(**MORE)
