# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in of AWX's API, as far as playbooks/awx.yml goes: AWX itself cannot run here.

Written from the documentation of AWX 24.6.1's API and the modules of awx.awx. It refuses what AWX refuses: names that
are there already, objects that are not, playbooks that a project does not have, two machine credentials, surveys,
rules of schedules, links that go round in a circle.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Object = dict[str, Any]

TOKEN = "a token"
# fields that name another object, by the kind of object that they name
REFERENCES = {
    "organization": "organizations", "source_project": "projects", "project": "projects", "inventory": "inventories",
    "execution_environment": "execution_environments", "workflow_job_template": "workflow_job_templates",
    "unified_job_template": "unified_job_templates",
}  # fmt: skip
NEEDED = {
    "execution_environments": ["name", "image"], "projects": ["name"], "inventories": ["name", "organization"],
    "inventory_sources": ["name", "inventory"], "job_templates": ["name", "project", "playbook"],
    "workflow_job_templates": ["name"], "workflow_job_template_nodes": ["workflow_job_template"],
    "schedules": ["name", "rrule", "unified_job_template"], "organizations": ["name"], "credentials": ["name"],
}  # fmt: skip
TEMPLATES = ("job_templates", "workflow_job_templates", "projects", "inventory_sources")
NODES = "workflow_job_template_nodes"
LINKS = ("success_nodes", "failure_nodes", "always_nodes")
# of two of these kinds a template takes one
SINGLE = ("ssh",)
TYPES = {"text": str, "textarea": str, "password": str, "multiplechoice": str, "multiselect": str, "integer": int}


class RefusedError(Exception):
    """A request that AWX answers with 400."""


class Awx:
    """The objects of an AWX."""

    def __init__(self, playbooks: list[str]) -> None:
        self.playbooks = playbooks
        self.objects: dict[str, dict[int, Object]] = {kind: {} for kind in NEEDED}
        self.associated: dict[tuple[str, int, str], list[int]] = {}
        self.surveys: dict[int, Object] = {}
        self.writes: list[str] = []
        self._next = 1

    def make(self, kind: str, given: Object) -> Object:
        """A new object. Raises RefusedError."""
        for name in NEEDED[kind]:
            if given.get(name) in (None, ""):
                raise RefusedError({name: ["This field is required."]})
        number = self._next
        self._next += 1
        self.objects[kind][number] = {
            "id": number, "url": f"/api/v2/{kind}/{number}/", "type": kind.rstrip("s"), "scm_revision": "",
            "summary_fields": {}, "related": {"survey_spec": f"/api/v2/{kind}/{number}/survey_spec/"},
        }  # fmt: skip
        try:
            return self.change(kind, number, given)
        except RefusedError:
            del self.objects[kind][number]
            raise

    def change(self, kind: str, number: int, given: Object) -> Object:
        """An object with other values. Raises RefusedError."""
        new = {**self.objects[kind][number], **given}
        for field, named in REFERENCES.items():
            if new.get(field) and new[field] not in self.all(named):
                raise RefusedError({field: [f'Invalid pk "{new[field]}" - object does not exist.']})
        same = ("identifier", "workflow_job_template") if kind == NODES else ("name", "organization")
        for other in self.objects[kind].values():
            if other["id"] != number and all(other.get(name) == new.get(name) for name in same):
                raise RefusedError({"__all__": [f"{kind} with this {' and '.join(same)} already exists."]})
        if kind == "job_templates" and new["playbook"] not in self.playbooks:
            raise RefusedError({"playbook": ["Playbook not found for project."]})
        if kind == "schedules":
            _check_rule(new["rrule"])
        self.objects[kind][number] = new
        return new

    def all(self, kind: str) -> dict[int, Object]:
        if kind == "unified_job_templates":
            return {number: one for template in TEMPLATES for number, one in self.objects[template].items()}
        return self.objects[kind]

    def found(self, kind: str, query: Object) -> list[Object]:
        """What has these values; C(or__) before a name: any of them."""
        either = {name[4:]: value for name, value in query.items() if name.startswith("or__")}
        every = {name: value for name, value in query.items() if not name.startswith("or__")}
        return [
            one
            for one in self.all(kind).values()
            if all(str(one.get(name)) == value for name, value in every.items())
            and (not either or any(str(one.get(name)) == value for name, value in either.items()))
        ]

    def associate(self, kind: str, number: int, relation: str, given: Object) -> None:
        """Link another object, or no longer. Raises RefusedError."""
        there = self.associated.setdefault((kind, number, relation), [])
        if given.get("disassociate"):
            there.remove(given["id"])
            return
        if relation == "credentials":
            kinds = [self.objects["credentials"][one]["kind"] for one in [*there, given["id"]]]
            if any(kinds.count(one) > 1 for one in SINGLE):
                raise RefusedError({"error": "Cannot assign multiple Machine credentials."})
        if relation in LINKS and number in self._after(given["id"]):
            raise RefusedError({"Error": "Cycle detected."})
        there.append(given["id"])

    def _after(self, node: int) -> set[int]:
        following = [one for relation in LINKS for one in self.associated.get((NODES, node, relation), [])]
        return {node}.union(*(self._after(one) for one in following))

    def survey(self, number: int, spec: Object) -> None:
        """The questions of a template. Raises RefusedError."""
        for name, kind in (("name", str), ("description", str), ("spec", list)):
            if not isinstance(spec.get(name), kind):
                raise RefusedError({"error": f"Field '{name}' is missing from survey spec."})
        for question in spec["spec"]:
            _check_question(question)
        names = [question["variable"] for question in spec["spec"]]
        if len({*names}) != len(names):
            raise RefusedError({"error": "'variable' duplicated in survey question."})
        self.surveys[number] = spec


