# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""FlushAllOnReload=no: a reload puts the old entries of ipsets back, and keeps sets that nothing stores any more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import FRIENDS, Loading, rule

STRANGERS = ["10.84.1.30", "fd84:1::30"]
WEB, OTHER = rule("web", 8000), rule("zz", 1433, peers=STRANGERS)
KEEP = "sed -i 's/^FlushAllOnReload=.*/FlushAllOnReload=no/' /etc/firewalld/firewalld.conf; systemctl restart firewalld"


@pytest.fixture
def keeping(host: Loading) -> Iterator[Loading]:
    """A host that keeps runtime ipsets through a reload."""
    host.run(KEEP)
    yield host
    # what it keeps, it would keep for the next test
    host.run("cp /root/before/firewalld.conf /etc/firewalld/firewalld.conf; systemctl restart firewalld")


def test_a_rule_less(keeping: Loading) -> None:
    keeping.applied(rules=[WEB, OTHER])
    assert keeping.packets()["rstranger"] == ["open", "filtered", "filtered", "open"]
    keeping.applied(rules=[WEB])
    assert not keeping.applied(rules=[WEB])["changed"]
    assert keeping.packets() == {"rfriend": ["open", "filtered", "open", "filtered"],
                                 "rstranger": ["open", "filtered", "filtered", "filtered"]}  # fmt: skip
    # the name of the set that stayed in the running configuration serves again
    keeping.applied(rules=[WEB, OTHER])
    assert keeping.packets()["rstranger"] == ["open", "filtered", "filtered", "open"]


def test_a_set_less(keeping: Loading) -> None:
    keeping.applied(rules=[WEB], block_public=True)
    keeping.applied(state="absent")
    assert not keeping.applied(state="absent")["changed"]
    assert keeping.packets()["rfriend"] == ["open", "filtered", "filtered", "filtered"]


def test_a_peer_less_while_it_reloads(keeping: Loading) -> None:
    """The wider entry, put back beside the narrower one, would end the reload half-way, with everything shut."""
    keeping.applied(rules=[WEB | {"peers": ["10.84.1.0/24", *STRANGERS]}])
    assert keeping.packets()["rstranger"][2] == "open"
    keeping.applied(rules=[WEB | {"peers": ["10.84.1.16/29", FRIENDS[1]]}, rule("more", 80)])
    assert keeping.packets() == {"rfriend": ["open", "open", "open", "filtered"],
                                 "rstranger": ["open", "filtered", "filtered", "filtered"]}  # fmt: skip
