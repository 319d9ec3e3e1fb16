# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which flows must pass between the hosts of an inventory, and which must not: the same rules, read from both ends.

Pure: no Ansible, no I/O. A flow is one port of one host, asked from one other host.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypedDict

from ansible_collections.therefore.firewall.plugins.module_utils._addresses import (
    is_host_name,
)
from ansible_collections.therefore.firewall.plugins.module_utils._probe.options import is_address
from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.estate import (
    ALLOW,
    ANY,
    DEVICE_ROWS,
    Host,
    Port,
    covered,
    covers,
    disagreements,
    host_of,
    ports_of,
    rows_text,
    wide_range,
    words,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.jobs import Job, jobs, spread
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import refuse

# which of the two it is depends on the address that the source then uses, where only some of its addresses are peers
DENY, BY_SOURCE = "deny", "by_source"
TLS_PORT = 443


class Flow(TypedDict):
    """One try. C(to) is a host of the inventory, or an endpoint of Therefore Online; C(target) what is asked there."""

    id: str
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


class Unproved(TypedDict):
    """Flows of devices, which no program of ours can start. C(instead) names the proved flows of a gateway."""

    source: str
    to: str
    ports: list[str]
    rows: list[str]
    instead: list[str]


class Flows(TypedDict):
    """All that is to be tried, by whom, what cannot be tried, and settings of two hosts that contradict each other."""

    flows: list[Flow]
    jobs: dict[str, Job]
    unproved: list[Unproved]
    disagreements: list[str]
    # hosts that say wrongly how to reach them, with the message
    refused: dict[str, str]
    seed: int


def flows(
    estate: Iterable[Mapping[str, Any]], denied: Iterable[Mapping[str, Any]] = (), tls: bool = True, seed: int = 0
) -> Flows:
    """What must pass and what must not. Raises InputError.

    Args:
        estate: For each host its C(host) name, C(targets) (what to ask to reach it: each name or address, with the
            addresses that it stands for), C(wanted), by role the C(rules) as C(rules_for) gives them and C(egress), and
            C(server_name), the name in its certificate.
        denied: More flows that must not pass, each with C(from), C(to), C(port) and C(protocol).
        tls: Whether to ask for a TLS handshake on 443.
        seed: Chooses the ports of wide ranges.
    """
    given = list(estate)
    everybody = [host_of(one) for one in given]
    refused = {one["host"]: one["refused"] for one in given if one.get("refused")}
    hosts = [host for host in everybody if host.addresses]
    found: dict[tuple[str, str, str, int], Flow] = {}
    for target in hosts:
        for source in hosts:
            if source.name != target.name:
                for flow in _between(source, target):
                    found.setdefault(_key(flow), flow)
    for source in hosts:
        for flow in _to_endpoints(source):
            found.setdefault(_key(flow), flow)
    for flow in _denied(denied, {host.name: host for host in hosts}):
        found[_key(flow)] = flow
    ordered = sorted(found.values(), key=lambda flow: (flow["source"], flow["to"], flow["protocol"], flow["port"]))
    contradictions = [
        f"{host.name} was left out: no address of {', '.join(host.targets)} is known here; set its therefore_addresses."
        for host in everybody
        if not host.addresses and host.name not in refused
    ]
    contradictions += sorted({text for target in hosts for text in disagreements(hosts, target)})
    for flow in ordered:
        flow["tls"] = flow["tls"] and tls
        flow["ports"] = spread(flow["range"], seed) if flow["range"] else flow["ports"]
    return {
        "flows": ordered, "jobs": jobs(ordered, given), "unproved": _unproved(hosts, ordered),
        "disagreements": contradictions, "refused": refused, "seed": seed,
    }  # fmt: skip


def _key(flow: Flow) -> tuple[str, str, str, int]:
    return flow["source"], flow["target"], flow["protocol"], flow["port"]


def _between(source: Host, target: Host) -> Iterator[Flow]:
    """The ports that a target opens to anybody, as this source must find them."""
    opened: dict[Port, list[Mapping[str, Any]]] = {}
    for rule in target.allows("in"):
        for port in ports_of(rule):
            opened.setdefault(port, []).append(rule)
    for port, rules in opened.items():
        for asked, addresses in target.targets.items():
            found = expected(source, port, rules, addresses)
            if found:
                rule, expect, because = found
                name = target.certificate_name(asked)
                flow = flow_of(source.name, target.name, asked, port, rule, expect, because, name)
                flow["refuses"] = expect == DENY and _refuses(source, port, addresses)
                yield flow


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
        return rules[0], DENY, f"{source.name} is no peer of the rule"
    senders = [rule for rule in source.allows("out") if port in ports_of(rule) and covered(rule["peers"], addresses)]
    for rule in entitled:
        # devices have no role, and so no rules of their own
        device = not source.rules and DEVICE_ROWS & {*rule["rows"]}
        if device or any({*rule["rows"]} & {*sender["rows"]} for sender in senders):
            every = covered(rule["peers"], source.addresses, whole=True)
            return rule, ALLOW if every else BY_SOURCE, rows_text(rule)
    if source.egress == DENY and not senders:
        return entitled[0], DENY, f"{source.name} refuses other outbound traffic"
    return None


def flow_of(
    source: str, to: str, target: str, port: Port, rule: Mapping[str, Any] | None, expect: str, because: str,
    server_name: str | None = None,
) -> Flow:  # fmt: skip
    """One try, with what the rule says of it."""
    rows = list(rule["rows"]) if rule else []
    return {
        "id": f"{source} {target} {port.port}/{port.protocol}",
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


def _to_endpoints(source: Host) -> Iterator[Flow]:
    """Endpoints of Therefore Online: single addresses and names. Nobody can say which address of a network answers."""
    for rule in source.allows("out"):
        for peer in rule["peers"] if rule["scope"] == catalogue.INTERNET else []:
            name = peer if is_host_name(peer) and peer != ANY else None
            single = peer != ANY and not {"/", "-"} & {*peer}
            if name or single:
                for port in ports_of(rule):
                    yield flow_of(source.name, peer, peer, port, rule, ALLOW, rows_text(rule), name)


def _denied(given: Iterable[Mapping[str, Any]], hosts: Mapping[str, Host]) -> Iterator[Flow]:
    for number, one in enumerate(given):
        where = f"therefore_verify_denied[{number}]"
        source, to, port, protocol = one.get("from", ""), one.get("to"), one.get("port"), one.get("protocol", "tcp")
        if source not in hosts:
            raise refuse(f"{where}.from", source, "is no host of this run; write the name of one in the inventory")
        if not isinstance(port, int) or isinstance(port, bool) or not 1 <= port <= 65535:
            raise refuse(f"{where}.port", port, "is no port; write a number from 1 to 65535")
        if protocol not in ("tcp", "udp"):
            raise refuse(f"{where}.protocol", protocol, "is no protocol; write tcp or udp")
        if not to:
            raise refuse(f"{where}.to", to, "names nobody; write a host of the inventory, an address or a host name")
        if to not in hosts and not is_address(to) and not is_host_name(to):
            raise refuse(f"{where}.to", to, "is no host of this run, no address and no host name; write one of them")
        for target in hosts[to].targets if to in hosts else [to]:
            yield flow_of(source, to, target, Port(protocol, port), None, DENY, "therefore_verify_denied")


def _unproved(hosts: list[Host], known: list[Flow]) -> list[Unproved]:
    """Peers of the devices' rows that are no host of this run."""
    everybody = [address for host in hosts for address in host.addresses]
    result: list[Unproved] = []
    for host in hosts:
        for rule in host.rules:
            senders = rule["peers"] if rule["direction"] == "in" else rule.get("sources", [])
            if rule["action"] != "allow" or rule["direction"] == "out" or not DEVICE_ROWS & {*rule["rows"]}:
                continue
            devices = [peer for peer in senders if not _holds_one(peer, everybody)]
            if not devices:
                continue
            instead = [flow["id"] for flow in known if flow["expect"] == ALLOW and {*flow["rows"]} & {*rule["rows"]}]
            to = host.name if rule["direction"] == "in" else f"{words(rule['peers'])} through {host.name}"
            ports = [f"{port.port}/{port.protocol}" for port in ports_of(rule)]
            result.append({
                "source": words(devices), "to": to, "ports": ports, "rows": list(rule["rows"]), "instead": instead,
            })  # fmt: skip
    return result


def _holds_one(peer: str, addresses: Iterable[str]) -> bool:
    return peer != ANY and any(covers([peer], address) for address in addresses)
