# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two Windows rules compared by what they mean, and shown in the words that both platforms share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.rules import WindowsRule
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.values import (
    ANY,
    addresses,
    ports,
    protocol,
    readable,
    tokens,
)

View = dict[str, Any]

# How a rule's description names the rows that ask for it (the filter rules_for writes it).
DESCRIBED_ROWS = re.compile(r"\brows? ([a-z0-9_]+(?:, [a-z0-9_]+)*) of: ")


def _text(value: Any) -> str:
    return str(value or "").casefold()


def _text_or_any(value: Any) -> str:
    return _text(value) or ANY


def _words(value: Any) -> frozenset[str]:
    given = value if isinstance(value, list) else tokens(value)
    return frozenset(word for word in map(_text, given) if word not in ("", ANY, "*", "all"))


# What makes two values of an option the same. Windows and win_firewall_rule do not tell upper from lower case: an
# update for that alone would change nothing, each time anew.
MEANINGS: dict[str, Callable[[Any], Any]] = {
    "name": _text, "description": _text, "group": _text, "direction": _text, "action": _text, "enabled": bool,
    "profiles": _words, "protocol": protocol, "localport": ports, "remoteport": ports, "localip": addresses,
    "remoteip": addresses, "program": _text_or_any, "service": _text_or_any, "interfacetypes": _words, "edge": _text,
    "security": _text, "icmp_type_code": _words,
}  # fmt: skip

# Conditions (win_firewall_rule_info: rules.conditions) that netfw.h has no property for.
ONLY_IN_REGISTRY = frozenset({"platforms", "networks", "security_realm", "trust_tuples", "not_before_version"})

# what people and programs call a rule, and nothing of what it does
CALLED = frozenset({"name", "description", "group"})

# The module sets one option after the other, ports before the protocol, and cannot set a service back to none.
NEW_RULE_NEEDED = ("direction", "protocol", "service")


def differing(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """The options in which a rule found is not as wanted."""
    return [
        name
        for name, meaning in MEANINGS.items()
        # what is written alike means the same: on a host that is right, that is nearly all
        if name in wanted and found.get(name) != wanted[name] and meaning(found.get(name)) != meaning(wanted[name])
    ]


def needs_new_rule(options: Iterable[str]) -> bool:
    """Whether a rule that differs in these options must be removed and made again."""
    return any(name in NEW_RULE_NEEDED for name in options)


def narrowing(found: Mapping[str, Any]) -> list[str]:
    """What narrows a rule found that win_firewall_rule neither sees nor changes: it goes when the rule is made again.

    What only the registry has is not among it: whether a rule made again is without it, nobody here knows.
    """
    return in_words({what: texts for what, texts in _conditions(found).items() if what not in ONLY_IN_REGISTRY})


def hidden_narrowing(found: Mapping[str, Any]) -> list[str]:
    """What narrows a local rule and the firewall's COM object shows to nobody."""
    return in_words({what: texts for what, texts in _conditions(found).items() if what in ONLY_IN_REGISTRY})


def in_words(conditions: Mapping[str, Iterable[str]]) -> list[str]:
    """Conditions of a rule, each with its values."""
    return [f"{what.replace('_', ' ')} {', '.join(texts)}" for what, texts in conditions.items()]


def _conditions(found: Mapping[str, Any]) -> Mapping[str, list[str]]:
    return found.get("conditions") or {}


def view(options: Mapping[str, Any], rows: Iterable[str]) -> View:
    """A rule as it is shown: what both platforms have under the names that firewalld_ruleset uses, then the rest."""
    inbound = options["direction"] == "in"
    served, sending = ("localport", "remoteport") if inbound else ("remoteport", "localport")
    return {
        "direction": options["direction"],
        "protocol": options["protocol"],
        "ports": tokens(options[served]),
        "peers": readable(options["remoteip"]),
        "sources": [],
        "action": options["action"],
        "rows": list(rows),
        "name": options["name"],
        "description": options["description"],
        "enabled": options["enabled"],
        "profiles": list(options["profiles"]),
        "source_ports": tokens(options[sending]),
        "local_addresses": readable(options["localip"]),
        "program": options["program"],
        "service": options["service"],
        "interfacetypes": list(options["interfacetypes"]),
        "edge": options["edge"],
        "security": options["security"],
        "icmp_type_code": list(options.get("icmp_type_code") or [ANY]),
    }


def found_view(found: Mapping[str, Any]) -> View:
    """A rule found on the host; its description says which rows asked for it."""
    return view(found, described_rows(found))


def before_and_after(found: Mapping[str, Any], rule: WindowsRule) -> tuple[View, View]:
    """A rule as found and as wanted. Values that mean the same are written the same, so that only differences show."""
    changed = differing(found, rule.options)
    shown = {**found, **{name: value for name, value in rule.options.items() if name not in changed}}
    rows = described_rows(found) if "description" in changed else rule.rows
    return view(shown, rows), view(rule.options, rule.rows)


def described_rows(found: Mapping[str, Any]) -> list[str]:
    """The rows that the description of a rule names."""
    parts = DESCRIBED_ROWS.findall(found.get("description") or "")
    return sorted({row for part in parts for row in part.split(", ")})
