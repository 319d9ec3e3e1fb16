# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory says, without asking a host: who is there, under which addresses, with which rules.

Pure: no Ansible, no I/O, no look-up of names.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.connections import check_connection
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.estate import check_server_name, reached_by
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.outside import Outside, outside_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.segments import Segments, segments_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.advice import hints
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import (
    SETTINGS,
    as_written,
    settings_among,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.variables import check_names, check_operation
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.wanted import wanted_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.address_sets import AddressSet
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import (
    InputError,
    addresses,
    nearest,
    refuse,
)

HOST, POPULATION = "host", "population"
# hosts without a role from which verify.yml sends packets
PROBES = "therefore_probe"

Variables = Mapping[str, Any]
Wanted = dict[str, dict[str, Any]]


class Party(NamedTuple):
    """A host; or a population, the machines of a segment that have a role but are not managed by Ansible.

    C(wanted) has by role the C(rules) and C(egress), which rows are C(left_out), C(hints), and whom the settings name
    as C(devices), C(admins) and C(controllers). Where a setting is refused there is none, but C(problems).
    """

    name: str
    kind: str
    roles: tuple[str, ...]
    addresses: AddressSet
    segment: str | None
    wanted: Wanted
    problems: tuple[str, ...] = ()

    @property
    def problem(self) -> str | None:
        """All problems in one line, none where there is none."""
        return "; ".join(self.problems) or None


class Inventory(NamedTuple):
    """The parties, the networks in which they are, and which settings do not reach who is outside Ansible."""

    parties: list[Party]
    segments: Segments
    outside: Sequence[Outside] = ()


def inventory_of(
    hostvars: Mapping[str, Variables], groups: Mapping[str, Iterable[str]], shared: Variables
) -> Inventory:
    """What the inventory says. Raises InputError where a setting of the whole is wrong.

    Args:
        hostvars: The variables of each host, as plain values.
        groups: The names of each group's hosts.
        shared: The variables that hold for no host in particular: C(therefore_segments), and the settings of the roles
            of machines that Ansible does not manage.
    """
    trusted = addresses("therefore_trusted_subnets", shared.get("therefore_trusted_subnets", []), "name them")
    segments = segments_of(shared.get("therefore_segments"), trusted)
    rules = _RulesOnce()
    roles_of: dict[str, list[str]] = {}
    for role in (*SETTINGS, PROBES):
        for name in groups.get(role, ()):
            roles_of.setdefault(str(name), []).extend([] if role == PROBES else [role])
    parties = [_host(name, roles, hostvars[name], segments, rules) for name, roles in sorted(roles_of.items())]
    for segment, roles in segments.roles.items():
        for role in roles:
            parties.append(_population(segment, role, shared, segments, rules))
    return Inventory(parties, segments, outside_of(segments.roles, hostvars, groups, shared, rules))


class _RulesOnce:
    """The rules of a role for the variables of a host; those of a thousand alike hosts are worked out once."""

    def __init__(self) -> None:
        self._rows = catalogue.find([])
        # what is wanted, or why the settings are refused
        self._known: dict[str, dict[str, Any] | InputError] = {}

    def __call__(self, role: str, variables: Variables, **instead: Any) -> dict[str, Any]:
        settings = settings_among(role, variables) | instead
        key = json.dumps([role, settings], sort_keys=True, default=repr)
        if key not in self._known:
            self._known[key] = self._wanted(role, settings)
        found = self._known[key]
        if isinstance(found, InputError):
            raise as_written(found, role, variables)
        return found

    def _wanted(self, role: str, settings: dict[str, Any]) -> dict[str, Any] | InputError:
        try:
            wanted, checked = wanted_of(self._rows, role, settings)
        except InputError as error:
            return error
        return {
            **wanted,
            "hints": hints(checked, wanted["rules"]) if checked.state == "present" else [],
            "devices": checked.mfp_addresses,
            "admins": checked.admin_addresses,
            "controllers": checked.domain_controllers,
        }


def _host(name: str, roles: list[str], variables: Variables, segments: Segments, rules: _RulesOnce) -> Party:
    problems: list[str] = []

    def tried(step: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return step(*arguments)
        except InputError as error:
            problems.extend(message for message in error.messages if message not in problems)
            return None

    tried(check_names, variables)
    tried(check_connection, variables)
    tried(check_server_name, variables.get("therefore_server_name"))
    own, segment = tried(_place, name, variables, segments) or (AddressSet(), None)
    for role in roles:
        tried(check_operation, role, variables)
    wanted = {role: tried(rules, role, variables) for role in roles}
    return Party(name, HOST, tuple(roles), own, segment, {} if problems else wanted, tuple(problems))


def _place(name: str, variables: Variables, segments: Segments) -> tuple[AddressSet, str | None]:
    """The addresses of a host and its segment. Where only the segment is known, the host may be anywhere in it."""
    # what Ansible uses to reach a host may be anything that its connection understands
    asked = variables.get("therefore_addresses")
    given = reached_by(asked) if asked else [str(variables.get("ansible_host", name))]
    own = AddressSet.of(filter(_is_address, given))
    segment = variables.get("therefore_segment")
    if segment is not None and segment not in segments.networks:
        raise refuse(
            "therefore_segment", segment, f"is no segment of the inventory; {nearest(segment, segments.networks)}"
        )
    if not own and segment is not None:
        own = segments.own(segment)
    return own, segment or segments.of(own)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def _population(segment: str, role: str, shared: Variables, segments: Segments, rules: _RulesOnce) -> Party:
    """Machines outside Ansible. Their settings are those that hold for no host in particular, and must be right.

    They refuse no other outbound traffic, whatever the settings ask: nothing that is handed over makes them do so.
    """
    title = f"{catalogue.role_title(role)} machines of {segment}"
    wanted = rules(role, shared)
    if wanted["egress"] != "allow":
        wanted = rules(role, shared, egress="allow")
    return Party(title, POPULATION, (role,), segments.own(segment), segment, {role: wanted})