def _check_question(question: Object) -> None:
    for name, kind in (("type", str), ("question_name", str), ("variable", str), ("required", bool)):
        if not isinstance(question.get(name), kind):
            raise RefusedError({"error": f"'{name}' missing from survey question, or of another type."})
    if question["type"] not in TYPES:
        raise RefusedError({"error": f"'{question['type']}' is not one of the allowed question types."})
    default = question.get("default", "")
    if default != "" and not isinstance(default, TYPES[question["type"]]):
        raise RefusedError({"error": f"Default value {default} is of another type."})
    for limit in ("min", "max"):
        if not isinstance(question.get(limit), int | None):
            raise RefusedError({"error": f"The {limit} limit is expected to be integer."})


def _check_rule(rule: str) -> None:
    if not re.match(r"DTSTART(;TZID=\S+)?:\d{8}T\d{6}Z? ", rule):
        raise RefusedError(
            {"rrule": ["Valid DTSTART required in rrule. Value should start with: DTSTART:YYYYMMDDTHHMMSSZ"]}
        )
    if rule.count("RRULE") != 1 or "INTERVAL=" not in rule:
        raise RefusedError({"rrule": ["One RRULE with INTERVAL is required."]})


@contextlib.contextmanager
def served(awx: Awx) -> Iterator[str]:
    """The address at which an AWX answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        do_POST = do_PATCH = do_GET  # noqa: N815

        def log_request(self, *_words: Any) -> None:
            """Say nothing."""

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            given = json.loads(self.rfile.read(length) or "null")
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                code, said = 401, {"detail": "Authentication credentials were not provided."}
            else:
                try:
                    code, said = respond(awx, self.command, self.path, given)
                except RefusedError as error:
                    code, said = 400, error.args[0]
            body = b"" if said is None else json.dumps(said).encode()
            self.send_response(code)
            for name, value in (("Name", "AWX"), ("Version", "24.6.1")):
                self.send_header(f"X-API-Product-{name}", value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def respond(awx: Awx, method: str, path: str, given: Any) -> tuple[int, Any]:
    """The status and the answer. Raises RefusedError."""
    if method != "GET":
        awx.writes.append(f"{method} {path}")
    address = urlsplit(path)
    kind, number, relation = (*address.path.removeprefix("/api/v2/").strip("/").split("/"), "0", "")[:3]
    if relation == "survey_spec":
        if method == "POST":
            awx.survey(int(number), given)
        return 200, awx.surveys.get(int(number), {})
    if relation:
        if method == "POST":
            awx.associate(kind, int(number), relation, given)
            return 204, None
        linked = "credentials" if relation == "credentials" else kind
        return 200, _page([awx.all(linked)[one] for one in awx.associated.get((kind, int(number), relation), [])])
    if method == "POST":
        return 201, awx.make(kind, given)
    if method == "PATCH":
        return 200, awx.change(kind, int(number), given)
    return 200, _page(awx.found(kind, dict(parse_qsl(address.query))))


def _page(found: list[Object]) -> Object:
    return {"count": len(found), "next": None, "previous": None, "results": found}
