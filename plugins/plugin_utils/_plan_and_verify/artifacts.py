# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the jobs of a workflow hand on: prepare to the slices, the slices to merge. Pure: no Ansible, no I/O.

A slice is known by the names of its hosts, for nothing else tells it which slice it is.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.prepared import digest
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.settings_check import listed
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError, document_of

FORMAT = "therefore.firewall.artifact"
VERSION = 1
PREPARE = "prepare"
# the steps of the slices, and the playbook that does each
PLAYBOOK = {"plan": "plan", "listen": "probe", "send": "probe", "stop": "probe"}
# compressed, of one slice: AWX keeps it in its database, and gives it to each job that follows
MOST_CHARACTERS = 262144
# a workflow's variables, by the name of what is in them; two underscores, for they are no settings
VARIABLE = "__therefore_artifact_"

Artifact = Mapping[str, Any]


class Joined(NamedTuple):
    """What the slices said of each host, how many slices there were, and how many of them had none of our hosts."""

    hosts: dict[str, Mapping[str, Any]]
    slices: int
    empty: int


def prepared(
    records: Mapping[str, Mapping[str, Any]], content: Mapping[str, Any], created: str, collection: str, run: str
) -> dict[str, Any]:
    """What prepare hands on.

    Args:
        records: What the inventory says of each host (prepared.records_of).
        content: The C(flows), and what else the steps take.
        created: When, ISO 8601.
        collection: The version of the collection.
        run: A word for this workflow, and no other.
    """
    digests = {name: digest(record) for name, record in sorted(records.items())}
    return {
        "format": FORMAT, "version": VERSION, "collection": collection, "kind": PREPARE, "run": run,
        "created": created, "inventory": digest(digests), "hosts": digests, "content": dict(content),
    }  # fmt: skip


def slice_of(prepare: Artifact, kind: str, everybody: Iterable[str], said: Mapping[str, Any]) -> dict[str, Any]:
    """What a slice hands on after a step: what its hosts said. C(everybody) are all hosts of its inventory."""
    header = {key: prepare[key] for key in ("format", "version", "collection", "run", "inventory")}
    return {**header, "kind": kind, "slice": digest(sorted(everybody)), "hosts": dict(said)}


def name_of(artifact: Artifact) -> str:
    """Under which name it is handed on; no two of a workflow have the same."""
    return PREPARE if artifact["kind"] == PREPARE else f"{artifact['kind']}_{artifact['slice']}"


def pack(artifact: Artifact) -> str:
    """As a variable of the workflow. Raises InputError where it is too large for that."""
    text = base64.b64encode(zlib.compress(json.dumps(artifact, separators=(",", ":")).encode(), 9)).decode()
    if len(text) > MOST_CHARACTERS:
        raise InputError(
            f"{name_of(artifact)} has {len(text)} characters, compressed; without a folder a workflow hands on at most "
            f"{MOST_CHARACTERS}: set therefore_artifact_folder to a folder that all its jobs share, or make more slices"
        )
    return text


def unpack(text: str, where: str) -> Artifact:
    """From a variable of the workflow. Raises InputError."""
    try:
        return checked(zlib.decompress(base64.b64decode(text, validate=True)).decode(), where)
    except (ValueError, zlib.error) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{where} is damaged: {error}; start the workflow anew") from error


def checked(text: str, where: str) -> Artifact:
    """From a file's text. Raises InputError."""
    try:
        artifact: Artifact = document_of(json.loads(text), "artifact", FORMAT, VERSION, "prepare.yml")
        missing = {"collection", "kind", "run", "inventory", "hosts"} - artifact.keys()
        if missing or not isinstance(artifact["hosts"], Mapping):
            raise InputError(f"it has no {', '.join(sorted(missing)) or 'hosts'}; start the workflow anew")
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    except ValueError as error:
        raise InputError(f"{where} is damaged: {error}; start the workflow anew") from error
    return artifact


def check_version(prepare: Artifact, collection: str) -> None:
    """Raises InputError where another version of the collection has prepared."""
    if prepare["collection"] != collection:
        raise InputError(
            f"prepare ran with version {prepare['collection']} of therefore.firewall, and this job has {collection}: "
            "give all jobs of the workflow the same project revision and execution environment, and start it anew"
        )


