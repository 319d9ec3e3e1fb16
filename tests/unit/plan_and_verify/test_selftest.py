# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hosts say to the assumptions about Windows, as a document and as a table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.therefore.firewall.plugins.filter.selftest import selftest_document, selftest_text
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify import selftest as source
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.assumptions import assumptions

NOW = "2026-11-28T00:10:00Z"
SCHEMA = json.loads((Path(source.__file__).parent / "selftest.schema.json").read_text())
SYSTEM = {"product": "Windows Server 2019", "build": "17763.1", "powershell": "5.1.17763.1", "framework": 528049}
ALL = len(assumptions())


def finding(number: int, found: str = "", detail: str = "", not_tried: str = "") -> dict[str, Any]:
    return {"number": number, "found": found, "detail": detail, "not_tried": not_tried}


def right(*without: int) -> list[dict[str, Any]]:
    return [finding(one.number, one.expected) for one in assumptions() if one.number not in without]


def document(*findings: dict[str, Any], **host: Any) -> Any:
    results = [{"token": "t"}, {"findings": list(findings), "host": SYSTEM}, {"findings": []}]
    made = selftest_document([{"host": "desk", "connection": "psrp", "results": results, **host}], NOW)
    jsonschema.validate(made, SCHEMA)
    return made


def line(made: Any, number: int) -> dict[str, Any]:
    (found,) = [one for one in made["hosts"][0]["lines"] if one["number"] == f"W{number}"]
    return dict(found)


def test_all_agree() -> None:
    made = document(*right())
    assert made["totals"] == {
        "hosts": 1, "assumptions": ALL, "agree": ALL, "differ": 0, "not_tried": 0, "problems": 0,
    }  # fmt: skip
    shown = selftest_text(made).splitlines()
    assert shown[0] == "desk (Windows Server 2019 17763.1, PowerShell 5.1.17763.1, over psrp)"
    assert "    = W1    An IPv4 network comes back with its mask: 10.0.0.0/255.0.0.0" in shown
    assert shown[-1] == f"{ALL} assumptions on 1 host: {ALL} agree, 0 differ, 0 not tried"


def test_one_differs() -> None:
    made = document(*right(1), finding(1, "10.0.0.0/8", "as it was given"))
    assert (line(made, 1)["agrees"], line(made, 1)["found"], made["totals"]["differ"]) == (False, "10.0.0.0/8", 1)
    assert (
        "    ! W1    An IPv4 network comes back with its mask: expected 10.0.0.0/255.0.0.0, found 10.0.0.0/8 "
        "(as it was given)"
    ) in selftest_text(made)


def test_what_could_not_be_tried_does_not_agree() -> None:
    made = document(*right(121), finding(121, not_tried="no service with TLS on 5986"))
    assert (line(made, 121)["agrees"], line(made, 121)["found"]) == (None, None)
    assert (made["totals"]["agree"], made["totals"]["not_tried"]) == (ALL - 1, 1)
    assert "? W121  TLS is told with its certificate: not tried, no service with TLS on 5986" in selftest_text(made)


def test_what_nobody_asked_does_not_agree() -> None:
    made = document(*right(7))
    assert (line(made, 7)["agrees"], line(made, 7)["not_tried"]) == (None, "the host was not asked")


@pytest.mark.parametrize(
    "host",
    [
        {"problem": "The guard cannot be armed"},
        {"results": [{"unreachable": True, "msg": "The guard cannot be armed"}, {}, {}]},
    ],
    ids=["a task failed", "no way to the host"],
)
def test_a_host_that_was_not_tried_to_the_end(host: dict[str, Any]) -> None:
    made = document(**host)
    assert (made["totals"]["problems"], made["totals"]["not_tried"]) == (1, ALL)
    shown = selftest_text(made)
    assert "  the self-test stopped: The guard cannot be armed" in shown
    assert shown.endswith(f"0 agree, 0 differ, {ALL} not tried; not tried to the end: 1")


def test_nothing_is_known_of_a_system_that_did_not_say() -> None:
    made = document(results=[{}, {}, {}])
    assert selftest_text(made).startswith("desk (Windows of unknown version, PowerShell unknown, over psrp)")


def test_another_document_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="selftest_text: this is no self-test; give one of format"):
        selftest_text({"format": "therefore.firewall.plan"})
