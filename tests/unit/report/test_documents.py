# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of plan and verify that the report reads: whole, of this version, of these hosts, or refused."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.flows import flows
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify import plan, verification
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.sources import (
    SCHEMAS,
    OtherHostsError,
    plan_of,
    verification_of,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError
from estates import archive, desk
from hypothesis import given
from hypothesis import strategies as st

CREATED = "2026-11-25T04:00:00Z"
CHANGE = {"action": "create", "id": "smb-in-tcp", "rows": ["smb"], "before": None, "after": {"id": "smb-in-tcp"}}
FOUND = {
    "changes": [CHANGE],
    "unchanged": 1,
    "findings": [{"kind": "k", "object": "o", "message": "m"}],
    "firewalld": "running",
}
PLAN: Any = plan.document([{"host": "archive", "sets": {"therefore_server": FOUND}}], CREATED)
ESTATE = [archive(), desk()]
VERIFICATION: Any = verification.document(flows(ESTATE), ESTATE, PLAN["hosts"], CREATED)
READERS: dict[str, tuple[Callable[..., Any], Any]] = {
    "plan": (plan_of, PLAN), "verify": (verification_of, VERIFICATION),
}  # fmt: skip
HOSTS = ["archive", "desk"]
both = pytest.mark.parametrize("playbook", READERS)


def read(playbook: str, document: Any) -> Any:
    return READERS[playbook][0](json.dumps(document), f"therefore_{playbook}_file: x.json", HOSTS)


@both
def test_what_a_playbook_wrote_is_taken(playbook: str) -> None:
    assert read(playbook, READERS[playbook][1]) == json.loads(json.dumps(READERS[playbook][1]))


@both
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"format": "other"}, r"^therefore_\w+_file: x\.json: this is no \w+; give one of format 'therefore\.firewall"),
        (
            {"version": 3},
            r"^therefore_\w+_file: x\.json: the \w+ has the version 3, this collection knows [12]; make it anew",
        ),
        (
            {"created": None},
            r"^therefore_\w+_file: x\.json is damaged: created is no string; make it anew with \w+\.yml",
        ),
        ({"totals": []}, r"is damaged: totals is no object"),
    ],
)
def test_another_document_is_refused(playbook: str, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(playbook, READERS[playbook][1] | changed)


@both
@pytest.mark.parametrize("text", ["", "{", "[1, 2", "nothing"])
def test_a_file_that_is_cut_off_is_refused(playbook: str, text: str) -> None:
    with pytest.raises(InputError, match=rf"^here is damaged: .*; make it anew with {playbook}\.yml"):
        READERS[playbook][0](text, "here", HOSTS)


def test_a_plan_of_other_hosts_is_refused() -> None:
    with pytest.raises(InputError, match=r"^here is of other hosts: the inventory does not have archive among those"):
        plan_of(json.dumps(PLAN), "here", ["desk"])


def test_a_verification_of_other_hosts_is_refused() -> None:
    with pytest.raises(InputError, match=r"^here is of other hosts: the inventory does not have desk among those"):
        verification_of(json.dumps(VERIFICATION), "here", ["archive"])


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to each part of a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return (
        [at, *(path for key, item in items for path in paths(item, (*at, key)))]
        if at
        else [path for key, item in items for path in paths(item, (key,))]
    )


@both
@given(data=st.data())
def test_damage_is_judged_as_the_schema_judges_it(playbook: str, data: st.DataObject) -> None:
    """The oracle is jsonschema, which a controller need not have."""
    document = copy.deepcopy(json.loads(json.dumps(READERS[playbook][1])))
    *way, last = data.draw(st.sampled_from(paths(document)))
    parent = document
    for key in way:
        parent = parent[key]
    if data.draw(st.booleans()):
        del parent[last]
    else:
        parent[last] = data.draw(st.sampled_from([None, True, 7, -1, "text", "tcp", [], {}, ["x"], {"x": 1}]))
    schema = json.loads((SCHEMAS / f"{playbook}.schema.json").read_text())
    # bounds of numbers and the form of dates do no harm
    valid = not [
        error for error in jsonschema.Draft202012Validator(schema).iter_errors(document)
        if error.validator not in ("minimum", "maximum", "format")
    ]  # fmt: skip
    if valid:
        with contextlib.suppress(OtherHostsError):
            read(playbook, document)
    else:
        with pytest.raises(InputError, match=r"damaged|this is no|has the version"):
            read(playbook, document)
