# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to think of when a host has these rules: said once, before anything changes. Pure: no Ansible, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.selection import left_out
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import Settings, check_settings

MFP_PORT = (
    "MFP web service: the article says 8372, the help of the 2025 release names 80 as its default. Look which port "
    "yours has, and write it down: therefore_port_overrides: {mfp_web_service: [8372]}, or [80]."
)


def advice(role: str, settings: Mapping[str, Any], rules: Iterable[Mapping[str, Any]]) -> list[str]:
    """What to think of, and what the settings leave out. Hosts with the same settings are told the same."""
    checked = check_settings(role, settings)
    if checked.state == "absent":
        return []
    return [*hints(checked, rules), *_left_out_texts(checked)]


def hints(settings: Settings, rules: Iterable[Mapping[str, Any]]) -> list[str]:
    """What to think of when a host has these rules."""
    return [*_hints(settings, {row for rule in rules for row in rule["rows"]})]


def _hints(settings: Settings, named: set[str]) -> Iterator[str]:
    role = settings.role
    if "dcom" in named and "rpc_dynamic" not in named:
        yield (
            f"{role}: a DCOM connection through firewalls at both ends fails after the endpoint mapper (135) without "
            f"the dynamic RPC ports; add rpc_dynamic to {role}_supplements."
        )
    decided = "mfp_http" in named or "mfp_web_service" in settings.port_overrides
    if "mfp_web_service" in named and not decided:
        yield MFP_PORT


def _left_out_texts(settings: Settings) -> Iterator[str]:
    """A sentence for each row that a setting leaves out."""
    for one in left_out(settings):
        row = catalogue.row(one["row"])
        yield (
            f"{settings.role}: {one['row']} ({row['service'].replace('–', '-')}, {row['port_text']}) is left out by "
            f"{one['by']}."
        )
