# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose rule it is that refused a packet, by the table and chain that nftables names, and what to do about it.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

OURS = "thf-"
# chains that firewalld makes: of a policy (filter_IN_policy_NAME) or a zone (filter_IN_NAME), and a part of it
CHAIN = re.compile(
    r"\w+?_(?:IN|OUT|FWD|FWDI|FWDO|FWD_IN|FWD_OUT|PRE|POST)_(policy_)?(.+?)(?:_(?:pre|log|deny|allow|post))?"
)


class Decider(NamedTuple):
    """The object that decided, and what to do so that it lets the connection in."""

    title: str
    remedy: str
    ours: bool = False


def decider(decision: Mapping[str, Any], host: str, what: str) -> Decider:
    """Who decided on a host.

    Args:
        decision: As port_probe gives it.
        host: The host that decided.
        what: The port, such as C(8000/tcp).
    """
    if decision["outcome"] == "forwarded":
        return Decider(
            f"an address translation of {host} (such as a published port of a container) that sends it elsewhere",
            f"on {host}: nft list ruleset | grep -E 'dnat|redirect|DNAT'",
        )
    if decision["outcome"] == "lost":
        return Decider(
            f"no rule of nftables of {host}: its reverse path filter, a rule of the older iptables, or an address that "
            "it has not",
            f"on {host}: sysctl net.ipv4.conf.all.rp_filter; iptables-legacy -S; ip address; ip route",
        )
    family, table, chain, rule = (str(decision[key]) for key in ("family", "table", "chain", "rule"))
    if table != "firewalld":
        return _table(family, table, chain, rule, host)
    return _firewalld([chain, *reversed(decision["chains"])], rule, host, what)


def _firewalld(chains: Sequence[str], rule: str, host: str, what: str) -> Decider:
    """The object of the chain that refused; where that is one of firewalld's own, the zone whose turn it was."""
    chain = chains[0]
    found = CHAIN.fullmatch(chain)
    if not found:
        zones = (one for one in map(CHAIN.fullmatch, chains) if one and not one[1])
        found = next(zones, None)
    if not found:
        return Decider(f"firewalld of {host} ({rule} in {chain})", f"on {host}: firewall-cmd --list-all-zones")
    if not found[1]:
        return Decider(
            f"the zone {found[2]} of {host} ({rule}): no rule of ours there lets it in before",
            f"on {host}: firewall-cmd --info-zone={found[2]}",
        )
    name = found[2]
    if name.startswith(OURS):
        return Decider(f"our policy {name} of {host} ({rule})", f"on {host}: firewall-cmd --info-policy={name}", True)
    return Decider(
        f"the policy {name} of {host} ({rule})",
        f"narrow it so that it leaves {what} alone, or have it come after ours, on {host}: firewall-cmd --permanent "
        f"--policy={name} --set-priority=-99 && firewall-cmd --reload",
    )


def _table(family: str, table: str, chain: str, rule: str, host: str) -> Decider:
    return Decider(
        f"the table {family} {table} of {host}, chain {chain} ({rule}), which is not ours",
        f"allow it there, on {host}: nft list table {family} {table}",
    )
