# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways of using a role that it cannot see, or that never end in one state."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.usage import (
    check_keywords,
    fingerprint,
    worked_out_twice,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError

RULES = [{"id": "xml_service-in-tcp", "peers": ["192.0.2.0/24"]}]
OTHERS = [{"id": "xml_service-in-tcp", "peers": ["198.51.100.0/24"]}]


def test_a_port_that_only_a_keyword_says_is_refused_with_the_variable() -> None:
    with pytest.raises(InputError, match=r"^port: 2222 is a keyword .* keep port 22 open .* ansible_port: 2222 for"):
        check_keywords(False, 2222, 22)


@pytest.mark.parametrize(("port", "known"), [(2222, 2222), (None, 2222), (2222, None), (None, None)])
def test_a_port_that_a_variable_says_as_well_is_right(port: int | None, known: int | None) -> None:
    check_keywords(False, port, known)


def test_delegated_facts_are_refused() -> None:
    with pytest.raises(InputError, match="take it away"):
        check_keywords(True, None, 22)


def test_other_rules_for_the_same_role_in_one_run_are_said() -> None:
    told = worked_out_twice("therefore_client", fingerprint(OTHERS), fingerprint(RULES))
    assert told
    assert told.startswith("therefore_client: this run gives a host two different sets of rules")
    assert "role ruleset" in told


@pytest.mark.parametrize(("before", "rules"), [([], RULES), (RULES, RULES), (RULES, []), ([], [])])
def test_nothing_else_is(before: list[dict[str, Any]], rules: list[dict[str, Any]]) -> None:
    assert worked_out_twice("therefore_client", fingerprint(before), fingerprint(rules)) is None
