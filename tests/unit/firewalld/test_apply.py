# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What decides how a change reaches firewalld: whether it must be reloaded, and what others have lost by that."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.apply import needs_reload
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.others import _difference
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import IpSet, State
from collection import COLLECTIONS
from rulesets import IN, OFFICE, built, edited, forward, rule

STATE = built(rule(), rule("out", direction="out"))

# Runs in an interpreter of its own, where importing dbus fails as on a controller that has no bindings.
IMPORT_WITHOUT_DBUS = """
import sys
sys.modules["dbus"] = None
from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder
_AnsibleCollectionFinder(paths=[sys.argv[1]])._install()
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import apply, ruleset
print(apply.needs_reload(ruleset.State(), ruleset.State()))
"""


def test_the_engine_can_be_imported_without_dbus() -> None:
    found = subprocess.run(
        [sys.executable, "-c", IMPORT_WITHOUT_DBUS, str(COLLECTIONS)], capture_output=True, text=True, check=False
    )
    assert (found.stdout, found.returncode) == ("False\n", 0), found.stderr


@pytest.mark.parametrize(
    "wanted",
    [
        built(rule(ports=[8443, 9443]), rule("out", direction="out")),
        built(rule(peers=[*OFFICE, "203.0.113.7"]), rule("out", direction="out")),
        built(rule(rows=["https"]), rule("out", direction="out")),
        built(rule(), rule("more", ports=[8000]), rule("out", direction="out")),
        edited(STATE, IN, ports=(("22", "tcp"),), protocols=("gre",)),
        STATE,
    ],
)
def test_what_can_be_edited_at_runtime_needs_no_reload(wanted: State) -> None:
    assert not needs_reload(STATE, wanted)
    assert not needs_reload(wanted, STATE)


@pytest.mark.parametrize(
    "wanted",
    [
        State(),
        built(rule()),
        built(rule(), forward(), rule("out", direction="out")),
        built(rule(peers=OFFICE[:1]), rule("out", direction="out")),
        built(rule(), rule("more", peers=["203.0.113.7"]), rule("out", direction="out")),
        built(rule(), rule("out", direction="out"), egress="deny"),
        edited(STATE, IN, priority=-1),
        edited(STATE, IN, target="DROP"),
        edited(STATE, IN, ingress="public"),
        edited(STATE, IN, egress="ANY"),
        edited(STATE, IN, other=("masquerade: True",)),
        State(STATE.policies, {name: IpSet("inet hash:ip", ipset.entries) for name, ipset in STATE.ipsets.items()}),
    ],
)
def test_what_cannot_be_made_at_runtime_needs_a_reload(wanted: State) -> None:
    assert needs_reload(STATE, wanted)
    assert needs_reload(wanted, STATE)


@pytest.mark.parametrize(
    ("now", "before", "narrow", "whole"),
    [
        # after the reload a service is missing, there too much, or another one
        (["ssh"], ["ssh", "http"], None, ["ssh", "http"]),
        (["ssh", "http"], ["ssh"], ["ssh"], ["ssh"]),
        (["smtp"], ["http"], [], ["http"]),
        (["ssh", "smtp"], ["ssh", "http"], ["ssh"], ["ssh", "http"]),
        (None, ["http"], None, ["http"]),
        (["http"], None, [], []),
        (["http"], [], [], []),
        (["ssh", "http"], ["http", "ssh"], None, None),
        ([["80", "tcp"], ["443", "tcp"]], [["443", "tcp"]], [["443", "tcp"]], [["443", "tcp"]]),
        ([["443", "tcp"], ["80", "tcp"]], [["80", "tcp"], ["443", "tcp"]], None, None),
        ([], None, None, None),
        (True, False, False, False),
        (False, True, True, True),
        (True, None, False, False),
        (None, True, True, True),
        (False, None, None, None),
        (True, True, None, None),
        # a description or a priority cannot be set at runtime
        ("new", "old", None, None),
        (5, 7, None, None),
    ],
)
def test_difference_takes_away_first_and_adds_then(now: Any, before: Any, narrow: Any, whole: Any) -> None:
    old, new = ({} if value is None else {"setting": value} for value in (now, before))
    assert _difference(old, new, narrowed=True) == ({} if narrow is None else {"setting": narrow})
    assert _difference(old, new, narrowed=False) == ({} if whole is None else {"setting": whole})


def test_difference_has_nothing_but_what_differs() -> None:
    now = {"services": ["ssh"], "interfaces": ["eth0"], "masquerade": False, "short": "Public"}
    before = {**now, "interfaces": ["eth0", "eth1"], "masquerade": True, "short": "Mine"}
    assert _difference(now, before, narrowed=False) == {"interfaces": ["eth0", "eth1"], "masquerade": True}
    assert _difference(now, now, narrowed=True) == {}