def check_inventory(prepare: Artifact, records: Mapping[str, Mapping[str, Any]], whole: bool) -> None:
    """Raises InputError where the inventory of this job is not the one that was prepared, or a part of it."""
    strangers = sorted(records.keys() - prepare["hosts"].keys())
    if strangers:
        raise InputError(
            f"prepare did not see {listed(strangers)}: give this job the inventory of prepare, or start the workflow "
            "anew with prepare"
        )
    other = sorted(name for name, record in records.items() if digest(record) != prepare["hosts"][name])
    if other:
        raise InputError(
            f"other settings than prepare saw: {listed(other)}. Either the inventory changed since, then start the "
            "workflow anew with prepare; or a setting is worked out from other hosts (groups, hostvars), which a slice "
            "does not have: write it as values"
        )
    missing = sorted(prepare["hosts"].keys() - records.keys()) if whole else []
    if missing:
        raise InputError(
            f"this job's inventory lacks {listed(missing)}, which prepare saw: merge wants the whole inventory, in one "
            "slice and with the limit of prepare"
        )


def joined(prepare: Artifact, kind: str, parts: Mapping[str, Artifact], hosts: Iterable[str]) -> Joined:
    """What all slices said after a step, by host. Raises InputError where something is missing, twice, or of others.

    Args:
        prepare: What prepare handed on.
        kind: The step.
        parts: What the slices handed on, by where it was found.
        hosts: The hosts of which something must have been said.
    """
    found: dict[str, Mapping[str, Any]] = {}
    place: dict[str, str] = {}
    for where, part in parts.items():
        _check_part(prepare, kind, part, where)
        twice = sorted(part["hosts"].keys() & found.keys())
        if twice:
            raise InputError(
                f"{where} and {place[twice[0]]} overlap: both have {listed(twice)}. All slices of a job must be of one "
                "inventory and of one number of slices; start the workflow anew with prepare"
            )
        found.update(part["hosts"])
        place.update(dict.fromkeys(part["hosts"], where))
    missing = sorted(set(hosts) - found.keys())
    if missing or not parts:
        whom = f": {listed(missing)}" if missing else ""
        what = f"no slice of {_job(kind)} has handed on anything" if not parts else f"{_job(kind)} has gaps"
        raise InputError(f"{what}{whom}. Run the missing slices again, then this job; or start the workflow anew")
    return Joined(found, len(parts), sum(not part["hosts"] for part in parts.values()))


def _check_part(prepare: Artifact, kind: str, part: Artifact, where: str) -> None:
    if part["inventory"] != prepare["inventory"]:
        raise InputError(f"{where} is of another inventory than prepare saw: start the workflow anew with prepare")
    if part["run"] != prepare["run"]:
        raise InputError(
            f"{where} is of another run of the workflow: give each workflow a therefore_artifact_folder of its own, "
            "and start it anew with prepare"
        )
    strangers = sorted(part["hosts"].keys() - prepare["hosts"].keys())
    if strangers:
        raise InputError(f"{where} has {listed(strangers)}, which prepare did not see: start the workflow anew")
    # of a host that was away a step of probe knows nothing; a plan has its name, and why there is none
    other = sorted(
        name for name, one in part["hosts"].items()
        if not isinstance(one, Mapping) or (kind == "plan" and one.get("host") != name)
    )  # fmt: skip
    if part["kind"] != kind or other:
        of_whom = f" of {listed(other)}" if other else ""
        raise InputError(
            f"{where} is not what {_job(kind)} wrote{of_whom}: run its slice again, then this job; or start the "
            "workflow anew"
        )


def together(known: Mapping[str, Artifact], said: Iterable[Mapping[str, Artifact]]) -> dict[str, dict[str, Any]]:
    """What the inventory says of each host, and what the host itself said after each step."""
    hosts = {name: dict(one) for name, one in known.items()}
    for step in said:
        for name, one in step.items():
            hosts[name].update(one)
    return hosts


def counted(kind: str, one: Joined) -> str:
    """How many slices a job had, in a sentence."""
    slices = f"{one.slices} slice{'' if one.slices == 1 else 's'}"
    return f"{_job(kind)}: {slices}, {one.empty} of them without hosts of ours; {len(one.hosts)} hosts"


def _job(kind: str) -> str:
    playbook = PLAYBOOK[kind]
    return playbook if playbook == kind else f"{playbook} (therefore_probe_step={kind})"
