# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of the collection's variables, and what looks like one of them without being one.

Only names are looked at, never a value: an unknown variable may hold a password. Pure but for the roles' argument
specifications, each read once.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ansible.module_utils.common.yaml import yaml_load
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import SETTINGS, SHARED
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import (
    InputError,
    a_list,
    choice,
    flag,
    refuse,
)

OURS = "therefore_"
RULESET = "ruleset_"
ROLES = Path(__file__).resolve().parents[3] / "roles"
ALLOW_UNKNOWN = "therefore_allow_unknown_variables"
# what playbooks and report read besides the settings of roles
PLAYBOOKS = (
    "accepted_findings", "addresses", "allow_empty", "allow_unknown_variables", "artifact_folder", "awx",
    "diagnose_file", "fail_on_drift", "max_fail_percentage", "merge_parts", "plan_file", "plan_sliced", "probe_step",
    "report_allow_errors", "report_contact", "report_expires", "report_folder", "report_installation",
    "report_last_request", "report_logging", "report_owner", "report_reference", "report_requester", "report_risk",
    "report_rollback", "report_system", "report_window", "role", "roles", "segment", "segments", "selftest_confirmed",
    "selftest_file", "selftest_text_file", "selftest_tls_ports", "serial", "server_name", "verify_attempts",
    "verify_denied", "verify_file", "verify_junit_file", "verify_listen", "verify_listen_seconds", "verify_samples",
    "verify_seed", "verify_timeout", "verify_tls", "verify_unknown_fails",
)  # fmt: skip
# those of them that are yes or no, and what the command line and surveys bring for it, as the filter bool reads it
SWITCHES = (
    "therefore_allow_empty", "therefore_fail_on_drift", "therefore_plan_sliced", "therefore_report_allow_errors",
    "therefore_verify_listen", "therefore_verify_tls", "therefore_verify_unknown_fails",
)  # fmt: skip
ON, OFF = ("true", "yes", "on", "y", "t", "1"), ("false", "no", "off", "n", "f", "0", "")
# the seconds within which a guarded change must be confirmed
SHORTEST, LONGEST = 10, 3600
# from here on two names are one that was mistyped: a letter or two in twenty; without our prefix, or with ours alone
ALIKE, ALIKE_OURS = 0.9, 0.8


def options_of(role: str) -> dict[str, Any]:
    """The role's variables by name, as its argument specification has them."""
    # a name that a playbook says is a text of Ansible's own kind, which the cache would take for another one
    return _options_of(str(role))


@cache
def _options_of(role: str) -> dict[str, Any]:
    text = (ROLES / role / "meta/argument_specs.yml").read_text(encoding="utf-8")
    # with the C library where there is one, ten times as quick
    return dict(yaml_load(text)["argument_specs"]["main"]["options"])


@cache
def known() -> frozenset[str]:
    """Every variable of the collection but those of the role ruleset, which are given with the role."""
    own = {name for role in SETTINGS for name in options_of(role)}
    # what the entry point "rules" returns
    own |= {f"{role}_rules" for role in SETTINGS}
    return frozenset(own | {f"{OURS}{name}" for name in (*SHARED, *PLAYBOOKS)})


def check_operation(role: str, variables: Mapping[str, Any]) -> None:
    """Those of the role's variables that make no rule: how the guard works, what is started. Raises InputError."""
    for name, spec in options_of(role).items():
        if name.removeprefix(f"{role}_") not in SETTINGS[role] and name in variables:
            _check(name, variables[name], spec)


def _check(name: str, value: Any, spec: Mapping[str, Any]) -> None:
    if "choices" in spec:
        choice(spec["choices"])(name, value)
    elif spec["type"] == "bool":
        flag(name, value)
    elif spec["type"] == "list":
        a_list(name, value)
    elif spec["type"] == "int":
        _check_seconds(name, value)


def _check_seconds(name: str, value: Any) -> None:
    number = int(value) if isinstance(value, str) and value.isdecimal() else value
    if isinstance(number, bool) or not isinstance(number, int) or not SHORTEST <= number <= LONGEST:
        raise refuse(name, value, f"is no time for the guard; write whole seconds from {SHORTEST} to {LONGEST}")


def switch(name: str, value: Any) -> bool:
    """What a variable of the playbooks says that is yes or no. Raises InputError."""
    word = str(value).lower()
    if word in ON or value is None or word in OFF:
        return word in ON
    raise refuse(name, value, "is no boolean; write true or false")


def check_names(variables: Mapping[str, Any]) -> None:
    """Raises InputError where a name among a host's variables can only be one of ours, misspelt."""
    wrong = [message for name in sorted(variables) if (message := _misspelt(name))]
    if wrong and not flag(ALLOW_UNKNOWN, variables.get(ALLOW_UNKNOWN, False)):
        raise InputError(*wrong)


def check_ruleset_names(variables: Mapping[str, Any]) -> None:
    """The same for a play that gives the role ruleset its own variables. Raises InputError."""
    own = {name.removeprefix(RULESET): name for name in options_of("ruleset")}
    wrong = []
    for name in sorted(variables):
        rest = name.removeprefix(RULESET)
        close = difflib.get_close_matches(rest, own, n=1, cutoff=ALIKE_OURS) if name.startswith(RULESET) else []
        if close and rest not in own:
            wrong.append(_correct(name, "the role ruleset", own[close[0]]))
    if wrong and not flag(ALLOW_UNKNOWN, variables.get(ALLOW_UNKNOWN, False)):
        raise InputError(*wrong)


def _correct(name: str, whose: str, meant: str | None) -> str:
    hint = f"did you mean {meant}? " if meant else ""
    return (
        f"{name}: is no variable of {whose}; {hint}Correct the name, or remove it; where variables "
        f"of your own begin so, set {ALLOW_UNKNOWN}: true"
    )


def strangers(names: Iterable[str]) -> list[str]:
    """Names that begin as ours do and are none, nor a misspelt one: of the site's own."""
    return [name for name in sorted(names) if name.startswith(OURS) and name not in known() and not _misspelt(name)]


@cache
def _misspelt(name: str) -> str | None:
    if name in known() or not name.lower().startswith("t"):  # a wrong first letter would be rare, and a fact is quick
        return None
    written = _written(name)
    each = [f"{role}_{written.removeprefix(OURS)}" for role in SETTINGS] if written.startswith(OURS) else []
    meant_for_all = [one for one in each if one in known()]
    if meant_for_all:
        return _correct(name, "all roles", " or ".join(meant_for_all))
    role = next((role for role in SETTINGS if name.startswith(f"{role}_")), None)
    meant = _nearest(name, cutoff=0.6 if role else ALIKE_OURS)
    if role is None and meant is None:
        return None
    return _correct(name, role or "this collection", meant)


def _written(name: str) -> str:
    return name.lower().replace("-", "_")


def _nearest(name: str, cutoff: float) -> str | None:
    """The variable of ours that was probably meant."""
    written = _written(name)
    if not written.startswith(OURS):
        return next(iter(difflib.get_close_matches(written, known(), n=1, cutoff=ALIKE)), None)
    rests = {one.removeprefix(OURS): one for one in known()}
    close = difflib.get_close_matches(written.removeprefix(OURS), rests, n=1, cutoff=cutoff)
    return rests[close[0]] if close else None
