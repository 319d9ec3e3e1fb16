# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.therefore.firewall.plugins.module_utils._probe import names as _names
from ansible_collections.therefore.firewall.plugins.module_utils._probe.options import is_address
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory import flows, jobs
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.estate import check_server_name, reached_by
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify import answers, junit, verification
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.verify_text import (
    text as verify_text_of,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._refusals import refusals
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.variables import switch
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import (
    document_of,
    plain,
)

# look-ups of all names of a host together
LOOK_UP_SECONDS = 5


def verify_targets(names: Any) -> dict[str, list[str]]:
    """What each name or address stands for, as the controller sees it; nothing where it does not resolve."""
    with refusals(AnsibleFilterError):
        given = reached_by(names)
    answers = _names.resolve_all([name for name in given if not is_address(name)], LOOK_UP_SECONDS)
    return {name: _addresses(answers[name]) if name in answers else [_plain(name)] for name in given}


def _addresses(answer: Any) -> list[str]:
    return [] if isinstance(answer, str) else sorted({_plain(sockaddr[0]) for _family, sockaddr in answer})


def _plain(text: str) -> str:
    """The address without its interface, which is one of the asking host."""
    address = ipaddress.ip_address(text.partition("%")[0])
    return str(getattr(address, "ipv4_mapped", None) or address)


def verify_host(names: Any, default: Any, server_name: Any = None) -> dict[str, Any]:
    """How others reach a host: C(targets), or why not (C(refused)), so that one wrong host does not end it for all."""
    variable = "therefore_addresses" if names else "ansible_host"
    try:
        with refusals(AnsibleFilterError):
            check_server_name(plain(server_name))
        return {"targets": verify_targets(names or default)}
    except AnsibleFilterError as error:
        return {"targets": {}, "refused": str(error).replace("therefore_addresses", variable, 1)}


def verify_flows(
    hosts: Any, denied: Any = None, tls: Any = True, seed: Any = 0, samples: Any = None
) -> flows.Flows:  # fmt: skip
    """The flows that must pass and must not pass between these hosts. Raises AnsibleFilterError."""
    with refusals(AnsibleFilterError):
        # an answer of a survey may be empty, which is none
        asked_tls = switch("therefore_verify_tls", True if tls in (None, "") else plain(tls))
        # by name, so that a seed says the same in one job and in slices, whatever the inventory's order
        given = sorted(hosts, key=itemgetter("host"))
        return flows.flows(given, plain(denied), asked_tls, int(seed), None if samples in (None, "") else int(samples))


def verify_seconds(found: Mapping[str, Any], forks: int, timeout: float, attempts: int) -> int:
    """How long listeners may have to wait for a question."""
    return jobs.listen_seconds(found, forks, timeout, attempts)


def verify_jobs(found: Mapping[str, Any], hosts: Any) -> dict[str, Any]:
    """The flows with who has which port, and what each host does, now that hosts said on what they listen."""
    given = list(hosts)
    known = {**found, "held": jobs.held_by(given)}
    return {**known, "jobs": jobs.jobs(known, (host["host"] for host in given))}


def verify_results(results: Any, found: Any) -> dict[str, Any]:
    """What a host found, told shortly in a large estate."""
    return answers.told_once(found, results)


def _checked(report: Any) -> Any:
    with refusals(AnsibleFilterError):
        return document_of(
            verification.lifted(report), "verification", verification.FORMAT, verification.VERSION, "verify.yml"
        )


def verify_text(report: Any) -> str:
    """The matrix and what is wrong. Raises AnsibleFilterError when it is no verification, or of another version."""
    return verify_text_of(_checked(report))


def verify_junit(report: Any) -> str:
    """JUnit XML. Raises AnsibleFilterError when it is no verification, or of another version."""
    return junit.junit(_checked(report))


class FilterModule:
    """Filters that work out the flows between the hosts of an inventory, and judge what was found."""

    def filters(self) -> dict[str, Any]:
        """The filters by name."""
        return {
            "verify_targets": verify_targets,
            "verify_host": verify_host,
            "verify_flows": verify_flows,
            "verify_seconds": verify_seconds,
            "verify_jobs": verify_jobs,
            "verify_job": jobs.job_of,
            "verify_results": verify_results,
            "verify_document": verification.document,
            "verify_text": verify_text,
            "verify_junit": verify_junit,
        }
