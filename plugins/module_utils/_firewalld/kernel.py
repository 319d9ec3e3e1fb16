# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's rules of firewalld, kept while it reloads, and loaded again where it has lost them.

A firewalld whose reload fails leaves the kernel without rules. A copy of its tables under another name holds until it
is known how the reload ended: packets that the former rules refuse never pass. The copy belongs to this process, so it
goes with it, however that ends. Of the rules of firewalld's iptables backend there can be no copy: they are put back
when it has failed.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import Any, Dict, Iterator, List, Optional, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import libnftables, xtables

TABLE = "firewalld"
NFTABLES, IPTABLES = "nftables", "iptables"
# where firewalld, while it reloads, refuses all that is new
CLOSED = "firewalld_policy_drop"
COPY = "thf_former"
FAMILIES = ("inet", "ip", "ip6")
HEAD = re.compile(r"^table (?P<family>\w+) \S+ \{[^\n]*\n(?:\tflags (?P<flags>[^\n]*)\n)?")

# the text of each of firewalld's tables, by family; with its iptables backend, by command
Tables = Dict[str, str]
# family, name and flags of each table of nf_tables, as it lists them; none where that is not known
Listed = Optional[List[Dict[str, Any]]]


class Kernel:
    """The kernel's nf_tables; the copy of the rules ends with this process."""

    def __init__(self) -> None:
        self.former: Tables = {}
        self._holders = 0
        self._kept = False

    def _run(self, commands: str) -> Any:
        nft = libnftables.session()
        return nft.cmd(commands) if nft else (1, "", "")

    def tables(self) -> Tables:
        """firewalld's tables as they are now; none where nothing can be read."""
        found = {}
        for family in FAMILIES:
            code, text, _errors = self._run(f"list table {family} {TABLE}")
            if not code:
                found[family] = text
        return found or xtables.of_firewalld()

    @contextmanager
    def holding(self) -> Iterator[None]:
        """While firewalld may lose its rules, a copy of those C(former) ones decides as well, where the kernel can."""
        self._holders += 1
        if self._holders == 1:
            self.former = self.tables()
            self._copy(self.former, "\n\tflags owner\n")
        try:
            yield
        finally:
            self._holders -= 1
            if not self._holders and not self._kept:
                self.let_go()

    def keep(self) -> bool:
        """Have the copy decide for good. False where the kernel does not."""
        self._kept = self._copy(self.former, "\n")
        return self._kept

    def let_go(self) -> None:
        """Have the copy decide no more: firewalld has its rules again."""
        self._kept = False
        self._run("".join(self._without(COPY)))

    def _copy(self, tables: Tables, head: str) -> bool:
        text = "".join(self._without(COPY))
        for family, content in nft_tables(tables):
            found = HEAD.match(content)
            text += f"table {family} {COPY} {{{head}{content[found.end() :] if found else content}"
        return bool(nft_tables(tables)) and self._run(text)[0] == 0

    def load(self, tables: Tables) -> bool:
        """Make firewalld's tables these, at one stroke. False where that cannot be done, and nothing was changed.

        A firewalld that runs owns its tables where the kernel knows owners: it must have ended then.
        """
        if tables and not nft_tables(tables):
            return xtables.put_in_force(tables)
        text = "".join(self._without(CLOSED) + self._without(COPY))
        for family, content in tables.items():
            flags = flags_of(content)
            # made first, so that there is one to delete; with the former flags, else it could not be taken over
            made = f"add table {family} {TABLE} {{ flags {flags}; }}" if flags else f"add table {family} {TABLE}"
            text += f"{made}\ndelete table {family} {TABLE}\n{content}\n"
        loaded = bool(tables) and self._run(text)[0] == 0
        if loaded and all("persist" in flags_of(content) for content in tables.values() if flags_of(content)):
            # what has an owner belongs to this session, and a firewalld that starts could not take it over
            libnftables.leave()
        return loaded

    def _without(self, name: str) -> List[str]:
        there = [family for family in FAMILIES if self._run(f"list table {family} {name}")[0] == 0]
        return [f"delete table {family} {name}\n" for family in there]


def backend(tables: Listed) -> str:
    """The backend of firewalld whose rules are there, nothing where none are; nftables where that is not known."""
    if tables is None or any(one["family"] in FAMILIES and one["name"] == TABLE for one in tables):
        return NFTABLES
    return IPTABLES if xtables.of_firewalld() else ""


def nft_tables(tables: Tables) -> List[Tuple[str, str]]:
    """Those of nftables, of which alone there can be a copy."""
    return [(family, text) for family, text in tables.items() if family in FAMILIES]


def flags_of(table: str) -> str:
    """The flags of a table, given its text."""
    found = HEAD.match(table)
    return (found.group("flags") or "") if found else ""


def is_owned(tables: Tables) -> bool:
    """Whether these tables belonged to a process, which alone may change them while it runs."""
    return any("owner" in flags_of(text) for text in tables.values())
