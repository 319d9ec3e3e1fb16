# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Without root there is one sentence, the same in check mode, and nothing is made up."""

from __future__ import annotations

import pytest
from conftest import rule
from engine_host import Host

XML = rule("xml", 8000)


class OrdinaryUser(Host):
    """As somebody who forgot become would come to it."""

    wrapper = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("state", ["present", "absent"])
def test_forgotten_become(host: Host, check: bool, state: str) -> None:
    host.applied(rules=[XML])
    before = host.stored(), host.runtime()
    user = OrdinaryUser(host.name, host.addresses, host.scenario)
    result = user.apply(rules=[XML, rule("web", 443)], state=state, check=check)
    assert result["msg"].startswith("reading and changing firewalld needs root on the host, and this is user 65534; ")
    assert "set become: true" in result["msg"]
    assert (result["failed"], result["changed"], result["changes"], result["findings"]) == (True, False, [], [])
    assert (host.stored(), host.runtime()) == before
