# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others have in the tables of iptables, ip6tables and ebtables, kept through a reload of firewalld.

firewalld before 2.0 empties these tables when it reloads, whatever it uses itself; newer ones do where they have direct
rules. With its nftables backend nothing of firewalld's is in them but direct rules, so the tables are put back whole.
With its iptables backend theirs lie among firewalld's own, and where exactly is not known: that is refused.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from typing import List, NamedTuple, Optional, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import commands
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld, FirewalldError
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.refusals import Finding, refusal

COMMANDS = ("iptables", "ip6tables", "ebtables")
PATH = "/usr/sbin:/sbin:/usr/bin:/bin"
COUNTERS = re.compile(r"^\[\d+:\d+\] |\[\d+:\d+\]| -c \d+ \d+$", re.MULTILINE)
RULE = re.compile(r"^-A (?P<chain>\S+) ?(?P<rest>.*)$", re.MULTILINE)
# firewalld's own chains, and what it puts into the kernel's chains
OWN_CHAIN = re.compile(r"(IN|FWD|FWDI|FWDO|OUT|PRE|POST)_|(INPUT|FORWARD|OUTPUT|PREROUTING|POSTROUTING)_[A-Za-z]")
OWN_RULE = re.compile(
    r"(-[io] lo -j ACCEPT|-m conntrack --ctstate \S+ -j (ACCEPT|DROP|LOG).*|-j (REJECT|LOG)( .*)?"
    r"|-m rpfilter .*|-p ipv6-icmp .*-j ACCEPT|-d \S+ -j REJECT .*|.*-m pkttype .*-j LOG.*"
    r"|(.* )?-[jg] ((IN|FWD|FWDI|FWDO|OUT|PRE|POST)_|(INPUT|FORWARD|OUTPUT|PREROUTING|POSTROUTING)_)\S+)"
)


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


class Tables:
    """The tables as they were when this was made. C(refusals) is what forbids a reload, C(notices) what it does."""

    def __init__(self, firewalld: Firewalld) -> None:
        self.refusals: List[Finding] = []
        self.notices: List[Finding] = []
        self._saved: List[Saved] = []
        if not _emptied(firewalld):
            return
        backend = firewalld.config_property("FirewallBackend")
        for command in COMMANDS:
            saved = _save(command)
            if saved is None or not saved.rules():
                continue
            if backend == "iptables":
                self._refuse_foreign(saved)
            else:
                self._keep(saved, firewalld.version)

    def put_back(self) -> None:
        """Make the tables again what they were, each command's in one transaction. Raises FirewalldError."""
        for saved in self._saved:
            now = _save(saved.command)
            if now is not None and now.plain() != saved.plain():
                error = _restore(saved)
                if error:
                    raise FirewalldError(
                        f"the rules of others in {saved.command} could not be put back after the reload ({error}); "
                        "restart what makes them, such as fail2ban or docker"
                    )

    def _refuse_foreign(self, saved: Saved) -> None:
        found = saved.of_others()
        if found:
            message = (
                f"a reload of firewalld, which these changes need, would flush {_some(found)} of others in "
                f"{saved.command} ({found[0]}), and among the rules of firewalld's iptables backend they cannot be put "
                "back exactly; end what makes them for the time of this run (fail2ban, docker), make them direct rules "
                "of firewalld, or give firewalld its nftables backend (FirewallBackend in firewalld.conf)"
            )
            self.refusals.append(refusal(saved.command, message))

    def _keep(self, saved: Saved, version: str) -> None:
        error = "a table that only nft can save" if "incompatible" in saved.text else _restore(saved, "--test")
        if error:
            message = (
                f"a reload of firewalld, which these changes need, would flush {_some(saved.rules())} in "
                f"{saved.command}, and {saved.command}-restore would not put them back ({error}); end what makes them "
                "for the time of this run, or reload firewalld yourself (firewall-cmd --reload), then run again"
            )
            self.refusals.append(refusal(saved.command, message))
            return
        self._saved.append(saved)
        message = (
            f"The reload that these changes need flushes {_some(saved.rules())}, as firewalld {version} does. They "
            "are put back as they were, within about a second."
        )
        self.notices.append({"kind": "flushed", "object": saved.command, "message": message})


def _emptied(firewalld: Firewalld) -> bool:
    """Whether a reload empties the tables."""
    return (
        not firewalld.version_at_least(2)
        or firewalld.config_property("FirewallBackend") == "iptables"
        or any(firewalld.direct(what) for what in ("Chains", "Rules", "Passthroughs"))
    )


def _some(rules: List[str]) -> str:
    return f"{len(rules)} rules" if len(rules) > 1 else "1 rule"


def _save(command: str) -> Optional[Saved]:
    code, text, _errors = _run(f"{command}-save", ["-c"], "")
    return None if code else Saved(command, text)


def _restore(saved: Saved, *options: str) -> str:
    """Why it failed; nothing where it did not."""
    if saved.command == "ebtables":
        if options:
            return ""  # it knows no test
        arguments: List[str] = []
    else:
        arguments = ["--counters", "--wait", "10", *options]
    code, _text, errors = _run(f"{saved.command}-restore", arguments, saved.text)
    return " ".join(errors.split()) or "it failed" if code else ""


def _run(command: str, arguments: List[str], text: str) -> Tuple[int, str, str]:
    path = shutil.which(command, path=PATH)
    try:
        return commands.run([path, *arguments], text) if path else (1, "", f"{command} is not installed")
    except (OSError, asyncio.TimeoutError) as error:
        return 1, "", f"{command}: {error or 'no answer'}"
