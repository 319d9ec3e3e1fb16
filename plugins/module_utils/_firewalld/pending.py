# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others stored and left for a reload of theirs, and a reload of ours would bring into force. Reads only.

Of what can be set at runtime, the former is set again afterwards (others.py). This is the rest: a default zone that
opens the host, a port more in a service that a zone opens, a lockdown that refuses our next change.
"""

from __future__ import annotations

from typing import Any, Dict, Iterable, Iterator, List, Set

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import nft, stored
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.kernel import NFTABLES
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.refusals import Finding, refusal
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.traffic import words

# of a service, what decides about packets
MEANING = ("ports", "protocols", "source_ports", "modules", "destination", "includes", "helpers")
REMEDY = "do so yourself (firewall-cmd --reload), or set it back, then run again"


def refusals(firewalld: Firewalld, settings: Iterable[Dict[str, Any]]) -> List[Finding]:
    """The refusals; C(settings) are those of others' zones and policies at runtime. Raises FirewalldError."""
    found = [*_settings(firewalld)]
    if _would_lock(firewalld):
        message = (
            "firewalld.conf has Lockdown=yes, which is not in force; the reload that these changes need would bring it "
            f"into force, and firewalld would refuse what remains to be done; {REMEDY}"
        )
        found.append(refusal("lockdown", message))
    return found + _services(firewalld, _in_use(firewalld, settings))


def _settings(firewalld: Firewalld) -> Iterator[Finding]:
    """The refusals for settings of firewalld.conf, of which firewalld or the kernel tells what is in force."""
    in_force = {
        "DefaultZone": ("default zone", firewalld.ask("", "getDefaultZone")),
        "FirewallBackend": ("firewall backend", firewalld.backend()),
        "LogDenied": ("log denied", firewalld.ask("", "getLogDenied")),
    }
    if str(stored.setting("IPv6_rpfilter")).lower() in ("no", "false") and nft.filters_reverse_path():
        message = (
            "firewalld.conf has IPv6_rpfilter=no, and the filter is in force; the reload that these changes need would "
            f"end it; {REMEDY}"
        )
        yield refusal("IPv6 reverse path filter", message)
    knows = firewalld.config_property("StrictForwardPorts") and in_force["FirewallBackend"][1] == NFTABLES
    strict = str(stored.setting("StrictForwardPorts")).lower() if knows else ""
    if strict in ("yes", "no") and nft.holds_forwarded_ports() is not (strict == "yes"):
        message = (
            f"firewalld.conf has StrictForwardPorts={strict}, and the other is in force; the reload that these changes "
            f"need would {'close' if strict == 'yes' else 'open'} the ports that containers publish; {REMEDY}"
        )
        yield refusal("strict forward ports", message)
    for name, (thing, value) in in_force.items():
        kept = stored.setting(name)
        # of these only a zone's name has capital letters that count
        if kept and value and value not in (kept, kept.lower() if name != "DefaultZone" else kept):
            message = (
                f"firewalld.conf has the {name} {kept}, and {value} is in force; the reload that these changes need "
                f"would bring the former into force; {REMEDY}"
            )
            yield refusal(thing, message)


def _would_lock(firewalld: Firewalld) -> bool:
    """Whether a reload brings a lockdown into force; a firewalld that has none any more ignores the setting."""
    wanted = str(stored.setting("Lockdown")).lower() in ("yes", "true")
    return wanted and stored.has_lockdown() and not firewalld.ask(".policies", "queryLockdown")


def _in_use(firewalld: Firewalld, settings: Iterable[Dict[str, Any]]) -> List[str]:
    """The services that zones and policies name, and those that these include."""
    waiting = {name for one in settings for name in _named(one)}
    known = set(firewalld.names("service"))
    found: Set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in known and name not in found:
            found.add(name)
            waiting.update(firewalld.service_settings(name).get("includes", []))
    return sorted(found)


def _named(settings: Dict[str, Any]) -> Set[str]:
    rules = [*settings.get("rules_str", []), *settings.get("rich_rules", [])]
    return {*settings.get("services", []), *(words(text).get("service", {}).get("name", "") for text in rules)}


def _services(firewalld: Firewalld, names: List[str]) -> List[Finding]:
    found = []
    for name, kept in stored.settings("service", names).items():
        running = firewalld.service_settings(name)
        other = [key for key in MEANING if _plain(kept.get(key)) != _plain(running.get(key))]
        if other:
            message = (
                f"the service {name} has other {' and '.join(other)} in firewalld's permanent configuration than in "
                f"the running one, and the reload that these changes need would bring them into force; {REMEDY}"
            )
            found.append(refusal(f"service {name}", message))
    return found


def _plain(value: Any) -> Any:
    """What is the same for firewalld, as the same value."""
    if isinstance(value, dict):
        return {str(key): str(one) for key, one in value.items()}
    return sorted(tuple(one) if isinstance(one, list) else one for one in value) if value else {}
