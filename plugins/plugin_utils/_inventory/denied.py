# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flows that users name because they must not pass. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.estate import Port
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import (
    nearest,
    port,
    refuse,
)

VARIABLE = "therefore_verify_denied"
KEYS = ("from", "to", "port", "protocol")


class Denied(NamedTuple):
    """One entry: a host, where it must not get, and by which port. C(where) names the entry in messages."""

    where: str
    source: str
    to: str
    port: Port


def check_denied(given: Any) -> list[Denied]:
    """The entries of the variable. Raises InputError."""
    if not isinstance(given, list) or not all(isinstance(one, Mapping) for one in given):
        remedy = "is no list of flows; write each as {from: host, to: host or address, port: number, protocol: tcp}"
        raise refuse(VARIABLE, given, remedy)
    return [_checked(f"{VARIABLE}[{number}]", one) for number, one in enumerate(given)]


def _checked(where: str, one: Mapping[str, Any]) -> Denied:
    for key in one:
        if key not in KEYS:
            raise refuse(where, key, f"is no part of a flow; {nearest(str(key), KEYS)}")
    source, to = one.get("from"), one.get("to")
    if not isinstance(source, str) or not source:
        raise refuse(f"{where}.from", source, "names no host; write the name of one in the inventory")
    if not isinstance(to, str) or not to:
        raise refuse(f"{where}.to", to, "names nobody; write a host of the inventory, an address or a host name")
    protocol = one.get("protocol", "tcp")
    if protocol not in ("tcp", "udp"):
        raise refuse(f"{where}.protocol", protocol, "is no protocol; write tcp or udp")
    return Denied(where, source, to, Port(protocol, port(f"{where}.port", one.get("port"))))
