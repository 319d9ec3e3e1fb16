# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of a client role as a PowerShell script that puts them into a group policy object.

The script is group_policy.ps1 with the rules and group_policy_rules.ps1 in it. It holds ASCII only: Windows PowerShell
5.1 reads a file without a byte order mark in the code page of the machine. Pure: no Ansible, no I/O but reading our own
data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.client_rules import (
    ClientRule,
    client_rules,
    origin,
    title_of,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.rules import Rule
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.values import tokens

TEMPLATE = Path(__file__).parent / "group_policy.ps1"
COMPARISON = Path(__file__).parent / "group_policy_rules.ps1"

# the words of win_firewall_rule, and those of the cmdlets of NetSecurity (reference of New-NetFirewallRule)
WORDS = {
    "in": "Inbound", "out": "Outbound", "allow": "Allow", "block": "Block", "any": "Any", "domain": "Domain",
    "private": "Private", "public": "Public", "tcp": "TCP", "udp": "UDP", "RPC": "RPC", "RPC-EPMAP": "RPCEPMap",
    "IPHTTPSIN": "IPHTTPSIn",
}  # fmt: skip
INTERFACES = {"any": "Any", "lan": "Wired", "wireless": "Wireless", "ras": "RemoteAccess"}
EDGES = {"no": "Block", "yes": "Allow", "deferapp": "DeferToApp", "deferuser": "DeferToUser"}
SECURITY = {"notrequired": ("NotRequired", "NotRequired")}

_PLAIN = re.compile(r"[ -~]+|[^ -~]")

Value = str | list[str]


def script(role: str, rules: Iterable[Rule], created: str, installation: str = "") -> str:
    """The whole script. Raises InputError.

    Args:
        role: Name of a client role.
        rules: Its rules, as the filter C(rules_for) gives them.
        created: When they were worked out, UTC.
        installation: What the script takes for its parameter of that name where none is given.
    """
    title_of(role, installation)
    title = catalogue.role_title(role)
    tables = [_table(_properties(rule)) for rule in client_rules(role, rules)]
    parts = {
        "'@GROUP@'": quoted(title),
        "'@INSTALLATION@'": quoted(installation),
        # without the head, which the whole script has
        "# @COMPARISON@\n": COMPARISON.read_text(encoding="utf-8").split("\n\n", 2)[2],
        "    # @RULES@": "\n".join(tables) or "    # none",
        "@ORIGIN@": _comment(origin(role, created)),
        "@TITLE@": _comment(title),
        "@FILE@": file_name(role),
    }
    text = TEMPLATE.read_text(encoding="utf-8")
    # in one go: what a rule holds is no place to put something
    return re.sub("|".join(map(re.escape, parts)), lambda place: parts[place[0]], text)


def file_name(role: str) -> str:
    """Name of the script's file."""
    return f"{role.replace('_', '-')}.ps1"


def _properties(rule: ClientRule) -> dict[str, Value]:
    """The parameters of New-NetFirewallRule; C(RemoteNames) are looked up by the script."""
    options = rule.options
    authentication, encryption = SECURITY[options["security"]]
    properties: dict[str, Value] = {
        "Name": rule.name,
        "DisplayName": options["name"],
        "Description": options["description"],
        "Direction": WORDS[options["direction"]],
        "Action": WORDS[options["action"]],
        "Enabled": str(options["enabled"]),
        "Profile": ",".join(WORDS[profile] for profile in options["profiles"]),
        "Protocol": WORDS[options["protocol"]],
        "LocalPort": _words(options["localport"]),
        "RemotePort": _words(options["remoteport"]),
        "LocalAddress": _words(options["localip"]),
        "RemoteAddress": [WORDS.get(address, address) for address in rule.addresses],
        "RemoteNames": rule.names,
        "Program": WORDS.get(options["program"], options["program"]),
        "Service": WORDS.get(options["service"], options["service"]),
        "InterfaceType": ",".join(INTERFACES[kind] for kind in options["interfacetypes"]),
        "Authentication": authentication,
        "Encryption": encryption,
    }
    # Windows knows it on inbound rules only
    if options["direction"] == "in":
        properties["EdgeTraversalPolicy"] = EDGES[options["edge"]]
    return properties


def _words(text: str) -> list[str]:
    return [WORDS.get(token, token) for token in tokens(text)]


def _table(properties: Mapping[str, Value]) -> str:
    lines = (f"        {name} = {_literal(value)}" for name, value in properties.items())
    return "\n".join(["    @{", *lines, "    }"])


def _literal(value: Value) -> str:
    return quoted(value) if isinstance(value, str) else f"@({', '.join(map(quoted, value))})"


def quoted(text: str) -> str:
    """An expression of PowerShell that is just this text, whatever it holds.

    What is not plain ASCII, such as line breaks and the other characters that PowerShell takes for quotes, is written
    by its number.
    """
    parts = [f"'{part.replace(chr(39), 2 * chr(39))}'" if " " <= part[0] <= "~" else _numbers(part)
             for part in _PLAIN.findall(text)]  # fmt: skip
    if all(part.startswith("'") for part in parts):
        return "".join(parts) or "''"
    # a string at the left makes the plus signs join texts
    return f"({' + '.join(parts if parts[0].startswith(chr(39)) else [2 * chr(39), *parts])})"


def _numbers(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return " + ".join(f"[char]0x{units[i : i + 2].hex()}" for i in range(0, len(units), 2))


def _comment(text: str) -> str:
    """A text that stays within a comment, and on its line."""
    plain = " ".join(text.split()).encode("ascii", "replace").decode()
    return plain.replace("#>", "# >")
