# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an AWX gets for this collection: projects, an inventory, job templates, a workflow in slices, a nightly plan.

Pure: no Ansible, no I/O. Each object is what the module of awx.awx of that name takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError, nearest, refuse

VARIABLE = "therefore_awx"
NEEDED = ("organization", "project_url", "inventory_url", "inventory_path", "execution_environment", "credentials")
DEFAULTS: dict[str, Any] = {
    "project_branch": "main", "inventory_branch": "main", "slices": 1, "forks": 50, "artifact_folder": "",
    "nightly": "DTSTART:20270101T020000Z RRULE:FREQ=DAILY;INTERVAL=1",
}  # fmt: skip
NAME = "Therefore firewall"
WORKFLOW = f"{NAME}: plan and verify"
# of each node of the workflow those that follow: after success, after failure, always. Whatever came of listen and of
# send, listeners are told to stop
NODES: dict[str, dict[str, tuple[str, ...]]] = {
    "prepare": {"success": ("plan", "listen")},
    "plan": {"always": ("merge",)},
    "listen": {"success": ("send",), "failure": ("stop",)},
    "send": {"always": ("stop",)},
    "stop": {"always": ("merge",)},
    "merge": {},
}
# merge waits for both before it; stop is begun by the one of its two that comes to it
WAITS = ("merge",)
STEPS = ("listen", "send", "stop")

Object = dict[str, Any]


def awx_objects(given: Any) -> dict[str, list[Object]]:
    """By module of awx.awx what it shall make. Raises InputError.

    Args:
        given: The settings: NEEDED, and those of DEFAULTS that differ.
    """
    settings = _checked(given)
    named = {"organization": settings["organization"]}
    return {
        "execution_environment": [{"name": NAME, "image": settings["execution_environment"], **named}],
        "project": [_project(settings, "", "project"), _project(settings, " inventory", "inventory")],
        "inventory": [{"name": NAME, **named}],
        "inventory_source": [{
            "name": NAME, "inventory": NAME, "source": "scm", "source_project": f"{NAME} inventory",
            "source_path": settings["inventory_path"], "overwrite": True, "overwrite_vars": True,
            "update_on_launch": True, **named,
        }],
        "job_template": _templates(settings),
        "workflow_job_template": [{"name": WORKFLOW, "allow_simultaneous": False, **named}],
        "workflow_job_template_node": _nodes(named["organization"]),
        "schedule": [
            {
                "name": f"{NAME}: nightly drift",
                "unified_job_template": _title("drift"),
                "rrule": settings["nightly"],
                **named,
            }
        ],
    }  # fmt: skip


def _checked(given: Any) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise refuse(VARIABLE, given, f"is no dictionary; write at least {', '.join(NEEDED)} (docs/fleet.md)")
    wrong = [
        f"{VARIABLE}.{name}: is unknown; {nearest(name, (*NEEDED, *DEFAULTS))}"
        for name in given
        if name not in (*NEEDED, *DEFAULTS)
    ]
    wrong += [f"{VARIABLE}.{name}: is missing; docs/fleet.md has an example" for name in NEEDED if not given.get(name)]
    if wrong:
        raise InputError(*wrong)
    settings = {**DEFAULTS, **given}
    for name in ("slices", "forks"):
        value = settings[name]
        if isinstance(value, bool) or not str(value).isdecimal() or int(value) < 1:
            raise refuse(f"{VARIABLE}.{name}", value, "is no whole number from 1 on; write one")
        settings[name] = int(value)
    if not isinstance(settings["credentials"], list):
        raise refuse(f"{VARIABLE}.credentials", settings["credentials"], "is no list; write the names of credentials")
    return settings


def _project(settings: Mapping[str, Any], suffix: str, which: str) -> Object:
    return {
        "name": f"{NAME}{suffix}", "organization": settings["organization"], "scm_type": "git",
        "scm_url": settings[f"{which}_url"], "scm_branch": settings[f"{which}_branch"],
    }  # fmt: skip


def _title(job: str) -> str:
    return f"{NAME}: {job}"


def _templates(settings: Mapping[str, Any]) -> list[Object]:
    folder = {"therefore_artifact_folder": settings["artifact_folder"]} if settings["artifact_folder"] else {}
    slices = int(settings["slices"])
    site = {**_template(settings, "site", "site", {"therefore_allow_empty": True}, slices), **_survey()}
    drift = _template(settings, "drift", "plan", {"therefore_fail_on_drift": True}, 1)
    jobs = [
        _template(settings, "prepare", "prepare", folder, 1),
        _template(settings, "plan", "plan", {"therefore_plan_sliced": True, **folder}, slices),
        *(_template(settings, step, "probe", {"therefore_probe_step": step, **folder}, slices) for step in STEPS),
        _template(settings, "merge", "merge", folder, 1),
    ]
    return [site, drift, *jobs]


def _template(settings: Mapping[str, Any], job: str, playbook: str, variables: Object, slices: int) -> Object:
    return {
        "name": _title(job), "organization": settings["organization"], "project": NAME, "inventory": NAME,
        "playbook": f"playbooks/{playbook}.yml", "credentials": settings["credentials"],
        "execution_environment": NAME, "forks": settings["forks"], "job_slice_count": slices,
        "extra_vars": variables, "ask_limit_on_launch": job in ("site", "drift"),
    }  # fmt: skip


def _survey() -> Object:
    """What site asks for. Nothing of a role: an answer would stand in place of what the inventory says of each host."""
    ask = {"type": "integer", "required": False, "default": ""}
    questions = [
        {**ask, "variable": "therefore_serial", "question_name": "How many hosts at once (none: all)", "min": 1},
        {**ask, "variable": "therefore_max_fail_percentage", "min": 0, "max": 100,
         "question_name": "Begin no further batch when more percent of one fail (none: go on)"},
    ]  # fmt: skip
    return {"survey_enabled": True, "survey_spec": {"name": "", "description": "", "spec": questions}}


def _nodes(organization: str) -> list[Object]:
    """The last of the workflow first: a node names those that follow it, which must be there."""
    return [
        {
            "identifier": job, "workflow_job_template": WORKFLOW, "organization": organization,
            "unified_job_template": _title(job), "lookup_organization": organization,
            "all_parents_must_converge": job in WAITS,
            **{f"{how}_nodes": list(NODES[job].get(how, ())) for how in ("success", "failure", "always")},
        }
        for job in reversed(NODES)
    ]  # fmt: skip
