# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of iptables-legacy, which the kernel keeps apart and nftables does not show, in the words of nft.py."""

from __future__ import annotations

import ipaddress
import re
import shlex
from typing import Any, Dict, Iterator, List

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import nft, xtables

# where the kernel says which of these tables it has
NAMES = {"iptables-legacy": "/proc/net/ip_tables_names", "ip6tables-legacy": "/proc/net/ip6_tables_names"}
PORTS = ("--dport", "--dports", "--destination-port", "--destination-ports")


def chains() -> List[nft.Chain]:
    """Their chains in which packets begin; none where there are none, or the program is not there."""
    return [chain for command, names in NAMES.items() if _has_tables(names) for chain in of_command(command)]


def of_command(command: str) -> List[nft.Chain]:
    """The chains in which packets begin, of iptables, ip6tables or their legacy forms."""
    saved = xtables.save(command)
    texts = re.split(r"^\*", saved.plain(), flags=re.MULTILINE)[1:] if saved else []
    return [chain for text in texts for chain in nft.begun(list(listed(command, text)))]


def _has_tables(path: str) -> bool:
    try:
        with open(path, encoding="ascii") as names:
            return bool(names.read().strip())
    except OSError:  # a kernel that has nothing of it
        return False


def listed(command: str, text: str) -> Iterator[Dict[str, Any]]:
    """Chains and rules of one table, as C(-save) wrote it below its name, in the way in which nftables lists them."""
    table, *lines = text.splitlines()
    for line in lines:
        if line.startswith(":"):
            name, policy = line[1:].split()[:2]
            chain = {"family": command, "table": table, "name": name}
            if policy != "-":
                kind = "nat" if table == "nat" else "filter"
                chain.update(hook=name.lower(), type=kind, policy=policy.lower())
            yield {"chain": chain}
        elif line.startswith("-A "):
            words = shlex.split(line)
            yield {"rule": {"chain": words[1], "expr": _expressions(words[2:])}}


def _expressions(words: List[str]) -> List[Any]:
    protocol, found = "th", []
    # what is turned round is not known: it may be about every port
    for before, word, value in zip(["", *words], words, [*words[1:], ""]):
        if before == "!":
            continue
        if word in ("-p", "--protocol"):
            protocol = value
        elif word in PORTS:
            found.append(_match(protocol, "dport", {"set": [_port(one) for one in value.split(",")]}))
        elif word in ("-s", "--source"):
            network = ipaddress.ip_network(value, strict=False)
            prefix = {"prefix": {"addr": str(network.network_address), "len": network.prefixlen}}
            found.append(_match("ip", "saddr", prefix))
        elif word == "--to-ports":
            found.append({"redirect": {"port": _port(value.replace("-", ":"))}})
        elif word in ("-j", "-g"):
            found += [{"xt": {"name": value}}, {"jump": {"target": value}}]
    return found


def _match(protocol: str, field: str, right: Any) -> Dict[str, Any]:
    left = {"payload": {"protocol": protocol, "field": field}}
    return {"match": {"op": "==", "left": left, "right": right}}


def _port(text: str) -> Any:
    low, _colon, high = text.partition(":")
    return {"range": [int(low), int(high)]} if high else int(low)
