# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts of an inventory: their addresses, their rules, and where the settings of two contradict each other.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from ansible_collections.therefore.firewall.plugins.module_utils._addresses import is_host_name
from ansible_collections.therefore.firewall.plugins.module_utils._probe.options import is_address
from ansible_collections.therefore.firewall.plugins.plugin_utils._article.catalogue import span
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.address_sets import AddressSet
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import refuse

ANY = "any"
ALLOW = "allow"
WIDEST_RANGE = 8
DEVICE_ROWS = frozenset({
    "mfp_web_service", "mfp_file_transfer", "mfp_http", "online_mfp_web_service", "online_mfp_file_transfer",
})  # fmt: skip


class Port(NamedTuple):
    """A port of a protocol."""

    protocol: str
    port: int


class Host(NamedTuple):
    """A host; C(targets) are what others ask to reach it, each name or address with the addresses it stands for."""

    name: str
    targets: Mapping[str, list[str]]
    addresses: tuple[str, ...]
    server_name: str | None
    egress: str
    rules: tuple[Mapping[str, Any], ...]
    roles: tuple[str, ...] = ()

    def allows(self, direction: str) -> list[Mapping[str, Any]]:
        """Its allow rules of one direction."""
        return allow_rules(self.rules, direction)

    def certificate_name(self, target: str) -> str | None:
        """The name that its certificate must have for those who ask this target."""
        names = (self.server_name, target, self.name)
        return next((name for name in names if name and is_host_name(name)), None)


def allow_rules(rules: Iterable[Mapping[str, Any]], direction: str) -> list[Mapping[str, Any]]:
    """The allow rules of one direction."""
    return [rule for rule in rules if rule["direction"] == direction and rule["action"] == "allow"]


