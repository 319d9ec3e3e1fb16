# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for Windows clients that Ansible does not manage: what the Windows role would set, host names left as names.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from ansible_collections.therefore.firewall.plugins.module_utils._addresses import canonical, is_host_name
from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.segments import OUTSIDE_ROLES
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.rules import Rule
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import nearest, refuse
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.rules import Options, render
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.values import ANY

# what may go into the names of rules; group_policy.ps1 says the same
INSTALLATION = re.compile(r"[A-Za-z0-9-]{1,40}", re.ASCII)
# stands for the addresses of a name, which nobody knows here; never handed over
UNKNOWN = ("192.0.2.1",)


class ClientRule(NamedTuple):
    """A rule and its options on Windows, but for C(remoteip): C(addresses) and C(names) say who is at the far end."""

    rule: Rule
    options: Options
    addresses: list[str]
    names: list[str]

    @property
    def name(self) -> str:
        """The name that stays when the display name changes, in the pattern of Windows' own."""
        return f"{self.options['group'].replace(' ', '-')}-{self.rule['id']}"


def title_of(role: str, installation: str = "") -> str:
    """The role's title, with the part that is an installation's own. Raises InputError."""
    if installation and not INSTALLATION.fullmatch(installation):
        problem = "is no word of at most 40 letters, digits and hyphens; write such a one, such as Munich"
        raise refuse("therefore_report_installation", installation, problem)
    return " ".join([catalogue.role_title(role), installation]).rstrip()


def client_rules(role: str, rules: Iterable[Rule]) -> list[ClientRule]:
    """The rules of a client role. Raises InputError."""
    if role not in OUTSIDE_ROLES:
        raise refuse("role", role, f"is not for clients outside Ansible; {nearest(role, OUTSIDE_ROLES)}")
    given = list(rules)
    names = {name for rule in given for name in _split(rule)[1]}
    rendered = render(given, catalogue.role_title(role), dict.fromkeys(names, UNKNOWN))
    return [
        ClientRule(rule, windows_rule.options, *_split(rule))
        for rule, windows_rule in zip(given, rendered, strict=True)
    ]


def _split(rule: Rule) -> tuple[list[str], list[str]]:
    """The far end as addresses and as names; C(any) is an address here."""
    names = sorted({peer for peer in rule["peers"] if peer != ANY and is_host_name(peer)})
    addresses = [peer if peer == ANY else canonical(peer) for peer in rule["peers"] if peer not in names]
    return sorted(set(addresses)), names


def origin(role: str, created: str) -> str:
    """One line that says where the rules come from."""
    article = catalogue.article()
    return (
        f"Made by the Ansible collection therefore.firewall on {created} for the role {role}, from the article "
        f'"{article["title"]}" (modified {article["modified"]}), seen at {article["url"]}.'
    )
