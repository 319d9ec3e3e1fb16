# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the playbooks themselves are told is right, or refused before a host is contacted."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.run_settings import CHECKS, check_run
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.variables import known
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("serial", "x%", "'x%' is no number of hosts; write 10, '10%', or a list"),
        ("serial", "1,x", "'x' is no number of hosts"),
        ("serial", -1, "-1 is no number of hosts"),
        ("serial", [1, "101%"], "'101%' is no number of hosts"),
        ("max_fail_percentage", "ten", "'ten' is no percentage; write one from 0 to 100"),
        ("max_fail_percentage", 101, "101 is no percentage"),
        ("verify_timeout", "1s", "'1s' is no time in seconds; write one from 0.05 to 300"),
        ("verify_timeout", 0, "0 is no time in seconds"),
        ("verify_timeout", "nan", "'nan' is no time in seconds"),
        ("verify_attempts", "2.5", "'2.5' is no number of attempts; write a whole number from 1 to 10"),
        ("verify_attempts", True, "True is no number of attempts"),
        ("verify_samples", -3, "-3 is no number of hosts, 0 for all; write a whole number from 0"),
        ("verify_seed", "lucky", "'lucky' is no seed"),
        ("verify_listen_seconds", "1h", "'1h' is no time in seconds"),
        ("verify_listen", "maybe", "'maybe' is no boolean"),
        ("verify_denied", {"from": "a"}, "{'from': 'a'} is no list of flows; write each as {from: host,"),
        ("verify_denied", ["desk"], "['desk'] is no list of flows"),
        ("accepted_findings", [{"name": "x", "reson": "y"}], "'reson' is no part of an entry; did you mean reason?"),
    ],
)
def test_what_is_wrong_is_refused_with_the_variable(name: str, value: Any, said: str) -> None:
    with pytest.raises(InputError) as refused:
        check_run({f"therefore_{name}": value})
    assert str(refused.value).startswith(f"therefore_{name}: {said}")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            {"from": "a", "to": "b", "port": 1, "protocoll": "udp"},
            "therefore_verify_denied[1]: 'protocoll' is no part",
        ),
        ({"to": "b", "port": 1}, "therefore_verify_denied[1].from: None names no host"),
        ({"from": "a", "port": 1}, "therefore_verify_denied[1].to: None names nobody"),
        ({"from": "a", "to": "b", "port": 0}, "therefore_verify_denied[1].port: 0 is no port"),
        (
            {"from": "a", "to": "b", "port": 1, "protocol": "TCP"},
            "therefore_verify_denied[1].protocol: 'TCP' is",
        ),
    ],
)
def test_a_flow_that_must_not_pass_is_whole(entry: Any, said: str) -> None:
    right = {"from": "a", "to": "b", "port": "8000", "protocol": "udp"}
    with pytest.raises(InputError) as refused:
        check_run({"therefore_verify_denied": [right, entry]})
    assert str(refused.value).startswith(said)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(InputError) as refused:
        check_run({"therefore_serial": "x", "therefore_verify_timeout": "x", "therefore_verify_seed": 3})
    assert [message.partition(":")[0] for message in refused.value.messages] == [
        "therefore_serial", "therefore_verify_timeout",
    ]  # fmt: skip


@pytest.mark.parametrize("name", CHECKS)
def test_a_question_that_was_left_open_is_no_mistake(name: str) -> None:
    check_run({name: ""})
    check_run({name: None})


def test_what_is_right_passes_as_itself_and_as_the_command_line_brings_it() -> None:
    check_run(
        {
            "therefore_serial": [1, "10%", "100%"], "therefore_max_fail_percentage": "0",
            "therefore_verify_timeout": "0.5", "therefore_verify_attempts": "3",
            "therefore_verify_samples": 0, "therefore_verify_seed": "7",
            "therefore_accepted_findings": [{"name": "*", "reason": "known", "until": date(2027, 3, 31)}],
        }
    )  # fmt: skip
    check_run({"therefore_serial": "25%", "therefore_max_fail_percentage": "10%"})
    check_run({"therefore_serial": "1, 10%,100%"})
    check_run({"therefore_serial": 0})


def test_each_is_a_variable_of_the_collection() -> None:
    assert CHECKS.keys() <= known()
