# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Windows Firewall refuses of a rule: refused here first, before anything changes on the host.

Sources: MS-FASP 2.2.37 (semantic checks of a rule), 2.2.5 to 2.2.13 (lists), 2.2.6 and 2.2.10 (IPv6), and the status
codes FW_RULE_STATUS_SEMANTIC_ERROR_ADDR_V4 and _V6. They do not name multicast, broadcast and a leading "@" for every
case; there we are strict. tests/windows/test_limits.py shows each to the stand-in as well.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Callable, Iterable

from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError, refuse

LONGEST_TEXT = 9999
MOST_ENTRIES = 1000

TEXTS: tuple[tuple[Callable[[str], bool], str], ...] = (
    (lambda text: "|" in text, "has a |, which separates the fields of a rule; write another character"),
    (lambda text: text.startswith("@"), "begins with @, by which Windows looks for a text in a library; leave it out"),
    (lambda text: len(text) > LONGEST_TEXT, f"is longer than {LONGEST_TEXT} characters; shorten it"),
)
NAMES: tuple[tuple[Callable[[str], bool], str], ...] = (
    *TEXTS,
    (lambda text: text.casefold() == "all", "is the word for all rules; choose another name"),
    (lambda text: not text.strip(), "is empty; give the rule a name"),
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
ADDRESSES: tuple[tuple[Callable[[Address], bool], str], ...] = (
    (lambda one: one.is_loopback, "is this host itself, which no rule needs; leave it out"),
    (lambda one: one.is_unspecified, "is no address of anybody; leave it out"),
    (lambda one: one.is_multicast, "is for groups of hosts (multicast), and no host answers from it; leave it out"),
    (lambda one: int(one) == 2**32 - 1, "is for all hosts of a network (broadcast); name the network instead"),
)


def check_texts(where: str, name: str, description: str, group: str, group_variable: str) -> None:
    """Raises InputError for a text that Windows refuses."""
    _check(group_variable, group, TEXTS)
    _check(f"{where}: name", name, NAMES)
    _check(f"{where}: description", description, TEXTS)


def _check(what: str, text: str, table: Iterable[tuple[Callable[[str], bool], str]]) -> None:
    for applies, problem in table:
        if applies(text):
            raise refuse(what, text if len(text) < 100 else f"{text[:100]}...", f"{problem}, Windows refuses it")


def check_addresses(where: str, forms: Iterable[str]) -> None:
    """Raises InputError for addresses, networks and ranges that Windows refuses, and for too many of them."""
    kinds: Counter[tuple[int, bool]] = Counter()
    for form in forms:
        ends = [ipaddress.ip_address(end.partition("/")[0]) for end in form.split("-")]
        kinds[ends[0].version, "/" in form] += 1
        for end in ends:
            for applies, problem in ADDRESSES:
                if applies(end):
                    raise refuse(f"{where}: peers", form, f"{problem}, Windows refuses it")
    if kinds and max(kinds.values()) > MOST_ENTRIES:
        raise InputError(
            f"{where}: peers has {max(kinds.values())} entries of one kind, Windows takes {MOST_ENTRIES}; join them to "
            "networks, or make several rules"
        )


def check_ports(where: str, ports: str) -> None:
    """Raises InputError for more ports than a rule of Windows holds."""
    count = ports.count(",") + 1
    if count > MOST_ENTRIES:
        raise InputError(
            f"{where}: ports has {count} entries, Windows takes {MOST_ENTRIES}; join them to ranges, or make several "
            "rules"
        )
