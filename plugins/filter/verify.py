# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory import flows
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.estate import names_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify import verification
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError, document_of


def verify_targets(names: Any) -> dict[str, list[str]]:
    """What each name or address stands for, as the controller sees it; nothing where it does not resolve."""
    try:
        return {name: _addresses(name) for name in names_of(names)}
    except InputError as error:
        raise AnsibleFilterError(str(error)) from error


def _addresses(name: str) -> list[str]:
    try:
        return [str(ipaddress.ip_address(name))]
    except ValueError:
        pass
    try:
        answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return sorted({str(answer[4][0]).partition("%")[0] for answer in answers})


def verify_flows(hosts: Any, denied: Any = None, tls: bool = True) -> flows.Flows:
    """The flows that must pass and must not pass between these hosts. Raises AnsibleFilterError."""
    denied = [] if denied is None else denied
    if not isinstance(denied, list) or not all(isinstance(one, Mapping) for one in denied):
        raise AnsibleFilterError(
            f"therefore_verify_denied: {denied!r} is no list of flows; write each as "
            "{from: host, to: host or address, port: number, protocol: tcp}"
        )
    try:
        return flows.flows(hosts, denied, tls)
    except InputError as error:
        raise AnsibleFilterError(str(error)) from error


def _checked(report: Any) -> Any:
    try:
        return document_of(report, "verification", verification.FORMAT, verification.VERSION, "verify.yml")
    except InputError as error:
        raise AnsibleFilterError(str(error)) from error


def verify_text(report: Any) -> str:
    """The matrix and what is wrong. Raises AnsibleFilterError when it is no verification, or of another version."""
    return verification.text(_checked(report))


def verify_junit(report: Any) -> str:
    """JUnit XML. Raises AnsibleFilterError when it is no verification, or of another version."""
    return verification.junit(_checked(report))


class FilterModule:
    """Filters that work out the flows between the hosts of an inventory, and judge what was found."""

    def filters(self) -> dict[str, Any]:
        """The filters by name."""
        return {
            "verify_targets": verify_targets,
            "verify_flows": verify_flows,
            "verify_document": verification.document,
            "verify_text": verify_text,
            "verify_junit": verify_junit,
        }
