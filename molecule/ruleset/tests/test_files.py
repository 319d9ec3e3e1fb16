# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody does to the files of a set, which firewalld does not know of until it reloads, is said and undone."""

from __future__ import annotations

import pytest
from conftest import rule
from engine_host import Host

RULES = [rule("web", 8000, peers=["198.18.7.0/24"])]


@pytest.mark.parametrize(
    "edit",
    [
        "sed -i s/198.18.7.0/10.0.0.0/ /etc/firewalld/ipsets/thf-one-*.xml",
        "sed -i s/8000/22/ /etc/firewalld/policies/thf-one-in.xml",
        # it would make the next reload fail
        "echo '<ipset' | tee /etc/firewalld/ipsets/thf-one-*.xml",
    ],
)
def test_an_edited_file_is_said_and_undone(host: Host, edit: str) -> None:
    host.applied(rules=RULES)
    as_wanted = host.stored(), host.runtime()
    host.run(edit)
    assert "web" in str(host.applied(rules=RULES, check=True)["changes"])
    host.applied(rules=RULES)
    assert (host.stored(), host.runtime()) == as_wanted
