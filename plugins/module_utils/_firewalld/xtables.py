# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of iptables, ip6tables and ebtables, and the kernel's ipsets, as text: saved, and put back."""

from __future__ import annotations

import re
import shutil
from typing import Dict, List, NamedTuple, Optional, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import commands

COMMANDS = ("iptables", "ip6tables", "ebtables")
TABLES = ("filter", "nat", "mangle", "raw", "security", "broute")
IPSET = "ipset"
PATH = "/usr/sbin:/sbin:/usr/bin:/bin"
COUNTERS = re.compile(r"^\[\d+:\d+\] |\[\d+:\d+\]| -c \d+ \d+$", re.MULTILINE)
RULE = re.compile(r"^-A (?P<chain>\S+) ?(?P<rest>.*)$", re.MULTILINE)
# firewalld's own chains, and what it puts into the kernel's chains
OWN_CHAIN = re.compile(
    r"(IN|FWD|FWDI|FWDO|OUT|PRE|POST)_|(INPUT|FORWARD|OUTPUT|PREROUTING|POSTROUTING|BROUTING)_[A-Za-z]|RFC3964_IPv4$"
)
OWN_RULE = re.compile(
    r"(-[io] lo -j ACCEPT|-m conntrack --ctstate \S+ -j (ACCEPT|DROP|LOG).*|-j (REJECT|LOG)( .*)?"
    r"|-m rpfilter .*|-p ipv6-icmp .*-j ACCEPT|-d \S+ -j REJECT .*|.*-m pkttype .*-j LOG.*"
    r"|(.* )?-[jg] ((IN|FWD|FWDI|FWDO|OUT|PRE|POST)_|(INPUT|FORWARD|OUTPUT|PREROUTING|POSTROUTING|BROUTING)_)\S+"
    r"|-j RFC3964_IPv4)"
)


# a chain that it makes for each backend of its own
MADE_BY_FIREWALLD = ":INPUT_direct "


class Saved(NamedTuple):
    """The tables of one command, as its C(-save) writes them."""

    command: str
    text: str

    def plain(self) -> str:
        """The rules and policies, without comments and counters."""
        lines = COUNTERS.sub("", self.text).splitlines()
        return "\n".join(line.strip() for line in lines if not line.startswith("#"))

    def rules(self) -> List[str]:
        """The rules, without their counters."""
        return [found.group() for found in RULE.finditer(self.plain())]

    def of_others(self) -> List[str]:
        """The rules that are none of firewalld's iptables backend."""
        return [
            found.group()
            for found in RULE.finditer(self.plain())
            if not OWN_CHAIN.match(found.group("chain")) and not OWN_RULE.fullmatch(found.group("rest"))
        ]


def save(command: str) -> Optional[Saved]:
    """The tables of a command; none where it has none, or is not there."""
    code, text, _errors = run(f"{command}-save", ["-c"])
    return None if code else Saved(command, text)


def restore(saved: Saved, *options: str) -> str:
    """Make the tables of a command these, in one transaction: why it failed, nothing where it did not."""
    if saved.command == "ebtables":
        if options:
            return ""  # it knows no test
        arguments: List[str] = []
    else:
        arguments = ["--counters", "--wait", "10", *options]
    code, _text, errors = run(f"{saved.command}-restore", arguments, saved.text)
    return " ".join(errors.split()) or "it failed" if code else ""


def run(command: str, arguments: List[str], text: str = "") -> Tuple[int, str, str]:
    """Exit code, output and errors of one of these commands."""
    path = shutil.which(command, path=PATH)
    try:
        return commands.run([path, *arguments], text) if path else (1, "", f"{command} is not installed")
    except OSError as error:
        return 1, "", f"{command}: {error}"


def has_ipset() -> bool:
    """Whether the program is there that makes the kernel's ipsets."""
    return shutil.which(IPSET, path=PATH) is not None


# all that firewalld's iptables backend has in the kernel


def of_firewalld() -> Dict[str, str]:
    """What its backend has in the kernel, text by command; nothing where it uses another."""
    saved = [one for one in map(save, COMMANDS) if one and MADE_BY_FIREWALLD in one.text]
    found = {one.command: one.text for one in saved}
    if found:
        found[IPSET] = run(IPSET, ["save"])[1]
    return found


def put_in_force(texts: Dict[str, str]) -> bool:
    """Have the kernel what of_firewalld() gave. False where that cannot be done."""
    # the rules name them
    run(IPSET, ["restore", "-exist"], _emptied_first(texts.get(IPSET, "")))
    errors = [restore(Saved(command, texts[command])) for command in COMMANDS if command in texts]
    return not any(errors)


def _emptied_first(sets: str) -> str:
    """Text that makes the sets what they were, whether or not they are there and whatever they hold now."""
    lines = sets.splitlines()
    makes = [line for line in lines if line.startswith("create ")]
    empties = [f"flush {line.split()[1]}" for line in makes]
    return "\n".join([*makes, *empties, *(line for line in lines if line.startswith("add ")), ""])
