# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.therefore.firewall.plugins.plugin_utils._diagnosis import diagnosis
from ansible_collections.therefore.firewall.plugins.plugin_utils._diagnosis.request import (
    connections,
    request_of,
    within,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.flows import Flows
from ansible_collections.therefore.firewall.plugins.plugin_utils._refusals import refusals
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import document_of, plain


def diagnose_hosts(
    names: Any, source: Any = None, to: Any = None, row: Any = None, port: Any = None, played: Any = None
) -> list[str]:
    """The hosts of the inventory that a diagnosis asks.

    Raises AnsibleFilterError where the question is wrong, or the run leaves one of them out.
    """
    with refusals(AnsibleFilterError):
        hosts = request_of(*plain([names, source, to, row, port])).hosts
        return hosts if played is None else within(hosts, plain(played))


def diagnose_flows(hosts: Any, names: Any, source: Any, to: Any, row: Any = None, port: Any = None) -> Flows:
    """The connections to try. Raises AnsibleFilterError."""
    with refusals(AnsibleFilterError):
        return connections(request_of(*plain([names, source, to, row, port])), hosts)


def diagnose_text(report: Any) -> str:
    """The diagnosis for people. Raises AnsibleFilterError when it is none, or of another version."""
    with refusals(AnsibleFilterError):
        return diagnosis.text(document_of(report, "diagnosis", diagnosis.FORMAT, diagnosis.VERSION, "diagnose.yml"))


class FilterModule:
    """Filters that find out where a connection stops."""

    def filters(self) -> dict[str, Any]:
        """The filters by name."""
        return {
            "diagnose_hosts": diagnose_hosts,
            "diagnose_flows": diagnose_flows,
            "diagnose_document": diagnosis.document,
            "diagnose_text": diagnose_text,
        }
