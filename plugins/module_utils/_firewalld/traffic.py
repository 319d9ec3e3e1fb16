# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which packets a rich rule of anybody's is about, and whether those of two rules meet."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

VERSIONS = {"ipv4": 4, "ipv6": 6}
ACTIONS = {"accept": "accept", "reject": "refuse", "drop": "refuse"}
# what a rule can be about; those that are about neither TCP nor UDP ports say nothing about ours
ELEMENTS = ("port", "service", "protocol", "icmp-block", "icmp-type", "forward-port", "source-port", "masquerade")
EVERY_PORT = "1-65535"
# of addresses a message names so many
AT_MOST = 5
MAC = re.compile(r"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}")
# firewalld puts each value into double quotes, and no more of them
PART = re.compile(r'(?:[^\s"]|"[^"]*")+')


@dataclass(frozen=True)
class End:
    """Addresses at one end; C(inverted): all others."""

    networks: Tuple[Any, ...]
    inverted: bool = False

    def meets(self, other: End) -> bool:
        """Whether an address, this end not being inverted, may be one of the other's."""
        if other.inverted:
            return not all(held(one, other.networks) for one in self.networks)
        return any(one.overlaps(another) for one in self.networks for another in other.networks)

    def within(self, other: End) -> bool:
        """Whether each address, this end not being inverted, is one of the other's."""
        if other.inverted:
            return not any(one.overlaps(another) for one in self.networks for another in other.networks)
        return all(held(one, other.networks) for one in self.networks)

    def common(self, other: End) -> End:
        """The addresses of this end, which is not inverted, that may be the other's."""
        if other.inverted:
            return End(tuple(one for one in self.networks if not held(one, other.networks)))
        pairs = [(one, another) for one in self.networks for another in other.networks if one.overlaps(another)]
        # of two networks that overlap, one holds the other
        return End(tuple(dict.fromkeys(one if one.subnet_of(another) else another for one, another in pairs)))


def held(network: Any, networks: Sequence[Any]) -> bool:
    """Whether one of the networks holds all of this one."""
    return any(network.subnet_of(other) for other in networks)


@dataclass(frozen=True)
class Traffic:
    """Packets of one IP version and protocol, to some ports."""

    version: int
    protocol: str
    ports: str
    source: End
    destination: End

    def meets(self, other: Traffic) -> bool:
        """Whether a packet may be of both."""
        return (
            (self.version, self.protocol) == (other.version, other.protocol)
            and _span(self.ports)[0] <= _span(other.ports)[1]
            and _span(other.ports)[0] <= _span(self.ports)[1]
            and self.source.meets(other.source)
            and self.destination.meets(other.destination)
        )

    def within(self, other: Traffic) -> bool:
        """Whether each packet of this one is of the other."""
        return (
            (self.version, self.protocol) == (other.version, other.protocol)
            and _span(other.ports)[0] <= _span(self.ports)[0]
            and _span(self.ports)[1] <= _span(other.ports)[1]
            and self.source.within(other.source)
            and self.destination.within(other.destination)
        )

    def common(self, other: Traffic) -> Optional[Traffic]:
        """The packets, of this one's that has no inverted end, that may be of both; none where there are none."""
        if not self.meets(other):
            return None
        (low, high), (other_low, other_high) = _span(self.ports), _span(other.ports)
        first, last = max(low, other_low), min(high, other_high)
        ports = str(first) if first == last else f"{first}-{last}"
        ends = self.source.common(other.source), self.destination.common(other.destination)
        return Traffic(self.version, self.protocol, ports, *ends)


def _span(ports: str) -> Tuple[int, int]:
    low, _dash, high = ports.partition("-")
    return int(low), int(high or low)


@dataclass(frozen=True)
class Share:
    """Some packets of some flows; C(senders) says whose, where that is not told by addresses."""

    senders: str = ""
    limited: bool = False
    # whether somebody has chosen just these senders
    chosen: bool = False

    def holds(self, other: Optional[Share]) -> bool:
        """Whether all packets of another share are of this one."""
        return self == other and not self.limited


def by_mac(addresses: Sequence[str], limited: bool = False) -> Share:
    """What is sent by these; which IP addresses they have, nobody knows here."""
    return Share(f"senders by their MAC address, {some(addresses)}", limited, chosen=True)


def all_but(share: Optional[Share], inverted: bool) -> Optional[Share]:
    """The share itself, or what is sent by everybody else."""
    return Share(f"all but {share.senders}", share.limited) if share and inverted else share


def some(addresses: Sequence[str]) -> str:
    """The first of them, as a message names them."""
    return ", ".join(addresses[:AT_MOST]) + (" and more" if len(addresses) > AT_MOST else "")


def from_port(ports: str, limited: bool = False) -> Optional[Share]:
    """What is sent from these ports; none where that is all."""
    low, high = _span(ports)
    return None if low <= 1 and high == 65535 and not limited else Share(f"whoever sends from port {ports}", limited)