def rules_of(wanted: Mapping[str, Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """The rules of all roles of a host."""
    return tuple(rule for one in wanted.values() for rule in one["rules"])


def egress_of(wanted: Mapping[str, Mapping[str, Any]]) -> str:
    """Whether a host refuses other outbound traffic: it does when one of its roles says so."""
    return "deny" if any(one["egress"] == "deny" for one in wanted.values()) else ALLOW


def host_of(given: Mapping[str, Any]) -> Host:
    """A host as flows() takes it."""
    wanted = {role: one for role, one in (given.get("wanted") or {}).items() if one}
    return Host(
        name=given["host"],
        targets=given["targets"],
        addresses=tuple(sorted({address for addresses in given["targets"].values() for address in addresses})),
        server_name=given.get("server_name"),
        egress=egress_of(wanted),
        rules=rules_of(wanted),
        roles=tuple(wanted),
    )


def ports_of(rule: Mapping[str, Any]) -> list[Port]:
    """Each port of a rule. Of a wide range, such as that of dynamic RPC, the first only: it stands for the others."""
    result = []
    for low, high in map(span, rule["ports"]):
        last = high if high - low < WIDEST_RANGE else low
        result += [Port(rule["protocol"], port) for port in range(low, last + 1)]
    return result


def wide_range(rule: Mapping[str, Any], port: Port) -> str | None:
    """The wide range of a rule that a port stands for, if it does."""
    for text in rule["ports"]:
        low, high = span(text)
        if low == port.port and high - low >= WIDEST_RANGE:
            return f"{low}-{high}"
    return None


def covered(peers: Iterable[str], addresses: Iterable[str], whole: bool = False) -> bool:
    """Whether some (or C(whole), all) of the addresses are among the peers. Host names are not looked up."""
    given = tuple(peers)
    if ANY in given:
        return True
    known, own = address_set(given), own_set(addresses)
    return own <= known if whole else own.meets(known)


def own_set(addresses: Iterable[str]) -> AddressSet:
    """The addresses of a host. A link-local one comes with the name of its interface."""
    return address_set(tuple(one.partition("%")[0] for one in addresses))


def covers(peers: Iterable[str], address: str) -> bool:
    """Whether an address is one of the peers."""
    return covered(peers, [address])


@cache
def address_set(texts: tuple[str, ...]) -> AddressSet:
    """These addresses, networks and ranges; host names among them are left out."""
    return AddressSet.of(text for text in texts if not is_host_name(text))


def check_server_name(given: Any) -> None:
    """The name in a host's certificate. Raises InputError where it is none."""
    if given in (None, "") or (isinstance(given, str) and is_host_name(given)):
        return
    remedy = "is no host name; write the one that clients ask for, without stars, such as archive.example.com"
    raise refuse("therefore_server_name", given, remedy)


def reached_by(given: Any) -> list[str]:
    """The names or addresses under which others reach a host. Raises InputError."""
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        remedy = "is no list of addresses and host names; write those under which others reach this host: [192.0.2.10]"
        raise refuse("therefore_addresses", given, remedy)
    for name in names:
        if not is_address(name) and not is_host_name(name):
            remedy = (
                "is neither an address nor a host name; write one address or name under which others reach this host"
            )
            raise refuse("therefore_addresses", name, remedy)
    return names


class Unnamed(NamedTuple):
    """A source that is set to use services of a target, whose rules do not name the source.

    C(devices) is the variable with the target's devices, where the source stands between them and the target.
    """

    source: Host
    services: tuple[str, ...]
    target: str
    devices: str | None


def disagreements(hosts: Sequence[Host], target: Host) -> Iterator[str]:
    """Settings of sources and of a target that contradict each other."""
    for one in unnamed(hosts, target):
        yield unnamed_text(one, target.name)
    yield from other_ports(hosts, target)


def unnamed(hosts: Iterable[Host], target: Host) -> Iterator[Unnamed]:
    """The sources that a target does not name though they are set to use it."""
    role = "therefore_server" if "therefore_server" in target.roles else "therefore_mfp_gateway"
    for source in hosts:
        missing = [
            rule
            for rule, offers in _used(source, target)
            if not any(covered(one["peers"], source.addresses) for one in offers)
        ]
        for variable in (None, f"{role}_mfp_addresses"):
            services = tuple(
                f"{rows_text(rule)} ({rule['protocol']})"
                for rule in missing
                if bool(DEVICE_ROWS & {*rule["rows"]}) == bool(variable)
            )
            if services:
                yield Unnamed(source, services, target.name, variable)


def unnamed_text(one: Unnamed, targets: str) -> str:
    """What to do about it. Where devices decide, the trusted subnets would not help."""
    source, services = one.source, ", ".join(one.services)
    if one.devices:
        return (
            f"{source.name} passes {services} on to {targets}, whose rules do not name it among their devices: set "
            f"{one.devices}: [{words(source.addresses)}] for {targets}, whose devices are then {source.name}."
        )
    return (
        f"{source.name} is set to use {services} of {targets}, whose rules do not name it among their "
        f"peers: add {words(source.addresses)} to the trusted subnets of {targets}, or take {targets} out of the "
        f"server addresses of {source.name}."
    )


def other_ports(hosts: Iterable[Host], target: Host) -> Iterator[str]:
    """Services that a source and a target have on different ports."""
    for source in hosts:
        for rule, offers in _used(source, target):
            offered = {port for one in offers for port in ports_of(one)}
            if not offered & {*ports_of(rule)}:
                yield (
                    f"{source.name} uses {rows_text(rule)} ({rule['protocol']}) of {target.name} on "
                    f"{_numbers(ports_of(rule))}, and {target.name} opens {_numbers(offered)}: make "
                    "therefore_port_overrides the same on both."
                )


def _used(source: Host, target: Host) -> Iterator[tuple[Mapping[str, Any], list[Mapping[str, Any]]]]:
    """The rules by which a source uses a target, each with the target's rules of the same service."""
    for rule in source.allows("out") if source is not target else []:
        offers = [one for one in target.allows("in") if _same_service(one, rule)]
        if offers and ANY not in rule["peers"] and covered(rule["peers"], target.addresses):
            yield rule, offers


def _same_service(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return one["protocol"] == other["protocol"] and bool({*one["rows"]} & {*other["rows"]})


def rows_text(rule: Mapping[str, Any]) -> str:
    """What a rule is for."""
    return ", ".join(rule["rows"]) or str(rule["id"])


def words(items: Iterable[str]) -> str:
    """A list of addresses in a sentence."""
    return ", ".join(items) or "its addresses (therefore_addresses)"


def _numbers(ports: Iterable[Port]) -> str:
    return ", ".join(str(port.port) for port in sorted({*ports}))
