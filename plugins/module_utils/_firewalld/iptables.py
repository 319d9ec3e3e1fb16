# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others have in the tables of iptables, ip6tables and ebtables, kept through a reload of firewalld.

firewalld before 2.0 empties these tables when it reloads, whatever it uses itself; newer ones do where they have direct
rules. With its nftables backend nothing of firewalld's is in them but direct rules, so the tables are put back whole.
With its iptables backend theirs lie among firewalld's own, and where exactly is not known: that is refused. So is the
first start of such a firewalld, which empties the tables as well.
"""

from __future__ import annotations

import importlib
from typing import List

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import xtables
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.refusals import Finding, refusal
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.session import FirewalldError


class Tables:
    """The tables as they were when this was made. C(refusals) is what forbids a reload, C(notices) what it does."""

    def __init__(self, firewalld: Firewalld) -> None:
        self.refusals: List[Finding] = []
        self.notices: List[Finding] = []
        self._saved: List[xtables.Saved] = []
        if not _emptied(firewalld):
            return
        backend = firewalld.config_property("FirewallBackend")
        for command in xtables.COMMANDS:
            saved = xtables.save(command)
            if saved is None or not saved.rules():
                continue
            if backend == "iptables":
                self._refuse_foreign(saved)
            else:
                self._keep(saved, firewalld.version)

    def put_back(self) -> None:
        """Make the tables again what they were, each command's in one transaction. Raises FirewalldError."""
        for saved in self._saved:
            now = xtables.save(saved.command)
            if now is not None and now.plain() != saved.plain():
                error = xtables.restore(saved)
                if error:
                    raise FirewalldError(
                        f"the rules of others in {saved.command} could not be put back after the reload ({error}); "
                        "restart what makes them, such as fail2ban or docker"
                    )

    def _refuse_foreign(self, saved: xtables.Saved) -> None:
        found = saved.of_others()
        if found:
            message = (
                f"a reload of firewalld, which these changes need, would flush {_some(found)} of others in "
                f"{saved.command} ({found[0]}), and among the rules of firewalld's iptables backend they cannot be put "
                "back exactly; end what makes them for the time of this run (fail2ban, docker), make them direct rules "
                "of firewalld, or give firewalld its nftables backend (FirewallBackend in firewalld.conf)"
            )
            self.refusals.append(refusal(saved.command, message))

    def _keep(self, saved: xtables.Saved, version: str) -> None:
        error = "a table that only nft can save" if "incompatible" in saved.text else xtables.restore(saved, "--test")
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


def before_start() -> List[Finding]:
    """What forbids to start a firewalld that does not run: rules of others that it would flush."""
    if _version() >= 2:
        return []
    found = []
    for saved in filter(None, map(xtables.save, xtables.COMMANDS)):
        rules = saved.rules()
        if rules:
            message = (
                f"to start firewalld before 2.0 would flush {_some(rules)} of others in {saved.command} ({rules[0]}); "
                "allow your management port (firewall-offline-cmd --add-service=ssh) and start it yourself (systemctl "
                "start firewalld), then start anew what makes those rules (fail2ban, docker), and run again"
            )
            found.append(refusal(saved.command, message))
    return found


def _version() -> int:
    """The first number of the version of a firewalld that does not run; 0 where none is installed."""
    try:
        return int(importlib.import_module("firewall.config").VERSION.partition(".")[0])
    except (ImportError, ValueError):
        return 0


def _emptied(firewalld: Firewalld) -> bool:
    """Whether a reload empties the tables."""
    return (
        not firewalld.version_at_least(2)
        or firewalld.config_property("FirewallBackend") == "iptables"
        or any(firewalld.direct(what) for what in ("Chains", "Rules", "Passthroughs"))
    )


def _some(rules: List[str]) -> str:
    return f"{len(rules)} rules" if len(rules) > 1 else "1 rule"
