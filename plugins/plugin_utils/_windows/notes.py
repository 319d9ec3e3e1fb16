# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is good to know of a host and is nobody's fault: listed beside the findings, no difference and no failure.

An ordinary host has many rules that open something more widely than ours. Told are those that name a port of ours, or
Therefore's own programs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import PROFILES, SETTINGS
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.blocks import concerns
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.in_force import Finding
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.naming import same, shown
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.rules import WindowsRule, is_keep_rule
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.values import (
    ANY,
    addresses,
    covers,
    listed,
    ports,
    protocol,
    readable,
    tokens,
)

# a rule for more ports than that is for no port of ours in particular
FEW_PORTS = 100
THEREFORE = "therefore"
# a note names so many rules, and of each so many peers
NAMED = 3
# no address, and no word that a rule has
NOBODY = "nobody"


def notes(
    wanted: list[WindowsRule], others: list[Mapping[str, Any]], found: Mapping[str, Any], blocked: Iterable[str]
) -> list[Finding]:
    """All notes on these rules.

    Args:
        wanted: The rules that the host must have.
        others: Rules of others that stay, local ones and those of policies.
        found: What win_firewall_rule_info returned.
        blocked: The profiles on which other outbound traffic is refused by our doing.
    """
    return [
        *_other_networks(wanted, found),
        *_outbound_blocked(wanted, [*others, *(rule.options for rule in wanted)], found["profiles"], {*blocked}),
        *_wider(wanted, others, {name for name in PROFILES if found["profiles"][name].get("active")}),
    ]


def _other_networks(wanted: Iterable[WindowsRule], found: Mapping[str, Any]) -> Iterator[Finding]:
    """A host with several networks has a profile for each: what comes in by another one meets no rule of ours."""
    used = {profile for rule in wanted if rule.options["action"] == "allow" for profile in rule.options["profiles"]}
    active = [name for name in PROFILES if found["profiles"][name].get("active")]
    idle = [name for name in active if name not in used]
    if not idle or idle == active:
        return
    networks = [one for one in found.get("networks") or [] if one.get("profile") in idle]
    named = [f"{one['name']!r} is {str(one['profile']).capitalize()}" for one in networks]
    what = listed(named) if named else f"{listed([name.capitalize() for name in idle])} is active as well"
    message = (
        f"Of this host's networks, {what}: no allow rule of this set is for that profile, so that nobody gets to "
        "Therefore by it. That is right for a network without users of Therefore; else set the network's category."
    )
    yield {"kind": "other_network", "object": ", ".join(idle), "message": message}


def _outbound_blocked(
    wanted: list[WindowsRule], rules: Iterable[Mapping[str, Any]], profiles: Mapping[str, Mapping[str, Any]],
    blocked: set[str],
) -> Iterator[Finding]:  # fmt: skip
    """Somebody else refuses outbound traffic by default: what no rule allows stays at home, DNS for one."""
    used = {profile for rule in wanted for profile in rule.options["profiles"]}
    # a set of ours that refuses it keeps open what the host needs
    if any(map(is_keep_rule, rules)):
        return
    names = [
        name
        for name in PROFILES
        if name in used - blocked and profiles[name]["enabled"] and profiles[name]["outbound"] == "block"
    ]
    if names:
        where = listed([name.capitalize() for name in names])
        message = (
            f"Outbound traffic is refused by default on the {where} profile, not by this set, which leaves that as it "
            "is: besides its rules, the host needs others' for all that it asks of DNS, its domain and so on."
        )
        yield {"kind": "outbound_blocked", "object": ", ".join(names), "message": message}


def _wider(wanted: Iterable[WindowsRule], others: Iterable[Mapping[str, Any]], active: set[str]) -> Iterator[Finding]:
    """Ports of ours that rules of others open to more than ours do. Ports with the same such rules are one note."""
    inbound = [rule for rule in wanted if rule.options["direction"] == "in"]
    candidates = [other for other in others if _opens(other)]
    groups: dict[tuple[str, ...], list[str]] = {}
    for rule in (one for one in inbound if one.options["action"] == "allow"):
        for port in _numbers(rule):
            found = [_told(other, more) for other in candidates if (more := _more(other, rule, port, inbound, active))]
            label = f"{port}/{rule.options['protocol']}"
            if found and label not in groups.setdefault(tuple(found), []):
                groups[tuple(found)].append(label)
    for told, opened in groups.items():
        whose = "Rules of others let" if len(told) > 1 else "A rule of others lets"
        message = (
            f"{whose} more in than this set asks: {_first(told)}. No rule of others is changed: narrow or disable it "
            "where nobody needs that."
        )
        yield {"kind": "wider_rule", "object": ", ".join(opened), "message": message}


def _numbers(rule: WindowsRule) -> list[str]:
    """Where the ports of a rule begin: the reader looks for rules of others by these (duplicates.first_ports)."""
    firsts = [part.partition("-")[0] for part in tokens(rule.options["localport"])]
    return [first for first in firsts if first.isdecimal()]


def _opens(other: Mapping[str, Any]) -> bool:
    """Whether a rule of no role of ours lets in what only ports, addresses, profiles, program and service narrow."""
    return (
        bool(other["enabled"])
        and (other["direction"], str(other["action"]).lower()) == ("in", "allow")
        and not other.get("conditions")
        and not other.get("not_understood")
        and str(other.get("security") or "notrequired") == "notrequired"
        and all(str(other.get(name) or ANY).lower() == ANY for name in ("localip", "remoteport"))
        and {str(one).lower() for one in other.get("interfacetypes") or [ANY]} == {ANY}
        and _names_little(other)
        and not any(same(other["group"], catalogue.role_title(role)) for role in SETTINGS)
    )


def _names_little(other: Mapping[str, Any]) -> bool:
    """Whether it is for few ports, or for a program of Therefore's: then it is for ours in particular."""
    spans = ports(other["localport"]).spans
    few = bool(spans) and sum(last - first + 1 for _space, first, last in spans) <= FEW_PORTS
    return few or THEREFORE in str(other.get("program") or ANY).lower()


def _more(
    other: Mapping[str, Any], rule: WindowsRule, port: str, inbound: Iterable[WindowsRule], active: set[str]
) -> list[str]:
    """The profiles on which a rule lets more in on this port than the set asks. Those that lie idle do not count."""
    used = protocol(other["protocol"])
    if used not in (ANY, rule.options["protocol"]) or not covers(ports(other["localport"]), ports(port)):
        return []
    if not concerns(other, rule):
        return []
    alike = [one for one in inbound if one.options["protocol"] == rule.options["protocol"] and port in _numbers(one)]
    return [
        name
        for name in PROFILES
        if name in other["profiles"] and name in active | {*rule.options["profiles"]} and _exceeds(other, alike, name)
    ]


def _exceeds(other: Mapping[str, Any], alike: list[WindowsRule], profile: str) -> bool:
    here = [one.options for one in alike if profile in one.options["profiles"]]
    # a block of the set beats it
    if any(one["action"] == "block" for one in here):
        return False
    asked = addresses(",".join(one["remoteip"] for one in here)) if here else addresses(NOBODY)
    return not covers(asked, addresses(other["remoteip"]))


def _told(other: Mapping[str, Any], profiles: list[str]) -> str:
    whom = _first(readable(other["remoteip"]))
    where = listed([name.capitalize() for name in profiles])
    return f"{shown(other)!r} (from {whom}, on {where})"


def _first(words: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    return f"{', '.join(words[:NAMED])}{f' and {len(words) - NAMED} more' if len(words) > NAMED else ''}"
