# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody edits by hand in our objects: check mode says it in changes and diff, and the run undoes it."""

from __future__ import annotations

import pytest
from conftest import FRIENDS, Loading, rule

RULES = [rule("web", 8000, peers=[*FRIENDS, "10.84.1.40"])]
ONE_SET = "set=$(firewall-cmd --get-ipsets | tr ' ' '\n' | grep thf-one-4)"


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (f"{ONE_SET}; firewall-cmd -q --ipset=$set --remove-entry=10.84.1.40", ["10.84.1.40"]),
        ("firewall-cmd -q --policy=thf-one-in --add-port=9999/tcp", ["9999"]),
        (
            "firewall-cmd -q --permanent --policy=thf-one-in --set-target=ACCEPT; firewall-cmd -q --reload; "
            "firewall-cmd -q --permanent --policy=thf-one-in --add-service=ldap",
            ["ACCEPT", "ldap"],
        ),
        ("firewall-cmd -q --permanent --policy=thf-one-in --set-priority=-7", ["-7", "-100"]),
        (
            "rule='rule family=ipv4 port port=1433 protocol=tcp accept'; "
            'firewall-cmd -q --policy=thf-one-in --add-rich-rule="$rule"',
            ["1433"],
        ),
    ],
)
def test_an_edit_is_said_and_undone(host: Loading, edit: str, words: list[str]) -> None:
    host.applied(rules=RULES)
    as_wanted = host.stored(), host.runtime()
    host.run(edit)
    checked = host.apply(check=True, rules=RULES)
    assert checked["changed"]
    assert checked["diff"]["before"] != checked["diff"]["after"]
    for word in words:
        assert word in str(checked["changes"])
        assert word in checked["diff"]["before"] + checked["diff"]["after"]
    assert host.applied(rules=RULES)["changed"]
    assert (host.stored(), host.runtime()) == as_wanted
