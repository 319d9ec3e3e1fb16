# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings that are accepted: shown as such, not counted, and themselves looked after."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.therefore.firewall.plugins.filter.plan_report import plan_document, plan_text
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify import plan as source

NOW = "2026-11-27T08:00:00Z"
BLOCK = {"kind": "foreign_block", "object": "Hardening: no SQL", "message": "It beats ours."}
ENTRY = {"name": "hardening: *", "reason": "wanted so by security"}


def document(
    *accepted: Any, finding: dict[str, str] | None = None, status: str = "planned", limited: bool = False
) -> Any:
    found = {"changes": [], "unchanged": 3, "findings": [finding or BLOCK]}
    hosts = [{"host": "a", "sets": {"therefore_server": found}}]
    if status != "planned":
        hosts.append({"host": "b", "status": status, "message": "away"})
    made = plan_document(hosts, NOW, list(accepted), limited)
    schema = json.loads(Path(source.__file__).with_name("plan.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(json.dumps(made)), schema)
    return made


def test_an_accepted_finding_is_shown_as_such_and_is_no_drift() -> None:
    made = document(ENTRY)
    assert made["hosts"][0]["sets"][0]["findings"] == [{**BLOCK, "accepted": "wanted so by security"}]
    assert (made["drift"], made["totals"]["findings"], made["totals"]["accepted"]) == (False, 0, 1)
    assert "    - Hardening: no SQL: It beats ours. Accepted: wanted so by security" in plan_text(made)
    assert plan_text(made).endswith("0 findings; 1 accepted")


def test_without_an_entry_it_is_drift() -> None:
    made = document()
    assert (made["drift"], made["totals"]["findings"], made["totals"]["accepted"]) == (True, 1, 0)
    assert plan_text(made).endswith("1 finding")


@pytest.mark.parametrize("day", ["2026-11-27", "2027-01-01"])
def test_until_its_day_it_is_accepted(day: str) -> None:
    made = document({**ENTRY, "until": day})
    assert made["hosts"][0]["sets"][0]["findings"][0]["accepted"] == f"wanted so by security (until {day})"


def test_past_its_day_both_are_findings() -> None:
    made = document({**ENTRY, "until": "2026-11-26"})
    (expired,) = made["findings"]
    assert (expired["kind"], made["totals"]["findings"], made["drift"]) == ("accepted_expired", 2, True)
    assert "until 2026-11-26 only, which is past" in plan_text(made)


def test_an_entry_that_matches_nothing_is_a_finding() -> None:
    made = document(ENTRY, {"name": "Gone", "reason": "was so"})
    assert [one["kind"] for one in made["findings"]] == ["accepted_unused"]
    assert made["drift"] is True


def test_a_run_for_some_hosts_or_with_a_host_away_says_nothing_of_that() -> None:
    gone = {"name": "Gone", "reason": "was so"}
    assert document(ENTRY, gone, limited=True)["findings"] == []
    assert document(ENTRY, gone, status="unreachable")["findings"] == []


def test_what_is_refused_cannot_be_accepted() -> None:
    made = document({"name": "*", "reason": "all is well"}, finding={**BLOCK, "kind": "refused"})
    assert made["totals"]["accepted"] == 0
    (unused,) = made["findings"]
    assert "a run stops at it (refused), which nobody can accept" in unused["message"]


@pytest.mark.parametrize("name", ["[IT] no SQL", "[it] no sql ", "No SQL?", "No * SQL", "[!I] SQL"])
def test_a_name_as_it_stands_is_accepted_also_with_the_characters_of_a_pattern(name: str) -> None:
    made = document({**ENTRY, "name": name}, finding={**BLOCK, "object": name.upper()})
    assert (made["findings"], made["totals"]["accepted"]) == ([], 1)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("Hardening", "is no entry"),
        ({"name": "x"}, "has no reason"),
        ({"reason": "x"}, "has no name"),
        ({**ENTRY, "until": "soon"}, "therefore_accepted_findings: until: 'soon' is no day"),
        ({**ENTRY, "host": "a"}, "'host' is no part of an entry"),
    ],
)
def test_a_wrong_entry_is_refused(entry: Any, words: str) -> None:
    with pytest.raises(AnsibleFilterError) as error:
        document(entry)
    assert "therefore_accepted_findings" in str(error.value)
    assert words in str(error.value)


def test_a_string_is_no_list() -> None:
    with pytest.raises(AnsibleFilterError, match="therefore_accepted_findings: 'Hardening' is a string; write a list"):
        plan_document([], NOW, "Hardening")
