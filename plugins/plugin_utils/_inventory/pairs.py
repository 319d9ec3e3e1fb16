# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one host must find at another, and must not: their rules, read from both ends.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypedDict

from ansible_collections.therefore.firewall.plugins.module_utils._addresses import is_host_name
from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.estate import (
    ALLOW,
    ANY,
    DEVICE_ROWS,
    Host,
    Port,
    covered,
    ports_of,
    rows_text,
    wide_range,
)

# which of the two it is depends on the address that the source then uses, where only some of its addresses are peers
DENY, BY_SOURCE = "deny", "by_source"
TLS_PORT = 443


class Flow(TypedDict):
    """One try of hosts that are alike.

    C(to) is a host of the inventory, or an endpoint of Therefore Online; C(target) what is asked there.
    """

    id: str
    # those who ask are all of a group but the host that is asked; C(source) is the first of them
    group: str
    source: str
    to: str
    target: str
    port: int
    protocol: str
    rows: list[str]
    rule: str | None
    peers: list[str]
    expect: str
    because: str
    tls: bool
    server_name: str | None
    unused: bool
    # whether the source's own rules are to refuse it
    refuses: bool
    # of a wide range C(port) is the first; C(ports) are those to try
    range: str | None
    ports: list[int]
    # of a diagnosis: why the rules forbid what is asked for
    forbidden: str | None


class Pattern(NamedTuple):
    """What one host must find at a port of another: at which of its C(targets), and what the rule says."""

    target: int
    port: Port
    rule: Mapping[str, Any]
    expect: str
    because: str
    refuses: bool


def between(source: Host, target: Host) -> Iterator[Pattern]:
    """The ports that a target opens to anybody, as this source must find them."""
    opened: dict[Port, list[Mapping[str, Any]]] = {}
    for rule in target.allows("in"):
        for port in ports_of(rule):
            opened.setdefault(port, []).append(rule)
    for port, rules in opened.items():
        for number, addresses in enumerate(target.targets.values()):
            found = expected(source, port, rules, addresses)
            if found:
                rule, expect, because = found
                refuses = expect == DENY and _refuses(source, port, addresses)
                yield Pattern(number, port, rule, expect, because, refuses)


def _refuses(source: Host, port: Port, addresses: list[str]) -> bool:
    """Whether a source refuses other outbound traffic, and has no rule for this."""
    return source.egress == DENY and not any(
        port in ports_of(rule) and covered(rule["peers"], addresses) for rule in source.allows("out")
    )


def expected(
    source: Host, port: Port, rules: list[Mapping[str, Any]], addresses: Iterable[str]
) -> tuple[Mapping[str, Any], str, str] | None:
    """The rule that decides, what is expected, and why; nothing where it may pass and nobody needs it."""
    entitled = [rule for rule in rules if covered(rule["peers"], source.addresses)]
    if not entitled:
        return rules[0], DENY, "the source is no peer of the rule"
    senders = [rule for rule in source.allows("out") if port in ports_of(rule) and covered(rule["peers"], addresses)]
    for rule in entitled:
        # devices have no role, and so no rules of their own
        device = not source.rules and DEVICE_ROWS & {*rule["rows"]}
        if device or any({*rule["rows"]} & {*sender["rows"]} for sender in senders):
            every = covered(rule["peers"], source.addresses, whole=True)
            return rule, ALLOW if every else BY_SOURCE, rows_text(rule)
    if source.egress == DENY and not senders:
        return entitled[0], DENY, "the source refuses other outbound traffic"
    return None


def flow_of(
    source: str, to: str, target: str, port: Port, rule: Mapping[str, Any] | None, expect: str, because: str,
    server_name: str | None = None,
) -> Flow:  # fmt: skip
    """One try, with what the rule says of it."""
    rows = list(rule["rows"]) if rule else []
    return {
        "id": f"{source} {target} {port.port}/{port.protocol}",
        "group": source,
        "source": source,
        "to": to,
        "target": target,
        "port": port.port,
        "protocol": port.protocol,
        "rows": rows,
        "rule": rule["id"] if rule else None,
        "peers": list(rule["peers"]) if rule else [],
        "expect": expect,
        "because": because,
        "tls": expect != DENY and (port == Port("tcp", TLS_PORT) or bool(rule and rule.get("tls"))),
        "server_name": server_name,
        "range": wide_range(rule, port) if rule else None,
        "ports": [port.port],
        "refuses": False,
        "forbidden": None,
        "unused": bool(rows) and all(catalogue.minimal_drops(row, port.port, port.protocol) for row in rows),
    }


def to_endpoints(source: Host) -> Iterator[Flow]:
    """Endpoints of Therefore Online: single addresses and names. Nobody can say which address of a network answers."""
    for rule in source.allows("out"):
        for peer in rule["peers"] if rule["scope"] == catalogue.INTERNET else []:
            name = peer if is_host_name(peer) and peer != ANY else None
            single = peer != ANY and not {"/", "-"} & {*peer}
            if name or single:
                for port in ports_of(rule):
                    yield flow_of(source.name, peer, peer, port, rule, ALLOW, rows_text(rule), name)
