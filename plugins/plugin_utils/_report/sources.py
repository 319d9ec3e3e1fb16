# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents that a playbook wrote and another reads: whole, of the right version, of this inventory's hosts.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.alike import natural, title_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify import plan as _plan
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify import verification as _verification
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError, document_of

# beside what writes the documents
SCHEMAS = Path(__file__).parents[1] / "_plan_and_verify"

TYPES: dict[str, tuple[type, ...]] = {
    "object": (Mapping,), "array": (list,), "string": (str,), "integer": (int,), "boolean": (bool,),
    "null": (type(None),), "number": (int, float),
}  # fmt: skip


class OtherHostsError(InputError):
    """The document is whole, but of hosts that the inventory does not have."""


def plan_of(text: str, where: str, hosts: Iterable[str]) -> dict[str, Any]:
    """The plan in a file's text. Raises InputError.

    Args:
        text: What is in the file.
        where: The variable and the path, for messages.
        hosts: The hosts of the inventory: a plan of other hosts is refused.
    """
    plan = _document(text, where, "plan", _plan.FORMAT, _plan.VERSION)
    _check_hosts(where, "plan", (host["host"] for host in plan["hosts"]), hosts)
    return plan


def verification_of(text: str, where: str, hosts: Iterable[str]) -> dict[str, Any]:
    """The verification in a file's text. Raises InputError; see plan_of."""
    verification = _document(text, where, "verify", _verification.FORMAT, _verification.VERSION)
    _check_hosts(where, "verify", (name for flow in verification["flows"] for name in flow["members"]), hosts)
    return verification


def _document(text: str, where: str, playbook: str, form: str, version: int) -> dict[str, Any]:
    try:
        given = json.loads(text)
    except ValueError as error:
        raise InputError(f"{where} is damaged: {error}; make it anew with {playbook}.yml") from error
    what = {"plan": "plan", "verify": "verification"}[playbook]
    try:
        checked: dict[str, Any] = document_of(
            _verification.lifted(given) if playbook == "verify" else given, what, form, version, f"{playbook}.yml"
        )
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    schema = _schema(playbook)
    problem = _problem(checked, schema, schema["$defs"], "")
    if problem:
        raise InputError(f"{where} is damaged: {problem}; make it anew with {playbook}.yml")
    return checked


@cache
def _schema(playbook: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((SCHEMAS / f"{playbook}.schema.json").read_text(encoding="utf-8"))
    return schema


def _problem(value: Any, schema: Mapping[str, Any], known: Mapping[str, Any], at: str) -> str | None:
    """What contradicts the schema. It knows the words that our two schemas use, and no others."""
    if "$ref" in schema:
        return _problem(value, known[schema["$ref"].rpartition("/")[2]], known, at)
    kinds = schema.get("type", [])
    allowed = [kind for name in ([kinds] if isinstance(kinds, str) else kinds) for kind in TYPES[name]]
    if allowed and (not isinstance(value, tuple(allowed)) or (isinstance(value, bool) and bool not in allowed)):
        return f"{at or 'the whole'} is no {kinds if isinstance(kinds, str) else ' or '.join(kinds)}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{at} is {value!r}"
    parts: list[tuple[str, Any, Mapping[str, Any]]] = []
    if isinstance(value, Mapping):
        missing = [name for name in schema.get("required", []) if name not in value]
        if missing:
            return f"{at or 'the whole'} has no {missing[0]}"
        named, rest = schema.get("properties", {}), schema.get("additionalProperties", {})
        parts = [(f"{at}.{name}" if at else name, item, named.get(name, rest)) for name, item in value.items()]
    elif isinstance(value, list):
        parts = [(f"{at}[{number}]", item, schema.get("items", {})) for number, item in enumerate(value)]
    found = (_problem(item, part, known, where) for where, item, part in parts)
    return next((problem for problem in found if problem), None)


def _check_hosts(where: str, playbook: str, named: Iterable[str], hosts: Iterable[str]) -> None:
    strangers = sorted({*named} - {*hosts}, key=natural)
    if strangers:
        raise OtherHostsError(
            f"{where} is of other hosts: the inventory does not have {title_of(strangers)} among those with a role; "
            f"give the inventory that it was made with, or make it anew with {playbook}.yml"
        )