class Reader:
    """Reads rich rules; asks for the entries of an ipset and the ports of a service where a rule names one."""

    def __init__(self, entries: Callable[[str], Sequence[str]], service_ports: Callable[[str], List[str]]) -> None:
        self._entries = entries
        self._service_ports = service_ports

    def action(self, text: str) -> Optional[str]:
        """C(accept) or C(refuse); none where the rule does something else."""
        return next((ACTIONS[part] for part in _parts(text) if part in ACTIONS), None)

    def share(self, text: str) -> Optional[Share]:
        """Which of the packets of flows() the rule decides about; none where about all of them."""
        parts = _parts(text)
        at = next((at for at, part in enumerate(parts) if part in ACTIONS), len(parts))
        # a limit before the action is that of a log
        limited = "limit" in parts[at:]
        found = words(text)
        source = found.get("source", {})
        if "mac" in source:
            return all_but(by_mac([source["mac"]], limited), "NOT" in source)
        share = self._share_of_set(source["ipset"], limited) if "ipset" in source else None
        if share:
            return all_but(share, "NOT" in source)
        if "source-port" in found:
            return from_port(found["source-port"]["port"], limited)
        return Share(limited=True) if limited else None

    def priority(self, text: str) -> int:
        """The rule's priority."""
        return int(words(text)["rule"].get("priority", 0))

    def flows(self, text: str) -> List[Traffic]:
        """The packets that the rule is about, as far as they can be known; see share()."""
        parts = words(text)
        ports = self._ports(parts)
        found = []
        for family, version in VERSIONS.items():
            ends = [self._end(parts.get(side), version) for side in ("source", "destination")]
            if parts["rule"].get("family", family) == family and all(end is not None for end in ends):
                found += [Traffic(version, *_split(port), *ends) for port in ports]  # type: ignore[arg-type]
        return found

    def end(self, text: str, version: int) -> Optional[End]:
        """The addresses of a zone's source of this IP version: an address, or C(ipset:) and its name.

        Where they do not tell whose packets come, senders() does.
        """
        kind, _colon, name = text.partition(":")
        if MAC.fullmatch(text):
            return everybody(version)
        return self._end({"ipset": name} if kind == "ipset" else {"address": text}, version)

    def senders(self, text: str) -> Optional[Share]:
        """Whose packets come to a zone by this source, where addresses do not tell that."""
        kind, _colon, name = text.partition(":")
        if MAC.fullmatch(text):
            return by_mac([text])
        return self._share_of_set(name) if kind == "ipset" else None

    def _share_of_set(self, name: str, limited: bool = False) -> Optional[Share]:
        """As senders(), for an ipset: of MAC addresses, or of ports, marks or interfaces as well."""
        entries = self._entries(name)
        macs = [entry for entry in entries if MAC.fullmatch(entry)]
        if macs:
            return by_mac(macs, limited)
        if any("," in entry for entry in entries):
            what = f"whom the ipset {name} names, by more than their address, {some(entries)}"
            return Share(what, limited, chosen=True)
        return None

    def port_flows(self, port: str) -> List[Traffic]:
        """The packets to a port, C(port/protocol), that a policy opens to everybody."""
        return [Traffic(version, *_split(port), everybody(version), everybody(version)) for version in (4, 6)]

    def _ports(self, parts: Dict[str, Dict[str, str]]) -> List[str]:
        element = next((word for word in ELEMENTS if word in parts), "")
        if element == "port":
            return [f"{parts['port']['port']}/{parts['port']['protocol']}"]
        if element == "service":
            return self._service_ports(parts["service"]["name"])
        if element == "source-port":
            return [f"{EVERY_PORT}/{parts['source-port']['protocol']}"]
        if element in ("", "protocol"):
            wanted = parts.get("protocol", {}).get("value", "")
            return [f"{EVERY_PORT}/{protocol}" for protocol in ("tcp", "udp") if wanted in ("", protocol)]
        return []

    def _end(self, given: Optional[Dict[str, str]], version: int) -> Optional[End]:
        # whose addresses those are, nobody knows here
        if given is None or "mac" in given:
            return everybody(version)
        texts = self._entries(given["ipset"]) if "ipset" in given else [given["address"]] if "address" in given else []
        partly = any("," in text or MAC.fullmatch(text) for text in texts)
        if partly and ("NOT" in given or any(MAC.fullmatch(text) for text in texts)):
            return everybody(version)
        # of what is no address alone, the address
        texts = [text.partition(",")[0] for text in texts]
        try:
            networks = tuple(_network(text) for text in texts)
        except ValueError:
            return None
        same = tuple(network for network in networks if network.version == version)
        return End(same, "NOT" in given) if same else None


def _split(port: str) -> Tuple[str, str]:
    """Protocol and ports."""
    ports, _slash, protocol = port.partition("/")
    return protocol, ports


def everybody(version: int) -> End:
    """Every address of an IP version."""
    return End((_network("0.0.0.0/0" if version == 4 else "::/0"),))


# rules are looked at from several sides
@lru_cache(maxsize=None)
def _network(text: str) -> Any:
    return ipaddress.ip_network(text, strict=False)


def _parts(text: str) -> List[str]:
    return [part.replace('"', "") for part in PART.findall(text)]


def words(text: str) -> Dict[str, Dict[str, str]]:
    """The words of a rule, each with the options that follow it."""
    found: Dict[str, Dict[str, str]] = {}
    word = ""
    for part in _parts(text):
        key, equals, value = part.partition("=")
        if equals or part == "NOT":
            found.setdefault(word, {})[key] = value
        else:
            word = part
            found.setdefault(word, {})
    return found
