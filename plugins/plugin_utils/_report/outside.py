# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about machines that Ansible does not manage: what their papers lack. Pure: no Ansible, no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.therefore.firewall.plugins.module_utils._addresses import is_host_name
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.estate import ANY, rules_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.inventory import (
    POPULATION,
    Inventory,
    Party,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.outside import Outside
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.findings import NOTE, WARNING, Remark

KIND = "hand-over"


def of_outside(inventory: Inventory) -> Iterator[Remark]:
    """What is asked for these machines and stands in no file for them, and what must be done by hand."""
    for one in inventory.outside:
        yield from _settings(one)
    for party in inventory.parties:
        if party.kind == POPULATION:
            yield from _names(party)


def _settings(one: Outside) -> Iterator[Remark]:
    machines = f"the machines of {', '.join(one.segments)} that Ansible does not manage"
    if one.denies:
        yield Remark(
            WARNING, KIND, None,
            f"{one.role}_egress: deny is not handed over: {machines} keep the default outbound action that they have, "
            "and the matrix shows them so.",
            "docs/clients.md says how to set it by hand, and what a member of a domain needs before.",
        )  # fmt: skip
    for name, value in one.elsewhere.items():
        yield Remark(
            WARNING, KIND, None,
            f"{one.role}_{name} is {'not set' if value is None else repr(value)} for the hosts with the role, and "
            f"otherwise for {machines}: their files have what holds for all hosts.",
            f"Set {one.role}_{name} for all hosts (group all) if these machines shall have it, too.",
        )  # fmt: skip


def _names(party: Party) -> Iterator[Remark]:
    """Windows' rules have no host names: what is given by name is looked up, or entered by hand."""
    for rule in rules_of(party.wanted):
        names = [peer for peer in rule["peers"] if peer != ANY and is_host_name(peer)]
        if not names:
            continue
        alone = len(names) == len(rule["peers"])
        left = "is not in the files for Intune" if alone else "has only its addresses in the files for Intune"
        yield Remark(
            WARNING if alone else NOTE, KIND, None,
            f"{rule['name']} {left}: {', '.join(names)} {'is a host name' if len(names) == 1 else 'are host names'}.",
            "Give addresses in therefore_online_client_online_endpoints, or enter the names by hand as a reusable "
            "group (intune/therefore-online-client.md has the row).",
        )  # fmt: skip
