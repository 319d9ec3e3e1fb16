# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The crossings as input for Aerleon, which writes the rules of many vendors' firewalls: definitions and policies.

Each term has addresses of one IP version: what a vendor makes of a term with both differs. Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import yaml
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.aerleon_targets import (
    TARGETS,
    Target,
    comment,
    keyword,
    lacks,
    of_version,
    usable_names,
    versions,
    zone_names,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.perimeter import (
    ANYBODY,
    Boundary,
    Numbered,
    Request,
    boundaries,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import Crossing, ReportDocument

DEFINITIONS = "aerleon/def/therefore.yaml"
# the one in C takes a tenth of the time, and is not everywhere
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Term(NamedTuple):
    """A term of a policy; C(version) is None where its ends have none: every address, or host names."""

    version: int | None
    names: bool
    body: dict[str, Any]


class _Filter(NamedTuple):
    """What crosses from one network to another."""

    boundary: Boundary
    terms: list[_Term]


def policy_path(target: Target) -> str:
    """The file of a target's policy."""
    return f"aerleon/pol/therefore-{target.name}.yaml"


def aerleon_files(report: ReportDocument, request: Request) -> dict[str, str]:
    """The files: one with the networks and services, and one with the policy of each target.

    Aerleon stops at a policy without terms: a target for which there are none has no file.
    """
    maker = _Maker(report, request)
    filters = [_Filter(one, maker.terms(one)) for one in boundaries(report)]
    policies = {policy_path(target): _policy(target, filters, maker) for target in TARGETS}
    files = {path: text for path, text in policies.items() if text}
    return {DEFINITIONS: _definitions(maker), **files} if files else {}


class _Maker:
    """Makes terms, and keeps the networks and services that they name."""

    def __init__(self, report: ReportDocument, request: Request) -> None:
        self.report = report
        self.request = request
        pairs = ((one["source"], one["to"]) for one in report["crossings"])
        self.zones = zone_names(dict.fromkeys(name for pair in pairs for name in pair))
        self.networks: dict[str, list[dict[str, str]]] = {}
        self.services: dict[str, list[dict[str, Any]]] = {}
        self._tokens: dict[tuple[str, ...], str] = {}
        self._numbers: Counter[str] = Counter()

    def terms(self, boundary: Boundary) -> list[_Term]:
        return [term for one in boundary.crossings for term in self._terms(boundary, one)]

    def _terms(self, boundary: Boundary, one: Numbered) -> Iterator[_Term]:
        crossing = one.crossing
        if crossing["names"]:
            if names := usable_names(crossing):
                texts = self._end("source-address", boundary.source, crossing["sources"], (4, 6))
                token = self._token(boundary.to, "fqdn", names)
                yield _Term(None, True, self._body(one, None, {**texts, "destination-fqdn": token}))
        elif crossing["sources"] == crossing["destinations"] == ANYBODY:
            yield _Term(None, False, self._body(one, None, {}))
        else:
            for version in versions(crossing):
                ends = {
                    **self._end("source-address", boundary.source, crossing["sources"], (version,)),
                    **self._end("destination-address", boundary.to, crossing["destinations"], (version,)),
                }
                yield _Term(version, False, self._body(one, version, ends))

    def _body(self, one: Numbered, version: int | None, ends: dict[str, str]) -> dict[str, Any]:
        crossing, suffix = one.crossing, f"-v{version}" if version else ""
        rows = [self.report["rows"][row] for row in crossing["rows"]]
        why = "; ".join(dict.fromkeys(row["service"] for row in rows))
        reference = f"; {self.request['reference']}" if self.request["reference"] else ""
        body: dict[str, Any] = {
            "name": f"therefore-{one.number.replace('.', '-')}{suffix}",
            "comment": comment(f"{one.number} {why}; rows {', '.join(crossing['rows'])}{reference}"),
            **ends,
            "protocol": crossing["protocol"],
            "destination-port": self._service(crossing),
            "action": "accept",
        }
        if self.request["expires"]:
            body["expiration"] = self.request["expires"]
        return body

    def _end(self, key: str, network: str, texts: list[str], wanted: tuple[int, ...]) -> dict[str, str]:
        """One end of a term; nothing for every address."""
        if texts == ANYBODY:
            return {}
        parts = [part for version in wanted for part in of_version(texts, version)]
        return {key: self._token(network, "address", parts)}

    def _token(self, network: str, kind: str, values: list[str]) -> str:
        """The name under which these values are in the definitions; the same ones share it."""
        key = (network, kind, *values)
        if key not in self._tokens:
            zone = self.zones[network].upper()
            stem = zone if zone.startswith("THEREFORE") else f"THEREFORE_{zone}"
            self._numbers[network] += 1
            self._tokens[key] = f"{stem}_{self._numbers[network]}"
            self.networks[self._tokens[key]] = [{kind: value} for value in values]
        return self._tokens[key]

    def _service(self, crossing: Crossing) -> str:
        ports = "_".join(str(port).replace("-", "_TO_") for port in crossing["ports"])
        token = f"THEREFORE_{crossing['protocol'].upper()}_{ports}"
        self.services[token] = [{"protocol": crossing["protocol"], "port": port} for port in crossing["ports"]]
        return token


def _definitions(maker: _Maker) -> str:
    found = {
        "networks": {token: {"values": values} for token, values in maker.networks.items()},
        "services": dict(sorted(maker.services.items())),
    }
    return _text(["Networks and services of Therefore across networks."], found)


def _policy(target: Target, filters: list[_Filter], maker: _Maker) -> str:
    remarks = [f"Therefore across networks, for {target.title}. Change request: change-request.md"]
    found: list[dict[str, Any]] = []
    for one in filters:
        for crossing in one.boundary.crossings:
            remarks += [f"Left out: {crossing.number}: {why}" for why in lacks(target, crossing.crossing)]
    for options, terms, title in _sections(target, filters, maker):
        bodies = [_owned(term.body, target, maker.request) for term in terms]
        if bodies:
            header = {"targets": {target.platform: options}, "comment": comment(title)}
            found.append({"header": header, "terms": bodies})
    return _text(remarks, {"filters": found}) if found else ""


def _owned(body: dict[str, Any], target: Target, request: Request) -> dict[str, Any]:
    owner = keyword(request["owner"])
    return {**body, "owner": owner} if owner and target.owner else body


def _sections(target: Target, filters: Iterable[_Filter], maker: _Maker) -> Iterator[tuple[str, list[_Term], str]]:
    """The filters of a target: the options of their headers, their terms, and what they are about."""
    kept = [one._replace(terms=[term for term in one.terms if _renders(target, term)]) for one in filters]
    if target.name in ("srx", "paloalto"):
        for one in kept:
            source, to = maker.zones[one.boundary.source], maker.zones[one.boundary.to]
            title = f"Therefore, {one.boundary.number}: {one.boundary.source} to {one.boundary.to}"
            yield f"from-zone {source} to-zone {to} mixed", one.terms, title
        return
    every = [term for one in kept for term in one.terms]
    if target.name == "nftables":
        yield "mixed forward", every, "Therefore across networks; all else is dropped"
    else:
        yield "therefore", every, "Therefore across networks"


def _renders(target: Target, term: _Term) -> bool:
    return target.names if term.names else term.version is None or term.version in target.versions


def _text(remarks: Iterable[str], content: dict[str, Any]) -> str:
    lines = "".join(f"# {comment(remark)}\n" for remark in remarks)
    return lines + yaml.dump(content, Dumper=DUMPER, sort_keys=False, default_flow_style=False, width=1000)
